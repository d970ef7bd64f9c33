"""The tables of preservers on both sides: in the live target, and in the copy."""

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.domain.policies import Preserver
from liftlock.downalign.catalogs import ask

SWITCH: LiteralString = "ALTER TABLE {relation} {state} {word} {name}"
OFF = "D"
STATES: Mapping[str, LiteralString] = {
    "O": "ENABLE",
    OFF: "DISABLE",
    "R": "ENABLE REPLICA",
    "A": "ENABLE ALWAYS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table on one side."""

    schema: str
    name: str
    partitioned: bool
    columns: list[str]
    key: list[str]
    parents: list[str]
    referenced: bool

    @property
    def full_name(self) -> str:
        """Return `schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def named(self) -> sql.Composable:
        """Return its name for a statement."""
        return sql.Identifier(self.schema, self.name)

    @property
    def rows(self) -> sql.Composable:
        """Return what to read its own rows from; a partitioned table's are in its partitions."""
        return self.named if self.partitioned else sql.SQL("ONLY ") + self.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A preserver and its table on both sides."""

    label: str
    preserver: Preserver
    number: int
    live: Place
    copy: Place

    @property
    def whole(self) -> bool:
        """Say whether the table is kept whole: what Production has in it goes."""
        return self.preserver.rows is None

    @property
    def columns(self) -> list[str]:
        """Return the columns that both sides have."""
        return [c for c in self.live.columns if c in self.copy.columns]

    @property
    def key(self) -> list[str]:
        """Return the primary key, if both sides have its columns."""
        return self.copy.key if set(self.copy.key) <= set(self.columns) else []

    @property
    def stage(self) -> sql.Composable:
        """Return the name of the temporary table that holds the preserved rows."""
        return sql.Identifier("pg_temp", f"liftlock_preserved_{self.number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Switch:
    relation: str
    word: str
    name: str
    enabled: str


def in_order(
    label: str, preservers: Iterable[Preserver], live: Connection, copy: Connection
) -> list[Kept]:
    """Return the preservers whose table both sides have, each after those that its table refers to.

    A table that the target lacks has nothing to preserve; one that Production lacks comes with a
    module that is not there yet.
    """
    found: list[Kept] = []
    for number, preserver in enumerate(preservers):
        here, there = _place(live, preserver.table), _place(copy, preserver.table)
        if here is not None and there is not None:
            kept = Kept(label=label, preserver=preserver, number=number, live=here, copy=there)
            found.append(kept)
    return list(_sorted(found))


@contextmanager
def switched_off(copy: Connection, tables: Collection[str]) -> Generator[None]:
    """Switch off what people made fire on these tables; after the block all is as it was."""
    switches = [
        switch
        for table in sorted(tables)
        for switch in ask(copy, "preserved_switches", class_row(_Switch), {"table": table})
    ]
    for switch in switches:
        _set(copy, switch, OFF)
    yield
    for switch in switches:
        _set(copy, switch, switch.enabled)


def _place(connection: Connection, table: str) -> Place | None:
    rows = ask(connection, "preserved_table", class_row(Place), {"table": table})
    return rows[0] if rows else None


def _sorted(found: list[Kept]) -> Iterator[Kept]:
    waiting = list(found)
    while waiting:
        names = {k.copy.full_name for k in waiting}
        ready = [k for k in waiting if not (set(k.copy.parents) - {k.copy.full_name}) & names]
        # In a circle of foreign keys the order as written counts.
        yield from ready or waiting
        waiting = [k for k in waiting if k not in (ready or waiting)]


def _set(copy: Connection, switch: _Switch, enabled: str) -> None:
    _ = copy.execute(
        sql.SQL(SWITCH).format(
            relation=_written(switch.relation),
            state=sql.SQL(STATES[enabled]),
            word=_written(switch.word),
            name=_written(switch.name),
        )
    )


def _written(text: str) -> sql.SQL:
    """Return text that a server's catalog wrote, complete and quoted by it."""
    return sql.SQL(text)  # pyright: ignore[reportArgumentType]
