"""Restore points: written when a move has taken one, listed for people, named when they may go."""

from itertools import groupby

from liftlock.books import Transaction
from liftlock.domain import restore_points as points
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import EnvironmentId, EnvironmentNotFound
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.restore_points import KeptPoint, RestorePoint, over_age
from liftlock.domain.statuses import State
from liftlock.environments import names
from liftlock.environments.parts import Parts
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, installations, organisations
from liftlock.store import audit_events, moves, restore_points
from liftlock.store import environments as environments_kept


def record(tx: Transaction, move_id: MoveId, size_bytes: int) -> None:
    """Write that a move has a restore point of its target from now on. May be repeated.

    Raises: MoveNotFound.
    """
    move = _move(tx, move_id)
    restore_points.add(tx, move, size_bytes)
    audit_events.append_of_move(tx, Tag.RESTORE_POINT_TAKEN, None, move, {"bytes": size_bytes})


def gone(tx: Transaction, move_id: MoveId) -> None:
    """Write that a move's restore point is no more: it was dropped, or is the target again.

    May be repeated.

    Raises: MoveNotFound.
    """
    move = _move(tx, move_id)
    if restore_points.of_move(tx, move.organisation, move.id) is None:
        return
    restore_points.dropped(tx, move.organisation, move.id)
    audit_events.append_of_move(tx, Tag.RESTORE_POINT_DROPPED, None, move)


def list_all(
    tx: Transaction, who: Person, environment_id: EnvironmentId
) -> tuple[RestorePoint, ...]:
    """Return the restore points that an environment has, latest first.

    Raises: NotAllowed, PrerequisiteMissing, EnvironmentNotFound.
    """
    environment = environments.find(tx, who, environment_id)
    who_may.require(who, Action.READ, organisations.find(tx, who, environment.organisation))
    return tuple(restore_points.of_environment(tx, environment.organisation, environment.id))


def kept(tx: Transaction, who: Person, organisation_id: OrganisationId) -> tuple[KeptPoint, ...]:
    """Return the restore points that the organisation's environments have, latest first.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return points.kept(restore_points.of_organisation(tx, organisation.id))


def has(tx: Transaction, move: Move) -> bool:
    """Tell whether a completed move has a restore point still, so that it can be undone."""
    if move.state is not State.COMPLETED:
        return False
    return restore_points.of_move(tx, move.organisation, move.id) is not None


def due(tx: Transaction) -> tuple[RestorePoint, ...]:
    """Return the restore points that may be dropped: too old, or too many in their environment.

    Where a move is errored and unresolved, none may.
    """
    settled = groupby(restore_points.settled(tx), key=lambda point: point.environment)
    return tuple(point for _, each in settled for point in over_age(tuple(each), tx.now))


def places(tx: Transaction, point: RestorePoint) -> Parts:
    """Return where a restore point is kept: names that follow from its move.

    Raises: EnvironmentNotFound, WrongMasterKey.
    """
    environment = environments_kept.load(tx, point.organisation, point.environment)
    if environment is None:
        raise EnvironmentNotFound(environment=str(point.environment))
    live = environments.parts(tx, environment)
    return names.restore_point_parts(live, installations.load(tx).name, point.move)


def _move(tx: Transaction, move_id: MoveId) -> Move:
    owner = moves.organisation_of(tx, move_id)
    move = moves.load(tx, owner, move_id) if owner else None
    if move is None:
        raise MoveNotFound(move=move_id)
    return move
