"""Reading back from an environment which modules it has: never from our books.

Three places may say it: the SystemDB, by our own schema or by the application's own books as the
operator configured it; the markers among the files; the marks in each database.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import cast

from liftlock.domain.modules import Digest, Installed, ModuleCode, by_code, drift
from liftlock.environments.commands import Command
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import run_command
from liftlock.environments.servers import StatementRefused, as_application
from liftlock.modules import payloads, records
from liftlock.modules.refusals import PlacesDisagree, UnreadableReadback

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def installed(parts: Parts) -> tuple[Installed, ...]:
    """Return the modules that the environment says it has, by code. Reads only.

    Raises: UnreadableReadback, ServerUnreachable, and those of commands.
    """
    configured = parts.readback
    if configured is not None and configured.query is not None:
        return _by_query(parts, configured.query)
    if configured is not None and configured.command is not None:
        return _by_command(parts, configured.command)
    return _own(parts)


def agreed(parts: Parts) -> tuple[Installed, ...]:
    """Return the modules that the environment has, where every place that tells agrees.

    Raises: PlacesDisagree; as `installed`, and FilesUnreachable.
    """
    if found := disagreements(parts):
        raise PlacesDisagree(environment=parts.kind.title, problems=list(found))
    return installed(parts)


def disagreements(parts: Parts) -> tuple[str, ...]:
    """Say by name where the places that tell what is installed contradict each other; or nothing.

    Raises: as `installed`, and FilesUnreachable.
    """
    said = installed(parts)
    own = () if parts.readback is None else _own(parts)
    on_disk = tuple(payloads.all_installed(parts.files)) if parts.has_files else ()
    return (
        *(f"the files: {text}" for text in _contradictions(said, on_disk)),
        *(f"schema liftlock of the SystemDB: {text}" for text in _contradictions(said, own)),
        *_unfinished(parts),
    )


def _contradictions(said: Iterable[Installed], other: Iterable[Installed]) -> tuple[str, ...]:
    """Compare what both places speak of, and what only the other one has."""
    elsewhere = by_code(other)
    return drift((m for m in said if m.code in elsewhere), elsewhere.values())


def _unfinished(parts: Parts) -> Iterable[str]:
    for database in parts.databases:
        with as_application(database) as connection:
            for module in records.unfinished(connection):
                yield f"{database.label}: something of {module} was begun and did not end"


def _own(parts: Parts) -> tuple[Installed, ...]:
    with as_application(parts.systemdb) as connection:
        return records.installed(connection)


def _by_query(parts: Parts, query: str) -> tuple[Installed, ...]:
    try:
        with as_application(parts.systemdb) as connection:
            connection.read_only = True
            with connection.transaction():
                rows = connection.execute(query.encode()).fetchall()
    except StatementRefused as refusal:
        problem = f"was refused with SQLSTATE {refusal.fields['sqlstate']}"
        raise _unreadable(parts, "query", problem) from None
    return _modules(parts, "query", [list(row) for row in rows])


def _by_command(parts: Parts, command: Command) -> tuple[Installed, ...]:
    finished = run_command(parts, command)
    if finished.code != 0:
        raise _unreadable(parts, "command", f"ended with exit code {finished.code}")
    try:
        said = cast("list[dict[str, object]]", json.loads(finished.output))
        rows = [[module[key] for key in ("code", "version", "digest")] for module in said]
    except (ValueError, TypeError, KeyError, RecursionError):
        problem = "does not print a JSON array of objects with code, version and digest"
        raise _unreadable(parts, "command", problem) from None
    return _modules(parts, "command", rows)


def _modules(parts: Parts, how: str, rows: list[list[object]]) -> tuple[Installed, ...]:
    found = [_module(row) for row in rows]
    modules = tuple(sorted(module for module in found if module is not None))
    if len(modules) != len(found):
        problem = "gives something else than code, version and digest (sha256:…) for each module"
        raise _unreadable(parts, how, problem)
    twice = [code for code, times in Counter(m.code for m in modules).items() if times > 1]
    if twice:
        raise _unreadable(parts, how, f"names {twice[0]} twice")
    return modules


def _module(row: list[object]) -> Installed | None:
    match row:
        case [str(code), str(version), str(digest)] if _DIGEST.fullmatch(digest):
            return Installed(code=ModuleCode(code), version=version, digest=Digest(digest))
        case _:
            return None


def _unreadable(parts: Parts, how: str, problem: str) -> UnreadableReadback:
    return UnreadableReadback(environment=parts.kind.title, how=how, problem=problem)
