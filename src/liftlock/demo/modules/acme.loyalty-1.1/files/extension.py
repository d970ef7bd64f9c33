# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.loyalty adds to a customer's page: points, the tier that they reach, its discount."""

from liftlock.demo.application.databases import Databases
from liftlock.demo.application.extensions import Facts

CODE = "acme.loyalty"
VERSION = "1.1"
TITLE = "Loyalty"

_POINTS = """
SELECT l.points,
       t.title AS tier, t.discount_percent AS discount
  FROM logins l JOIN customers c ON c.id = l.customer_id
  CROSS JOIN LATERAL (
    SELECT title, discount_percent FROM loyalty_tiers WHERE points_from <= l.points
     ORDER BY points_from DESC LIMIT 1) t
 WHERE c.number = %(number)s
"""


def section(databases: Databases, number: str) -> Facts:
    """Return points, tier and discount of a customer who has a login."""
    rows = databases.ask("customers", _POINTS, {"number": number})
    return [(name, str(value)) for row in rows for name, value in row.items()]
