"""Freezes: entered and ended by those who may, and overridden for one move with a kept reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Environment, EnvironmentId, Kind
from liftlock.domain.freezes import (
    Freeze,
    FreezeId,
    FreezeNotFound,
    FreezeReasonMissing,
    NothingToOverride,
    Override,
    OverrideReasonMissing,
    interval_between,
    laid_over,
    require_room_in_the_week,
)
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.slots import Interval
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, installations, notifications, organisations
from liftlock.store import audit_events, freezes, moves, people
from liftlock.store import environments as environments_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeWish:
    """What a person wants frozen: wall-clock times of the platform's zone, and why."""

    organisation: OrganisationId
    begin: datetime
    """Naive: what the clock on the wall shows."""
    end: datetime
    reason: str
    environment: Kind | None = None
    """None: all of the organisation's, which only a platform operator enters."""
    weekly: bool = False
    begin_fold: int | None = None
    """Which one, of a time that the clocks show twice; None: the longer freeze."""
    end_fold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOver:
    """A booked move that a freeze is laid over."""

    move: Move
    override: Override | None
    """None: it expires when its slot begins, as long as nobody overrides the freeze."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeShown:
    """A freeze with what a page says beside it."""

    freeze: Freeze
    environment: Kind | None
    """None: all."""
    next: Interval | None
    """The time that is under way or comes next."""
    over: tuple[LaidOver, ...]
    """The booked moves that it is laid over."""
    names: Mapping[PersonId, str]


def enter(tx: Transaction, who: Person, wish: FreezeWish) -> FreezeShown:
    """Enter a freeze; the bookings that it is laid over are named and told.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, EnvironmentNotFound,
        FreezeReasonMissing, FreezeFillsTheWeek, and what `domain/freezes.py` says of the times.
    """
    organisation = organisations.lock(tx, who, wish.organisation)
    environment = _environment(tx, organisation, wish.environment)
    who_may.require(who, Action.ENTER_FREEZE, organisation, environment)
    reason = wish.reason.strip()
    if not reason:
        raise FreezeReasonMissing
    interval = interval_between(
        wish.begin,
        wish.end,
        zone=installations.load(tx).zone,
        now=tx.now,
        begin_fold=wish.begin_fold,
        end_fold=wish.end_fold,
    )
    if wish.weekly:
        require_room_in_the_week(interval)
    id_ = freezes.add(
        tx,
        organisation.id,
        environment=environment.id if environment else None,
        interval=interval,
        weekly=wish.weekly,
        reason=reason,
        by=who.id,
    )
    entered = _loaded(tx, organisation, id_)
    _audit(tx, Tag.FREEZE_ENTERED, who, entered)
    shown = _shown(tx, organisation, (entered,))[0]
    for laid in shown.over:
        said = _entered_said(who, laid.move, entered, tx.now)
        notifications.tell_all(tx, Tag.FREEZE_ENTERED, laid.move, said, but=who.id)
    return shown


def end(
    tx: Transaction, who: Person, organisation_id: OrganisationId, freeze_id: FreezeId
) -> FreezeShown:
    """End a freeze, under way or to come; return it as it was, with the moves that it stopped.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, FreezeNotFound.
    """
    organisation = organisations.lock(tx, who, organisation_id)
    freeze = _loaded(tx, organisation, freeze_id)
    where = None if freeze.environment is None else environments.find(tx, who, freeze.environment)
    who_may.require(who, Action.ENTER_FREEZE, organisation, where)
    shown = _shown(tx, organisation, (freeze,))[0]
    freezes.end(tx, organisation.id, freeze.id)
    _audit(tx, Tag.FREEZE_ENDED, who, freeze)
    for laid in shown.over:
        said = f"{who.name} ended the freeze that lay over its time ({freeze.reason})."
        notifications.tell_all(tx, Tag.FREEZE_ENDED, laid.move, said, but=who.id)
    return shown


def override(tx: Transaction, who: Person, move_id: MoveId, reason: str) -> tuple[Override, ...]:
    """Let a booked move run in the freezes that lie over its time; the reason is kept.

    With another date, or another freeze, it needs another override.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, NothingToOverride,
        OverrideReasonMissing.
    """
    organisation, move = _move(tx, who, move_id)
    who_may.require(who, Action.OVERRIDE_FREEZE, organisation, environments.target_of(tx, move))
    stopping = over(tx, move)
    if not stopping:
        raise NothingToOverride(move=f"{move.kind.title} {move.id}", status=move.status)
    if not reason.strip():
        raise OverrideReasonMissing(move=move.id)
    for freeze in stopping:
        freezes.override(tx, move, freeze, by=who.id, reason=reason.strip())
        fields: dict[str, str | int | bool] = {"freeze": freeze.id, "reason": reason.strip()}
        audit_events.append_of_move(tx, Tag.FREEZE_OVERRIDDEN, who.id, move, fields)
    said = f"{who.name} lets it run all the same: {reason.strip()}"
    notifications.tell_all(tx, Tag.FREEZE_OVERRIDDEN, move, said, but=who.id)
    stopped = {freeze.id for freeze in stopping}
    return tuple(each for each in freezes.overrides_of(tx, move) if each.freeze in stopped)


def list_all(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[FreezeShown, ...]:
    """Return the organisation's freezes that are not over, with the moves that they lie over.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return _shown(tx, organisation, freezes.ahead(tx, organisation.id))


