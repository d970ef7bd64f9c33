"""Calendars: what is booked, held or frozen, and how long a move of some kind takes."""

from dataclasses import dataclass, replace
from datetime import timedelta

from liftlock.books import Transaction
from liftlock.domain.calendars import Calendar
from liftlock.domain.directions import target_of
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.slots import Hold, HoldNotFound, learned_length
from liftlock.domain.statuses import MoveKind
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, installations, organisations, slots
from liftlock.store import due, freezes, moves
from liftlock.store import slots as slots_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How long moves of a kind took in this organisation."""

    last: timedelta | None
    """The latest run; None: there was none."""
    shortest: timedelta | None
    longest: timedelta | None
    runs: int
    """How many runs these say something about: the latest ten at most."""
    booked: timedelta
    """What is booked for the next one: learned from them, else the configured first guess."""


def took(tx: Transaction, organisation: OrganisationId, kind: MoveKind) -> Took:
    """Return how long moves of a kind took before."""
    past = due.past_lengths(tx, organisation, kind, slots.RUNS_LEARNED_FROM)
    return Took(
        last=past[-1] if past else None,
        shortest=min(past, default=None),
        longest=max(past, default=None),
        runs=len(past),
        booked=learned_length(past, installations.load(tx).first_guess[kind]),
    )


def for_scheduling(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    kind: MoveKind,
    undone_in: Kind | None = None,
) -> Calendar:
    """Return the calendar in which a move of this kind can be booked; one's own hold is free.

    `undone_in` is, for an Undo, the environment whose move it takes back.

    Raises: UndoneEnvironmentMissing, NotAllowed, PrerequisiteMissing, OrganisationNotFound,
        EnvironmentNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    target = environments.of_kind(tx, organisation.id, target_of(kind, undone_in))
    own = slots_kept.hold_of(tx, organisation.id, who.id)
    return Calendar(
        zone=installations.load(tx).zone,
        now=tx.now,
        busy=slots.busy(tx, organisation.id, target.id, own.id if own else None),
        length=took(tx, organisation.id, kind).booked,
    )


def for_modifying(tx: Transaction, who: Person, move: Move) -> Calendar:
    """Return the calendar in which a waiting move can be given another date; its own time is free.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, move.organisation)
    who_may.require(who, Action.READ, organisation)
    own = moves.slot_of(tx, organisation.id, move.id)
    return Calendar(
        zone=installations.load(tx).zone,
        now=tx.now,
        busy=slots.busy(tx, organisation.id, move.target, own),
        length=move.slot.length,
        own=move.slot,
    )


def of_organisation(tx: Transaction, who: Person, organisation_id: OrganisationId) -> Calendar:
    """Return everything that is booked, held or frozen, for whatever environment.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    known = {e.id: e.kind for e in environments.list_all(tx, who, organisation.id)}
    frozen = [
        replace(each, said=f"{each.said}, of {known[freeze.environment].title}")
        for freeze in freezes.ahead(tx, organisation.id)
        if freeze.environment is not None
        for each in slots.frozen_times(tx, (freeze,))
    ]
    busy = (*slots.busy(tx, organisation.id, None), *frozen)
    return Calendar(
        zone=installations.load(tx).zone,
        now=tx.now,
        busy=tuple(sorted(busy, key=lambda b: b.interval)),
        length=timedelta(hours=1),
    )


def held(
    tx: Transaction, who: Person, organisation_id: OrganisationId, console: Kind, kind: MoveKind
) -> Hold:
    """Return the time that the person holds in a console for a move of this kind.

    Raises: OrganisationNotFound, EnvironmentNotFound, HoldNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    found = slots_kept.hold_of(tx, organisation.id, who.id)
    if found is None or found.kind is not kind:
        raise HoldNotFound
    if found.environment != _console(tx, organisation.id, console).id:
        raise HoldNotFound
    found.require_live(tx.now)
    return found


def _console(tx: Transaction, organisation: OrganisationId, kind: Kind) -> Environment:
    return environments.of_kind(tx, organisation, kind)
