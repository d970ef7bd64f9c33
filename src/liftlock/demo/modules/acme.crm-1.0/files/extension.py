# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.crm adds to a customer's page: the consents that were given."""

from liftlock.demo.application.databases import Databases
from liftlock.demo.application.extensions import Facts

CODE = "acme.crm"
VERSION = "1.0"
TITLE = "Consents"

_CONSENTS = """
SELECT n.kind, n.source, n.given_at FROM consents n JOIN customers c ON c.id = n.customer_id
 WHERE c.number = %(number)s ORDER BY n.kind
"""


def section(databases: Databases, number: str) -> Facts:
    """Return each consent, with where it came from."""
    rows = databases.ask("customers", _CONSENTS, {"number": number})
    return [(str(row["kind"]), f"{row['source']}, {row['given_at']}") for row in rows]
