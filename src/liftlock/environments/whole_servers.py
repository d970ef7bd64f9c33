"""Restore points of a server that is kept whole, by commands of its operator.

A storage that snapshots, or a server small enough to be copied while it stands still, needs no copy
of each database. Three commands do it, `take`, `put_back` and `drop`; each may be repeated after
any part of itself, and leaves the server running.

Where such a restore point stands can be seen on the server alone. When the snapshot is complete, an
empty database is made at each name of the restore point, marked as one: a *sign*. The snapshot does
not have it, so it is gone when, and only when, the snapshot has been put back.
"""

from dataclasses import replace
from typing import LiteralString

from psycopg import sql

from liftlock import clock
from liftlock.domain.progress import Progress, Tell, last_word
from liftlock.environments import disk, gates, runtimes, sessions, swapping, trees
from liftlock.environments.commands import Command
from liftlock.environments.identities import MISSING, identity
from liftlock.environments.names import COMPLETE, KEPT_WHOLE, OwnerMark, parse, write_comment
from liftlock.environments.parts import Keeping, Parts
from liftlock.environments.restore_points import RestorePoint, drop, drop_database, exists
from liftlock.environments.servers import Database, ServerUnreachable, at_maintenance, by_server
from liftlock.errors import Conflict

OTHERS: LiteralString = """
SELECT datname FROM pg_database
WHERE NOT datistemplate AND datname <> 'postgres' AND datname <> ALL(%(ours)s) ORDER BY datname
"""
MAKE_SIGN: LiteralString = """
CREATE DATABASE {name} TEMPLATE template0 ALLOW_CONNECTIONS false
"""
SIGN = "sign"
_ANSWERS_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.1


class ServerShared(Conflict):
    """Putting a whole server back would take others' databases back with it."""

    code = "restore_point.server_shared"
    sentence = (
        "The server of {environment} cannot be kept whole: it has {others}, too, which would be "
        "put back with it. Move these to another server, or leave restore_point out."
    )


class SnapshotFailed(Conflict):
    """A command said no. Its output is a field, not in the sentence."""

    code = "restore_point.command_failed"
    sentence = (
        "The command that is to {what} the restore point of {environment} ended with exit code "
        "{exit_code}. Read its output, and run it by hand."
    )


class SnapshotNotBack(Conflict):
    """The command said that the server is what it was, and it is not."""

    code = "restore_point.not_put_back"
    sentence = (
        "The command that puts {environment} back ended well, but the server is not what it was: "
        "{signs} was made after the snapshot and is still there. Look at the command."
    )


def require_alone(live: Parts) -> None:
    """Refuse a server that holds more than this environment. Raises: ServerShared."""
    for databases in by_server(live.databases):
        ours = [*(d.name for d in databases), databases[0].maintenance]
        with at_maintenance(databases[0]) as connection:
            rows = connection.execute(OTHERS, {"ours": ours}).fetchall()
        found = [str(name) for (name,) in rows if parse(str(name)) is None]
        if found:
            raise ServerShared(environment=live.kind.title, others=list[str](found))


def take(
    live: Parts, restore_point: Parts, mark: OwnerMark, keeping: Keeping, tell: Tell
) -> RestorePoint:
    """Let the drained servers be kept, the files copied beside; set the signs last.

    A repeat begins anew, unless it is complete.

    Raises: ServerShared, SnapshotFailed, ServerUnreachable, CommandHung, what `tell` raises.
    """
    if not _is_complete(restore_point, mark):
        drop_kept(restore_point, keeping, tell)
        require_alone(live)
        _run(live, restore_point, "take", keeping.take, tell)
        if live.has_files and not restore_point.files.exists():
            with gates.opened(live, tell, "copying files") as gate:
                _ = trees.copy_tree(live.files, gate / restore_point.files.name, trees.keep, tell)
        for database in restore_point.databases:
            _set_sign(database, mark, tell)
    return describe(live, restore_point, tell)


