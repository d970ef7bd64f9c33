import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import Connection, sql
from psycopg.rows import TupleRow
from pydantic import SecretStr

from liftlock.domain import policies
from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Policy
from liftlock.domain.progress import Progress
from liftlock.downalign import tables
from liftlock.downalign.masking import leaks
from liftlock.downalign.masking.compiling import copied_columns, prepare, select_statement
from liftlock.downalign.masking.leaks import ColumnSurvivors, LeakReport, Scanned
from liftlock.environments.servers import Database, as_application, as_keeper
from postgres import MakeDatabase, Server

KEY = SecretStr(secrets.token_hex(32))
SCHEMA = """
CREATE TABLE customers (
  id int PRIMARY KEY, first_name text, full_name varchar(60), email text UNIQUE, phone text,
  street text, city varchar(12), iban text, birth_date date, notes text, status text DEFAULT 'new'
);
CREATE TABLE orders (
  number text PRIMARY KEY, customer int REFERENCES customers, product text, amount numeric,
  extra jsonb, contents bytea, tags text[]
);
CREATE STATISTICS together ON first_name, status FROM customers;
CREATE INDEX ON customers (lower(email));
"""
ROWS = """
INSERT INTO customers
SELECT i, 'Florentine' || i % 50, 'Florentine' || i % 50 || ' Müller-Königsstein ' || i,
  'florentine.mueller' || i || '@firma.test', '+49 170 555-' || 10000 + i, 'Blütenallee ' || i,
  'Burgstädt', 'DE12' || (100000000000000000 + i), DATE '1960-01-01' + i,
  CASE WHEN i % 3 = 0 THEN 'Ask for Florentine' || i % 50 END, 'Winterling'
FROM generate_series(1, 300) i;
UPDATE customers SET first_name = NULL, phone = '' WHERE id % 7 = 0;
INSERT INTO orders
SELECT 'C-' || i, i, 'Screw for Winterling', i / 7.0, '{"a": 1}', 'abc', '{x,y}'
FROM generate_series(1, 300) i;
"""
POLICY = policies.parse(
    """
repository = "data"
large_objects = "placeholder"

[tables."public.customers".columns]
id = "keep"
first_name = "first_name"
full_name = "full_name"
email = "email"
phone = "phone"
street = "street"
city = "city"
iban = "iban"
birth_date = "birth_date"
notes = "free_text"
status = "keep"

[tables."public.orders".columns]
number = { rule = "hash", domain = "order" }
customer = "keep"
product = "keep"
amount = "keep"
extra = "keep"
contents = "keep"
tags = "keep"
"""
)


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """A source and its masked copy, and what a test does to them."""

    source: Database
    copy: Database
    policy: Policy

    def on_source(self, statement: str) -> None:
        with as_application(self.source) as connection:
            _ = connection.execute(statement.encode())

    def on_copy(self, statement: str) -> None:
        with as_application(self.copy) as connection:
            _ = connection.execute(statement.encode())

    def scan(
        self,
        files: Path | None = None,
        files_policy: Policy | None = None,
        only: set[str] | None = None,
        told: Callable[[Progress], None] = lambda _: None,
        most_at_once: int = 1_000_000,
    ) -> LeakReport:
        with as_keeper(self.source) as reader:
            found = tables.read(reader)
        scanned = Scanned(source=self.source, copy=self.copy, policy=self.policy, tables=found)
        return leaks.scan(
            [scanned],
            key=KEY,
            tell=told,
            files=files,
            files_policy=files_policy,
            only=None if only is None else {"data": only},
            most_at_once=most_at_once,
        )


def fill(source: Connection[TupleRow], copy: Connection[TupleRow], policy: Policy) -> None:
    prepare(source, KEY)
    by_name = {table.name: table for table in tables.read(source)}
    for name in ("customers", "orders"):
        table = by_name[name]
        select = select_statement(table, policy, DataPolicy.ANONYMIZED)
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(name),
            sql.SQL(", ").join(sql.Identifier(c.name) for c in copied_columns(table)),
        )
        out = sql.SQL("COPY ({}) TO STDOUT").format(select)
        with source.cursor().copy(out) as reading, copy.cursor().copy(into) as writing:
            for data in reading:
                writing.write(data)


@pytest.fixture
def aligned(
    production_server: Server, development_server: Server, make_database: MakeDatabase
) -> Aligned:
    made = Aligned(
        source=make_database(production_server),
        copy=make_database(development_server),
        policy=POLICY,
    )
    made.on_source(SCHEMA)
    made.on_source(ROWS)
    made.on_copy(SCHEMA)
    with as_keeper(made.source) as source, as_application(made.copy) as copy:
        fill(source, copy, POLICY)
        _ = copy.execute("ANALYZE")
    return made


