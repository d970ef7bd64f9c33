ALTER TABLE base.customers ADD COLUMN phone text;
