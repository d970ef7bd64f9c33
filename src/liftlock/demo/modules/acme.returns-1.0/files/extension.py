# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.returns adds to a customer's page: the orders that came back."""

from liftlock.demo.application.databases import Databases
from liftlock.demo.application.extensions import Facts

CODE = "acme.returns"
VERSION = "1.0"
TITLE = "Returned"

_RETURNS = """
SELECT o.number, r.reason FROM returns r JOIN orders o ON o.id = r.order_id
 WHERE o.customer_number = %(number)s ORDER BY r.returned_on
"""


def section(databases: Databases, number: str) -> Facts:
    """Return the number of each order that came back, and why."""
    rows = databases.ask("orders", _RETURNS, {"number": number})
    return [(str(row["number"]), str(row["reason"])) for row in rows]
