"""What people do with a move that is booked, runs or has ended; `proposals` schedules it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.consoles import AlreadyTakenBack, signatures
from liftlock.domain.contents import ContentDigest
from liftlock.domain.due import Surroundings, Wait
from liftlock.domain.due import due as decide
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import SCHEDULED_FROM, Move, MoveId
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person, PersonId
from liftlock.domain.resolutions import AlreadyBeingResolved, How
from liftlock.domain.runs import OPENS
from liftlock.domain.slots import Purpose, predicted_end
from liftlock.domain.stages import is_back
from liftlock.domain.statuses import WAITING, MoveKind, State
from liftlock.domain.versions import Seen, Version, Whichever
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import (
    contents,
    environments,
    installations,
    notifications,
    organisations,
    slots,
    undos,
    versions,
)
from liftlock.services.slots import At, Soon
from liftlock.store import audit_events, due, moves, people, resolutions, steps
from liftlock.store import slots as slots_kept

WITHDRAW: Mapping[MoveKind, Action] = {
    MoveKind.MOVE_TO_STAGING: Action.WITHDRAW_MOVE_TO_STAGING,
    MoveKind.MOVE_TO_PRODUCTION: Action.WITHDRAW_MOVE_TO_PRODUCTION,
    MoveKind.DOWN_ALIGN: Action.WITHDRAW_DOWN_ALIGN,
    MoveKind.UNDO: Action.UNDO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveShown:
    """A move with what a page says beside it."""

    move: Move
    seen: ContentDigest
    """What a validation must name: the digest of what is shown here."""
    version: Version
    names: Mapping[PersonId, str]
    """Who everybody is that the move speaks of."""
    why_not_moving: str
    """What is awaited; empty unless the move waits."""
    predicted_end: datetime | None
    """When a running move should end."""


def show(tx: Transaction, who: Person, move_id: MoveId) -> MoveShown:
    """Return a move as the books know it.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound.
    """
    move = _read(tx, who, move_id)
    return _shown(tx, move)


def review(tx: Transaction, who: Person, move_id: MoveId) -> MoveShown:
    """Return a move as a validation would cover it now: Production is read again.

    What has changed is kept with the move: its validation is stale from now on.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, ServerUnreachable.
    """
    move = _read(tx, who, move_id)
    if move.state not in WAITING or move.kind is MoveKind.DOWN_ALIGN:
        return _shown(tx, move)
    present = contents.present(tx, move)
    changed = replace(move, changed=(*move.stale(present), *undos.what_changed(tx, move)))
    if changed != move:
        moves.save(tx, changed, expecting=move.state)
    if changed.changed and not move.changed:
        audit_events.append_of_move(tx, Tag.MOVE_BECAME_STALE, None, changed)
        notifications.tell_all(tx, Tag.MOVE_BECAME_STALE, changed, _stale_said(changed))
    return _shown(tx, changed.against(present))


def list_moves(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId,
    *,
    kinds: Sequence[MoveKind] = (),
    states: Sequence[State] = (),
    before: MoveId | None = None,
    at_most: int = 50,
) -> tuple[Move, ...]:
    """Return the organisation's moves of these kinds and states, latest first, below `before`.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    found = moves.list_all(
        tx, organisation.id, kinds=kinds, states=states, before=before, at_most=at_most
    )
    return tuple(found)


def validate(
    tx: Transaction,
    who: Person,
    move_id: MoveId,
    seen: ContentDigest,
    version: Seen = Whichever.WHICHEVER,
) -> Move:
    """Accept a waiting proposal on behalf of its target environment.

    `seen` is the digest of what the person had on the page; when it has changed since, nothing is
    accepted; so it is with a `version`. Production and the target are looked at once more for every
    reason to refuse.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, MoveSeenUnsaid, MoveSeenChanged,
        NotWaiting, AlreadyValidated, ValidatedTooLate, OwnProposal,
        StaleValidation, StagingTestedAgainstAnotherProduction, CannotAlign, PolicyNotApproved,
        ServerUnreachable.
    """
    organisation, move = _for_update(tx, who, move_id)
    target = environments.target_of(tx, move)
    who_may.require(who, Action.VALIDATE, organisation, target)
    versions.require_same(tx, move, version)
    production = environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
    accepted = move.validate(
        by=who.id,
        at=tx.now,
        seen=seen,
        present=contents.baseline(tx, production),
        four_eyes=organisation.four_eyes,
    )
    match move.kind:
        case MoveKind.MOVE_TO_STAGING | MoveKind.DOWN_ALIGN:
            contents.require_alignable(tx, production, target, move.content.scope, move.id)
        case MoveKind.MOVE_TO_PRODUCTION:
            contents.require_room(tx, target)
        case MoveKind.UNDO:
            undos.require_as_scheduled(tx, move)
    moves.save(tx, accepted, expecting=move.state)
    audit_events.append_of_move(tx, Tag.MOVE_VALIDATED, who.id, accepted)
    waits = tx.now < accepted.slot.interval.begin
    begins = f"by itself on {accepted.slot.said(tx.now)}" if waits else "as soon as it can"
    said = f"{who.name} validated it. It begins {begins}."
    notifications.tell_all(tx, Tag.MOVE_VALIDATED, accepted, said, but=who.id)
    return accepted


