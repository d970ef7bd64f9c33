# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.loyalty adds to a customer's page: points and the tier that they reach."""

from liftlock.demo.application.databases import Databases
from liftlock.demo.application.extensions import Facts

CODE = "acme.loyalty"
VERSION = "1.0"
TITLE = "Loyalty"

_POINTS = """
SELECT l.points,
       (SELECT title FROM loyalty_tiers t WHERE t.points_from <= l.points
         ORDER BY t.points_from DESC LIMIT 1) AS tier
  FROM logins l JOIN customers c ON c.id = l.customer_id
 WHERE c.number = %(number)s
"""


def section(databases: Databases, number: str) -> Facts:
    """Return points and tier of a customer who has a login."""
    rows = databases.ask("customers", _POINTS, {"number": number})
    return [(name, str(value)) for row in rows for name, value in row.items()]
