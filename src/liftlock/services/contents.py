"""What environments themselves say: modules and schema, read from them and never from our books."""

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias

from liftlock.books import Transaction
from liftlock.domain.contents import Baseline, Scope
from liftlock.domain.environments import DataPolicy, Environment, EnvironmentNotFound, Kind
from liftlock.domain.modules import Installed
from liftlock.domain.move_refusals import ClosedByMove
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.restore_points import NoRoomForRestorePoint
from liftlock.domain.statuses import MoveKind, State
from liftlock.downalign import fingerprints, planning
from liftlock.downalign.alignments import Alignment
from liftlock.environments import disk, names, whole_servers
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import ServerUnreachable
from liftlock.errors import LiftlockError
from liftlock.modules import readback
from liftlock.services import installations, policies
from liftlock.store import environments, moves, organisations

READER = "liftlock-reader"
"""The application name of short looks: no step takes their sessions for those of an older one."""
NO_ATTEMPT = 0

Found: TypeAlias = "tuple[Installed, ...] | LiftlockError"
"""The modules that an environment reports, or why it cannot be asked."""


def installed(tx: Transaction, environment: Environment) -> tuple[Installed, ...]:
    """Return the modules that an environment reports, by code.

    Raises: ServerUnreachable, ClosedByMove, UnreadableReadback.
    """
    with looking_at(tx, environment):
        return readback.installed(environments.parts(tx, environment, READER))


def agreed(tx: Transaction, environment: Environment) -> tuple[Installed, ...]:
    """Return the modules that an environment has, where database, files and marks agree.

    Raises: PlacesDisagree, FilesUnreachable, ServerUnreachable, UnreadableReadback.
    """
    return readback.agreed(environments.parts(tx, environment, READER))


@contextmanager
def looking_at(tx: Transaction, *places: Environment) -> Generator[None]:
    """Say so where a place cannot be reached because a move has closed it. Raises: ClosedByMove."""
    try:
        yield
    except ServerUnreachable as refusal:
        running = moves.list_all(tx, places[0].organisation, states=(State.RUNNING,), at_most=1)
        for move in running:
            closed = next((each for each in places if each.id == move.target), None)
            if closed:
                raise ClosedByMove(
                    environment=closed.kind.title, kind=move.kind.title, move=move.id
                ) from refusal
        raise


def installed_each(tx: Transaction, known: Iterable[Environment]) -> Mapping[Kind, Found]:
    """Return what each environment says it has, or why it cannot say; all are asked at once."""
    parts = {e.kind: environments.parts(tx, e, READER) for e in known}
    with ThreadPoolExecutor(max_workers=len(Kind)) as pool:
        asked = {kind: pool.submit(_installed_or_not, each) for kind, each in parts.items()}
        return {kind: answer.result() for kind, answer in asked.items()}


def _installed_or_not(parts: Parts) -> Found:
    try:
        return readback.installed(parts)
    except LiftlockError as refusal:
        return refusal


def baseline(tx: Transaction, production: Environment) -> Baseline:
    """Return Production as it is now: modules, and the meaning of each database's schema.

    Raises: ServerUnreachable, ClosedByMove, StatementRefused, UnreadableReadback.
    """
    registration = environments.registration(tx, production, READER)
    with looking_at(tx, production):
        schema = {
            database.label: fingerprints.schema_digest(database, registration.schema_ignored)
            for database in registration.databases
        }
    return Baseline(modules=installed(tx, production), schema=tuple(sorted(schema.items())))


def present(tx: Transaction, move: Move) -> Baseline:
    """Return Production as it is now, to compare a move with that was scheduled or validated.

    What does not look at Production (an Undo elsewhere) is compared with itself.

    Raises: ServerUnreachable, StatementRefused, UnreadableReadback, EnvironmentNotFound.
    """
    if move.kind is MoveKind.UNDO and not move.needs_validation:
        return move.content.baseline
    production = environments.of_kind(tx, move.organisation, Kind.PRODUCTION)
    if production is None:
        raise EnvironmentNotFound(environment=Kind.PRODUCTION.title)
    return baseline(tx, production)


def require_alignable(
    tx: Transaction, production: Environment, target: Environment, scope: Scope, move: MoveId
) -> None:
    """Look, changing nothing, for every reason why Production cannot come down to a target.

    Raises: CannotAlign with all reasons at once; PolicyNotApproved; ServerUnreachable.
    """
    found = alignment(tx, production, target, scope, move)
    if found.data_policy is DataPolicy.ANONYMIZED:
        policies.require_approved(tx, target.organisation)
    _ = planning.plan(found)


def require_room(tx: Transaction, target: Environment) -> None:
    """Refuse a move whose restore point, a copy of its target, would not fit on the disks seen.

    Raises: NoRoomForRestorePoint, ServerShared, ServerUnreachable, FilesUnreachable.
    """
    live = environments.parts(tx, target, READER)
    if live.runtime.restore_point is not None:
        whole_servers.require_alone(live)
    reasons = disk.no_room(live, live)
    if reasons:
        raise NoRoomForRestorePoint(environment=target.kind.title, reasons=reasons)


def alignment(
    tx: Transaction, production: Environment, target: Environment, scope: Scope, move: MoveId
) -> Alignment:
    """Return a down alignment as a look at it takes it: with a copy that no attempt will ever make.

    Raises: ServerUnreachable, UnreadableReadback, ConflictingDecisions.
    """
    source = environments.parts(tx, production, READER)
    live = environments.parts(tx, target, READER)
    installation = installations.load(tx).name
    return Alignment(
        source=source,
        target=live,
        copy=names.copy_parts(live.within(scope), installation, move, NO_ATTEMPT),
        data_policy=target.data_policy or DataPolicy.ANONYMIZED,
        scope=scope,
        policies=policies.merged(tx, production, source, readback.installed(source)),
        key=organisations.masking_key(tx, target.organisation),
        mark=OwnerMark(installation=installation, move=move, attempt=NO_ATTEMPT),
    )
