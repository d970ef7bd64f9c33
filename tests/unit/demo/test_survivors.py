"""Counting real values that survived: every hiding place is looked at, nothing counts twice."""

from collections.abc import Callable, Mapping

import pytest
from psycopg import sql

from acme import LABELS, settle
from liftlock.demo import survivors
from liftlock.demo.data.people import person
from liftlock.demo.data.personal import PERSONAL
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_application
from postgres import MakeParts, Server

REAL = person("acme", 1)
EMAIL = REAL.email or ""
IBAN = next(iban for number in range(1, 99) if (iban := person("acme", number).iban))
MASKS = {"birth_date": "birth_date + 1"}
UNMASKED = {"search_name"}


@pytest.fixture
def production(make_parts: MakeParts, production_server: Server) -> Parts:
    parts = make_parts(production_server, labels=LABELS)
    _ = settle(parts)
    return parts


@pytest.fixture
def development(make_parts: MakeParts, development_server: Server) -> Parts:
    """The same rows, every personal cell of them masked, and no attachments."""
    parts = make_parts(development_server, labels=LABELS)
    _ = settle(parts)
    for table in PERSONAL:
        for column in {*table.columns, *table.anybodys} - UNMASKED:
            mask = MASKS.get(column, "md5('secret' || {column})")
            run(parts, table.label, "UPDATE {table} SET {column} = " + mask, table.table, column)
    for label in LABELS:
        # Statistics of the rows as they were, taken by the server meanwhile, would be survivors.
        run(parts, label, "ANALYZE")
    for path in parts.files.glob("attachments/*/*"):
        path.unlink()
    return parts


def run(parts: Parts, label: str, statement: str, table: str = "", column: str = "") -> None:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    with as_application(parts.database(label)) as connection:
        _ = connection.execute(sql.SQL(statement).format(**names))  # pyright: ignore[reportArgumentType]


def count(production: Parts, development: Parts) -> int:
    return survivors.count(production, development, PERSONAL)


def write(parts: Parts, name: str, content: str) -> None:
    _ = (parts.files / name).write_text(content)


PLANTS: Mapping[str, Callable[[Parts], None]] = {
    "its own cell": lambda parts: run(
        parts,
        "customers",
        f"UPDATE customers SET email = '{EMAIL}' WHERE number = 'C-000001'",
    ),
    "its own cell, a value that may be anybody's": lambda parts: run(
        parts,
        "customers",
        f"UPDATE customers SET postcode = '{REAL.postcode}' WHERE number = 'C-000001'",
    ),
    "a column of another table in another database": lambda parts: run(
        parts,
        "orders",
        f"UPDATE order_lines SET product = '{EMAIL}' WHERE (order_id, position) = (1, 1)",
    ),
    "the middle of a long text": lambda parts: run(
        parts,
        "customers",
        f"UPDATE customers SET notes = repeat('x', 99) || '{EMAIL}x' WHERE number = 'C-000002'",
    ),
    "a document": lambda parts: run(
        parts, "systemdb", f"CREATE TABLE d AS SELECT jsonb_build_object('to', '{EMAIL}') AS d"
    ),
    "a large object": lambda parts: run(
        parts, "customers", f"SELECT lo_from_bytea(0, 'see {EMAIL}'::bytea)"
    ),
    "a comment": lambda parts: run(
        parts, "orders", f"COMMENT ON COLUMN orders.status IS 'as told by {EMAIL}'"
    ),
    "a default": lambda parts: run(
        parts, "systemdb", f"ALTER TABLE users ALTER name SET DEFAULT '{EMAIL}'"
    ),
    "a file": lambda parts: write(parts, "notes.txt", f"ask\n{EMAIL}\n"),
    "a file's name": lambda parts: write(parts, f"account {IBAN}.txt", "closed"),
}


def test_an_environment_with_masks_alone_has_no_survivor(
    production: Parts, development: Parts
) -> None:
    assert count(production, development) == 0


@pytest.mark.parametrize("place", PLANTS)
def test_one_planted_original_is_counted_once(
    place: str, production: Parts, development: Parts
) -> None:
    PLANTS[place](development)
    assert count(production, development) == 1


def test_statistics_of_rows_that_are_gone_are_counted(
    production: Parts, development: Parts
) -> None:
    run(
        development,
        "customers",
        f"CREATE TABLE t AS SELECT '{EMAIL}' AS v FROM generate_series(1, 9)",
    )
    run(development, "customers", "ANALYZE t")
    run(development, "customers", "DELETE FROM t")
    assert count(production, development) >= 1


def test_an_unmasked_copy_has_a_survivor_in_nearly_every_personal_cell(
    production: Parts, make_parts: MakeParts, development_server: Server
) -> None:
    unmasked = make_parts(development_server, labels=LABELS)
    rows = settle(unmasked)
    assert count(production, unmasked) > rows
