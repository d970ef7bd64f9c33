"""Copies of environments, what one looks like from outside, a `tell` that breaks at will."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from psycopg import sql

from liftlock.domain.progress import Progress
from liftlock.environments import names, properties, trees
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, as_application, as_keeper, at_maintenance

Look: TypeAlias = dict[str, object]

OWNER = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %(name)s"
STATE = "SELECT oid::bigint, datallowconn FROM pg_database WHERE datname = %(name)s"


class Stopped(Exception):
    """What a `tell` raises when a person stopped the move."""


def silent(progress: Progress, /) -> None:
    """Take progress and say nothing."""


@dataclass(slots=True, kw_only=True)
class At:
    """A `tell` that acts at its nth call: it raises as a stop does, unless told otherwise."""

    nth: int
    act: Callable[[], None] | None = None
    heard: list[str] = field(default_factory=list[str])

    def __call__(self, progress: Progress, /) -> None:
        self.heard.append(progress.said)
        if len(self.heard) == self.nth:
            if self.act is None:
                raise Stopped(progress.said)
            self.act()

    @property
    def reached(self) -> bool:
        return len(self.heard) >= self.nth


def furnish(parts: Parts, word: str = "old") -> Parts:
    """Put a word into each database, as the application, and into the files."""
    for database in parts.databases:
        with as_application(database) as connection:
            _ = connection.execute(
                sql.SQL("CREATE TABLE said AS SELECT {} AS word").format(sql.Literal(word))
            )
    _ = (parts.files / "said").write_text(word)
    return parts


def make_copy(live: Parts, *, move: int, attempt: int = 1, word: str = "new") -> Parts:
    """Make a copy as a down alignment would: by the keeper, marked, with another content."""
    copy = names.copy_parts(live, "test", move, attempt)
    for database in copy.databases:
        _make_database(live.database(database.label), database, word)
        names.write_mark(database, OwnerMark(installation="test", move=move, attempt=attempt))
    if copy.has_files:
        copy.files.mkdir()
        _ = (copy.files / "said").write_text(word)
    return copy


def content_of(parts: Parts) -> dict[str, str]:
    """Return the word that each database and the files hold."""
    words = {d.label: _word(d) for d in parts.databases}
    return {**words, "files": (parts.files / "said").read_text()}


def looks(parts: Parts) -> Look:
    """Return what can be seen of an environment: identities, properties, files."""
    found: Look = {}
    for database in parts.databases:
        found[f"oid {database.label}"], found[f"open {database.label}"] = state_of(database)
        found[f"properties {database.label}"] = properties.read(database)
    found["directory"] = parts.files.stat().st_ino
    found["files"] = trees.digest_tree(parts.files)
    return found


def state_of(database: Database) -> tuple[int | None, bool]:
    """Return a database's OID, None when there is none, and whether it lets sessions in."""
    with at_maintenance(database) as connection:
        row = connection.execute(STATE, {"name": database.name}).fetchone()
        return (None, False) if row is None else (int(row[0]), bool(row[1]))


def owner_of(database: Database) -> str:
    """Return the role that owns a database."""
    with at_maintenance(database) as connection:
        row = connection.execute(OWNER, {"name": database.name}).fetchone()
        assert row is not None
        return str(row[0])


def _make_database(live: Database, copy: Database, word: str) -> None:
    owner = sql.Identifier(owner_of(live))
    with at_maintenance(live) as connection:
        _ = connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(copy.name), owner
            )
        )
    with as_keeper(copy) as connection:
        _ = connection.execute(sql.SQL("SET ROLE {}").format(owner))
        _ = connection.execute(
            sql.SQL("CREATE TABLE said AS SELECT {} AS word").format(sql.Literal(word))
        )


def _word(database: Database) -> str:
    with as_keeper(database) as connection:
        row = connection.execute("SELECT word FROM said").fetchone()
        assert row is not None
        return str(row[0])
