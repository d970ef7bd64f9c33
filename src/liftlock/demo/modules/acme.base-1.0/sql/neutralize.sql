-- Outside Production nothing may leave the house.
UPDATE settings SET value = 'off' WHERE key = 'mail';
UPDATE settings SET value = 'test' WHERE key = 'payments';
