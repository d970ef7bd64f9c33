"""Environments: registered by the platform operator; their connections are kept locked."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import (
    DatabaseRole,
    Environment,
    EnvironmentId,
    EnvironmentInAMove,
    EnvironmentNotFound,
    FilesPathUnfit,
    Kind,
    OneSystemDB,
    OnlyProductionIsKeptWhole,
    require_data_policy,
)
from liftlock.domain.move_refusals import MoveNotFound
from liftlock.domain.moves import Move
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import Person
from liftlock.domain.statuses import State
from liftlock.environments import runtimes
from liftlock.environments.parts import Parts
from liftlock.environments.servers import server_identity
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import organisations
from liftlock.store import audit_events, due, environments
from liftlock.store.environments import Registration

__all__ = [
    "Registration", "change", "find", "list_all", "of_kind", "parts", "register", "show",
    "target_of",
]  # fmt: skip


def register(
    tx: Transaction, who: Person, organisation_id: OrganisationId, registration: Registration
) -> Environment:
    """Register an environment.

    Each database's server is asked who it is: two names of one server are one place.

    Raises: NotAllowed, OrganisationNotFound, EnvironmentExists, SamePlaceTwice,
        ReplicaForDevelopment,
        DataPolicyMissing, OneSystemDB, LabelTaken, LabelUnfit, FilesPathUnfit, ServerUnreachable,
        ServerUnsafe and its kin, LoginRefused, HookUrlUnfit, HookSecretMissing,
        OnlyProductionIsKeptWhole.
    """
    organisation = organisations.lock(tx, who, organisation_id)
    who_may.require(who, Action.SET_UP, organisation)
    sound = _sound(registration)
    id_ = environments.add(tx, organisation.id, sound, _servers(sound))
    audit_events.append(
        tx,
        Tag.ENVIRONMENT_REGISTERED,
        organisation.id,
        who.id,
        environment=id_,
        fields=_said(sound),
    )
    return _of(tx, organisation, id_)


def change(
    tx: Transaction, who: Person, environment_id: EnvironmentId, registration: Registration
) -> Environment:
    """Register an environment anew; its kind stays.

    Raises: as `register`, and EnvironmentNotFound, EnvironmentInAMove.
    """
    environment = find(tx, who, environment_id)
    organisation = organisations.lock(tx, who, environment.organisation)
    who_may.require(who, Action.SET_UP, organisation, environment)
    _require_nothing_runs(tx, organisation)
    sound = _sound(replace(registration, kind=environment.kind))
    environments.save(tx, organisation.id, environment.id, sound, _servers(sound))
    audit_events.append(
        tx,
        Tag.ENVIRONMENT_CHANGED,
        organisation.id,
        who.id,
        environment=environment.id,
        fields=_said(sound),
    )
    return _of(tx, organisation, environment.id)


def find(tx: Transaction, who: Person, environment_id: EnvironmentId) -> Environment:
    """Return an environment of an organisation that the person belongs to.

    Raises: EnvironmentNotFound.
    """
    owner = environments.organisation_of(tx, environment_id)
    known = {organisation.id for organisation in organisations.list_all(tx, who)}
    found = environments.load(tx, owner, environment_id) if owner in known and owner else None
    if found is None:
        raise EnvironmentNotFound(environment=str(environment_id))
    return found


def of_kind(tx: Transaction, organisation: OrganisationId, kind: Kind) -> Environment:
    """Return the organisation's environment of this kind.

    Raises: EnvironmentNotFound.
    """
    found = environments.of_kind(tx, organisation, kind)
    if found is None:
        raise EnvironmentNotFound(environment=kind.title)
    return found


def target_of(tx: Transaction, move: Move) -> Environment:
    """Return the environment that a move changes. Raises: MoveNotFound."""
    found = environments.load(tx, move.organisation, move.target)
    if found is None:
        raise MoveNotFound(move=move.id)
    return found


def list_all(
    tx: Transaction, who: Person, organisation_id: OrganisationId
) -> tuple[Environment, ...]:
    """Return the organisation's environments in the order in which modules go up.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    known = environments.of_organisation(tx, organisation.id)
    return tuple(sorted(known, key=lambda each: tuple(Kind).index(each.kind)))


def show(tx: Transaction, who: Person, environment_id: EnvironmentId) -> Registration:
    """Return what was registered.

    Its connections are secrets: a surface shows labels and names alone.

    Raises: NotAllowed, PrerequisiteMissing, EnvironmentNotFound.
    """
    environment = find(tx, who, environment_id)
    organisation = organisations.find(tx, who, environment.organisation)
    who_may.require(who, Action.READ, organisation)
    return environments.registration(tx, environment)


def parts(tx: Transaction, environment: Environment, application_name: str = "liftlock") -> Parts:
    """Return live handles on an environment, for whoever has been let through to it.

    Raises: WrongMasterKey.
    """
    return environments.parts(tx, environment, application_name)


def _require_nothing_runs(tx: Transaction, organisation: Organisation) -> None:
    running = due.blocking(tx, organisation.id)
    if running is not None and running.state is State.RUNNING:
        raise EnvironmentInAMove(move=f"{running.kind.title} {running.id}")


def _of(tx: Transaction, organisation: Organisation, id_: EnvironmentId) -> Environment:
    found = environments.load(tx, organisation.id, id_)
    if found is None:
        raise EnvironmentNotFound(environment=str(id_))
    return found


def _sound(registration: Registration) -> Registration:
    require_data_policy(registration.kind, registration.data_policy)
    for database in registration.databases:
        database.require_readable()
    roles = Counter(database.role is DatabaseRole.DATA for database in registration.databases)
    if roles[False] != 1:
        raise OneSystemDB(environment=registration.kind.title, count=roles[False])
    runtimes.require_sound(registration.runtime)
    if registration.kind is not Kind.PRODUCTION and registration.runtime.restore_point is not None:
        raise OnlyProductionIsKeptWhole(environment=registration.kind.title)
    if not registration.files.is_absolute() or registration.files == Path("/"):
        raise FilesPathUnfit(files=str(registration.files))
    return replace(registration, files=registration.files.resolve())


def _servers(registration: Registration) -> dict[str, str]:
    return {database.label: server_identity(database) for database in registration.databases}


def _said(registration: Registration) -> dict[str, str | int | bool]:
    return {
        "kind": registration.kind,
        "data_policy": registration.data_policy or "none",
        "databases": ", ".join(f"{d.label} {d.name}" for d in registration.databases),
        "files": str(registration.files),
    }
