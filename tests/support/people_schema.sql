SET ROLE {owner};
CREATE TABLE customers (
  id integer PRIMARY KEY, email text UNIQUE, name text, phone text, born date, note text, kind text NOT NULL
);
CREATE TABLE orders (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer integer NOT NULL REFERENCES customers ON DELETE CASCADE, email text, amount numeric
);
CREATE TABLE logins (login text PRIMARY KEY, secret text, seen integer DEFAULT 0);
CREATE TABLE jobs (id integer PRIMARY KEY, what text);
CREATE TABLE mail (host text PRIMARY KEY, active boolean);
CREATE INDEX ON customers (lower(email));
CREATE MATERIALIZED VIEW people AS SELECT email, name FROM customers;
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.seen := NEW.seen + 1; RETURN NEW; END$$;
CREATE TRIGGER count_up BEFORE INSERT OR UPDATE ON logins FOR EACH ROW EXECUTE FUNCTION count_up();
RESET ROLE;
