"""Sessions in the books: found by the SHA-256 of their token."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.domain.sessions import Kept, Session, SessionId
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO sessions (person_id, digest, must_set_password, browser, address, begun_at, seen_at,
                          kept, organisation_id)
    VALUES (%(person)s, %(digest)s, %(must_set_password)s, %(browser)s, %(address)s, %(now)s,
            %(now)s, %(kept)s,
            (SELECT organisation_id
               FROM sessions
              WHERE person_id = %(person)s
              ORDER BY id DESC
              LIMIT 1))
 RETURNING id
"""

COLUMNS: LiteralString = """
    SELECT id, person_id, must_set_password, organisation_id, browser, address, begun_at, seen_at,
           kept
      FROM sessions
"""

BY_DIGEST: LiteralString = COLUMNS + " WHERE digest = %(digest)s AND ended_at IS NULL"

OF_PERSON: LiteralString = (
    COLUMNS + " WHERE person_id = %(person)s AND ended_at IS NULL ORDER BY seen_at DESC, id DESC"
)

TOUCH: LiteralString = "UPDATE sessions SET seen_at = %(now)s WHERE id = %(id)s"

KEEP: LiteralString = "UPDATE sessions SET kept = %(kept)s WHERE id = %(id)s"

CHOOSE: LiteralString = "UPDATE sessions SET organisation_id = %(organisation)s WHERE id = %(id)s"

END: LiteralString = """
    UPDATE sessions
       SET ended_at = %(now)s, kept = NULL, shown = NULL
     WHERE id = %(id)s AND person_id = %(person)s AND ended_at IS NULL
"""

END_OF_PERSON: LiteralString = """
    UPDATE sessions
       SET ended_at = %(now)s, kept = NULL, shown = NULL
     WHERE person_id = %(person)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s
"""

SHOW: LiteralString = "UPDATE sessions SET shown = %(shown)s WHERE id = %(id)s"

TAKE_SHOWN: LiteralString = """
    UPDATE sessions AS s
       SET shown = NULL
      FROM (SELECT id, shown FROM sessions WHERE id = %(id)s FOR UPDATE) AS before
     WHERE s.id = before.id AND before.shown IS NOT NULL
 RETURNING before.shown
"""

FORGET: LiteralString = "DELETE FROM sessions WHERE begun_at < %(before)s"


class SessionRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    person_id: int
    must_set_password: bool
    organisation_id: int | None
    browser: str
    address: str
    begun_at: datetime
    seen_at: datetime
    kept: dict[str, str | list[tuple[str, str]]] | None


def as_session(**row: Unpack[SessionRow]) -> Session:
    """Make a session of a row."""
    organisation = row["organisation_id"]
    return Session(
        id=SessionId(row["id"]),
        person=PersonId(row["person_id"]),
        must_set_password=row["must_set_password"],
        organisation=None if organisation is None else OrganisationId(organisation),
        browser=row["browser"],
        address=row["address"],
        begun_at=row["begun_at"],
        seen_at=row["seen_at"],
        kept=_kept(row["kept"]),
    )


def add(
    tx: Transaction,
    person: PersonId,
    digest: bytes,
    *,
    must_set_password: bool,
    browser: str,
    address: str,
    kept: Kept | None,
) -> SessionId:
    """Write a new session; an operator goes on looking at the organisation of the one before."""
    fields = {
        "person": person,
        "digest": digest,
        "must_set_password": must_set_password,
        "browser": browser,
        "address": address,
        "now": tx.now,
        "kept": _as_json(kept),
    }
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return SessionId(rows[0][0])


def by_digest(tx: Transaction, digest: bytes) -> Session | None:
    """Return the session whose token has this digest; None for one that was ended."""
    with tx.connection.cursor(row_factory=kwargs_row(as_session)) as cursor:
        return cursor.execute(BY_DIGEST, {"digest": digest}).fetchone()


def of_person(tx: Transaction, person: PersonId) -> list[Session]:
    """Return a person's sessions that nobody has ended, the one last seen first."""
    with tx.connection.cursor(row_factory=kwargs_row(as_session)) as cursor:
        return cursor.execute(OF_PERSON, {"person": person}).fetchall()


def touch(tx: Transaction, id_: SessionId) -> None:
    """Write that it was used now."""
    tx.connection.execute(TOUCH, {"id": id_, "now": tx.now})


def keep(tx: Transaction, id_: SessionId, kept: Kept | None) -> None:
    """Write what was typed, or that it has been given back."""
    tx.connection.execute(KEEP, {"id": id_, "kept": _as_json(kept)})


def choose(tx: Transaction, id_: SessionId, organisation: OrganisationId | None) -> None:
    """Write which organisation an operator looks at."""
    tx.connection.execute(CHOOSE, {"id": id_, "organisation": organisation})


def show(tx: Transaction, id_: SessionId, shown: SecretStr) -> None:
    """Write what the next page is to show this once; locked by the master key."""
    tx.connection.execute(SHOW, {"id": id_, "shown": tx.secrets.lock(shown)})


def take_shown(tx: Transaction, id_: SessionId) -> SecretStr | None:
    """Return it, and have it no longer."""
    row: tuple[bytes] | None = tx.connection.execute(TAKE_SHOWN, {"id": id_}).fetchone()
    return tx.secrets.unlock(row[0]) if row else None


def end(tx: Transaction, person: PersonId, id_: SessionId) -> bool:
    """End a session of this person; false when there is none."""
    fields = {"id": id_, "person": person, "now": tx.now}
    return tx.connection.execute(END, fields).rowcount == 1


def end_of_person(tx: Transaction, person: PersonId, but: SessionId | None) -> int:
    """End all sessions of a person but one; return how many."""
    fields = {"person": person, "but": but, "now": tx.now}
    return tx.connection.execute(END_OF_PERSON, fields).rowcount


def forget(tx: Transaction, before: datetime) -> None:
    """Delete sessions that began before an instant."""
    tx.connection.execute(FORGET, {"before": before})


def _as_json(kept: Kept | None) -> Jsonb | None:
    return Jsonb({"page": kept.page, "fields": kept.fields}) if kept else None


def _kept(row: dict[str, str | list[tuple[str, str]]] | None) -> Kept | None:
    match row:
        case {"page": str(page), "fields": list(fields)}:
            return Kept(page=page, fields=tuple((name, value) for name, value in fields))
        case _:
            return None