def modify_date(
    tx: Transaction,
    who: Person,
    move_id: MoveId,
    when: At | Soon,
    seen: Seen = Whichever.WHICHEVER,
) -> Move:
    """Give a waiting proposal another date on behalf of its target.

    Any validation falls; the proposer is told, and may withdraw it.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, MoveSeenUnsaid, MoveSeenChanged,
        MoveHasBegun, MoveIsOver, DateIsFixed,
        ValidatedTooLate; what
        `services/slots.py` says of the time.
    """
    organisation = _locked_organisation(tx, who, move_id)
    _, move = _for_update(tx, who, move_id)
    target = environments.target_of(tx, move)
    who_may.require(who, Action.MODIFY_DATE, organisation, target)
    versions.require_same(tx, move, seen)
    own = moves.slot_of(tx, organisation.id, move.id)
    slot = slots.choose(tx, organisation, when, length=move.slot.length, target=target, but=own)
    modified = move.modify_date(by=who.id, at=tx.now, slot=slot)
    slots_kept.rebook(tx, organisation.id, own, slot, purpose=Purpose.MOVE)
    moves.save(tx, modified, expecting=move.state)
    audit_events.append_of_move(tx, Tag.MOVE_DATE_MODIFIED, who.id, modified)
    moved = f"{who.name} moved it to {slot.said(tx.now)}"
    asked = f"{moved}. {_asked_again(modified, organisation, who)}"
    notifications.tell_target(tx, Tag.MOVE_DATE_MODIFIED, modified, asked, but=who.id)
    said = f"{moved}. You may withdraw it."
    notifications.tell_submitter(tx, Tag.MOVE_DATE_MODIFIED, modified, said, but=who.id)
    return modified


def withdraw(
    tx: Transaction, who: Person, move_id: MoveId, seen: Seen = Whichever.WHICHEVER
) -> Move:
    """Take a waiting move back on behalf of where it was scheduled from; its slot is free again.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, MoveSeenChanged, MoveHasBegun,
        MoveIsOver.
    """
    organisation, move = _for_update(tx, who, move_id)
    scheduled_from = SCHEDULED_FROM.get(move.kind)
    console = (
        environments.target_of(tx, move)
        if scheduled_from is None
        else environments.of_kind(tx, organisation.id, scheduled_from)
    )
    who_may.require(who, WITHDRAW[move.kind], organisation, console)
    versions.require_same(tx, move, seen)
    withdrawn = move.withdraw(at=tx.now)
    moves.save(tx, withdrawn, expecting=move.state)
    audit_events.append_of_move(tx, Tag.MOVE_WITHDRAWN, who.id, withdrawn)
    said = f"{who.name} withdrew it. Its time is free again."
    notifications.tell_all(tx, Tag.MOVE_WITHDRAWN, withdrawn, said, but=who.id)
    return withdrawn


def cancel(
    tx: Transaction,
    who: Person,
    move_id: MoveId,
    reason: str,
    seen: Seen = Whichever.WHICHEVER,
) -> Move:
    """Refuse a waiting move on behalf of its target; its slot is free again.

    The proposer is told the reason.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, MoveSeenUnsaid, MoveSeenChanged,
        ReasonMissing, MoveHasBegun, MoveIsOver.
    """
    organisation, move = _for_update(tx, who, move_id)
    who_may.require(who, Action.CANCEL, organisation, environments.target_of(tx, move))
    versions.require_same(tx, move, seen)
    canceled = move.cancel(reason=reason, at=tx.now)
    moves.save(tx, canceled, expecting=move.state)
    audit_events.append_of_move(
        tx, Tag.MOVE_CANCELED, who.id, canceled, {"reason": canceled.cause_said}
    )
    said = f"{who.name} canceled it: {canceled.cause_said}"
    notifications.tell_all(tx, Tag.MOVE_CANCELED, canceled, said, but=who.id)
    return canceled


