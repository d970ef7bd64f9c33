"""Setting Acme up through the API, as a platform operator and Acme's own people would."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from liftlock.client import environments, organisations, packages, people, policies
from liftlock.client.connection import Connection, Document, connect
from liftlock.demo import acme
from liftlock.demo.control_plane import ControlPlane
from liftlock.demo.environments import Stand
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest
from liftlock.environments.parts import Hook, Runtime
from liftlock.environments.servers import Database
from liftlock.modules import transfers
from liftlock.modules.stores import ModuleStore

CODE = "acme"
_DATA_POLICIES: Mapping[Kind, str | None] = {
    Kind.PRODUCTION: None,
    Kind.STAGING: "replica",
    Kind.DEVELOPMENT: "anonymized",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody at Acme."""

    login: str
    name: str
    grants: tuple[Mapping[str, str], ...]


def _administrator(kind: Kind) -> tuple[Mapping[str, str], ...]:
    return ({"role": "administrator", "environment": kind},)


DORA = Actor(login="dora", name="Dora Developer", grants=_administrator(Kind.DEVELOPMENT))
DIRK = Actor(login="dirk", name="Dirk Publisher", grants=({"role": "publisher"},))
SAM = Actor(login="sam", name="Sam Staging", grants=_administrator(Kind.STAGING))
SUE = Actor(login="sue", name="Sue Staging", grants=_administrator(Kind.STAGING))
PIA = Actor(login="pia", name="Pia Production", grants=_administrator(Kind.PRODUCTION))
PAUL = Actor(login="paul", name="Paul Production", grants=_administrator(Kind.PRODUCTION))
ACTORS = (DORA, DIRK, SAM, SUE, PIA, PAUL)

Keys = Mapping[str, str]
"""Login to API key."""


def set_up(plane: ControlPlane, stands: Sequence[Stand]) -> Keys:
    """Make the organisation, its environments and its people, four-eyes on; return their keys."""
    operator = plane.operator_key.get_secret_value()
    with connect(plane.url, operator, organisation=CODE) as api:
        plain = {"title": "Acme", "plan": "enterprise", "self_service": True}
        _ = organisations.put(api, CODE, plain)
        for stand in stands:
            _ = environments.put(api, CODE, stand.kind, definition(stand))
        keys = {actor.login: _key(api, actor) for actor in ACTORS}
        _ = organisations.put(api, CODE, {"four_eyes": True})
    return keys


def push(api: Connection, store: ModuleStore, digests: Sequence[Digest]) -> None:
    """Push packages from a builder's store."""
    for digest in digests:
        archive = io.BytesIO()
        transfers.send(store, digest, archive)
        _ = packages.push(api, archive.getvalue())


def submit_policies(api: Connection) -> dict[str, int]:
    """Submit the masking policies; return their versions by repository."""
    submitted = {
        repository: policies.submit(api, acme.policy(repository))
        for repository in acme.REPOSITORIES
    }
    return {repository: int(str(answer["version"])) for repository, answer in submitted.items()}


def approve_policies(api: Connection, versions: Mapping[str, int]) -> None:
    """Put these versions in force, on behalf of Production."""
    for repository, version in versions.items():
        _ = policies.approve(api, repository, version)


def definition(stand: Stand) -> Mapping[str, object]:
    """Return what an operator says about an environment."""
    return {
        "files": str(stand.parts.files),
        "data_policy": _DATA_POLICIES[stand.kind],
        "databases": {d.label: _database(d) for d in stand.parts.databases},
        "runtime": _runtime(stand.parts.runtime),
    }


def _key(api: Connection, actor: Actor) -> str:
    answer: Document = people.put(api, actor.login, name=actor.name, grants=actor.grants)
    return str(answer["key"])


def _database(database: Database) -> Mapping[str, str]:
    return {
        "role": database.role,
        "name": database.name,
        "keeper": database.keeper.get_secret_value(),
        "application": database.application.get_secret_value(),
        "maintenance": database.maintenance,
    }


def _runtime(runtime: Runtime) -> Mapping[str, object]:
    return {
        "drain": _hook(runtime.drain),
        "start": _hook(runtime.start),
        "health": _hook(runtime.health),
        "open": _hook(runtime.open),
        "own_user_allowed": runtime.own_user_allowed,
    }


def _hook(hook: Hook | None) -> Mapping[str, object] | None:
    return None if hook is None else asdict(hook)
