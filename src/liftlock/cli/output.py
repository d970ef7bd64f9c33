"""What commands print: tables for people, JSON for programs; and the API connection they ask."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from liftlock.client.connection import Connection, Json, connect
from liftlock.errors import Unauthenticated
from liftlock.settings import settings

AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative="")]
"""`--json`: print one JSON document on standard output."""


class KeyMissing(Unauthenticated):
    """A command that asks the API has no key to ask with."""

    code = "key.missing"
    sentence = "No API key is set. Put yours into the environment variable LIFTLOCK_API_KEY."


@contextmanager
def api() -> Generator[Connection]:
    """Connect to the API as the owner of `LIFTLOCK_API_KEY`. Raises: KeyMissing."""
    key = settings().api_key
    if key is None:
        raise KeyMissing
    of = settings().organisation
    with connect(settings().url, key.get_secret_value(), organisation=of) as connection:
        yield connection


def show(answer: Json, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print what the API answered: as JSON, as a table of `columns`, or as one thing's fields."""
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif isinstance(answer, list):
        _show_rows(answer, columns)
    elif isinstance(answer, dict):
        _show_fields(answer)
    elif answer is not None:
        print(answer)


def say(words: str) -> None:
    """Print words for a person to standard error, so that standard output stays clean."""
    print(words, file=sys.stderr)


def _show_rows(rows: list[Json], columns: Sequence[str]) -> None:
    if not rows:
        say("Nothing to show.")
        return
    table = Table(*(column.replace("_", " ") for column in columns))
    for row in rows:
        if isinstance(row, dict):
            table.add_row(*(_cell(row.get(column)) for column in columns))
    Console().print(table)


def _show_fields(fields: dict[str, Json]) -> None:
    table = Table(show_header=False, box=None)
    for name, value in fields.items():
        table.add_row(name.replace("_", " "), _cell(value))
    Console().print(table)


def _cell(value: Json) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return "\n".join(_cell(each) for each in value) or "-"
    if isinstance(value, dict):
        return " ".join(_cell(each) for each in value.values())
    return str(value)
