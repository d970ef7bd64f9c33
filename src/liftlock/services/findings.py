"""What `doctor` finds: rights, programs, files, users that moves will need; what does not fit."""

import pwd
from collections.abc import Iterator
from pathlib import Path

from liftlock.books import Transaction
from liftlock.domain.environments import Environment, EnvironmentId
from liftlock.domain.findings import Finding
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.environments import missing_rights, rights
from liftlock.environments.commands import Command
from liftlock.environments.parts import Parts
from liftlock.environments.programs import ProgramMissing, client_program
from liftlock.environments.refused_logins import LoginRefused
from liftlock.environments.rights import Place
from liftlock.environments.servers import (
    ServerUnreachable,
    StatementRefused,
    by_server,
    demands_tls,
)
from liftlock.environments.unsafe_servers import ServerUnsafe
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import belongings, contents, environments, organisations
from liftlock.store import environments as kept
from liftlock.store import organisations as organisations_kept

PROGRAMS = ("pg_dump", "pg_restore")


def of_environment(
    tx: Transaction, who: Person, environment_id: EnvironmentId
) -> tuple[Finding, ...]:
    """Return what is to be mended in one environment.

    Raises: NotAllowed, PrerequisiteMissing, EnvironmentNotFound.
    """
    environment = environments.find(tx, who, environment_id)
    organisation = organisations.find(tx, who, environment.organisation)
    who_may.require(who, Action.READ, organisation)
    return tuple(_findings(tx, organisation, environment))


def of_everything(tx: Transaction) -> tuple[Finding, ...]:
    """Return what is to be mended anywhere, for whoever has the books and the master key."""
    return tuple(
        finding
        for organisation, environment in _everything(tx)
        for finding in _findings(tx, organisation, environment)
    )


def set_up_statements(tx: Transaction) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return, for each server of each environment, what a superuser runs there once.

    Raises: ServerUnreachable.
    """
    return tuple(
        (_server_said(organisation, environment, place), tuple(rights.setup_statements(place)))
        for organisation, environment in _everything(tx)
        for place in missing_rights.places(kept.parts(tx, environment, contents.READER))
    )


def _everything(tx: Transaction) -> Iterator[tuple[Organisation, Environment]]:
    for organisation in organisations_kept.load_all(tx):
        for environment in kept.of_organisation(tx, organisation.id):
            yield organisation, environment


def _findings(
    tx: Transaction, organisation: Organisation, environment: Environment
) -> Iterator[Finding]:
    where = f"{organisation.code}, {environment.kind.title}"
    parts = kept.parts(tx, environment, contents.READER)
    on_servers = (*_on_servers(parts), *_beside(tx, environment, parts))
    for said in (*dict.fromkeys(on_servers), *_on_files(parts.files), *_users(parts)):
        yield Finding(where=where, said=said)


def _beside(tx: Transaction, environment: Environment, parts: Parts) -> list[str]:
    try:
        return list(belongings.compare(tx, environment, parts))
    except (ServerUnreachable, ServerUnsafe, LoginRefused) as refusal:
        return [str(refusal)]


def _on_servers(parts: Parts) -> list[str]:
    try:
        return [*missing_rights.missing(parts), *_programs(parts)]
    except (ServerUnreachable, ServerUnsafe, LoginRefused, StatementRefused) as refusal:
        return [str(refusal)]


def _programs(parts: Parts) -> Iterator[str]:
    servers = zip(missing_rights.places(parts), by_server(parts.databases), strict=True)
    for major, tls in {(place.major, demands_tls(databases[0])) for place, databases in servers}:
        for name in PROGRAMS:
            try:
                _ = client_program(name, major=major, tls=tls)
            except ProgramMissing as refusal:
                yield str(refusal)


def _on_files(files: Path) -> Iterator[str]:
    if not files.is_dir():
        yield f"The files configuration {files} is no directory here. Make it, or mount it."
        return
    probe = files.parent / f".liftlock-{files.name}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        yield f"Nothing can be made beside {files}: a move needs to. Let this user write there."


def _users(parts: Parts) -> Iterator[str]:
    hooks = parts.runtime.hooks.values()
    users = {hook.user for hook in hooks if isinstance(hook, Command)} | {parts.runtime.user}
    known = {entry.pw_name for entry in pwd.getpwall()}
    for user in sorted(user for user in users if user is not None and user not in known):
        yield f"No user {user} on this machine, whom the runtime's commands should run as."


def _server_said(organisation: Organisation, environment: Environment, place: Place) -> str:
    databases = ", ".join(place.databases)
    return f"{organisation.code}, {environment.kind.title}: the server of {databases}"
