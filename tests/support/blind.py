"""Environments in the books that lead nowhere: for tests that never reach into one."""

from pathlib import Path

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import DatabaseRole, DataPolicy, Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.environments.parts import Runtime
from liftlock.environments.servers import Database
from liftlock.store import environments
from liftlock.store.environments import Registration


def a_registration(
    organisation: Organisation, kind: Kind, *, files: Path | None = None, name: str | None = None
) -> Registration:
    """Return what an operator might say, of places that do not exist."""
    secret = SecretStr(f"host=/nowhere user={kind} password=s3cr3t-{kind}")
    database = Database(
        label="systemdb",
        role=DatabaseRole.SYSTEMDB,
        name=name or f"{organisation.code}_{kind}",
        keeper=secret,
        application=secret,
    )
    policies = {Kind.DEVELOPMENT: DataPolicy.ANONYMIZED, Kind.STAGING: DataPolicy.REPLICA}
    return Registration(
        kind=kind,
        data_policy=policies.get(kind),
        databases=(database,),
        files=files or Path(f"/srv/{organisation.code}/{kind}/files"),
        runtime=Runtime(secret=SecretStr("s3cr3t-of-hooks")),
    )


def register_blindly(tx: Transaction, organisation: Organisation, kind: Kind) -> Environment:
    """Write an environment of this kind without asking any server who it is."""
    given = a_registration(organisation, kind)
    id_ = environments.add(tx, organisation.id, given, {"systemdb": "nowhere"})
    found = environments.load(tx, organisation.id, id_)
    assert found is not None
    return found
