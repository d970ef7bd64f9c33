"""Wrong tries to sign in, in the books; and one at a time for each login."""

from datetime import datetime
from typing import LiteralString

from liftlock.books import Transaction

ALONE: LiteralString = """
    SELECT pg_try_advisory_xact_lock(hashtextextended('liftlock.sign_ins.' || %(login)s, 0))
"""

ADD: LiteralString = """
    INSERT INTO sign_ins (login, address, tried_at)
    VALUES (%(login)s, %(address)s, %(now)s)
"""

OF_LOGIN: LiteralString = """
    SELECT tried_at FROM sign_ins WHERE login = %(login)s AND tried_at > %(since)s
"""

OF_ADDRESS: LiteralString = """
    SELECT tried_at FROM sign_ins WHERE address = %(address)s AND tried_at > %(since)s
"""

FORGET_LOGIN: LiteralString = "DELETE FROM sign_ins WHERE login = %(login)s"

FORGET: LiteralString = "DELETE FROM sign_ins WHERE tried_at < %(before)s"


def alone(tx: Transaction, login: str) -> bool:
    """Tell whether nobody else is signing in with this login; keep others out until `tx` ends."""
    rows: list[tuple[bool]] = tx.connection.execute(ALONE, {"login": login}).fetchall()
    return rows[0][0]


def add(tx: Transaction, login: str, address: str) -> None:
    """Write a wrong try."""
    tx.connection.execute(ADD, {"login": login, "address": address, "now": tx.now})


def of_login(tx: Transaction, login: str, since: datetime) -> list[datetime]:
    """Return when a login was tried wrongly."""
    rows: list[tuple[datetime]] = tx.connection.execute(
        OF_LOGIN, {"login": login, "since": since}
    ).fetchall()
    return [at for (at,) in rows]


def of_address(tx: Transaction, address: str, since: datetime) -> list[datetime]:
    """Return when an address tried wrongly."""
    rows: list[tuple[datetime]] = tx.connection.execute(
        OF_ADDRESS, {"address": address, "since": since}
    ).fetchall()
    return [at for (at,) in rows]


def forget_login(tx: Transaction, login: str) -> None:
    """Delete the wrong tries of a login."""
    tx.connection.execute(FORGET_LOGIN, {"login": login})


def forget(tx: Transaction, before: datetime) -> None:
    """Delete wrong tries before an instant."""
    tx.connection.execute(FORGET, {"before": before})