def named(report: LeakReport) -> set[tuple[str, str, int, str]]:
    return {(s.table, s.column, s.survivors, s.where) for s in report.survivors}


def test_a_masked_copy_has_no_survivors(aligned: Aligned) -> None:
    report = aligned.scan()
    assert report.survivors == ()
    assert report.total == 0
    # Full names, e-mails, streets, IBANs; phones; first names; notes; one city.
    assert report.originals == 4 * 300 + 258 + 50 + 50 + 1


EMAIL = "florentine.mueller17@firma.test"
IN_DATABASE = {
    "its own column": (
        f"UPDATE customers SET email = '{EMAIL}' WHERE id = 99",
        "public.customers.email in data",
    ),
    "another column": (
        f"UPDATE customers SET first_name = '{EMAIL}' WHERE id = 99",
        "public.customers.first_name in data",
    ),
    "a kept column": (
        f"UPDATE customers SET status = '{EMAIL}' WHERE id = 99",
        "public.customers.status in data",
    ),
    "amid a text": (
        f"UPDATE orders SET product = 'ask <{EMAIL.upper()}>, soon' WHERE customer = 5",
        "public.orders.product in data",
    ),
    "JSON": (
        f"""UPDATE orders SET extra = '{{"to": ["{EMAIL}"]}}' WHERE customer = 5""",
        "public.orders.extra in data",
    ),
    "bytes": (
        f"UPDATE orders SET contents = '\\x00ff20'::bytea || ' {EMAIL} '::bytea WHERE customer = 5",
        "public.orders.contents in data",
    ),
    "an array": (
        f"UPDATE orders SET tags = '{{vip,{EMAIL}}}' WHERE customer = 5",
        "public.orders.tags in data",
    ),
    "another table": (
        f"CREATE TABLE later AS SELECT 1 AS n, '{EMAIL}'::text AS t",
        "public.later.t in data",
    ),
    "a table of another schema": (
        f"CREATE SCHEMA crm; CREATE UNLOGGED TABLE crm.later AS SELECT '{EMAIL}'::text AS t",
        "crm.later.t in data",
    ),
    "a leaf": (
        f"""CREATE TABLE logs (d date, t text) PARTITION BY LIST (d);
        CREATE TABLE logs_1 PARTITION OF logs FOR VALUES IN ('2026-01-01');
        INSERT INTO logs VALUES ('2026-01-01', '{EMAIL}')""",
        "public.logs_1.t in data",
    ),
    "a materialised view": (
        f"CREATE MATERIALIZED VIEW seen AS SELECT '{EMAIL}'::text AS t",
        "public.seen.t in data",
    ),
    "a large object": (f"SELECT lo_from_bytea(0, 'x {EMAIL} x'::bytea)", "a large object in data"),
    "deep in a large object": (
        f"SELECT lo_from_bytea(0, convert_to(repeat('- ', 524285) || '{EMAIL}', 'UTF8'))",
        "a large object in data",
    ),
    "pg_stats": (
        f"""INSERT INTO customers (id, status)
          SELECT 1000 + i, '{EMAIL}' FROM generate_series(1, 50) i;
        ANALYZE customers; DELETE FROM customers WHERE id > 1000; VACUUM customers""",
        "pg_stats of public.customers in data",
    ),
    "a comment": (f"COMMENT ON COLUMN orders.tags IS 'as {EMAIL} wished'", "comment on "),
    "a default": (
        f"ALTER TABLE orders ALTER product SET DEFAULT '{EMAIL}'",
        "default of public.orders.product",
    ),
    "a domain's default": (
        f"CREATE DOMAIN mail AS text DEFAULT '{EMAIL}'",
        "default of domain public.mail",
    ),
}


@pytest.mark.parametrize("place", IN_DATABASE)
def test_a_real_value_in_the_database_is_found(aligned: Aligned, place: str) -> None:
    statements, where = IN_DATABASE[place]
    for statement in statements.split(";"):
        aligned.on_copy(statement)
    report = aligned.scan()
    assert report.total > 0
    for survivors in report.survivors:
        assert survivors.where.startswith(where)
        assert survivors.database == "data"
    assert ("public.customers", "email", 1) in {n[:3] for n in named(report)}
    assert "mueller17" not in repr(report)


