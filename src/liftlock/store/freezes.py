"""Freezes in the books: times at which nothing moves."""

from datetime import datetime
from typing import LiteralString

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.freezes import Freeze, FreezeId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.slots import Interval

AHEAD: LiteralString = """
    SELECT id, organisation_id, environment_id, lower(during) AS begins, upper(during) AS ends,
           reason,
           entered_by, entered_at
      FROM freezes
     WHERE organisation_id = %(organisation)s AND canceled_at IS NULL AND upper(during) > %(now)s
     ORDER BY during
"""


def as_freeze(
    *,
    id: int,  # noqa: A002  the column's name
    organisation_id: int,
    environment_id: int | None,
    begins: datetime,
    ends: datetime,
    reason: str,
    entered_by: int,
    entered_at: datetime,
) -> Freeze:
    """Make a freeze of a row."""
    return Freeze(
        id=FreezeId(id),
        organisation=OrganisationId(organisation_id),
        environment=None if environment_id is None else EnvironmentId(environment_id),
        interval=Interval(begin=begins, end=ends),
        reason=reason,
        entered=Signature(by=PersonId(entered_by), at=entered_at),
    )


def ahead(tx: Transaction, organisation: OrganisationId) -> list[Freeze]:
    """Return the organisation's freezes that are not over."""
    with tx.connection.cursor(row_factory=kwargs_row(as_freeze)) as cursor:
        return cursor.execute(AHEAD, {"organisation": organisation, "now": tx.now}).fetchall()
