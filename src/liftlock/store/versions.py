"""Versions of moves in the books: the events of the audit record that have changed a move."""

from collections.abc import Collection
from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.moves import Move
from liftlock.domain.people import PersonId

LAST: LiteralString = """
    SELECT coalesce(max(position), 0)
      FROM audit_events
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s AND tag <> ALL (%(but)s)
"""

SINCE: LiteralString = """
    SELECT tag, person_id
      FROM audit_events
     WHERE organisation_id = %(organisation)s AND move_id = %(move)s AND tag <> ALL (%(but)s)
       AND position > %(position)s
     ORDER BY position
"""


def last(tx: Transaction, move: Move, but: Collection[Tag]) -> int:
    """Return the position of the last event about a move, except for events of some tags."""
    rows: list[tuple[int]] = tx.connection.execute(LAST, _of(move, but)).fetchall()
    return rows[0][0]


def since(
    tx: Transaction, move: Move, position: int, but: Collection[Tag]
) -> list[tuple[Tag, PersonId | None]]:
    """Return what was done to a move after a position, and by whom (None: by Liftlock)."""
    fields = {**_of(move, but), "position": position}
    rows: list[tuple[str, int | None]] = tx.connection.execute(SINCE, fields).fetchall()
    return [(Tag(tag), None if by is None else PersonId(by)) for tag, by in rows]


def _of(move: Move, but: Collection[Tag]) -> dict[str, object]:
    return {"organisation": move.organisation, "move": move.id, "but": list(but)}
