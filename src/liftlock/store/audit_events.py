"""The audit record in the books.

Append only: a trigger chains the hashes and refuses everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from liftlock.books import Transaction
from liftlock.domain.audit_chains import Head, Link
from liftlock.domain.audit_events import AuditEvent, Tag
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId

APPEND: LiteralString = """
    INSERT INTO audit_events (organisation_id, tag, person_id, move_id, environment_id, at, fields)
    VALUES (%(organisation)s, %(tag)s, %(by)s, %(move)s, %(environment)s, %(now)s, %(fields)s)
"""

LIST: LiteralString = """
    SELECT position, organisation_id, tag, person_id, at, move_id, environment_id, fields,
           encode(hash, 'hex') AS hash
      FROM audit_events
     WHERE (organisation_id = %(organisation)s
            OR %(organisation)s::bigint IS NULL AND organisation_id IS NULL)
       AND (%(before)s::bigint IS NULL OR position < %(before)s)
       AND (%(about)s = '' OR split_part(tag, '.', 1) = %(about)s)
     ORDER BY position DESC
     LIMIT %(at_most)s
"""

OF_MOVE: LiteralString = """
    SELECT position, organisation_id, tag, person_id, at, move_id, environment_id, fields,
           encode(hash, 'hex') AS hash
      FROM audit_events
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s
     ORDER BY position
     LIMIT %(at_most)s
"""

CHAIN: LiteralString = """
    SELECT organisation_id AS organisation, position, tag, person_id AS person, move_id AS move,
           environment_id AS environment, at, fields, encode(previous, 'hex') AS previous,
           encode(hash, 'hex') AS hash
      FROM audit_events
     WHERE (organisation_id = %(organisation)s
            OR %(organisation)s::bigint IS NULL AND organisation_id IS NULL)
       AND position > %(after)s
     ORDER BY position
     LIMIT %(at_most)s
"""

HEADS: LiteralString = """
    SELECT newest.organisation_id, coalesce(organisations.code, 'installation'), newest.position,
           encode(newest.hash, 'hex'), installations.name
      FROM (SELECT DISTINCT ON (organisation_id) organisation_id, position, hash
              FROM audit_events
             ORDER BY organisation_id, position DESC) AS newest
     CROSS JOIN installations
      LEFT JOIN organisations ON organisations.id = newest.organisation_id
     ORDER BY newest.organisation_id NULLS FIRST
"""

LAST_OF_MOVE: LiteralString = """
    SELECT position, organisation_id, tag, person_id, at, move_id, environment_id, fields,
           encode(hash, 'hex') AS hash
      FROM audit_events
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s AND tag = %(tag)s
     ORDER BY position DESC
     LIMIT 1
"""

HAS: LiteralString = """
    SELECT EXISTS (SELECT FROM audit_events
                    WHERE organisation_id = %(organisation)s AND move_id = %(move)s
                      AND tag = %(tag)s)
"""

# An event breaks the chain when it is not what was hashed, or does not follow the one before it.
BROKEN: LiteralString = """
    SELECT organisation_id, position
      FROM (SELECT events.*, audit_events_hash(events) AS should_be,
                   lag(hash, 1, ''::bytea) OVER chain AS before, row_number() OVER chain AS counted
              FROM audit_events AS events
            WINDOW chain AS (PARTITION BY organisation_id ORDER BY position)) AS checked
     WHERE hash <> should_be OR previous <> before OR position <> counted
     ORDER BY organisation_id, position
"""


class AuditEventRow(TypedDict):
    """The columns of `LIST`."""

    position: int
    organisation_id: int | None
    tag: str
    person_id: int | None
    at: datetime
    move_id: int | None
    environment_id: int | None
    fields: dict[str, str | int | bool]
    hash: str


def as_audit_event(**row: Unpack[AuditEventRow]) -> AuditEvent:
    """Make an event of a row."""
    organisation, by = row["organisation_id"], row["person_id"]
    move, environment = row["move_id"], row["environment_id"]
    return AuditEvent(
        position=row["position"],
        organisation=None if organisation is None else OrganisationId(organisation),
        tag=Tag(row["tag"]),
        by=None if by is None else PersonId(by),
        at=row["at"],
        move=None if move is None else MoveId(move),
        environment=None if environment is None else EnvironmentId(environment),
        fields=row["fields"],
        hash=row["hash"],
    )


def append(
    tx: Transaction,
    tag: Tag,
    organisation: OrganisationId | None,
    by: PersonId | None,
    *,
    environment: EnvironmentId | None = None,
    fields: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Append one event, in the transaction of the change that it speaks of.

    Nobody: Liftlock itself did it.
    """
    subject = _Subject(organisation=organisation, environment=environment)
    _append(tx, tag, by, subject, fields or {})


