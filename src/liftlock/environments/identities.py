"""What a target *is*: how it is known afterwards to be the very thing that it was.

A database keeps its OID and a directory its inode through every rename, so identity is cheap, and
stronger than a comparison: what has the same identity, and no session of ours wrote to, is as it
was. Where a copy was put in its place (a restore point by template), properties are compared, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from typing import LiteralString, cast

from liftlock.environments import properties
from liftlock.environments.entries import named_errors
from liftlock.environments.parts import Parts
from liftlock.environments.properties import DatabaseProperties
from liftlock.environments.servers import Database, at_maintenance

READ_OID: LiteralString = "SELECT oid::bigint FROM pg_database WHERE datname = %(name)s"
FILES = "files"
MISSING = "missing"


def identity(parts: Parts) -> dict[str, str]:
    """Return what each database (by its label) and the directory is, in a few plain words.

    Raises: ServerUnreachable, FilesUnreachable.
    """
    found = {database.label: _database(database) for database in parts.databases}
    return found | ({FILES: _directory(parts.files)} if parts.has_files else {})


def properties_digests(parts: Parts) -> dict[str, str]:
    """Return a digest of what belongs to each database's name, by the database's label.

    Raises: DatabaseNotFound, ServerUnreachable.
    """
    return {d.label: _digest(properties.read(d)) for d in parts.databases}


def differing(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return, sorted, the labels under which two such answers differ."""
    return sorted(label for label in was.keys() | now.keys() if was.get(label) != now.get(label))


def _database(database: Database) -> str:
    with at_maintenance(database) as connection:
        row = connection.execute(READ_OID, {"name": database.name}).fetchone()
    return MISSING if row is None else f"database {cast('int', row[0])}"


def _directory(path: Path) -> str:
    with named_errors(path):
        if not path.exists():
            return MISSING
        found = path.stat()
        return f"directory {found.st_dev}:{found.st_ino}"


def _digest(found: DatabaseProperties) -> str:
    """The fields in their order; sets sorted, since they have none."""
    return sha256("\n".join(_texts(found)).encode()).hexdigest()


def _texts(found: DatabaseProperties) -> Iterator[str]:
    yield from (repr(v) for v in astuple(found) if not isinstance(v, frozenset))
    yield from sorted(repr(grant) for grant in found.grants)
    yield from sorted(repr(setting) for setting in found.settings)
