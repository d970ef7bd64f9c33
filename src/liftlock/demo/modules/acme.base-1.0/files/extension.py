# ruff: noqa: INP001  no package: it is loaded from an environment's files
"""What acme.base adds to a customer's page: nothing."""

CODE = "acme.base"
VERSION = "1.0"
TITLE = "Base"


def section(_databases: object, _number: str) -> tuple[tuple[str, str], ...]:
    """Return nothing."""
    return ()
