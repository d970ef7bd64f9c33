"""The names of what Liftlock makes beside a target, and the mark by which it knows its own again.

A name follows from installation, move and attempt alone, so nothing needs to be handed from step to
step, and a repeat finds its own work. Directories stand beside the live one under names of the same
form.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Self, cast

from psycopg import Connection, sql
from pydantic import TypeAdapter, ValidationError

from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance
from liftlock.errors import Conflict, Invalid

_INSTALLATION = re.compile(r"[a-z0-9]{1,16}")
_OURS = re.compile(r"ll_([a-z0-9]{1,16})_(\d+)_(\d+|before|gone)_[0-9a-f]{6}")
_MARK = "liftlock "
COMPLETE = "complete"
"""The fact in a restore point's mark that says that nothing of it is missing."""
KEPT_WHOLE = "kept_whole"
"""The fact in a mark that says that the database is only the sign of a server kept whole."""

READ_COMMENT = """
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %(name)s
"""
WRITE_COMMENT = "COMMENT ON DATABASE {database} IS {comment}"


class InstallationName(Invalid):
    """An installation's name goes into names that have 63 bytes."""

    code = "installation.name"
    sentence = (
        "{installation} cannot name an installation. Use 1 to 16 lower-case letters and digits."
    )


class NotOurs(Conflict):
    """A database without the mark that Liftlock writes is never touched as if it were a copy."""

    code = "database.not_ours"
    sentence = (
        "Database {database} does not carry Liftlock's mark, so it is left alone. "
        "Find out who made it; rename or drop it when it may go."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OurName:
    """What a name of ours says."""

    installation: str
    move: int
    part: str
    """An attempt's number, `before` (a restore point) or `gone` (taken out of service, to be
    dropped).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerMark:
    """Who made a database, and facts of the maker's choice: kept in its comment, nothing secret."""

    installation: str
    move: int
    attempt: int
    facts: Mapping[str, str | int | bool | None] = field(
        default_factory=dict[str, str | int | bool | None]
    )

    def with_facts(self, **facts: str | int | bool | None) -> Self:
        """Return the same mark with more facts."""
        return replace(self, facts={**self.facts, **facts})

    def without(self, *facts: str) -> Self:
        """Return the same mark with fewer facts."""
        return replace(self, facts={k: v for k, v in self.facts.items() if k not in facts})

    def as_comment(self) -> str:
        """Return the mark as the text of a comment."""
        content = {
            "installation": self.installation,
            "move": self.move,
            "attempt": self.attempt,
            "facts": dict(self.facts),
        }
        return _MARK + json.dumps(content, sort_keys=True)


_AS_MARK = TypeAdapter(OwnerMark)


def copy_name(installation: str, move: int, attempt: int, name: str) -> str:
    """Return the name of one attempt's copy of the database or directory `name`."""
    return _name(installation, move, str(attempt), name)


def restore_point_name(installation: str, move: int, name: str) -> str:
    """Return the name of what `name` was before this move."""
    return _name(installation, move, "before", name)


def discarded_name(installation: str, move: int, name: str) -> str:
    """Return the name of what a restore point replaced; it may be dropped."""
    return _name(installation, move, "gone", name)


def files_copy(files: Path, installation: str, move: int, attempt: int) -> Path:
    """Return the directory of one attempt's copy, beside the live one."""
    return files.with_name(copy_name(installation, move, attempt, files.name))


def files_restore_point(files: Path, installation: str, move: int) -> Path:
    """Return the directory of what the files were before this move, beside the live one."""
    return files.with_name(restore_point_name(installation, move, files.name))


def files_discarded(files: Path, installation: str, move: int) -> Path:
    """Return the directory of what a restore point replaced, beside the live one."""
    return files.with_name(discarded_name(installation, move, files.name))


def copy_parts(parts: Parts, installation: str, move: int, attempt: int) -> Parts:
    """Return the places of one attempt's copy of these parts."""
    return parts.at(
        lambda d: copy_name(installation, move, attempt, d.name),
        files_copy(parts.files, installation, move, attempt),
    )


def restore_point_parts(parts: Parts, installation: str, move: int) -> Parts:
    """Return the places of what these parts were before this move."""
    return parts.at(
        lambda d: restore_point_name(installation, move, d.name),
        files_restore_point(parts.files, installation, move),
    )


def discarded_parts(parts: Parts, installation: str, move: int) -> Parts:
    """Return the places of what a restore point replaced."""
    return parts.at(
        lambda d: discarded_name(installation, move, d.name),
        files_discarded(parts.files, installation, move),
    )


def is_beside(name: str, live: str) -> bool:
    """Say whether a name of ours stands for something of the database or directory `live`."""
    return parse(name) is not None and name.endswith(f"_{_of(live)}")


def parse(name: str) -> OurName | None:
    """Return what a name of ours says; None for any other name."""
    found = _OURS.fullmatch(name)
    return OurName(installation=found[1], move=int(found[2]), part=found[3]) if found else None


def parse_mark(comment: str | None) -> OwnerMark | None:
    """Return the mark that a comment holds; None when it is somebody else's comment."""
    if comment is None or not comment.startswith(_MARK):
        return None
    try:
        return _AS_MARK.validate_json(comment.removeprefix(_MARK))
    except ValidationError:
        return None


def read_mark(database: Database) -> OwnerMark | None:
    """Return the mark of a database; None when it has none, or does not exist."""
    with at_maintenance(database) as connection:
        return parse_mark(read_comment(connection, database.name))


def write_mark(database: Database, mark: OwnerMark) -> None:
    """Write the mark into the database's comment. Needs to own it."""
    with at_maintenance(database) as connection:
        write_comment(connection, database.name, mark.as_comment())


def read_comment(connection: Connection, name: str) -> str | None:
    """Return the comment on a database of the connection's server; None without one."""
    row = connection.execute(READ_COMMENT, {"name": name}).fetchone()
    return None if row is None else cast("str | None", row[0])


def write_comment(connection: Connection, name: str, comment: str | None) -> None:
    """Write or remove the comment on a database of the connection's server."""
    statement = sql.SQL(WRITE_COMMENT).format(
        database=sql.Identifier(name), comment=sql.Literal(comment)
    )
    _ = connection.execute(statement)


def _name(installation: str, move: int, part: str, name: str) -> str:
    if _INSTALLATION.fullmatch(installation) is None:
        raise InstallationName(installation=installation)
    return f"ll_{installation}_{move}_{part}_{_of(name)}"


def _of(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:6]
