"""The steps of running moves in the books: what people watch, and what later steps read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import LiteralString, TypeAlias, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from liftlock.books import Transaction
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.progress import Progress
from liftlock.domain.statuses import MoveKind
from liftlock.domain.steps import StepShown, StepState
from liftlock.store import constraints

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Facts: TypeAlias = Mapping[str, Json]

BEGIN: LiteralString = """
    INSERT INTO steps (move_id, name, position, state, begun_at, told_at)
    SELECT %(move)s, %(name)s, count(*) + 1, 'running', %(now)s, %(now)s
      FROM steps
     WHERE move_id = %(move)s
    ON CONFLICT ON CONSTRAINT steps_pkey
    DO UPDATE SET state = 'running', tries = steps.tries + 1, told_at = excluded.told_at,
                  ended_at = NULL,
                  said = '', done = 0, total = 0, unit = ''
"""

TELL: LiteralString = """
    UPDATE steps
       SET said = %(said)s, done = %(done)s, total = %(total)s, unit = %(unit)s, told_at = %(now)s
     WHERE move_id = %(move)s AND name = %(name)s AND state = 'running'
"""

END: LiteralString = """
    UPDATE steps
       SET state = %(state)s, said = %(said)s, facts = %(facts)s, ended_at = %(now)s,
           told_at = %(now)s
     WHERE move_id = %(move)s AND name = %(name)s
"""

OF_MOVE: LiteralString = """
    SELECT steps.move_id, steps.name, steps.state, steps.tries, steps.begun_at, steps.told_at,
    steps.ended_at,
           steps.said, steps.done, steps.total, steps.unit
      FROM steps
      JOIN moves ON moves.id = steps.move_id
     WHERE moves.organisation_id = %(organisation)s AND steps.move_id = %(move)s
     ORDER BY steps.position
"""

FACTS: LiteralString = """
    SELECT name, facts
      FROM steps
     WHERE move_id = %(move)s
"""

# What *attest* has put together stands beside the steps that said it: it would only double it.
LEFT: LiteralString = """
    SELECT steps.name, CASE steps.name WHEN 'attest' THEN steps.facts - 'steps' ELSE steps.facts END
      FROM steps
      JOIN moves ON moves.id = steps.move_id
     WHERE moves.organisation_id = %(organisation)s AND steps.move_id = %(move)s
       AND steps.facts <> '{}'
"""

USUAL: LiteralString = """
    SELECT name, ended_at - begun_at
      FROM steps
     WHERE state = 'done'
       AND move_id = (SELECT id FROM moves
                       WHERE organisation_id = %(organisation)s AND kind = %(kind)s
                         AND state IN ('completed', 'undone') AND ended_at IS NOT NULL
                       ORDER BY ended_at DESC
                       LIMIT 1)
"""


class StepRow(TypedDict):
    """The columns of `OF_MOVE`."""

    move_id: int
    name: str
    state: str
    tries: int
    begun_at: datetime
    told_at: datetime
    ended_at: datetime | None
    said: str
    done: int
    total: int
    unit: str


def as_step(**row: Unpack[StepRow]) -> StepShown:
    """Make a step of a row."""
    return StepShown(
        move=MoveId(row["move_id"]),
        name=row["name"],
        state=StepState(row["state"]),
        tries=row["tries"],
        begun_at=row["begun_at"],
        told_at=row["told_at"],
        ended_at=row["ended_at"],
        progress=Progress(said=row["said"], done=row["done"], of=row["total"], unit=row["unit"]),
    )


def begin(tx: Transaction, move: MoveId, name: str) -> None:
    """Write that a step begins; one that was begun before is tried once more."""
    _ = constraints.write(tx, BEGIN, {"move": move, "name": name, "now": tx.now})


def tell(tx: Transaction, move: MoveId, name: str, progress: Progress) -> None:
    """Write how far a running step is."""
    fields = {
        "move": move,
        "name": name,
        "said": progress.said,
        "done": progress.done,
        "total": progress.of,
        "unit": progress.unit,
        "now": tx.now,
    }
    tx.connection.execute(TELL, fields)


def end(
    tx: Transaction, move: MoveId, name: str, state: StepState, *, said: str, facts: Facts
) -> None:
    """Write how a step ended, and what later ones may need of it."""
    fields = {
        "move": move,
        "name": name,
        "state": state,
        "said": said,
        "facts": Jsonb(dict(facts)),
        "now": tx.now,
    }
    tx.connection.execute(END, fields)


def of_move(tx: Transaction, organisation: OrganisationId, move: MoveId) -> list[StepShown]:
    """Return the steps of a move that have begun, in the order in which they first did."""
    with tx.connection.cursor(row_factory=kwargs_row(as_step)) as cursor:
        return cursor.execute(OF_MOVE, {"organisation": organisation, "move": move}).fetchall()


def facts_of(tx: Transaction, move: MoveId) -> dict[str, Facts]:
    """Return what each step of a move has left, by its name."""
    rows: list[tuple[str, Facts]] = tx.connection.execute(FACTS, {"move": move}).fetchall()
    return dict(rows)


def left_by(tx: Transaction, organisation: OrganisationId, move: MoveId) -> dict[str, Facts]:
    """Return what each step of a move has left that its report shows, by its name."""
    fields = {"organisation": organisation, "move": move}
    rows: list[tuple[str, Facts]] = tx.connection.execute(LEFT, fields).fetchall()
    return dict(rows)


def usual(tx: Transaction, organisation: OrganisationId, kind: MoveKind) -> dict[str, timedelta]:
    """Return how long each step took in the organisation's last completed move of a kind."""
    fields = {"organisation": organisation, "kind": kind}
    rows: list[tuple[str, timedelta | None]] = tx.connection.execute(USUAL, fields).fetchall()
    return {name: took for name, took in rows if took is not None}
