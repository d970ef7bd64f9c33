"""The swap: a copy becomes the target, what was there becomes the restore point, by renaming.

Where a swap is after a crash can be seen from the names alone. For each database there are two
states, since both renames, what belongs to the name, and the opening are one transaction on a
server; for the directory three. So every function here may be called again after any part of itself
or of its counterpart.

swap_in:    live → aside, incoming → live        swap_back:  live → outgoing, restore point → live
exchange:   live → aside, restore point → live   exchange_back: the same, the other way

Renaming needs a database without sessions. It is closed first (`ALLOW_CONNECTIONS false`,
committed: a flag that travels with the database, not with the name), its sessions are ended, then
all is renamed and opened in one transaction. A crash between the two commits leaves it closed;
whoever calls next opens it.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import LiteralString, TypeAlias, cast

import psycopg
from psycopg import Connection, sql

from liftlock.domain.progress import Tell, last_word
from liftlock.environments import gates, properties, sessions
from liftlock.environments.names import (
    COMPLETE,
    KEPT_WHOLE,
    NotOurs,
    OwnerMark,
    parse_mark,
    read_comment,
    write_comment,
)
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance, by_server
from liftlock.environments.trees import swap_directories
from liftlock.errors import Conflict, LiftlockError

LOOK: LiteralString = "SELECT datname, datallowconn FROM pg_database WHERE datname = ANY(%(names)s)"
ALLOW: LiteralString = "ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"
RENAME: LiteralString = "ALTER DATABASE {name} RENAME TO {new}"
_RESTORED = "restored"
"""The fact in a mark that holds the whole mark of the restore point that went live instead."""
_TRIES = 3
"""A background worker can hold a database for a moment; each try waits five seconds for it."""


class SwapImpossible(Conflict):
    """The names found are not those of any state of this swap."""

    code = "swap.impossible"
    sentence = (
        "{name} cannot be swapped: of {expected} there are {found}. "
        "A person must look which of them is the target."
    )


class OnlyASign(Conflict):
    """The database is empty: it says that its server was kept whole, by commands."""

    code = "swap.only_a_sign"
    sentence = (
        "{name} only says that its server was kept whole, and cannot be renamed to be the target. "
        "Let the command of the restore point put the server back."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One database of a swap: what is live goes to `away`, what is at `coming` becomes live."""

    live: Database
    coming: Database
    away: Database


Rename: TypeAlias = Callable[[Connection, Leaf], None]


def swap_in(live: Parts, incoming: Parts, aside: Parts, tell: Tell) -> None:
    """Make what is at `incoming` the live target; what was live is at `aside` then.

    It is closed and marked as a complete restore point. Everything that belongs to the live names
    stays with them. Only databases and files that `incoming` has are swapped.

    Raises: SwapImpossible, NotOurs, PropertiesDiffer, SessionCannotBeEnded, SessionsReturn,
    ServerUnreachable, StatementRefused, what `tell` raises. Whatever it raises, nothing that was
    open is left closed if the server answers.
    """
    _swap(_leaves(live, coming=incoming, away=aside), _rename_in, tell)
    if incoming.has_files:
        swap_files(live, coming=incoming, away=aside, tell=tell)


def swap_back(live: Parts, outgoing: Parts, restore_point: Parts, tell: Tell) -> None:
    """Undo `swap_in`, or any part of it: the restore point is live again.

    What had gone live is at `outgoing` then. The databases come back with everything that belonged
    to their names when they were set aside. Raises as `swap_in`.
    """
    if restore_point.has_files:
        swap_files(live, coming=restore_point, away=outgoing, tell=tell)
    _swap(_leaves(live, coming=restore_point, away=outgoing), _rename_back, tell, back=True)


def exchange(live: Parts, restore_point: Parts, aside: Parts, mark: OwnerMark, tell: Tell) -> None:
    """Make a move's restore point live again; what was live is `mark`'s complete one at `aside`.

    The databases come back with everything that belonged to their names when they were set aside.
    Raises as `swap_in`.
    """
    rename = partial(_exchange, mark=mark)
    _swap(_leaves(live, coming=restore_point, away=aside), rename, tell)
    if restore_point.has_files:
        swap_files(live, coming=restore_point, away=aside, tell=tell)