def test_a_real_value_in_the_databases_own_comment_is_found(
    aligned: Aligned, development_server: Server
) -> None:
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}").format(
        sql.Identifier(aligned.copy.name), EMAIL
    )
    development_server.run_as_superuser(comment.as_string())
    assert [s.where for s in aligned.scan().survivors] == ["comment on the database in data"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("full_name", "FLORENTINE3 müller-KöNIGSSTEIN 3"),
        ("phone", "+49-170-55510003"),
        ("iban", "de12 1000 0000 0000 0000 03"),
        ("street", "Blütenallee 3"),
    ],
)
def test_case_and_separators_do_not_hide_it(aligned: Aligned, column: str, value: str) -> None:
    aligned.on_copy(f"UPDATE orders SET product = 'for {value}!' WHERE customer = 5")
    assert column in {n[1] for n in named(aligned.scan())}


@pytest.mark.parametrize("column", ["email", "first_name", "birth_date", "city", "notes"])
def test_a_row_with_its_own_original_is_found(aligned: Aligned, column: str) -> None:
    with as_keeper(aligned.source) as connection:
        row = connection.execute(
            sql.SQL("SELECT {}::text FROM customers WHERE id = 9").format(sql.Identifier(column))
        ).fetchone()
    assert row is not None
    aligned.on_copy(f"UPDATE customers SET {column} = '{row[0]}' WHERE id = 9")
    own = {n for n in named(aligned.scan()) if n[3] == leaks.OWN_ROW}
    assert own == {("public.customers", column, 1, leaks.OWN_ROW)}


def test_a_row_is_found_by_its_masked_key(aligned: Aligned) -> None:
    aligned.on_source("ALTER TABLE orders ADD note date; UPDATE orders SET note = '2001-02-03'")
    aligned.on_copy("ALTER TABLE orders ADD note date; UPDATE orders SET note = '2001-02-03'")
    text = policies.render(POLICY) + 'note = "birth_date"\n'
    report = Aligned(source=aligned.source, copy=aligned.copy, policy=policies.parse(text)).scan()
    assert named(report) == {("public.orders", "note", 300, leaks.OWN_ROW)}


def test_what_stands_in_a_kept_column_of_the_source_is_not_distinctive(aligned: Aligned) -> None:
    aligned.on_source("UPDATE customers SET first_name = 'Winterling' WHERE id = 8")
    assert aligned.scan().survivors == ()
    aligned.on_copy("COMMENT ON TABLE orders IS 'Winterling'")
    assert aligned.scan().survivors == ()


def test_what_rules_make_is_nobodys(aligned: Aligned) -> None:
    with as_keeper(aligned.copy) as connection:
        rows = connection.execute(
            "SELECT full_name, city, street, phone FROM customers WHERE phone <> '' LIMIT 20"
        ).fetchall()
    for number, (full_name, city, street, phone) in enumerate(rows, start=1):
        aligned.on_source(
            sql.SQL(
                "UPDATE customers SET full_name = {}, city = {}, street = {}, phone = {},"
                " notes = 'lorem ipsum lorem' WHERE id = {}"
            )
            .format(full_name, city, street, phone, 200 + number)
            .as_string()
        )
    own = {leaks.OWN_ROW}
    assert {s.where for s in aligned.scan().survivors} <= own


def test_short_values_are_not_distinctive(aligned: Aligned) -> None:
    aligned.on_source("UPDATE customers SET first_name = 'Zoë', phone = '12345' WHERE id = 8")
    aligned.on_copy("COMMENT ON TABLE orders IS 'Zoë 12345'")
    assert aligned.scan().survivors == ()


