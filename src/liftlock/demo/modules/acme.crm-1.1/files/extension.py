# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.crm adds to a customer's page: consents, withdrawn ones too, and the segment."""

from liftlock.demo.application.databases import Databases
from liftlock.demo.application.extensions import Facts

CODE = "acme.crm"
VERSION = "1.1"
TITLE = "Consents and segment"

_CONSENTS = """
SELECT n.kind, n.source, n.withdrawn_at FROM consents n JOIN customers c ON c.id = n.customer_id
 WHERE c.number = %(number)s ORDER BY n.kind
"""
_ORDERS = "SELECT count(*) AS orders FROM orders WHERE customer_number = %(number)s"
_SEGMENT = """
SELECT title FROM segments WHERE orders_from <= %(orders)s ORDER BY orders_from DESC LIMIT 1
"""


def section(databases: Databases, number: str) -> Facts:
    """Return each consent, whether it still holds, and the customer's segment."""
    consents = databases.ask("customers", _CONSENTS, {"number": number})
    orders = int(str(databases.ask("orders", _ORDERS, {"number": number})[0]["orders"]))
    segments = databases.ask("customers", _SEGMENT, {"orders": orders})
    return [
        *((str(row["kind"]), str(row["withdrawn_at"] or row["source"])) for row in consents),
        *(("segment", str(row["title"])) for row in segments),
    ]