def exchange_back(live: Parts, restore_point: Parts, aside: Parts, tell: Tell) -> None:
    """Undo `exchange`, or any part of it: all is at the names, and marked, as it was.

    Raises as `swap_in`.
    """
    if restore_point.has_files:
        swap_files(live, coming=aside, away=restore_point, tell=tell)
    _swap(_leaves(live, coming=aside, away=restore_point), _exchange_back, tell, back=True)


def open_databases(parts: Parts) -> None:
    """Let sessions into the databases of `parts` that a crash left closed.

    Those that do not exist are passed over.

    Raises: ServerUnreachable, StatementRefused.
    """
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            allow(connection, _closed_ones(_look(connection, [d.name for d in databases])))


@contextmanager
def closed(
    connection: Connection, at: Database, names: Sequence[str], reopen: Sequence[str], tell: Tell
) -> Generator[None]:
    """Keep everybody out of these databases inside the block; sessions in them are ended.

    Only when the block breaks are those in `reopen` opened again, over a connection of its own: the
    present one may be what broke.
    """
    try:
        allow(connection, names, allowed=False)
        sessions.empty(connection, names, tell)
        yield
    except BaseException:
        with suppress(LiftlockError), at_maintenance(at) as another:
            allow(another, _closed_ones(_look(another, reopen)))
        raise


def allow(connection: Connection, names: Iterable[str], *, allowed: bool = True) -> None:
    """Open or close databases to sessions."""
    for name in names:
        statement = sql.SQL(ALLOW).format(
            name=sql.Identifier(name), allowed=sql.SQL("true" if allowed else "false")
        )
        _ = connection.execute(statement)


def _leaves(live: Parts, *, coming: Parts, away: Parts) -> list[Leaf]:
    return [
        Leaf(live=live.database(d.label), coming=d, away=away.database(d.label))
        for d in coming.databases
    ]


def _swap(leaves: Sequence[Leaf], rename: Rename, tell: Tell, *, back: bool = False) -> None:
    """Rename on each server; `back`: it takes back what may never have been done."""
    of = {leaf.live.label: leaf for leaf in leaves}
    for databases in by_server(leaf.live for leaf in leaves):
        with at_maintenance(databases[0]) as connection:
            _swap_on_server(connection, [of[d.label] for d in databases], rename, tell, back=back)


def swap_files(live: Parts, *, coming: Parts, away: Parts, tell: Tell) -> None:
    """Rename directories through the gate of this execution's number; a repeat goes on.

    Raises: TreeInTheWay, FilesNotFound, FilesUnreachable, what `tell` raises.
    """
    with gates.opened(live, tell, "renaming directories") as gate:
        swap_directories(
            gate / live.files.name,
            coming=gate / coming.files.name,
            away=gate / away.files.name,
        )


def _swap_on_server(
    connection: Connection, leaves: Sequence[Leaf], rename: Rename, tell: Tell, *, back: bool
) -> None:
    last_word(tell, "swapping databases")
    names = [name for leaf in leaves for name in _names(leaf)]
    found = _look(connection, names)
    waiting = [leaf for leaf in leaves if _is_waiting(leaf, found, back=back)]
    done = {leaf.live.name for leaf in leaves if leaf not in waiting}
    allow(connection, _closed_ones({name: found[name] for name in done}))
    if not waiting:
        return
    affected = [name for leaf in waiting for name in (leaf.live.name, leaf.coming.name)]
    reopen = [leaf.live.name for leaf in waiting] + [n for n in affected if found[n]]
    with closed(connection, waiting[0].live, affected, reopen, tell):
        _rename_all(connection, waiting, rename, tell)


