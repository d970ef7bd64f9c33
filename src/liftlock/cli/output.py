"""What commands print: tables for people, JSON for programs; and the API connection they ask."""

import json
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from liftlock.client.connection import Connection, Json, connect
from liftlock.errors import Unauthenticated
from liftlock.settings import settings

AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", help="Print JSON.")]
"""`--json`: print one JSON document on standard output."""
Limit: TypeAlias = Annotated[int, Parameter(validator=Number(gte=1))]
"""`--limit`: how much of a list; pages are followed as far as that needs."""
_AS_WIDE_AS_NEEDED = 10_000
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")


class KeyMissing(Unauthenticated):
    """A command that asks the API has no key to ask with."""

    code = "key.missing"
    sentence = "No API key is set. Put yours into the environment variable LIFTLOCK_API_KEY."


@contextmanager
def api() -> Generator[Connection]:
    """Connect to the API as the owner of `LIFTLOCK_API_KEY`. Raises: KeyMissing."""
    key = settings().api_key
    if key is None or not key.get_secret_value():
        raise KeyMissing
    of = settings().organisation
    with connect(settings().url, key.get_secret_value(), organisation=of) as connection:
        yield connection


def show(answer: Json, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print what the API answered: as JSON; as a table of `columns`; as one thing's fields.

    Of one thing, `columns` are the fields to print; none given: all.
    """
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif isinstance(answer, list):
        _show_rows(answer, columns)
    elif isinstance(answer, dict):
        show_fields({name: answer.get(name) for name in columns} if columns else answer)
    elif answer is not None:
        print(answer)


def show_fields(fields: Mapping[str, Json]) -> None:
    """Print one thing: its fields, each with what it is."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(name.replace("_", " "), Text(said(value)))
    paper().print(table)


def say(words: str) -> None:
    """Print words for a person to standard error, so that standard output stays clean."""
    print(words, file=sys.stderr)


class Paper(Console):
    """Where people read; a reader who leaves early is for `main` to deal with."""

    @override
    def on_broken_pipe(self) -> None:
        """Pass it on."""
        raise BrokenPipeError


def paper() -> Console:
    """Return where people read: as wide as their terminal; elsewhere as wide as needed."""
    return Paper(width=None if sys.stdout.isatty() else _AS_WIDE_AS_NEEDED, highlight=False)


def said(value: Json) -> str:
    """Return a value as people read it."""
    if value in (None, "", [], {}):
        return "-"
    match value:
        case list():
            return "\n".join(_said_in_list(each) for each in value)
        case dict():
            return "\n".join(f"{name}: {said(each)}" for name, each in value.items())
        case bool():
            return "yes" if value else "no"
        case _:
            return _INSTANT.sub(r"\1 \2 UTC", str(value))


def _said_in_list(value: Json) -> str:
    """Say what one thing of many consists of: its values alone, on one line."""
    if isinstance(value, dict):
        return " ".join(said(each) for each in value.values() if each is not None)
    return said(value)


def _show_rows(rows: list[Json], columns: Sequence[str]) -> None:
    if not rows:
        say("Nothing to show.")
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None, pad_edge=False)
    for row in rows:
        if isinstance(row, dict):
            table.add_row(*(Text(said(row.get(column)), overflow="fold") for column in columns))
    paper().print(table)
