CREATE SCHEMA base;
CREATE TABLE base.settings (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO base.settings VALUES ('mail', 'on'); -- switched off outside Production