def _rename_all(connection: Connection, leaves: Sequence[Leaf], rename: Rename, tell: Tell) -> None:
    """Rename, carry over, open, in one transaction; again while something holds a database."""
    names = [name for leaf in leaves for name in (leaf.live.name, leaf.coming.name)]
    for _ in range(_TRIES):
        try:
            with connection.transaction():
                for leaf in leaves:
                    rename(connection, leaf)
                # Whoever lost the move to another worker breaks here. Who is paused between this
                # and the commit loses the session to the other, and with it the transaction.
                last_word(tell, "renaming databases")
        except psycopg.errors.ObjectInUse:
            sessions.empty(connection, names, tell)
        else:
            return
    raise sessions.DatabaseInUse(database=leaves[0].live.name)


def _rename_in(connection: Connection, leaf: Leaf) -> None:
    mark = _mark(connection, leaf.coming)
    carried = properties.read_on(connection, leaf.live.name)
    _rename(connection, leaf)
    properties.apply_on(connection, leaf.live.name, carried)
    kept = mark.with_facts(**{COMPLETE: True, "comment": carried.comment})
    write_comment(connection, leaf.away.name, kept.as_comment())


def _rename_back(connection: Connection, leaf: Leaf) -> None:
    mark = _mark(connection, leaf.coming)
    _rename(connection, leaf)
    _comment_again(connection, leaf.live.name, mark)
    write_comment(connection, leaf.away.name, mark.without(COMPLETE, "comment").as_comment())


def _exchange(connection: Connection, leaf: Leaf, *, mark: OwnerMark) -> None:
    """Keep the mark of the restore point that goes live in the new one's: it may have to return."""
    restored = _mark(connection, leaf.coming)
    was = read_comment(connection, leaf.live.name)
    _rename(connection, leaf)
    _comment_again(connection, leaf.live.name, restored)
    kept = mark.with_facts(**{COMPLETE: True, "comment": was, _RESTORED: restored.as_comment()})
    write_comment(connection, leaf.away.name, kept.as_comment())


def _exchange_back(connection: Connection, leaf: Leaf) -> None:
    mark = _mark(connection, leaf.coming)
    _rename(connection, leaf)
    _comment_again(connection, leaf.live.name, mark)
    write_comment(connection, leaf.away.name, str(mark.facts[_RESTORED]))


def _comment_again(connection: Connection, name: str, mark: OwnerMark) -> None:
    """Write the comment that a database had when it was set aside, or remove it."""
    comment = mark.facts.get("comment")
    write_comment(connection, name, None if comment is None else str(comment))


def _rename(connection: Connection, leaf: Leaf) -> None:
    for name, new in ((leaf.live.name, leaf.away.name), (leaf.coming.name, leaf.live.name)):
        statement = sql.SQL(RENAME).format(name=sql.Identifier(name), new=sql.Identifier(new))
        _ = connection.execute(statement)
    allow(connection, (leaf.live.name,))


def _mark(connection: Connection, database: Database) -> OwnerMark:
    mark = parse_mark(read_comment(connection, database.name))
    if mark is None:
        raise NotOurs(database=database.name)
    if mark.facts.get(KEPT_WHOLE):
        raise OnlyASign(name=database.name)
    return mark


def _is_waiting(leaf: Leaf, found: Mapping[str, bool], *, back: bool) -> bool:
    """Whether it has still to be swapped; not when it was, or, on the way back, never was."""
    match tuple(name in found for name in _names(leaf)):
        case (True, True, False):
            return True
        case (True, False, True):
            return False
        case (True, False, False) if back:
            return False
        case there:
            some = [name for name, here in zip(_names(leaf), there, strict=True) if here]
            expected = [*_names(leaf)]
            raise SwapImpossible(name=leaf.live.name, expected=expected, found=some or ["none"])


def _names(leaf: Leaf) -> tuple[str, str, str]:
    return leaf.live.name, leaf.coming.name, leaf.away.name


def _look(connection: Connection, names: Sequence[str]) -> dict[str, bool]:
    """Return which of these databases exist, and whether they are open."""
    rows = connection.execute(LOOK, {"names": list(names)}).fetchall()
    return dict(cast("list[tuple[str, bool]]", rows))


def _closed_ones(found: Mapping[str, bool]) -> list[str]:
    return [name for name, is_open in found.items() if not is_open]
