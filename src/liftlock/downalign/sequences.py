"""Sequences go on in the copy where Production's are; no snapshot holds their values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString, TypeAlias

from psycopg import Connection, sql
from psycopg.rows import class_row

from liftlock.downalign.catalogs import ask

READ: LiteralString = "SELECT last_value, is_called FROM {sequence}"
SET: LiteralString = "SELECT setval(%(name)s::regclass, %(value)s, %(called)s)"

Values: TypeAlias = Mapping[str, str]
"""Sequence (`schema.name`) to where it is: `42 true`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The name of a sequence."""

    schema: str
    name: str

    @property
    def full_name(self) -> str:
        """Return `schema.name`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    last_value: int
    is_called: bool


def copy(source: Connection, copy_: Connection, absent: Iterable[str]) -> Values:
    """Set the copy's sequences to the source's values, but for the absent ones, and return these.

    Raises: psycopg.Error.
    """
    gone = set(absent)
    return {
        s.full_name: _copy_one(source, copy_, s)
        for s in ask(source, "sequences", class_row(Sequence))
        if s.full_name not in gone
    }


def values(connection: Connection) -> Values:
    """Return where each sequence of the connection's database is."""
    found = ask(connection, "sequences", class_row(Sequence))
    return {s.full_name: _said(_read(connection, s)) for s in found}


def _copy_one(source: Connection, copy_: Connection, sequence: Sequence) -> str:
    value = _read(source, sequence)
    name = sql.Identifier(sequence.schema, sequence.name).as_string(copy_)
    given = {"name": name, "value": value.last_value, "called": value.is_called}
    _ = copy_.execute(SET, given)
    return _said(value)


def _read(connection: Connection, sequence: Sequence) -> _Value:
    statement = sql.SQL(READ).format(sequence=sql.Identifier(sequence.schema, sequence.name))
    with connection.cursor(row_factory=class_row(_Value)) as cursor:
        found = cursor.execute(statement).fetchone()
    return found or _Value(last_value=0, is_called=False)


def _said(value: _Value) -> str:
    return f"{value.last_value} {str(value.is_called).lower()}"