def append_of_move(
    tx: Transaction,
    tag: Tag,
    by: PersonId | None,
    move: Move,
    fields: Mapping[str, str | int | bool] | None = None,
) -> None:
    """Append one event about a move: its status and content digest stand in it."""
    said: dict[str, str | int | bool] = {"status": move.status, "content": move.digest}
    subject = _Subject(organisation=move.organisation, move=move.id, environment=move.target)
    _append(tx, tag, by, subject, said | dict(fields or {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What an event is about."""

    organisation: OrganisationId | None
    move: MoveId | None = None
    environment: EnvironmentId | None = None


def _append(
    tx: Transaction,
    tag: Tag,
    by: PersonId | None,
    about: _Subject,
    fields: Mapping[str, str | int | bool],
) -> None:
    row = {
        "organisation": about.organisation,
        "tag": tag,
        "by": by,
        "move": about.move,
        "environment": about.environment,
        "now": tx.now,
        "fields": Jsonb(dict(fields)),
    }
    tx.connection.execute(APPEND, row)


def has(tx: Transaction, tag: Tag, move: Move) -> bool:
    """Tell whether the record has an event of this kind about a move."""
    fields = {"organisation": move.organisation, "move": move.id, "tag": tag}
    rows: list[tuple[bool]] = tx.connection.execute(HAS, fields).fetchall()
    return rows[0][0]


def last_of_move(tx: Transaction, move: Move, tag: Tag) -> AuditEvent | None:
    """Return the last event of this kind about a move."""
    fields = {"organisation": move.organisation, "move": move.id, "tag": tag}
    with tx.connection.cursor(row_factory=kwargs_row(as_audit_event)) as cursor:
        return cursor.execute(LAST_OF_MOVE, fields).fetchone()


def list_all(
    tx: Transaction,
    organisation: OrganisationId | None,
    *,
    before: int | None = None,
    about: str = "",
    at_most: int = 100,
) -> list[AuditEvent]:
    """Return events of one chain, latest first, from position `before` on down.

    `about` is the noun of their tags; empty: all.
    """
    fields = {"organisation": organisation, "before": before, "about": about, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_audit_event)) as cursor:
        return cursor.execute(LIST, fields).fetchall()


def of_move(
    tx: Transaction, organisation: OrganisationId, move: MoveId, at_most: int
) -> list[AuditEvent]:
    """Return the events about a move, earliest first."""
    fields = {"organisation": organisation, "move": move, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_audit_event)) as cursor:
        return cursor.execute(OF_MOVE, fields).fetchall()


def chain(
    tx: Transaction, organisation: OrganisationId | None, after: int, at_most: int
) -> list[Link]:
    """Return the events of one chain as it has them, earliest first, from after a position on."""
    fields = {"organisation": organisation, "after": after, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(Link)) as cursor:
        return cursor.execute(CHAIN, fields).fetchall()


def heads(tx: Transaction) -> list[Head]:
    """Return the head of each chain as it is now; of the installation's first."""
    rows: list[tuple[int | None, str, int, str, str]] = tx.connection.execute(HEADS).fetchall()
    return [
        Head(
            installation=installation,
            organisation=organisation,
            name=name,
            position=position,
            hash=hashed,
            at=tx.now,
        )
        for organisation, name, position, hashed, installation in rows
    ]


def broken(tx: Transaction) -> list[tuple[OrganisationId | None, int]]:
    """Return the chain and position of each event that is not what was appended, or was moved."""
    rows: list[tuple[int | None, int]] = tx.connection.execute(BROKEN).fetchall()
    return [(None if chain is None else OrganisationId(chain), at) for chain, at in rows]
