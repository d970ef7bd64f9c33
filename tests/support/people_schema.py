"""A small shop whose customers are real people, and the policy that decides about each of its columns."""

from dataclasses import replace

from liftlock.domain.policies import (
    ColumnDecision,
    Handling,
    PathDecision,
    Policy,
    TablePolicy,
)

PEOPLE = r"""
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
"""
PEOPLE_ROWS = r"""
INSERT INTO customers SELECT n, 'real.person' || n || '@production.example', 'Surname' || n, '+49 30 1234' || n,
  DATE '1980-01-01' + n, 'knows realname' || n || ' well', 'customer' FROM generate_series(1, 200) n;
INSERT INTO orders (customer, email, amount)
  SELECT 1 + n % 200, 'real.person' || (1 + n % 200) || '@production.example', n FROM generate_series(1, 500) n;
INSERT INTO logins VALUES ('production-admin', 'production-secret');
INSERT INTO jobs VALUES (1, 'send');
INSERT INTO mail VALUES ('smtp.production.example', true);
REFRESH MATERIALIZED VIEW people;
ANALYZE customers;
"""


def keep(*columns: str) -> dict[str, ColumnDecision]:
    """Return the decision to keep each of these columns."""
    return dict.fromkeys(columns, ColumnDecision(handling=Handling.KEEP))


def mask(rule: str) -> ColumnDecision:
    """Return the decision to mask by a rule."""
    return ColumnDecision(handling=Handling.MASK, rule=rule)


PEOPLE_POLICY = Policy(
    repository="data",
    tables={
        "public.customers": TablePolicy(
            columns={
                **keep("id", "kind"),
                "email": mask("email"),
                "name": mask("last_name"),
                "phone": mask("phone"),
                "born": mask("birth_date"),
                "note": mask("free_text"),
            }
        ),
        "public.orders": TablePolicy(columns={**keep("id", "customer", "amount"), "email": mask("email")}),
        "public.logins": TablePolicy(columns=keep("login", "secret", "seen")),
        "public.jobs": TablePolicy(columns=keep("id", "what")),
        "public.mail": TablePolicy(columns=keep("host", "active")),
    },
)
FILES_POLICY = Policy(
    repository="files", paths=(PathDecision(glob="**", handling=Handling.KEEP),)
)


def with_table(policy: Policy, name: str, table: TablePolicy) -> Policy:
    """Return the policy with another decision about a table."""
    return replace(policy, tables={**policy.tables, name: table})
