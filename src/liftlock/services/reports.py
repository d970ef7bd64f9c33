"""Reports of moves: what the steps have left in the books, and what has been kept of the target."""

from collections.abc import Mapping
from dataclasses import dataclass

from liftlock.books import Transaction
from liftlock.domain import reports
from liftlock.domain.audit_events import AuditEvent
from liftlock.domain.modules import Installed
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.reports import Report
from liftlock.domain.restore_points import RestorePoint
from liftlock.domain.statuses import MoveKind, State
from liftlock.services import moves
from liftlock.store import audit_events, people, restore_points, steps
from liftlock.store import moves as moves_kept

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the books have about one move beside the move itself."""

    move: Move
    report: Report
    restore_point: RestorePoint | None
    """Of the target as it was before, while it is kept."""
    events: tuple[AuditEvent, ...]
    """Its lines of the audit record, earliest first."""
    names: Mapping[PersonId, str]
    lost: tuple[Installed, ...]
    """After the organisation's last Down Align: the modules that Development had before it."""


def of_move(tx: Transaction, who: Person, move_id: MoveId) -> Recorded:
    """Return what the books have about a move.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    move = moves.show(tx, who, move_id).move
    events = audit_events.of_move(tx, move.organisation, move.id, MOST_EVENTS)
    report = reports.report(steps.left_by(tx, move.organisation, move.id))
    return Recorded(
        move=move,
        report=report,
        restore_point=restore_points.of_move(tx, move.organisation, move.id),
        events=tuple(events),
        names=people.names(tx, {event.by for event in events if event.by is not None}),
        lost=report.lost if _is_last_down_align(tx, move) else (),
    )


def _is_last_down_align(tx: Transaction, move: Move) -> bool:
    if move.kind is not MoveKind.DOWN_ALIGN or move.state is not State.COMPLETED:
        return False
    last = moves_kept.last_completed(tx, move.organisation, move.kind)
    return last is not None and last.id == move.id
