"""The moves of an organisation as lists show them: one query a page, people's names included.

What a move carries is only counted: with hundreds of modules it would be most of the work.
"""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.contents import Scope
from liftlock.domain.histories import Line, Wanted
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.statuses import Cause, MoveKind, State

# The page is cut first, by an index, and only then given its slots and names.
SHOWN: LiteralString = """
    SELECT page.id, page.kind, page.state, page.changed <> '{}' AS is_stale,
           lower(slots.slot) AS begins_at, page.begun_at, page.ended_at, page.cause,
           submitter.name AS submitted_by, accepter.name AS accepted_by,
           validator.name AS validated_by,
           jsonb_array_length(page.content -> 'packages') AS modules,
           (page.content #>> '{scope,systemdb_and_files}')::boolean AS systemdb_and_files,
           (page.content #>> '{scope,data}')::boolean AS data
      FROM page
      JOIN slots ON slots.id = page.slot_id
      JOIN people AS submitter ON submitter.id = page.submitted_by
      LEFT JOIN people AS accepter ON accepter.id = page.accepted_by
      LEFT JOIN people AS validator ON validator.id = page.validated_by
"""

PAGE_BELOW: LiteralString = """
    WITH page AS (
        SELECT * FROM moves
         WHERE organisation_id = %(organisation)s
           AND (%(kind)s::text IS NULL OR kind = %(kind)s)
           AND (%(state)s::text IS NULL OR state = %(state)s)
           AND (NOT %(is_over)s OR ended_at IS NOT NULL)
           AND (%(edge)s::bigint IS NULL OR id < %(edge)s)
         ORDER BY id DESC
         LIMIT %(at_most)s
    )
"""
BELOW: LiteralString = PAGE_BELOW + SHOWN + " ORDER BY page.id DESC"

PAGE_ABOVE: LiteralString = """
    WITH page AS (
        SELECT * FROM moves
         WHERE organisation_id = %(organisation)s
           AND (%(kind)s::text IS NULL OR kind = %(kind)s)
           AND (%(state)s::text IS NULL OR state = %(state)s)
           AND (NOT %(is_over)s OR ended_at IS NOT NULL)
           AND id > %(edge)s
         ORDER BY id
         LIMIT %(at_most)s
    )
"""
ABOVE: LiteralString = PAGE_ABOVE + SHOWN + " ORDER BY page.id"


class LineRow(TypedDict):
    """The columns of `SHOWN`."""

    id: int
    kind: str
    state: str
    is_stale: bool
    begins_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    cause: str | None
    submitted_by: str
    accepted_by: str | None
    validated_by: str | None
    modules: int
    systemdb_and_files: bool
    data: bool


def as_line(**row: Unpack[LineRow]) -> Line:
    """Make a line of a row."""
    state = State(row["state"])
    return Line(
        id=MoveId(row["id"]),
        kind=MoveKind(row["kind"]),
        state=state,
        is_stale=row["is_stale"] and state in {State.PROPOSED, State.VALIDATED},
        begins_at=row["begins_at"],
        begun_at=row["begun_at"],
        ended_at=row["ended_at"],
        cause=None if row["cause"] is None else Cause(row["cause"]),
        submitted_by=row["submitted_by"],
        accepted_by=row["accepted_by"],
        validated_by=row["validated_by"],
        modules=row["modules"],
        scope=Scope(systemdb_and_files=row["systemdb_and_files"], data=row["data"]),
    )


def lines(
    tx: Transaction, organisation: OrganisationId, wanted: Wanted, at_most: int
) -> list[Line]:
    """Return lines below `wanted.before`, latest first; or above `wanted.after`, earliest first."""
    above = wanted.after is not None
    fields = {
        "organisation": organisation,
        "kind": wanted.kind,
        "state": wanted.state,
        "is_over": wanted.is_over,
        "edge": wanted.after if above else wanted.before,
        "at_most": at_most,
    }
    with tx.connection.cursor(row_factory=kwargs_row(as_line)) as cursor:
        return cursor.execute(ABOVE if above else BELOW, fields).fetchall()
