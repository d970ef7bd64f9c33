"""What workers ask of the books and tell them: what is due, what steps work on, how it ended."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.contents import Baseline
from liftlock.domain.due import Begin, Decision, Expire, Surroundings, Wait
from liftlock.domain.due import due as decide
from liftlock.domain.environments import DataPolicy, Environment, EnvironmentId, Kind
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import Organisation
from liftlock.domain.policies import Policy
from liftlock.domain.resolutions import Resolution, ResolutionState
from liftlock.domain.runs import how_it_began, how_it_ended
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.environments.parts import Parts
from liftlock.errors import LiftlockError
from liftlock.services import (
    contents,
    environments,
    freezes,
    installations,
    notifications,
    policies,
    reasons,
    slots,
    undos,
)
from liftlock.store import audit_events, due, moves, organisations, resolutions, steps
from liftlock.telemetry import log


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Everything that a step of a move works on."""

    installation: str
    move: Move
    source: Parts
    """Production: where data comes from; an Undo's is its target."""
    target: Parts
    data_policy: DataPolicy
    """What of Production's data may be in the target; of no meaning for a Move to Production."""
    undoes: MoveId | None
    """The move that an Undo takes back."""
    policies: Mapping[str, Policy]
    """Merged, by database label and for `files`."""
    key: SecretStr
    """The organisation's masking key, in hexadecimal."""


def begin_due(tx: Transaction, step_names: Mapping[MoveKind, tuple[str, ...]]) -> list[Move]:
    """Begin what is due and can begin; expire what cannot any more.

    Return the moves that run from now on.

    An organisation that somebody else is booking or beginning in is left for the next time.
    """
    begun: list[Move] = []
    for organisation_id in due.with_due_moves(tx):
        organisation = organisations.lock_unless_locked(tx, organisation_id)
        if organisation is not None:
            begun += _begin_in(tx, organisation, step_names)
    return begun


def _begin_in(
    tx: Transaction, organisation: Organisation, step_names: Mapping[MoveKind, tuple[str, ...]]
) -> Iterator[Move]:
    for move in due.load_due(tx, organisation.id):
        around = _surroundings(tx, move)
        decision = decide(move, around)
        if not isinstance(decision, Begin):
            _settle(tx, move, decision, around)
            continue
        present = _present(tx, move)
        if isinstance(present, LiftlockError):
            _held_up(tx, move, present)
            continue
        changed = (*move.stale(present), *undos.what_changed(tx, move))
        around = replace(around, changed=changed)
        decision = decide(move, around)
        if isinstance(decision, Begin):
            yield _begin(tx, move, present, step_names[move.kind])
        else:
            _settle(tx, move, decision, around)


def _surroundings(tx: Transaction, move: Move) -> Surroundings:
    own = moves.slot_of(tx, move.organisation, move.id)
    return Surroundings(
        now=tx.now,
        others=slots.busy(tx, move.organisation, move.target, own, freezes.overridden(tx, move)),
        blocked_by=due.blocking(tx, move.organisation),
        changed=move.changed,
        late_after=installations.load(tx).late_after,
        unread=reasons.unread_said(tx, move),
    )


def _present(tx: Transaction, move: Move) -> Baseline | LiftlockError:
    """Return Production as it is now, or why it cannot be read: the move waits until late."""
    try:
        return contents.present(tx, move)
    except LiftlockError as error:
        log.warning("move.production_unread", move=move.id, code=error.code)
        return error


def _held_up(tx: Transaction, move: Move, unread: LiftlockError) -> None:
    """Write, once for each cause, why a due move does not begin, and tell everybody concerned."""
    if reasons.unread_said(tx, move) == str(unread):
        return
    audit_events.append_of_move(
        tx, Tag.MOVE_DELAYED, None, move, {"code": unread.code, reasons.UNREAD: str(unread)}
    )
    said = f"It is delayed: {unread}"
    notifications.tell_all(tx, Tag.MOVE_DELAYED, move, said)


