"""Booking times: holds, maintenance, calendar; checked whole, under the organisation's lock."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias, assert_never

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.directions import scheduled_from, target_of
from liftlock.domain.environments import Environment, EnvironmentId, Kind
from liftlock.domain.freezes import Freeze, FreezeId
from liftlock.domain.maintenance import (
    Maintenance,
    MaintenanceNotFound,
    MaintenanceReasonMissing,
)
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.slots import (
    HOLD_LASTS,
    Busy,
    Hold,
    HoldNotFound,
    Purpose,
    Slot,
    SlotId,
    at_wall,
    learned_length,
    require_free,
    soonest,
)
from liftlock.domain.statuses import MoveKind
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, installations, organisations
from liftlock.store import audit_events, due, freezes, people, slots

RUNS_LEARNED_FROM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A wall-clock time of the platform's zone; `fold` says which, where clocks show it twice."""

    day: date
    hour: int
    minute: int
    fold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Soon:
    """As soon as possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The time that the person holds."""

    id: SlotId | None = None
    """Which one was seen; None: whichever is held for a move of that kind."""


When: TypeAlias = At | Soon | Held


def hold(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    kind: MoveKind,
    when: At | Soon,
    *,
    undone_in: Kind | None = None,
) -> Hold:
    """Hold a time for 30 minutes while modules or scope are chosen, instead of a former one.

    `undone_in` is, for an Undo, the environment whose move it takes back.

    Raises: UndoneEnvironmentMissing, NotAllowed, PrerequisiteMissing, OrganisationNotFound,
        SlotTaken, and what `domain/slots.py` says of times that cannot be booked.
    """
    organisation = organisations.lock(tx, who, organisation_id)
    console = environments.of_kind(tx, organisation.id, scheduled_from(kind, undone_in))
    target = environments.of_kind(tx, organisation.id, target_of(kind, undone_in))
    who_may.require(who, Action.HOLD_SLOT, organisation, console)
    _end_hold(tx, organisation.id, who)
    slot = choose(
        tx, organisation, when, length=length_of(tx, organisation.id, kind), target=target
    )
    until = tx.now + HOLD_LASTS
    id_ = slots.add(
        tx,
        organisation.id,
        slot,
        purpose=Purpose.HOLD,
        by=who.id,
        environment=console.id,
        expires_at=until,
        said=kind,
    )
    said: dict[str, str | int | bool] = {"begin": slot.interval.begin.isoformat()}
    audit_events.append(
        tx, Tag.SLOT_HELD, organisation.id, who.id, environment=console.id, fields=said
    )
    return Hold(
        id=id_,
        organisation=organisation.id,
        environment=console.id,
        by=who.id,
        kind=kind,
        slot=slot,
        until=until,
    )


def release(tx: Transaction, who: Person, meant: Held | None = None) -> None:
    """Give back the time that the person holds; `meant` says which, when it was seen.

    Raises: HoldNotFound, HoldReplaced.
    """
    held = None if who.organisation is None else slots.hold_of(tx, who.organisation, who.id)
    if held is None:
        raise HoldNotFound
    if meant is not None:
        held.require_meant(tx.now, held.kind, meant.id)
    slots.free(tx, held.organisation, held.id)
    audit_events.append(tx, Tag.SLOT_RELEASED, held.organisation, who.id)


def calendar(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    target: EnvironmentId | None = None,
) -> tuple[Busy, ...]:
    """Return what is not free from now on, earliest first; other targets' freezes left out.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return busy(tx, organisation.id, target)


def zone(tx: Transaction) -> str:
    """Return the platform's time zone, in whose wall-clock times slots are chosen."""
    return installations.load(tx).zone


def length_of(tx: Transaction, organisation: OrganisationId, kind: MoveKind) -> timedelta:
    """Return the length that a move of this kind books: learned, else the first guess."""
    past = due.past_lengths(tx, organisation, kind, RUNS_LEARNED_FROM)
    return learned_length(past, installations.load(tx).first_guess[kind])


def choose(
    tx: Transaction,
    organisation: Organisation,
    when: At | Soon,
    *,
    length: timedelta,
    target: Environment | None,
    but: SlotId | None = None,
) -> Slot:
    """Return the slot that a person wants, free in its whole length, under the lock.

    Raises: SlotTaken, NothingFree, and what `domain/slots.py` says of times that cannot be booked.
    """
    slots.end_expired_holds(tx, organisation.id)
    zone = installations.load(tx).zone
    taken = busy(tx, organisation.id, target.id if target else None, but)
    match when:
        case At():
            slot = at_wall(
                when.day,
                when.hour,
                when.minute,
                zone=zone,
                length=length,
                now=tx.now,
                fold=when.fold,
            )
            require_free(slot, taken, tx.now)
            return slot
        case Soon():
            return soonest(length, tx.now, zone, taken)
        case _:
            assert_never(when)


