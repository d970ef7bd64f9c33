"""What the consoles show of an organisation's moves: what is planned, and what was last."""

from typing import LiteralString

from liftlock.books import Transaction
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.statuses import MoveKind
from liftlock.store.moves import COLUMNS, many

# Each part is found by an index of its own, however many moves have ended.
WHICH: LiteralString = """
    SELECT id FROM moves
     WHERE organisation_id = %(organisation)s AND state IN ('proposed', 'validated')
    UNION ALL
    SELECT id FROM moves WHERE organisation_id = %(organisation)s AND state = 'running'
    UNION ALL
    SELECT id FROM moves
     WHERE organisation_id = %(organisation)s AND state = 'errored' AND resolved_at IS NULL
    UNION ALL
    SELECT last.id
      FROM unnest(%(kinds)s::text[]) AS kinds (kind)
     CROSS JOIN LATERAL (
           (SELECT id FROM moves
             WHERE organisation_id = %(organisation)s AND kind = kinds.kind
               AND ended_at IS NOT NULL
             ORDER BY ended_at DESC LIMIT 1)
           UNION ALL
           (SELECT id FROM moves
             WHERE organisation_id = %(organisation)s AND kind = kinds.kind
               AND ended_at IS NOT NULL AND begun_at IS NOT NULL
             ORDER BY ended_at DESC LIMIT 1)
           UNION ALL
           (SELECT id FROM moves
             WHERE organisation_id = %(organisation)s AND kind = kinds.kind
               AND ended_at IS NOT NULL AND state = 'completed'
             ORDER BY ended_at DESC LIMIT 1)
     ) AS last
"""

PLANNED_AND_LAST: LiteralString = COLUMNS + "WHERE moves.id IN (" + WHICH + ") ORDER BY slots.slot"


def planned_and_last(tx: Transaction, organisation: OrganisationId) -> list[Move]:
    """Return what waits, runs or is errored and unresolved, and of each kind the last that ended.

    Also the last of each kind that ran, and the last that was completed; earliest slot first.
    """
    fields = {"organisation": organisation, "kinds": [kind.value for kind in MoveKind]}
    return many(tx, PLANNED_AND_LAST, dict(fields))