def _begin(tx: Transaction, move: Move, present: Baseline, names: tuple[str, ...]) -> Move:
    """Begin a move.

    A Down Align takes Production as it finds it; what others validated stays what it was.
    """
    found = move.against(present) if move.kind is MoveKind.DOWN_ALIGN else move
    running = found.begin(at=tx.now, steps=names)
    moves.save(tx, running, expecting=move.state)
    audit_events.append_of_move(tx, Tag.MOVE_BEGUN, None, running)
    notifications.tell_all(tx, Tag.MOVE_BEGUN, running, how_it_began(running, tx.now))
    return running


def _settle(tx: Transaction, move: Move, decision: Decision, around: Surroundings) -> None:
    match decision:
        case Expire():
            expired = move.expire(cause=decision.cause, said=decision.said, at=tx.now)
            moves.save(tx, expired, expecting=move.state)
            said: dict[str, str | int | bool] = {
                "cause": decision.cause,
                "said": decision.said,
            }
            audit_events.append_of_move(tx, Tag.MOVE_EXPIRED, None, expired, said)
            notifications.tell_all(tx, Tag.MOVE_EXPIRED, expired, f"It expired. {decision.said}")
        case Wait() if _newly_delayed(tx, move, around):
            audit_events.append_of_move(tx, Tag.MOVE_DELAYED, None, move)
            notifications.tell_all(tx, Tag.MOVE_DELAYED, move, f"It is delayed: {decision.why}.")
        case Wait() if around.changed != move.changed:
            stale = replace(move, changed=around.changed)
            moves.save(tx, stale, expecting=move.state)
            audit_events.append_of_move(tx, Tag.MOVE_BECAME_STALE, None, stale)
            said_why = f"{decision.why[:1].upper()}{decision.why[1:]}."
            notifications.tell_all(tx, Tag.MOVE_BECAME_STALE, stale, said_why)
        case Wait() | Begin():
            pass
        case _:
            assert_never(decision)


def _newly_delayed(tx: Transaction, move: Move, around: Surroundings) -> bool:
    held_up = around.blocked_by is not None and move.state is State.VALIDATED
    return held_up and not audit_events.has(tx, Tag.MOVE_DELAYED, move)


def load(tx: Transaction, move_id: MoveId) -> Move:
    """Return a move by its number alone: for a worker, which is handed nothing else.

    Raises: MoveNotFound.
    """
    owner = moves.organisation_of(tx, move_id)
    move = moves.load(tx, owner, move_id) if owner else None
    if move is None:
        raise MoveNotFound(move=move_id)
    return move


def facts(tx: Transaction, move_id: MoveId, fence: int) -> RunFacts:
    """Return what a step works on; its connections carry the target's fencing number.

    Raises: MoveNotFound, WrongMasterKey, ConflictingDecisions.
    """
    move = load(tx, move_id)
    installation = installations.load(tx).name
    target = environments.target_of(tx, move)
    production = environments.of_kind(tx, move.organisation, Kind.PRODUCTION)
    name = application_name(installation, target.id, fence)
    undoing = move.content.undoing
    source = environments.parts(tx, production if undoing is None else target, name)
    return RunFacts(
        installation=installation,
        move=move,
        source=source,
        target=environments.parts(tx, target, name),
        data_policy=target.data_policy or DataPolicy.ANONYMIZED,
        undoes=None if undoing is None else MoveId(undoing.move),
        policies=_policies(tx, move, production, source),
        key=organisations.masking_key(tx, move.organisation),
    )


def _policies(
    tx: Transaction, move: Move, production: Environment, source: Parts
) -> Mapping[str, Policy]:
    """What masks nothing is not kept from going on by a conflict between policies."""
    if move.kind in {MoveKind.MOVE_TO_PRODUCTION, MoveKind.UNDO}:
        return {}
    return policies.merged(tx, production, source, move.content.baseline.modules)


def application_name(installation: str, target: EnvironmentId, fence: int) -> str:
    """Return the name that a step's connections carry, within 63 bytes: ids, not names."""
    return f"liftlock:{installation}:{target}:{fence}"


def begin_attempt(tx: Transaction, move_id: MoveId) -> int:
    """Raise and return the number of a running move's attempt, which its copies' names carry.

    Raises: MoveNotFound, NotRunning.
    """
    move = _for_update(tx, move_id)
    raised = move.next_attempt()
    moves.save(tx, raised, expecting=move.state)
    return raised.attempt


