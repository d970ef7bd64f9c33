# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.orders adds to a customer's page: nothing."""

CODE = "acme.orders"
VERSION = "1.0"
TITLE = "Orders"


def section(_databases: object, _number: str) -> tuple[tuple[str, str], ...]:
    """Return nothing."""
    return ()
