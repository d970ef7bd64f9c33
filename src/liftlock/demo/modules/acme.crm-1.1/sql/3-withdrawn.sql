-- A consent that was withdrawn stays as a record.
ALTER TABLE consents ADD COLUMN withdrawn_at timestamptz;
CREATE TABLE segments (
    code text PRIMARY KEY,
    title text NOT NULL,
    orders_from integer NOT NULL
);
INSERT INTO segments (code, title, orders_from)
VALUES ('new', 'New', 0), ('known', 'Known', 1), ('loyal', 'Loyal', 3);
