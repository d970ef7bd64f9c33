"""The books' schema: migrations make what `schema.sql` says; every constraint has its error."""

import pickle
import re
from collections import defaultdict
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from pydantic import SecretStr

from liftlock import store
from liftlock.books import Books, Transaction
from liftlock.domain.installations import BooksTooNew, BooksTooOld
from liftlock.services import installations
from liftlock.store import constraints, master_keys, migrations
from liftlock.store.master_keys import MasterKey
from postgres import Server

SCHEMA = Path(store.__file__).with_name("schema.sql")

COLUMNS: LiteralString = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           pg_get_expr(d.adbin, d.adrelid)
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
     ORDER BY c.relname, a.attnum
"""
CONSTRAINTS: LiteralString = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
     ORDER BY 1, 2
"""
INDEXES: LiteralString = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
)
FUNCTIONS: LiteralString = """
    SELECT pg_get_functiondef(oid)
      FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace
     ORDER BY 1
"""
TRIGGERS: LiteralString = """
    SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1
"""
NAMES: LiteralString = """
    SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
     UNION
    SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace AND indisunique
"""
RAISED_BY_TRIGGERS = {"environments_files_apart", "audit_events_keep"}
ROLE: LiteralString = (
    "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
)


def picture(connection: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    asked = (COLUMNS, CONSTRAINTS, INDEXES, FUNCTIONS, TRIGGERS)
    return {question: connection.execute(question).fetchall() for question in asked}


def test_schema_sql_is_what_the_migrations_make(books: Books, books_server: Server) -> None:
    with books.transaction() as tx:
        made = picture(tx.connection)
    books_server.run_as_superuser("CREATE DATABASE from_schema")
    try:
        with books_server.superuser("from_schema") as connection:
            _ = connection.execute(SCHEMA.read_bytes())
            written = picture(connection)
    finally:
        books_server.run_as_superuser("DROP DATABASE from_schema")
    assert written == made


def test_every_constraint_has_its_error(books: Books) -> None:
    with books.transaction() as tx:
        rows: list[tuple[str]] = tx.connection.execute(NAMES).fetchall()
    there = {name for (name,) in rows} | RAISED_BY_TRIGGERS
    assert constraints.REFUSALS.keys() | constraints.KEPT_BY_CODE == there
    assert not constraints.REFUSALS.keys() & constraints.KEPT_BY_CODE


def test_a_plain_role_and_no_extension_are_enough(books: Books) -> None:
    with books.transaction() as tx:
        assert tx.connection.execute(ROLE).fetchone() == (False, False, False)
        extensions = tx.connection.execute("SELECT extname FROM pg_extension").fetchall()
    assert extensions == [("plpgsql",)]


def test_migrations_are_applied_once(books: Books) -> None:
    with books.transaction() as tx:
        assert migrations.pending(tx) == ()
        assert migrations.apply(tx) == ()


def test_older_books_are_refused_and_the_command_is_named(
    books_url: SecretStr, master_key: MasterKey
) -> None:
    empty = Books(books_url, master_key)
    with empty.transaction() as tx, pytest.raises(BooksTooOld, match="liftlock init"):
        installations.require_current(tx)
    empty.close()


def test_newer_books_are_refused(books: Books) -> None:
    with books.transaction() as tx:
        _ = tx.connection.execute("INSERT INTO migrations VALUES ('9999', now())")
        with pytest.raises(BooksTooNew, match="9999"):
            installations.require_current(tx)


def test_a_table_added_by_a_later_migration_would_be_seen(books: Books) -> None:
    with books.transaction() as tx:
        before = picture(tx.connection)
        _ = tx.connection.execute("CREATE TABLE another (id bigint)")
        assert picture(tx.connection) != before


def test_init_may_be_repeated(books: Books) -> None:
    def prepared(tx: Transaction) -> str:
        _ = installations.prepare(tx, zone="Asia/Tokyo")
        return installations.load(tx).name

    with books.transaction() as tx:
        first = installations.load(tx)
    with books.transaction() as tx:
        assert prepared(tx) == first.name
        assert installations.load(tx).zone == first.zone


@pytest.mark.parametrize("name", sorted(constraints.REFUSALS))
def test_every_refusal_says_what_to_do_and_survives_the_engine(name: str) -> None:
    written: defaultdict[str, object] = defaultdict(lambda: "something")
    refusal = constraints.refusal(name, written)
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301  ours
    assert (type(again), str(again)) == (type(refusal), str(refusal))
    assert str(refusal).endswith((".", "calendar")) or ". " in str(refusal)


BYTES: LiteralString = """
    SELECT relname || '.' || attname
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND atttypid = 'bytea'::regtype
"""
NO_SECRETS = {
    "keys.digest", "sessions.digest", "submissions.digest", "passwords.code_digest",
    "answers.key_digest", "answers.request_digest", "audit_events.previous", "audit_events.hash",
}  # fmt: skip


def test_a_new_master_key_locks_every_column_that_holds_secrets(books: Books) -> None:
    with books.transaction() as tx:
        there = {name for (name,) in tx.connection.execute(BYTES).fetchall()}
    update = re.compile(r"UPDATE (\w+) SET (\w+) =")
    locked = {".".join(update.findall(update_)[0]) for _, update_ in master_keys.LOCKED}
    assert there - NO_SECRETS == locked
    assert all(name.partition(".")[0] in master_keys.LOCK for name in locked)