def describe(live: Parts, restore_point: Parts, tell: Tell) -> RestorePoint:
    """Describe what the live target is, and so what was taken of it."""
    files = restore_point.files
    return RestorePoint(
        oids={},
        files_digest=trees.tree_digest(files, tell) if live.has_files else None,
        size_bytes=disk.size_bytes(live),
    )


def abandon(
    live: Parts, restore_point: Parts, mark: OwnerMark, keeping: Keeping, tell: Tell
) -> bool:
    """Undo any part of `take`; a complete restore point is kept. Returns whether there is one."""
    if _is_complete(restore_point, mark):
        swapping.open_databases(live)
        return True
    drop_kept(restore_point, keeping, tell)
    swapping.open_databases(live)
    return False


def put_back(
    live: Parts, restore_point: Parts, discarded: Parts, keeping: Keeping, tell: Tell
) -> None:
    """Let the servers be what they were, and the files with them; a repeat goes on.

    Raises: SnapshotFailed, SnapshotNotBack, ServerUnreachable, CommandHung, what `tell` raises.
    """
    if _signs(restore_point) != []:
        _run(live, restore_point, "put back", keeping.put_back, tell)
        if left := _signs(restore_point):
            raise SnapshotNotBack(environment=live.kind.title, signs=left)
    if live.has_files:
        swapping.swap_files(live, coming=restore_point, away=discarded, tell=tell)


def drop_kept(restore_point: Parts, keeping: Keeping, tell: Tell) -> None:
    """Let the snapshot be dropped, with its signs and files. What is gone is passed over."""
    _run(restore_point, restore_point, "drop", keeping.drop, tell)
    drop(restore_point, tell)


def standing(restore_point: Parts) -> dict[str, str]:
    """Return where a restore point stands, in a plain word: its signs are there, or it is back."""
    return {SIGN: MISSING if not _signs(restore_point) else "there"}


def identity_of_taken(live: Parts, restore_point: Parts) -> dict[str, str]:
    """Return what the target will be when it has been put back: the same databases, other files."""
    files = identity(replace(restore_point, databases=()))
    return {**identity(live), **files, SIGN: MISSING}


def _is_complete(restore_point: Parts, mark: OwnerMark) -> bool:
    try:
        return exists(restore_point, mark)
    except ServerUnreachable:
        return False


def _signs(restore_point: Parts) -> list[str] | None:
    """Return the signs that are there; None while a server does not answer."""
    try:
        found = identity(replace(restore_point, has_files=False))
    except ServerUnreachable:
        return None
    by_label = {d.label: d.name for d in restore_point.databases}
    return [by_label[label] for label, what in found.items() if what != MISSING]


def _set_sign(database: Database, mark: OwnerMark, tell: Tell) -> None:
    whole = mark.with_facts(**{KEPT_WHOLE: True, COMPLETE: True})
    with at_maintenance(database) as connection:
        last_word(tell, f"keeping {database.label}")
        drop_database(connection, database.name)
        _ = connection.execute(sql.SQL(MAKE_SIGN).format(name=sql.Identifier(database.name)))
        write_comment(connection, database.name, whole.as_comment())


def _run(parts: Parts, restore_point: Parts, what: str, command: Command, tell: Tell) -> None:
    """Run one of the commands, and wait until the servers answer again."""
    last_word(tell, f"{what} the restore point, by command")
    finished = runtimes.run_keeping(parts, command, restore_point.databases[0].name, tell)
    if finished.code != 0:
        raise SnapshotFailed(
            what=what,
            environment=parts.kind.title,
            exit_code=finished.code,
            output=finished.output,
        )
    _wait_until_they_answer(parts, tell)
    _ = sessions.end_older(parts)


def _wait_until_they_answer(parts: Parts, tell: Tell) -> None:
    give_up = clock.monotonic_s() + _ANSWERS_WITHIN_S
    while True:
        try:
            _ = identity(replace(parts, has_files=False))
        except ServerUnreachable:
            if clock.monotonic_s() > give_up:
                raise
        else:
            return
        tell(Progress(said="waiting for the server's first answer"))
        clock.sleep_s(_LOOK_EVERY_S)