def over(tx: Transaction, move: Move) -> tuple[Freeze, ...]:
    """Return the freezes that stop a booked move: laid over its time, and not overridden."""
    known = {freeze.id: freeze for freeze in freezes.ahead(tx, move.organisation)}
    return laid_over(move, known, freezes.overrides_of(tx, move)) if known else ()


def overrides_of(tx: Transaction, move: Move) -> tuple[Override, ...]:
    """Return every override that a move was given, for whatever time it was."""
    return freezes.overrides_of(tx, move)


def overridden(tx: Transaction, move: Move) -> frozenset[FreezeId]:
    """Return which freezes do not count for a move at the time that it is booked for."""
    begin = move.slot.interval.begin
    return frozenset(o.freeze for o in freezes.overrides_of(tx, move) if o.slot_begins == begin)


def _shown(
    tx: Transaction, organisation: Organisation, found: Iterable[Freeze]
) -> tuple[FreezeShown, ...]:
    every = tuple(found)
    kinds = {e.id: e.kind for e in environments_kept.of_organisation(tx, organisation.id)}
    waiting = freezes.waiting_moves(tx, organisation.id) if every else []
    given = freezes.overrides(tx, organisation.id) if waiting else ()
    names = people.names(tx, {f.entered.by for f in every} | {o.entered.by for o in given})
    return tuple(
        FreezeShown(
            freeze=freeze,
            environment=None if freeze.environment is None else kinds[freeze.environment],
            next=freeze.next_interval(tx.now),
            over=_laid_over(freeze, waiting, given),
            names=names,
        )
        for freeze in every
    )


def _laid_over(
    freeze: Freeze, waiting: Iterable[Move], given: tuple[Override, ...]
) -> tuple[LaidOver, ...]:
    return tuple(
        LaidOver(move=move, override=next((o for o in given if o.lets(move, freeze)), None))
        for move in waiting
        if freeze.lies_over(move)
    )


def _environment(
    tx: Transaction, organisation: Organisation, kind: Kind | None
) -> Environment | None:
    return None if kind is None else environments.of_kind(tx, organisation.id, kind)


def _loaded(tx: Transaction, organisation: Organisation, id_: FreezeId) -> Freeze:
    found = freezes.load_for_update(tx, organisation.id, id_)
    if found is None:
        raise FreezeNotFound(freeze=id_)
    return found


def _move(tx: Transaction, who: Person, move_id: MoveId) -> tuple[Organisation, Move]:
    """Lock and return a move and its organisation; another organisation's is not found."""
    owner = moves.organisation_of(tx, move_id)
    known = {each.id for each in organisations.list_all(tx, who)}
    if owner is None or owner not in known:
        raise MoveNotFound(move=move_id)
    organisation = organisations.lock(tx, who, owner)
    move = moves.load_for_update(tx, owner, move_id)
    if move is None:
        raise MoveNotFound(move=move_id)
    return organisation, move


def _entered_said(who: Person, move: Move, freeze: Freeze, now: datetime) -> str:
    return (
        f"{who.name} entered a freeze ({freeze.reason}) that lies over its time, "
        f"{move.slot.said(now)}. Without an override it expires when its slot begins."
    )


def _audit(tx: Transaction, tag: Tag, who: Person, freeze: Freeze) -> None:
    fields: dict[str, str | int | bool] = {
        "freeze": freeze.id,
        "begin": freeze.interval.begin.isoformat(),
        "end": freeze.interval.end.isoformat(),
        "weekly": freeze.weekly,
        "reason": freeze.reason,
    }
    where: EnvironmentId | None = freeze.environment
    audit_events.append(tx, tag, freeze.organisation, who.id, environment=where, fields=fields)
