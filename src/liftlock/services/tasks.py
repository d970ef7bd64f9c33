"""What waits for one person, gathered from moves, Staging's tests and masking policies."""

from collections.abc import Iterator

from liftlock.books import Transaction
from liftlock.domain import tasks
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.people import Person
from liftlock.domain.tasks import Task
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services.consoles import MoveThere, Situation
from liftlock.store import policies


def of_person(
    tx: Transaction, who: Person, around: Situation, planned: tuple[MoveThere, ...]
) -> tuple[Task, ...]:
    """Return what waits for somebody, the most urgent first."""
    return (
        *(task for there in planned for task in _of_move(there)),
        *_to_test(who, around),
        *_to_approve(tx, who, around),
    )


def _of_move(there: MoveThere) -> Iterator[Task]:
    return tasks.of_move(there.move, there.target.kind, there.deeds)


def _to_test(who: Person, around: Situation) -> Iterator[Task]:
    staging = _of_kind(around, Kind.STAGING)
    may = who_may.may(who, Action.SCHEDULE_MOVE_TO_PRODUCTION, around.organisation, staging)
    if around.tested is not None and may:
        yield tasks.of_test(around.tested)


def _to_approve(tx: Transaction, who: Person, around: Situation) -> Iterator[Task]:
    production = _of_kind(around, Kind.PRODUCTION)
    if not who_may.may(who, Action.APPROVE_POLICY, around.organisation, production):
        return
    every = policies.waiting(tx, around.organisation.id)
    own = around.organisation.four_eyes
    yield from tasks.of_policies(v for v in every if not (own and v.submitted.by == who.id))


def _of_kind(around: Situation, kind: Kind) -> Environment | None:
    return next((each for each in around.environments.values() if each.kind is kind), None)