def book(
    tx: Transaction,
    who: Person,
    organisation: Organisation,
    *,
    kind: MoveKind,
    when: When,
    target: Environment,
) -> tuple[SlotId, Slot]:
    """Book the slot of a new move; the organisation must be locked.

    A hold turns into it, any other ends.

    Raises: as `choose`, and HoldNotFound, HoldReplaced.
    """
    length = length_of(tx, organisation.id, kind)
    if isinstance(when, Held):
        held = slots.hold_of(tx, organisation.id, who.id)
        if held is None:
            raise HoldNotFound
        held.require_live(tx.now)
        held.require_meant(tx.now, kind, when.id)
        return _turn_hold_into_move(tx, organisation, held, length, target)
    _end_hold(tx, organisation.id, who)
    slot = choose(tx, organisation, when, length=length, target=target)
    id_ = slots.add(
        tx, organisation.id, slot, purpose=Purpose.MOVE, by=who.id, environment=target.id
    )
    return id_, slot


def book_maintenance(
    tx: Transaction,
    who: Person,
    environment_id: EnvironmentId,
    when: At,
    *,
    length: timedelta,
    reason: str,
) -> Maintenance:
    """Take a slot for work on an environment, so that nothing moves meanwhile.

    Raises: NotAllowed, PrerequisiteMissing, EnvironmentNotFound, MaintenanceReasonMissing, and as
        `choose`.
    """
    environment = environments.find(tx, who, environment_id)
    organisation = organisations.lock(tx, who, environment.organisation)
    who_may.require(who, Action.BOOK_MAINTENANCE, organisation, environment)
    if not reason.strip():
        raise MaintenanceReasonMissing
    slot = choose(tx, organisation, when, length=length, target=None)
    id_ = slots.add(
        tx,
        organisation.id,
        slot,
        purpose=Purpose.MAINTENANCE,
        by=who.id,
        environment=environment.id,
        said=reason.strip(),
    )
    said: dict[str, str | int | bool] = {"maintenance": id_, "reason": reason.strip()}
    audit_events.append(
        tx, Tag.MAINTENANCE_BOOKED, organisation.id, who.id, environment=environment.id, fields=said
    )
    return Maintenance(
        id=id_,
        organisation=organisation.id,
        environment=environment.id,
        by=who.id,
        slot=slot,
        reason=reason.strip(),
    )


def list_maintenance(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[Maintenance, ...]:
    """Return the maintenance bookings of an organisation that are not over, earliest first.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return tuple(slots.maintenance_ahead(tx, organisation.id))


def cancel_maintenance(
    tx: Transaction, who: Person, organisation_id: OrganisationId, id_: SlotId
) -> None:
    """Give a maintenance booking's time back.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, MaintenanceNotFound.
    """
    organisation = organisations.lock(tx, who, organisation_id)
    where = slots.maintenance(tx, organisation.id, id_)
    if where is None:
        raise MaintenanceNotFound(maintenance=id_)
    environment = environments.find(tx, who, where)
    who_may.require(who, Action.BOOK_MAINTENANCE, organisation, environment)
    slots.free(tx, organisation.id, id_)
    said: dict[str, str | int | bool] = {"maintenance": id_}
    audit_events.append(
        tx, Tag.MAINTENANCE_CANCELED, organisation.id, who.id, environment=where, fields=said
    )


def busy(
    tx: Transaction,
    organisation: OrganisationId,
    target: EnvironmentId | None,
    but: SlotId | None = None,
    overridden: Collection[FreezeId] = (),
) -> tuple[Busy, ...]:
    """Return what a move to this target cannot overlap, earliest first: bookings and freezes.

    Without a target, freezes of single environments do not count; `overridden` ones never do.
    """
    counting = [
        freeze
        for freeze in freezes.ahead(tx, organisation)
        if freeze.id not in overridden
        and (freeze.environment is None or (target is not None and freeze.concerns(target)))
    ]
    frozen = frozen_times(tx, counting)
    booked = slots.busy(tx, organisation, but=but)
    return tuple(sorted((*booked, *frozen), key=lambda b: b.interval))


def frozen_times(tx: Transaction, found: Collection[Freeze]) -> tuple[Busy, ...]:
    """Return when these freezes let nothing move from now on, and who entered each."""
    names = people.names(tx, {freeze.entered.by for freeze in found}) if found else {}
    return tuple(
        replace(each, said=f"{each.said}, entered by {names[freeze.entered.by]}")
        for freeze in found
        for each in freeze.busy(tx.now)
    )


def _turn_hold_into_move(
    tx: Transaction,
    organisation: Organisation,
    held: Hold,
    length: timedelta,
    target: Environment,
) -> tuple[SlotId, Slot]:
    """Give a hold the purpose that it was for; a *soon* one moves to what is soonest now."""
    taken = busy(tx, organisation.id, target.id, held.id)
    if held.slot.soon:
        slot = soonest(length, tx.now, held.slot.zone, taken)
    else:
        slot = held.slot.lasting(length)
        slot.require_ahead(tx.now)
        require_free(slot, taken, tx.now)
    slots.rebook(tx, organisation.id, held.id, slot, purpose=Purpose.MOVE)
    return held.id, slot


def _end_hold(tx: Transaction, organisation: OrganisationId, who: Person) -> None:
    held = slots.hold_of(tx, organisation, who.id)
    if held is not None:
        slots.free(tx, organisation, held.id)
