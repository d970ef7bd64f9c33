"""The stages of a move: how far it is, for whoever looks at it, and again after each change."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from liftlock.books import Transaction
from liftlock.domain import stages
from liftlock.domain.environments import Environment
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.resolutions import Resolution, ResolutionState
from liftlock.domain.runs import OPENS
from liftlock.domain.stages import Progressed
from liftlock.domain.statuses import WAITING, is_over
from liftlock.services import consoles, environments, moves
from liftlock.services.consoles import MoveThere
from liftlock.services.moves import MoveShown
from liftlock.store import people, resolutions, steps

_OPEN = frozenset({ResolutionState.ASKED, ResolutionState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A move as far as it is: the part of its page that changes while it is open."""

    move: Move
    target: Environment
    run: Progressed
    ends_at: datetime | None
    """When a running move should end."""
    why: str
    """Why it does not move, while it waits."""
    names: Mapping[PersonId, str]
    resolutions: tuple[Resolution, ...]
    """What people have done about an errored one, oldest first."""

    @property
    def resolution(self) -> Resolution | None:
        """Return what a worker is to do, or does, about it."""
        return next((r for r in self.resolutions if r.state in _OPEN), None)

    @property
    def goes_on(self) -> bool:
        """Tell whether it may change by itself."""
        return not is_over(self.move.state) or self.resolution is not None

    @property
    def mark(self) -> str:
        """Return a word that is another one once the rest of the page is out of date."""
        move = self.move
        opened = any(stage.name == OPENS and stage.begun_at for stage in self.run.stages)
        resolved = [(r.id, r.state) for r in self.resolutions]
        asked = (move.state, move.changed, move.stop_asked, move.resolved, move.digest)
        whole = repr((*asked, move.validated, opened, resolved))
        return hashlib.sha256(whole.encode()).hexdigest()[:12]


def watch(tx: Transaction, who: Person, move_id: MoveId) -> Watched:
    """Return a move as far as it is.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    shown = moves.show(tx, who, move_id)
    waits = shown.move.state in WAITING
    there = consoles.of_move(tx, who, move_id, as_kept=True) if waits else None
    return _watched(tx, who, shown, there.why if there else "")


def show(tx: Transaction, who: Person, move_id: MoveId) -> tuple[MoveThere, Watched]:
    """Return a move as its page shows it, with what this person may do to it, and how far it is.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    # In this order: when it goes on in between, the live part is the older one and looks again.
    shown = moves.show(tx, who, move_id)
    there = consoles.of_move(tx, who, move_id)
    return there, _watched(tx, who, shown, there.why)


def _watched(tx: Transaction, who: Person, shown: MoveShown, why: str) -> Watched:
    move = shown.move
    target = environments.find(tx, who, move.target)
    begun = steps.of_move(tx, move.organisation, move.id)
    usual = steps.usual(tx, move.organisation, move.kind) if not is_over(move.state) else {}
    resolved = tuple(resolutions.of_move(tx, move.organisation, move.id))
    return Watched(
        move=move,
        target=target,
        run=stages.progressed(move, target.kind.title, begun, usual, tx.now),
        ends_at=shown.predicted_end,
        why=why,
        names={**shown.names, **people.names(tx, {each.asked_by for each in resolved})},
        resolutions=resolved,
    )