def test_six_characters_of_which_some_are_separators_are_compared_as_a_whole(
    aligned: Aligned,
) -> None:
    aligned.on_source("UPDATE customers SET first_name = 'Q. Pé.' WHERE id = 8")
    aligned.on_copy("UPDATE orders SET product = 'a q pe b' WHERE customer = 5")
    assert aligned.scan().survivors == ()
    aligned.on_copy("UPDATE orders SET product = ' q. Pé. ' WHERE customer = 5")
    assert {n[1] for n in named(aligned.scan())} == {"first_name"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for path, text in {
        "config/a.toml": "title = 'x'\n",
        "attachments/1/contract.txt": "liftlock placeholder\n",
        "modules/crm/code.py": "x = 1\n",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        _ = file.write_text(text)
    return tmp_path


FILES_POLICY = policies.parse(
    """
repository = "files"
[[paths]]
glob = "modules/**"
handling = "keep"
scanned = false
[[paths]]
glob = "**"
handling = "keep"
"""
)


def test_files_without_real_values_have_no_survivors(aligned: Aligned, files: Path) -> None:
    assert aligned.scan(files, FILES_POLICY).survivors == ()


@pytest.mark.parametrize(
    ("path", "content", "where"),
    [
        (f"config/{EMAIL}.txt", b"", "file name under **"),
        (f"config/{EMAIL}/a.txt", b"", "file name under **"),
        ("config/b.txt", EMAIL.encode(), "file content under **"),
        ("config/b.txt", f"to: {EMAIL}".encode("utf-16"), "file content under **"),
        ("config/b.txt", b"- " * 524285 + EMAIL.encode() + b"- " * 99, "file content under **"),
        ("config/b.txt", b"\xff\xfe\x00" + EMAIL.encode() + b"\x00", "file content under **"),
    ],
)
def test_a_real_value_in_a_file_is_found(
    aligned: Aligned, files: Path, path: str, content: bytes, where: str
) -> None:
    file = files / path
    file.parent.mkdir(parents=True, exist_ok=True)
    _ = file.write_bytes(content)
    assert named(aligned.scan(files, FILES_POLICY)) == {("public.customers", "email", 1, where)}


def test_a_link_that_names_somebody_is_found(aligned: Aligned, files: Path) -> None:
    (files / "config" / "link").symlink_to(EMAIL)
    report = aligned.scan(files, FILES_POLICY)
    assert [s.where for s in report.survivors] == ["file name under **"]


def test_modules_own_files_are_not_scanned_by_decision(aligned: Aligned, files: Path) -> None:
    _ = (files / "modules/crm/code.py").write_text(EMAIL)
    assert aligned.scan(files, FILES_POLICY).survivors == ()


def test_more_originals_than_fit_at_once_are_looked_for_in_turn(aligned: Aligned) -> None:
    for number in range(1, 9):
        aligned.on_copy(
            f"UPDATE orders SET product = 'florentine.mueller{number}@firma.test'"
            f" WHERE customer = {number}"
        )
    at_once = aligned.scan()
    in_turn = aligned.scan(most_at_once=200)
    assert at_once.total == in_turn.total == 8
    assert at_once.originals == in_turn.originals


def test_only_the_named_tables_are_read_again(aligned: Aligned) -> None:
    aligned.on_copy(IN_DATABASE["another table"][0])
    assert aligned.scan(only={"public.orders"}).survivors == ()
    assert aligned.scan(only={"public.later"}).total == 1


def test_the_copys_snapshot_counts_when_it_is_given(aligned: Aligned) -> None:
    with as_keeper(aligned.source) as holder:
        found = tables.read(holder)
        _ = holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = holder.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        aligned.on_source("UPDATE customers SET email = 'a.newcomer@firma.test' WHERE id = 1")
        aligned.on_copy("COMMENT ON TABLE orders IS 'a.newcomer@firma.test'")
        scanned = Scanned(
            source=aligned.source,
            copy=aligned.copy,
            policy=POLICY,
            tables=found,
            snapshot=str(row[0]),
        )
        report = leaks.scan([scanned], key=KEY, tell=lambda _: None)
    assert report.survivors == ()
    assert aligned.scan().total == 1


class Stopped(Exception):
    pass


def test_a_scan_can_be_stopped(aligned: Aligned) -> None:
    said: list[str] = []

    def stop(progress: Progress) -> None:
        said.append(progress.said)
        if "looking" in progress.said:
            raise Stopped

    with pytest.raises(Stopped):
        _ = aligned.scan(told=stop)
    assert "noting values of public.customers.email" in said


def test_survivors_of_one_database_are_found_in_another(
    aligned: Aligned, development_server: Server, make_database: MakeDatabase
) -> None:
    other = make_database(development_server, label="orders")
    empty = Policy(repository="orders")
    with as_application(other) as connection:
        _ = connection.execute(f"CREATE TABLE o AS SELECT '{EMAIL}'::text AS t".encode())
    with as_keeper(aligned.source) as reader:
        found = tables.read(reader)
    report = leaks.scan(
        [
            Scanned(source=aligned.source, copy=aligned.copy, policy=POLICY, tables=found),
            Scanned(source=other, copy=other, policy=empty, tables=()),
        ],
        key=KEY,
        tell=lambda _: None,
    )
    assert report.survivors == (
        ColumnSurvivors(
            database="data",
            table="public.customers",
            column="email",
            survivors=1,
            where="public.o.t in orders",
        ),
    )
