import secrets
from collections.abc import Generator

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from pydantic import SecretStr

from liftlock.domain import policies
from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Policy, UndecidedColumn
from liftlock.domain.schemas import Table
from liftlock.downalign import tables
from liftlock.downalign.masking.compiling import (
    UnusableKey,
    copied_columns,
    prepare,
    select_statement,
)
from liftlock.environments.servers import Database, as_application, as_keeper
from postgres import MakeDatabase, Server

KEY = SecretStr(secrets.token_hex(32))
SCHEMA = """
CREATE DOMAIN address AS varchar(40) CHECK (VALUE LIKE '%_@_%');
CREATE DOMAIN address_of_staff AS address;
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE "the People" (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "Mail""s" address_of_staff UNIQUE,
  code char(36) NOT NULL UNIQUE,
  shouted text GENERATED ALWAYS AS (upper(code)) STORED,
  mood mood,
  born timestamp,
  small smallint,
  notes text
);
CREATE TABLE orders (code char(36) REFERENCES "the People" (code), year int, note text)
  PARTITION BY LIST (year);
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES IN (2025);
CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES IN (2026);
"""
ROWS = """
INSERT INTO "the People" ("Mail""s", code, mood, born, small, notes)
SELECT 'anna' || i || '@firma.test', 'code ' || i, 'sad', '1980-01-01'::date + i, i, 'about ' || i
FROM generate_series(1, 500) i;
INSERT INTO orders SELECT 'code ' || i, 2025 + i % 2, 'for ' || i FROM generate_series(1, 500) i;
"""
POLICY = policies.parse(
    """
repository = "data"

[tables."public.the People".columns]
id = "keep"
'Mail"s' = "email"
code = "uuid"
mood = { rule = "constant", value = "glad" }
born = "birth_date"
small = { rule = "constant", value = 5 }
notes = "free_text"

[tables."public.orders".columns]
code = "uuid"
year = "keep"
note = "free_text"
"""
)


@pytest.fixture
def source(server_15: Server, make_database: MakeDatabase) -> Database:
    database = make_database(server_15)
    with as_application(database) as connection:
        _ = connection.execute(SCHEMA)
        _ = connection.execute(ROWS)
    return database


@pytest.fixture
def reader(source: Database) -> Generator[Connection[TupleRow]]:
    with as_keeper(source) as connection:
        _ = connection.execute("SET default_transaction_read_only = on")
        yield connection


def by_name(connection: Connection[TupleRow]) -> dict[str, Table]:
    return {table.name: table for table in tables.read(connection)}


def copy_all(
    source: Connection[TupleRow], target: Connection[TupleRow], policy: Policy = POLICY
) -> None:
    found = by_name(source)
    for name in ("the People", "orders_2025", "orders_2026"):
        table = found[name]
        select = select_statement(table, policy, DataPolicy.ANONYMIZED)
        out = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select)
        columns = [sql.Identifier(column.name) for column in copied_columns(table)]
        into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
            sql.Identifier(table.name), sql.SQL(", ").join(columns)
        )
        with source.cursor().copy(out) as reading, target.cursor().copy(into) as writing:
            for data in reading:
                writing.write(data)


def test_masks_fit_types_keys_and_references_of_the_target(
    reader: Connection[TupleRow], development_server: Server, make_database: MakeDatabase
) -> None:
    assert not policies.refusals(POLICY, tables.read(reader))
    prepare(reader, KEY)
    with as_application(make_database(development_server)) as target:
        _ = target.execute(SCHEMA)
        copy_all(reader, target)
        row = target.execute(
            """
            SELECT count(*), count(DISTINCT "Mail""s"), min(mood), min(small),
              bool_and(shouted = upper(code)), bool_and("Mail""s" LIKE '%@example.com')
            FROM "the People" JOIN orders USING (code)
            """
        ).fetchone()
    assert row == (500, 500, "glad", 5, True, True)


def test_columns_stand_in_the_tables_order_without_generated_ones(
    reader: Connection[TupleRow],
) -> None:
    table = by_name(reader)["the People"]
    names = ["id", 'Mail"s', "code", "mood", "born", "small", "notes"]
    assert [column.name for column in copied_columns(table)] == names


def test_a_replica_is_copied_as_it_is(reader: Connection[TupleRow]) -> None:
    table = by_name(reader)["the People"]
    select = select_statement(table, Policy(repository="data"), DataPolicy.REPLICA)
    plain = reader.execute(select).fetchall()
    assert {row[1] for row in plain} == {f"anna{n}@firma.test" for n in range(1, 501)}


def test_an_undecided_column_stops_it(reader: Connection[TupleRow]) -> None:
    with pytest.raises(UndecidedColumn, match=r"column id of public\.the People"):
        _ = select_statement(
            by_name(reader)["the People"], Policy(repository="data"), DataPolicy.ANONYMIZED
        )


def test_rows_can_be_limited(reader: Connection[TupleRow]) -> None:
    prepare(reader, KEY)
    table = by_name(reader)["the People"]
    total = 0
    for begin, end in (("(0,0)", "(2,0)"), ("(2,0)", "(1000,0)")):
        where = sql.SQL("ctid >= {}::tid AND ctid < {}::tid").format(begin, end)
        select = select_statement(table, POLICY, DataPolicy.ANONYMIZED, where)
        total += len(reader.execute(select).fetchall())
    assert total == 500


def test_the_key_is_in_no_statement(reader: Connection[TupleRow], server_15: Server) -> None:
    reader.prepare_threshold = 0
    prepare(reader, KEY)
    seen = [activity(server_15, reader)]
    select = select_statement(by_name(reader)["the People"], POLICY, DataPolicy.ANONYMIZED)
    with reader.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(select)) as reading:
        _ = reading.read()
        seen.append(activity(server_15, reader))
        assert all(reading)
    seen += [str(reader.execute("SELECT * FROM pg_prepared_statements").fetchall())]
    assert "set_config" in seen[0]
    assert "COPY" in seen[1]
    assert not [text for text in seen if KEY.get_secret_value() in text]


def activity(server: Server, connection: Connection[TupleRow]) -> str:
    with server.superuser() as superuser:
        row = superuser.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s", (connection.info.backend_pid,)
        ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("key", ["", "00", "x" * 64, "0" * 63, "0" * 66])
def test_a_key_that_is_none_is_refused(reader: Connection[TupleRow], key: str) -> None:
    with pytest.raises(UnusableKey):
        prepare(reader, SecretStr(key))


def test_without_a_key_nothing_is_masked_and_nothing_travels(
    reader: Connection[TupleRow],
) -> None:
    select = select_statement(by_name(reader)["the People"], POLICY, DataPolicy.ANONYMIZED)
    for _ in range(2):
        with pytest.raises(psycopg.Error):
            _ = reader.execute(select)
        _ = reader.execute("SELECT set_config('liftlock.key', '', false)")


def test_each_value_is_hashed_once(reader: Connection[TupleRow]) -> None:
    table = by_name(reader)["the People"]
    select = select_statement(table, POLICY, DataPolicy.ANONYMIZED).as_string(reader)
    assert select.count("sha256(") == 3
    prepare(reader, KEY)
    explained = reader.execute(f"EXPLAIN (VERBOSE) {select}".encode()).fetchall()
    assert str(explained).count("sha256(") == 3
