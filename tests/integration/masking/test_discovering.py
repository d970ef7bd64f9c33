from liftlock.domain import policies
from liftlock.domain.policies import Handling
from liftlock.downalign import tables
from liftlock.downalign.masking.discovering import discover
from liftlock.environments.servers import as_application, as_keeper
from postgres import MakeDatabase, Server

SCHEMA = """
CREATE TABLE customers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL UNIQUE, first_name text,
  email varchar(80) UNIQUE, birth_date date, notes text, extra jsonb NOT NULL DEFAULT '{}',
  shouted text GENERATED ALWAYS AS (upper(first_name)) STORED
);
CREATE TABLE logins (user_name varchar(80) PRIMARY KEY REFERENCES customers (email), at timestamp);
CREATE TABLE events (at date, what text, x text) PARTITION BY LIST (at);
CREATE TABLE events_1 PARTITION OF events DEFAULT;
COMMENT ON COLUMN events.x IS 'The town. @mask: city';
COMMENT ON COLUMN events_1.x IS 'The town. @mask: city';
SELECT lo_create(0);
"""


def test_a_discovered_policy_decides_everything_and_is_not_refused(
    production_server: Server, make_database: MakeDatabase
) -> None:
    database = make_database(production_server)
    with as_application(database) as connection:
        _ = connection.execute(SCHEMA)
    with as_keeper(database) as connection:
        policy = discover(connection, "customers")
        found = tables.read(connection)
    assert policies.undecided(policy, found, has_large_objects=True) == ()
    assert policies.refusals(policy, found) == ()
    assert policies.idle(policy, found) == ()
    assert policies.parse(policies.render(policy)) == policy
    assert policy.large_objects is Handling.PLACEHOLDER
    rules = {
        f"{name}.{column}": decision.rule or "keep"
        for name, table in policy.tables.items()
        for column, decision in table.columns.items()
    }
    assert rules == {
        "public.customers.id": "keep",
        "public.customers.number": "keep",
        "public.customers.first_name": "first_name",
        "public.customers.email": "email",
        "public.customers.birth_date": "birth_date",
        "public.customers.notes": "free_text",
        "public.customers.extra": "constant",
        "public.logins.user_name": "email",
        "public.logins.at": "keep",
        "public.events.at": "keep",
        "public.events.what": "free_text",
        "public.events.x": "city",
    }
