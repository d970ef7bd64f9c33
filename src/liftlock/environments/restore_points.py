"""Restore points: what a target was before a move, kept until retention drops it.

Below Production the swap leaves one behind for nothing (`swapping`). Production gets one by
template: its databases are closed, copied by the server itself, its files copied beside with their
digests compared, and the mark *complete* is written last. Putting back is the swap's way back: a
directory's renaming, then the databases'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import LiteralString, cast

from psycopg import Connection, sql

from liftlock.domain.progress import Tell, last_word
from liftlock.environments import disk, gates, properties, swapping, trees
from liftlock.environments.names import (
    COMPLETE,
    NotOurs,
    OwnerMark,
    parse,
    parse_mark,
    read_comment,
    read_mark,
    write_comment,
)
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance, by_server, execute_told
from liftlock.errors import Conflict

CREATE: LiteralString = """
CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} ALLOW_CONNECTIONS false
"""
"""Without a tablespace it takes the template's, for which no right is needed."""
BY_FILES: LiteralString = " STRATEGY FILE_COPY"
"""Without writing the whole database into the WAL; the only way there is before 15."""
CLONE_FILES: LiteralString = """
SELECT set_config(name, 'clone', FALSE) FROM pg_settings
WHERE name = 'file_copy_method' AND 'clone' = ANY(enumvals)
"""
"""Reflinks where the server's file system has them (since 18)."""
DROP: LiteralString = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
READ_OID: LiteralString = "SELECT oid::bigint FROM pg_database WHERE datname = %(name)s"
_CHOOSES_STRATEGY = 150000


class RestorePointIncomplete(Conflict):
    """What was never finished cannot be put back; the target was not changed either."""

    code = "restore_point.incomplete"
    sentence = (
        "The restore point {name} was never completed and is not put back. "
        "Nothing was changed after it was begun: open the target as it is."
    )


class RestorePointMissing(Conflict):
    """There is nothing to put back."""

    code = "restore_point.missing"
    sentence = "There is no restore point {name}. A person must look what {live} is now."


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePoint:
    """What was taken, in plain figures, to compare a target with that was put back."""

    oids: Mapping[str, int]
    """Database label to the OID of its copy."""
    files_digest: str | None
    """Over all paths and contents; None where files were out of scope."""
    size_bytes: int


def take_by_template(
    live: Parts, restore_point: Parts, mark: OwnerMark, tell: Tell
) -> RestorePoint:
    """Copy the drained `live` to `restore_point`; the mark that it is complete comes last.

    Databases are closed while they are copied and open afterwards. A repeat keeps what is complete
    and does the rest.

    Raises: SessionCannotBeEnded, SessionsReturn, ServerDiskFull, StatementRefused,
    ServerUnreachable, UnsafeEntry, FileWillNotHoldStill, FilesUnreachable, what `tell` raises.
    """
    for databases in by_server(live.databases):
        with at_maintenance(databases[0]) as connection:
            _copy_databases(connection, databases, restore_point, mark, tell)
    if live.has_files and not restore_point.files.exists():
        with gates.opened(live, tell, "copying files") as gate:
            _ = trees.copy_tree(live.files, gate / restore_point.files.name, trees.keep, tell)
    for database in restore_point.databases:
        _mark_complete(database, tell)
    swapping.open_databases(live)
    return describe(restore_point, tell)


def describe(restore_point: Parts, tell: Tell) -> RestorePoint:
    """Describe a restore point. Raises: RestorePointMissing, FilesUnreachable."""
    oids = {d.label: _oid(d) for d in restore_point.databases}
    for database in restore_point.databases:
        if oids[database.label] is None:
            raise RestorePointMissing(name=database.name, live=database.label)
    return RestorePoint(
        oids={label: oid for label, oid in oids.items() if oid is not None},
        files_digest=trees.tree_digest(restore_point.files, tell)
        if restore_point.has_files
        else None,
        size_bytes=disk.size_bytes(restore_point),
    )


def exists(restore_point: Parts, mark: OwnerMark) -> bool:
    """Say whether the whole restore point of the mark's move is there, and complete."""
    marks = [read_mark(database) for database in restore_point.databases]
    return all(found is not None and _is_complete(found, mark) for found in marks) and (
        not restore_point.has_files or restore_point.files.exists()
    )


def abandon(live: Parts, restore_point: Parts, mark: OwnerMark, tell: Tell) -> bool:
    """Undo any part of `take_by_template`: open `live`, drop an incomplete restore point.

    A complete one goes by retention only. Returns whether there is one.
    """
    swapping.open_databases(live)
    if exists(restore_point, mark):
        return True
    drop(restore_point, tell)
    return False