def stop(tx: Transaction, who: Person, move_id: MoveId) -> Move:
    """Ask a running move to stop and put its target back; the running step hears it within seconds.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, NotRunning, AlreadyOpened,
        AlreadyTakenBack.
    """
    organisation, move = _for_update(tx, who, move_id)
    who_may.require(who, Action.STOP, organisation, environments.target_of(tx, move))
    begun = steps.of_move(tx, organisation.id, move.id)
    if move.state is State.RUNNING and any(is_back(step.name) for step in begun):
        raise AlreadyTakenBack(move=move.id)
    opened = any(step.name == OPENS for step in begun)
    stopping = move.ask_stop(by=who.id, at=tx.now, opened=opened)
    if stopping != move:
        moves.save(tx, stopping, expecting=move.state)
        audit_events.append_of_move(tx, Tag.MOVE_STOP_ASKED, who.id, stopping)
        said = f"{who.name} asked it to stop. Its target is put back as it was."
        notifications.tell_all(tx, Tag.MOVE_STOP_ASKED, stopping, said, but=who.id)
    return stopping


def resolve(tx: Transaction, who: Person, move_id: MoveId, how: How, note: str = "") -> Move:
    """End the block of an errored move.

    A worker puts it back again soon; or a person has repaired it by hand, and says how.

    Raises: NotAllowed, PrerequisiteMissing, MoveNotFound, NotErrored, AlreadyResolved,
        AlreadyBeingResolved, ReasonMissing.
    """
    organisation, move = _for_update(tx, who, move_id)
    who_may.require(who, Action.RESOLVE, organisation, environments.target_of(tx, move))
    move.require_unresolved()
    if resolutions.open_of(tx, organisation.id, move.id) is not None:
        raise AlreadyBeingResolved(move=move.id)
    match how:
        case How.PUT_BACK_AGAIN:
            resolutions.ask(tx, organisation.id, move.id, who.id, note.strip())
            audit_events.append_of_move(tx, Tag.MOVE_PUT_BACK_ASKED, who.id, move)
            return move
        case How.MARK_AS_REPAIRED:
            repaired = move.mark_as_repaired(by=who.id, at=tx.now, note=note)
            moves.save(tx, repaired, expecting=move.state)
            resolutions.repaired(tx, organisation.id, move.id, who.id, repaired.resolved_note)
            audit_events.append_of_move(
                tx, Tag.MOVE_RESOLVED, who.id, repaired, {"note": repaired.resolved_note}
            )
            said = f"{who.name} marked it as repaired: {repaired.resolved_note}"
            notifications.tell_all(tx, Tag.MOVE_RESOLVED, repaired, said, but=who.id)
            return repaired
        case _:
            assert_never(how)


def _read(tx: Transaction, who: Person, move_id: MoveId) -> Move:
    organisation = organisations.of_move(tx, who, move_id)
    who_may.require(who, Action.READ, organisation)
    move = moves.load(tx, organisation.id, move_id)
    if move is None:
        raise MoveNotFound(move=move_id)
    return move


def _for_update(tx: Transaction, who: Person, move_id: MoveId) -> tuple[Organisation, Move]:
    organisation = organisations.of_move(tx, who, move_id)
    move = moves.load_for_update(tx, organisation.id, move_id)
    if move is None:
        raise MoveNotFound(move=move_id)
    return organisation, move


def _locked_organisation(tx: Transaction, who: Person, move_id: MoveId) -> Organisation:
    return organisations.lock(tx, who, organisations.of_move(tx, who, move_id).id)


def _shown(tx: Transaction, move: Move) -> MoveShown:
    end = None
    if move.state is State.RUNNING and move.begun_at is not None:
        end = predicted_end(move.begun_at, move.slot.length, tx.now)
    return MoveShown(
        move=move,
        seen=move.digest,
        version=versions.of(tx, move, move.digest),
        names=people.names(tx, {signature.by for signature in signatures(move)}),
        why_not_moving=_why_not_moving(tx, move),
        predicted_end=end,
    )


def _why_not_moving(tx: Transaction, move: Move) -> str:
    if move.state not in WAITING:
        return ""
    around = Surroundings(
        now=tx.now,
        blocked_by=due.blocking(tx, move.organisation),
        changed=move.changed,
        late_after=installations.load(tx).late_after,
    )
    decision = decide(move, around)
    return decision.why if isinstance(decision, Wait) else ""


def _asked_again(modified: Move, organisation: Organisation, who: Person) -> str:
    if modified.changed and modified.kind is MoveKind.MOVE_TO_PRODUCTION:
        return _stale_said(modified)
    but = f" by somebody else than {who.name}" if organisation.four_eyes else ""
    return f"It waits for a validation{but}."


def _stale_said(move: Move) -> str:
    changed = "; ".join(move.changed)
    if move.kind is MoveKind.MOVE_TO_PRODUCTION:
        return f"Staging was tested against another Production: {changed}. Cancel or withdraw it."
    if move.validated is None:
        return f"What it was proposed with has changed: {changed}. It waits for a validation."
    return f"What it was validated with has changed: {changed}. Validate it again."
