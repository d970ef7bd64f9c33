ALTER TABLE logins ADD COLUMN points integer NOT NULL DEFAULT 0;
UPDATE logins SET points = (customer_id % 40) * 25 WHERE last_seen_at IS NOT NULL;
CREATE TABLE loyalty_tiers (
    points_from integer PRIMARY KEY,
    title text NOT NULL UNIQUE
);
INSERT INTO loyalty_tiers (points_from, title)
VALUES (0, 'Guest'), (100, 'Friend'), (500, 'Family');