def put_back(live: Parts, restore_point: Parts, discarded: Parts, tell: Tell) -> None:
    """Make the restore point live again; what was live is at `discarded` then.

    A repeat goes on where it stopped.

    Raises: RestorePointIncomplete, RestorePointMissing, and what `swapping.swap_back` raises.
    """
    _require_complete(live, restore_point, discarded)
    swapping.swap_back(live, discarded, restore_point, tell)


def exchange(live: Parts, restore_point: Parts, aside: Parts, mark: OwnerMark, tell: Tell) -> None:
    """Make a restore point live again; what was live is the restore point of `mark`'s move then.

    Nothing is copied: only names change, so it needs no room. A repeat goes on where it stopped.

    Raises: RestorePointIncomplete, RestorePointMissing, and what `swapping.exchange` raises.
    """
    _require_complete(live, restore_point, aside)
    swapping.exchange(live, restore_point, aside, mark, tell)


def drop(parts: Parts, tell: Tell) -> None:
    """Drop databases and directory at names of ours: a restore point, what was discarded.

    What is gone already is passed over.

    Raises: NotOurs for a name that is not ours, TreeInTheWay, ServerUnreachable, StatementRefused.
    """
    for database in parts.databases:
        if parse(database.name) is None:
            raise NotOurs(database=database.name)
        with at_maintenance(database) as connection:
            last_word(tell, f"dropping {database.label}")
            drop_database(connection, database.name)
    if parts.has_files:
        trees.remove_tree(parts.files)


def _require_complete(live: Parts, restore_point: Parts, aside: Parts) -> None:
    """Refuse what is incomplete, or gone; what was swapped already passes, so a repeat goes on."""
    for database in restore_point.databases:
        found = read_mark(database)
        if found is not None and not found.facts.get(COMPLETE):
            raise RestorePointIncomplete(name=database.name)
        if found is None and _oid(aside.database(database.label)) is None:
            raise RestorePointMissing(name=database.name, live=live.database(database.label).name)


def _copy_databases(
    connection: Connection,
    databases: Sequence[Database],
    restore_point: Parts,
    mark: OwnerMark,
    tell: Tell,
) -> None:
    last_word(tell, "copying databases")
    wanted = {d.name: restore_point.database(d.label).name for d in databases}
    missing = [name for name, copy in wanted.items() if not _has_copy(connection, copy, mark)]
    if not missing:
        return
    _ = connection.execute(CLONE_FILES)
    with swapping.closed(connection, databases[0], missing, missing, tell):
        for name in missing:
            _copy_database(connection, name, wanted[name], mark, tell)
    swapping.allow(connection, missing)


def _copy_database(
    connection: Connection, name: str, copy: str, mark: OwnerMark, tell: Tell
) -> None:
    found = properties.read_on(connection, name)
    drop_database(connection, copy)
    statement = sql.SQL(CREATE).format(
        name=sql.Identifier(copy),
        template=sql.Identifier(name),
        owner=sql.Identifier(found.owner),
    )
    if connection.info.server_version >= _CHOOSES_STRATEGY:
        statement += sql.SQL(BY_FILES)
    execute_told(connection, statement, tell, said="copying databases")
    marked = mark.with_facts(comment=found.comment)
    with connection.transaction():
        properties.apply_on(connection, copy, replace(found, comment=marked.as_comment()))


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database at a name of ours: marked, or killed before it could be.

    Raises: NotOurs.
    """
    comment = read_comment(connection, name)
    if comment is not None and parse_mark(comment) is None:
        raise NotOurs(database=name)
    _ = connection.execute(sql.SQL(DROP).format(name=sql.Identifier(name)))


def _has_copy(connection: Connection, copy: str, mark: OwnerMark) -> bool:
    """Whether a database was copied whole: its mark follows the copying."""
    found = parse_mark(read_comment(connection, copy))
    return found is not None and _same_move(found, mark)


def _mark_complete(database: Database, tell: Tell) -> None:
    with at_maintenance(database) as connection, connection.transaction():
        found = parse_mark(read_comment(connection, database.name))
        if found is not None and not found.facts.get(COMPLETE):
            complete = found.with_facts(**{COMPLETE: True})
            write_comment(connection, database.name, complete.as_comment())
            last_word(tell, f"the restore point of {database.label} is complete")


def _is_complete(found: OwnerMark, mark: OwnerMark) -> bool:
    return _same_move(found, mark) and bool(found.facts.get(COMPLETE))


def _same_move(found: OwnerMark, mark: OwnerMark) -> bool:
    return (found.installation, found.move) == (mark.installation, mark.move)


def _oid(database: Database) -> int | None:
    with at_maintenance(database) as connection:
        row = connection.execute(READ_OID, {"name": database.name}).fetchone()
        return None if row is None else cast("int", row[0])
