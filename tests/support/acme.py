"""A small Acme in a test's own environment: the demo's schema and data, no module installed."""

from pathlib import Path

import liftlock.demo
from liftlock.demo import environments
from liftlock.demo.environments import World
from liftlock.environments.commands import own_user
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_application

SOURCES = Path(liftlock.demo.__file__).parent / "modules"
LABELS = tuple(environments.ROLES)
SCHEMA = (
    ("systemdb", "acme.base-1.0/sql/1-systemdb.sql"),
    ("customers", "acme.crm-1.0/sql/1-customers.sql"),
    ("orders", "acme.orders-1.0/sql/1-orders.sql"),
)


def settle(parts: Parts, customers: int = 120, world: str = "acme", *, schema: bool = True) -> int:
    """Make the tables and fill them; return how many rows there are."""
    for label, file in SCHEMA if schema else ():
        with as_application(parts.database(label)) as connection:
            _ = connection.execute((SOURCES / file).read_bytes())
    return environments.fill(parts, World(name=world, customers=customers), own_user())
