ALTER TABLE loyalty_tiers ADD COLUMN discount_percent integer NOT NULL DEFAULT 0;
UPDATE loyalty_tiers SET discount_percent = 5 WHERE title = 'Family';
INSERT INTO loyalty_tiers (points_from, title, discount_percent) VALUES (900, 'Partner', 10);