def stop_asked(tx: Transaction, move_id: MoveId) -> bool:
    """Tell whether a person has asked that a move be stopped.

    Raises: MoveNotFound.
    """
    return load(tx, move_id).stop_asked is not None


def end(
    tx: Transaction, move_id: MoveId, state: State, *, cause: Cause | None = None, said: str = ""
) -> Move:
    """Write how a run ended, tell everybody concerned, and give the rest of its slot back.

    Once it is written, it stays: a repeat changes nothing.

    Raises: MoveNotFound, TransitionRefused.
    """
    move = _for_update(tx, move_id)
    if move.state is not State.RUNNING:
        return move
    ended = move.end(state, at=tx.now, cause=cause, said=said)
    moves.save(tx, ended, expecting=move.state)
    if ended.kind is MoveKind.UNDO and state is State.COMPLETED:
        undos.complete(tx, ended)
    if state is not State.ERRORED:
        due.way_is_free(tx, move.organisation)
    _tell(tx, Tag.MOVE_ENDED, ended)
    return ended


def running(tx: Transaction) -> tuple[Move, ...]:
    """Return the moves that the books say are running, of all organisations."""
    return tuple(due.running(tx))


def begin_put_backs(tx: Transaction) -> list[Resolution]:
    """Take what people asked to be put back again; a worker is at it from now on."""
    asked = resolutions.asked(tx)
    for resolution in asked:
        resolutions.begin(tx, resolution)
    return asked


def putting_back(tx: Transaction) -> tuple[Resolution, ...]:
    """Return the put-backs that workers are at, of all organisations."""
    return tuple(resolutions.running(tx))


def left_by_repaired(tx: Transaction, since: datetime) -> Iterator[RunFacts]:
    """Yield what is known of the moves that people have marked as repaired since then.

    Nobody undoes their steps any more, so their copies may still be there.

    Raises: WrongMasterKey, ConflictingDecisions.
    """
    for move_id in resolutions.repaired_since(tx, since):
        yield facts(tx, move_id, 0)


def end_put_back(tx: Transaction, move_id: MoveId, *, succeeded: bool, said: str) -> Move:
    """Write what came of putting an errored move back again; success ends the block.

    Once it is written, it stays: a repeat changes nothing.

    Raises: MoveNotFound.
    """
    move = _for_update(tx, move_id)
    resolution = resolutions.open_of(tx, move.organisation, move.id)
    if resolution is None:
        return move
    state = ResolutionState.DONE if succeeded else ResolutionState.FAILED
    resolutions.end(tx, resolution, state, said)
    if not succeeded:
        audit_events.append_of_move(tx, Tag.MOVE_NOT_PUT_BACK, None, move, {"said": said})
        notifications.tell_all(tx, Tag.MOVE_NOT_PUT_BACK, move, f"It was not put back: {said}")
        return move
    resolved = move.put_back_again(by=resolution.asked_by, at=tx.now)
    moves.save(tx, resolved, expecting=move.state)
    audit_events.append_of_move(tx, Tag.MOVE_RESOLVED, resolution.asked_by, resolved)
    notifications.tell_all(tx, Tag.MOVE_RESOLVED, resolved, "Its target is put back as it was.")
    return resolved


def steps_begun(tx: Transaction, move_id: MoveId) -> tuple[str, ...]:
    """Return the names of what a move has begun, undos too, in the order in which they did.

    Raises: MoveNotFound.
    """
    move = load(tx, move_id)
    return tuple(step.name for step in steps.of_move(tx, move.organisation, move.id))


def _tell(tx: Transaction, tag: Tag, move: Move) -> None:
    said: dict[str, str | int | bool] = {"cause": move.cause or "none", "said": move.cause_said}
    audit_events.append_of_move(tx, tag, None, move, said)
    target = environments.target_of(tx, move).kind.title
    notifications.tell_all(tx, tag, move, how_it_ended(move, target))


def _for_update(tx: Transaction, move_id: MoveId) -> Move:
    owner = moves.organisation_of(tx, move_id)
    move = moves.load_for_update(tx, owner, move_id) if owner else None
    if move is None:
        raise MoveNotFound(move=move_id)
    return move
