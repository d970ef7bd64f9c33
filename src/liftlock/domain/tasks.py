"""Tasks: what waits for one person, whatever page it is on. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from liftlock.domain.consoles import Deed, Page, page_of
from liftlock.domain.environments import Kind
from liftlock.domain.moves import Move
from liftlock.domain.policy_versions import PolicyVersion
from liftlock.domain.statuses import MoveKind, State


class Deal(StrEnum):
    """What somebody is asked for."""

    RESOLVE = "resolve"
    VALIDATE = "validate"
    REPLACE = "replace"
    """A Move to Production that nobody can validate any more is to be canceled."""
    TEST = "test"
    """Staging holds modules to be tested, and moved on."""
    APPROVE = "approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that waits for a person."""

    deal: Deal
    title: str
    says: str
    since: datetime
    address: str
    """The page on which it is done."""


def of_move(move: Move, target: Kind, deeds: frozenset[Deed]) -> Iterator[Task]:
    """Return what a planned move asks of somebody who may do these things to it."""
    named = f"{move.kind.title} {move.id}"
    since = move.date_modified.at if move.date_modified else move.submitted.at
    if Deed.RESOLVE in deeds:
        yield Task(
            deal=Deal.RESOLVE,
            title=f"Look at {target.title}",
            says=f"{named} is errored, and no other move begins until it is resolved.",
            since=move.ended_at or since,
            address=f"/moves/{move.id}",
        )
    if Deed.VALIDATE in deeds:
        again = " again" if move.changed and move.state is State.VALIDATED else ""
        yield Task(
            deal=Deal.VALIDATE,
            title=f"Validate {named}{again}",
            says="; ".join(move.changed) or f"It waits for a validation in {target.title}.",
            since=since,
            address=page_of(move.kind, target).address,
        )
    elif Deed.CANCEL in deeds and move.changed and move.kind is MoveKind.MOVE_TO_PRODUCTION:
        yield Task(
            deal=Deal.REPLACE,
            title=f"Cancel {named}",
            says="Staging was tested against another Production: nobody can validate it any more.",
            since=since,
            address=page_of(move.kind, target).address,
        )


def of_test(tested: Move) -> Task:
    """Return what modules in Staging ask of its administrators."""
    return Task(
        deal=Deal.TEST,
        title="Test Staging",
        says=f"{tested.kind.title} {tested.id} is there: test it, then schedule the Move to "
        "Production.",
        since=tested.ended_at or tested.submitted.at,
        address=Page.MOVE_TO_PRODUCTION.address,
    )


def of_policies(waiting: Iterable[PolicyVersion]) -> Iterator[Task]:
    """Return what submitted policies ask of Production's administrators."""
    for version in waiting:
        yield Task(
            deal=Deal.APPROVE,
            title=f"Approve the masking policy for {version.repository}",
            says=f"Version {version.version} was submitted and is not in force.",
            since=version.submitted.at,
            address=f"/policies/{version.repository}",
        )
