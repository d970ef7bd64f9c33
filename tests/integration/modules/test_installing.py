"""Installing into real databases, as roles of least rights."""

import os
import pickle
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from eventually import eventually
from liftlock import clock
from liftlock.domain.environments import DatabaseRole
from liftlock.domain.modules import Digest
from liftlock.domain.packages import PackageNotFound, TamperedPackage
from liftlock.domain.progress import Progress
from liftlock.environments.parts import Parts, Runtime
from liftlock.environments.servers import (
    Database,
    ServerUnreachable,
    as_application,
    as_keeper,
)
from liftlock.errors import LiftlockError
from liftlock.modules import migrating
from liftlock.modules.installing import InstallReport, install
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.packing import build
from liftlock.modules.readback import disagreements, installed
from liftlock.modules.refusals import (
    AppliedMeanwhile,
    HalfDoneCommand,
    HalfDoneMigration,
    InstallCommandFailed,
    MigrationChanged,
    MigrationFailed,
    NoSuchRepository,
    TwoBuildsOfOneModule,
)
from network import Network
from places import silent
from postgres import MakeDatabase, MakeParts, Server
from sample_modules import a_module, sample

AS_OURSELVES = Runtime(own_user_allowed=True)


class Stop(Exception):
    """Raised by `tell` when a person asked to stop."""


@pytest.fixture
def store(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "store")


@pytest.fixture
def parts(development_server: Server, make_parts: MakeParts) -> Parts:
    return make_parts(development_server, runtime=AS_OURSELVES)


CODE = "acme.test"
SOON_S = 20
"""Far less than the statement sleeps, and enough for a busy machine."""
MARK = "INSERT INTO liftlock.migrations VALUES (%s, 'late.sql', 'x')"
WAITING = """
SELECT FROM pg_stat_activity
WHERE wait_event = 'transactionid' AND datname = current_database()
"""


class Author:
    """Builds and installs a module whose manifest and files a test writes."""

    def __init__(self, folder: Path, store: OciLayout, parts: Parts) -> None:
        self.folder = folder
        self.store = store
        self.parts = parts
        self._builds = 0

    def build(self, manifest: str = "", **files: str) -> Digest:
        self._builds += 1
        named = {name.replace("_sql", ".sql"): text for name, text in files.items()}
        return build(a_module(self.folder / f"{self._builds}", manifest, named), self.store).digest

    def install(self, manifest: str = "", **files: str) -> InstallReport:
        return install(self.parts, [self.build(manifest, **files)], self.store, silent)

    def migrate(self, *texts: str, database: str = "customers", more: str = "") -> InstallReport:
        return self.install(
            "".join(migration(f"m{n}.sql", database, more) for n in range(len(texts))),
            **{f"m{n}_sql": text for n, text in enumerate(texts)},
        )


def migration(file: str, database: str = "customers", more: str = "") -> str:
    return f'[[migrations]]\ndatabase = "{database}"\nfile = "{file}"\n{more}\n'


@pytest.fixture
def author(tmp_path: Path, store: OciLayout, parts: Parts) -> Author:
    return Author(tmp_path / "sources", store, parts)


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with as_application(database) as connection:
        return connection.execute(query.encode()).fetchall()


TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'
"""
ACTIVE = """
SELECT FROM pg_stat_activity
WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND state = 'active'
"""
SCHEMA_IS_OURS = """
SELECT nspowner::regrole::text = current_user FROM pg_namespace WHERE nspname = 'liftlock'
"""
SCHEMAS = """
SELECT relname::text, relnamespace::regnamespace::text FROM pg_class
WHERE relname IN ('here', 'there') ORDER BY 1
"""


def tables(database: Database) -> set[str]:
    return {str(row[0]) for row in rows(database, TABLES)}


def look(parts: Parts) -> object:
    """Return all that an installation may change."""
    files = {str(p): p.read_bytes() for p in sorted(parts.files.rglob("*")) if p.is_file()}
    return [tables(d) for d in parts.databases], files


def refuse(kind: type[LiftlockError], author: Author, digest: Digest) -> LiftlockError:
    """Expect a refusal that changes nothing at all."""
    before = look(author.parts)
    with pytest.raises(kind) as caught:
        _ = install(author.parts, [digest], author.store, silent)
    assert look(author.parts) == before
    return caught.value


def test_a_set_is_installed_and_read_back(parts: Parts, store: OciLayout) -> None:
    packages = [sample(store, code, "1.0") for code in ("acme.base", "acme.crm")]
    report = install(parts, [p.digest for p in packages], store, silent)
    assert installed(parts) == tuple(p.installed for p in packages)
    assert [(m.module.code, m.files_replaced, m.migrations) for m in report.modules] == [
        ("acme.base", True, ("systemdb: sql/001-settings.sql", "customers: sql/002-customers.sql")),
        ("acme.crm", True, ("customers: sql/001-notes.sql",)),
    ]
    assert (parts.files / "modules/acme.crm/pages/crm.txt").read_text() == "Customers 1.0\n"
    assert tables(parts.database("customers")) == {
        "customers", "notes", "migrations", "install_commands"
    }  # fmt: skip
    assert disagreements(parts) == ()


def test_installing_again_changes_nothing(parts: Parts, store: OciLayout) -> None:
    digests = [sample(store, code, "2.0").digest for code in ("acme.base", "acme.crm")]
    _ = install(parts, digests, store, silent)
    marks = "SELECT code, installed_at, xmin::text FROM liftlock.installed_modules ORDER BY code"
    before = rows(parts.systemdb, marks)
    report = install(parts, digests, store, silent)
    assert [(m.files_replaced, m.migrations, m.command_ran) for m in report.modules] == [
        (False, (), False)
    ] * 2
    assert rows(parts.systemdb, marks) == before


def test_a_later_version_applies_only_what_is_new(parts: Parts, store: OciLayout) -> None:
    _ = install(parts, [sample(store, "acme.base", "1.0").digest], store, silent)
    _ = install(parts, [sample(store, "acme.crm", "1.0").digest], store, silent)
    newer = [sample(store, code, "2.0").digest for code in ("acme.base", "acme.crm")]
    report = install(parts, newer, store, silent)
    assert [m.migrations for m in report.modules] == [
        ("customers: sql/003-phone.sql",),
        ("customers: sql/002-index.sql",),
    ]
    assert (parts.files / "modules/acme.base/pages/base.txt").read_text() == "Base 2.0\n"
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'crm.notes_customer'::regclass"
    assert rows(parts.database("customers"), valid) == [(True,)]
    assert [m.version for m in installed(parts)] == ["2.0", "2.0"]


def test_fresh_repositories_get_what_they_lack(
    parts: Parts, store: OciLayout, make_database: MakeDatabase, development_server: Server
) -> None:
    digests = [sample(store, code, "2.0").digest for code in ("acme.base", "acme.crm")]
    _ = install(parts, digests, store, silent)
    fresh = make_database(development_server, label="customers")
    aligned = replace(parts, databases=(parts.systemdb, fresh))
    report = install(aligned, digests, store, silent)
    assert [len(m.migrations) for m in report.modules] == [2, 2]
    assert not any(m.files_replaced for m in report.modules)
    assert "notes" in tables(fresh)


def test_each_migration_goes_to_each_database_that_it_means(
    development_server: Server, make_parts: MakeParts, tmp_path: Path, store: OciLayout
) -> None:
    parts = make_parts(development_server, labels=("systemdb", "customers", "orders"))
    author = Author(tmp_path / "s", store, parts)
    names = ("systemdb", "data", "orders")
    manifest = "".join(migration(f"{name}.sql", name) for name in names)
    _ = author.install(manifest, **{f"{n}_sql": f"CREATE TABLE of_{n} ()" for n in names})
    found = {d.label: {t for t in tables(d) if t.startswith("of_")} for d in parts.databases}
    assert found == {
        "systemdb": {"of_systemdb"},
        "customers": {"of_data"},
        "orders": {"of_data", "of_orders"},
    }


def test_one_database_for_both_has_each_migration_once(
    development_server: Server, make_parts: MakeParts, tmp_path: Path, store: OciLayout
) -> None:
    parts = make_parts(development_server, labels=("both",))
    assert parts.systemdb.role is DatabaseRole.BOTH
    author = Author(tmp_path / "s", store, parts)
    manifest = (
        migration("a.sql", "systemdb") + migration("a.sql", "data") + migration("a.sql", "both")
    )
    report = author.install(manifest, a_sql="CREATE TABLE a ()")
    assert report.modules[0].migrations == ("both: a.sql",)


def test_a_statement_that_fails_is_named_and_its_migration_leaves_nothing(author: Author) -> None:
    with pytest.raises(MigrationFailed) as caught:
        _ = author.migrate(
            "CREATE TABLE first ();",
            "CREATE TABLE people (name text CONSTRAINT no_twins UNIQUE);\n"
            "INSERT INTO people VALUES ('Zebedee Quux');\n\n"
            "-- twice\nINSERT INTO people VALUES ('Zebedee Quux');\nSELECT 1;",
        )
    assert caught.value.fields == {
        "module": "acme.test",
        "migration": "m1.sql",
        "database": "customers",
        "statement": 3,
        "line": 5,
        "sqlstate": "23505",
        "where": ", table people, constraint no_twins",
    }
    assert "statement 3 (line 5): SQLSTATE 23505" in str(caught.value)
    assert "Quux" not in repr(pickle.loads(pickle.dumps(caught.value)).__dict__) + str(caught.value)  # noqa: S301
    assert caught.value.__context__ is None or "Quux" not in str(caught.value.__cause__)
    assert {"first", "people"} & tables(author.parts.database("customers")) == {"first"}
    assert installed(author.parts) == ()


def test_a_repeat_goes_on_where_it_stopped(author: Author) -> None:
    with pytest.raises(MigrationFailed):
        _ = author.migrate("CREATE TABLE first ()", "SELECT 1/0")
    report = author.migrate("CREATE TABLE first ()", "CREATE TABLE second ()")
    assert report.modules[0].migrations == ("customers: m1.sql",)


def test_a_migration_with_another_text_is_refused_before_anything(author: Author) -> None:
    _ = author.migrate("CREATE TABLE first ()")
    changed = author.build(
        '[files]\nroot = "files"\n' + migration("m1.sql") + migration("m0.sql"),
        m0_sql="CREATE TABLE first (x int)",
        m1_sql="CREATE TABLE second ()",
        **{"files/x": "x"},
    )
    refusal = refuse(MigrationChanged, author, changed)
    assert "m0.sql of module acme.test was applied to customers" in str(refusal)


@pytest.mark.parametrize("last", ["SELECT 1/0", "BEGIN; CREATE TABLE open ()"])
def test_a_migration_without_a_transaction_is_never_repeated_on_a_half_state(
    author: Author, last: str
) -> None:
    texts = (f"CREATE TABLE half (); {last}",)
    with pytest.raises((MigrationFailed, HalfDoneMigration)):
        _ = author.migrate(*texts, more="transactional = false")
    assert "half" in tables(author.parts.database("customers"))
    digest = author.build(migration("m0.sql", more="transactional = false"), m0_sql=texts[0])
    assert "m0.sql of module acme.test began in customers" in str(
        refuse(HalfDoneMigration, author, digest)
    )
    assert disagreements(author.parts) == (
        "the files: acme.test 1.0 should not be there",
        "customers: something of acme.test was begun and did not end",
    )


def test_a_stop_is_heard_while_a_statement_runs(author: Author) -> None:
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.of and progress.done == 1:
            raise Stop

    digest = author.build(
        migration("m0.sql"), m0_sql="CREATE TABLE gone (); SELECT pg_sleep(60); SELECT 1"
    )
    begun = clock.monotonic_s()
    with pytest.raises(Stop):
        _ = install(author.parts, [digest], author.store, tell)
    assert clock.monotonic_s() - begun < SOON_S
    assert told[-1].said == "acme.test: customers: m0.sql"
    assert "gone" not in tables(author.parts.database("customers"))
    assert rows(author.parts.systemdb, ACTIVE) == []


@pytest.mark.parametrize("transactional", [True, False])
def test_a_connection_lost_in_the_middle_is_repeated_or_refused(
    author: Author,
    network: Network,
    transactional: bool,  # noqa: FBT001
) -> None:
    customers = author.parts.database("customers")
    behind = replace(author.parts, databases=(author.parts.systemdb, network.through(customers)))

    def cut(progress: Progress) -> None:
        if progress.of:
            network.cut()

    more = "" if transactional else "transactional = false"
    digest = author.build(
        migration("m0.sql", more=more), m0_sql="CREATE TABLE made (); SELECT pg_sleep(1.5)"
    )
    with pytest.raises(ServerUnreachable):
        _ = install(behind, [digest], author.store, cut)
    if transactional:
        assert "made" not in tables(customers)
        _ = install(author.parts, [digest], author.store, silent)
        assert "made" in tables(customers)
    else:
        _ = refuse(HalfDoneMigration, author, digest)


def test_a_migration_that_somebody_else_is_applying_is_waited_for_and_not_repeated(
    author: Author,
) -> None:
    _ = author.migrate("SELECT 1")
    customers = author.parts.database("customers")
    digest = author.build(migration("late.sql"), late_sql="CREATE TABLE twice ()")
    with as_application(customers) as paused, ThreadPoolExecutor(1) as thread:
        with paused.transaction():
            _ = paused.execute(
                "INSERT INTO liftlock.migrations VALUES (%s, 'late.sql', 'x')", [CODE]
            )
            going = thread.submit(install, author.parts, [digest], author.store, silent)
            _ = eventually(lambda: rows(customers, WAITING))
            _ = paused.execute("UPDATE liftlock.migrations SET applied_at = now()")
        with pytest.raises(AppliedMeanwhile, match=r"late\.sql of module acme\.test"):
            _ = going.result()
    assert "twice" not in tables(customers)


def test_a_set_is_installed_in_the_order_of_its_requirements(author: Author) -> None:
    def module(code: str, needs: str = "") -> Digest:
        source = a_module(
            author.folder / code, migration("a.sql"), {"a.sql": f"CREATE TABLE {code} ({needs})"}
        )
        requires = f'\n[requires]\n{needs.partition(" ")[0]} = ""\n' if needs else ""
        text = (source / "module.toml").read_text().replace("acme.test", code) + requires
        _ = (source / "module.toml").write_text(text)
        return build(source, author.store).digest

    needing = module("a", "z z")
    needed = module("z")
    report = install(author.parts, [needing, needed], author.store, silent)
    assert [m.module.code for m in report.modules] == ["z", "a"]


def test_two_builds_of_one_module_are_refused(author: Author) -> None:
    first, second = author.build(), author.build('[[checks]]\ncommand = ["true"]\n')
    with pytest.raises(TwoBuildsOfOneModule, match=r"acme\.test"):
        _ = install(author.parts, [first, second], author.store, silent)
    assert installed(author.parts) == ()


def test_a_tampered_package_is_refused_before_anything(author: Author) -> None:
    good = author.build(migration("good.sql"), good_sql="CREATE TABLE good ()")
    bad = author.build(migration("bad.sql"), bad_sql="CREATE TABLE bad ()")
    for blob in (author.store.root / "blobs/sha256").iterdir():
        if b"CREATE TABLE bad" in blob.read_bytes():
            _ = blob.write_bytes(blob.read_bytes().replace(b"TABLE bad", b"TABLE vil"))
    before = look(author.parts)
    with pytest.raises(TamperedPackage, match=bad):
        _ = install(author.parts, [good, bad], author.store, silent)
    assert look(author.parts) == before


def test_a_package_that_the_store_lacks_is_refused(author: Author) -> None:
    _ = refuse(PackageNotFound, author, Digest("sha256:" + "0" * 64))


def test_a_database_that_the_environment_lacks_is_named(author: Author) -> None:
    digest = author.build(migration("m.sql", "stock"), m_sql="SELECT 1")
    assert "wants database stock, which Development does not have" in str(
        refuse(NoSuchRepository, author, digest)
    )


def test_the_keeper_makes_our_schema_where_the_application_may_not(
    development_server: Server,
    make_parts: MakeParts,
    make_database: MakeDatabase,
    store: OciLayout,
    tmp_path: Path,
) -> None:
    parts = make_parts(development_server, labels=("systemdb",))
    owned = make_database(
        development_server, owner=f"{parts.systemdb.name}_owner", label="customers"
    )
    with as_application(owned) as connection:
        may = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')")
        assert may.fetchone() == (False,)
    both = replace(parts, databases=(parts.systemdb, owned))
    report = Author(tmp_path / "s", store, both).migrate("SELECT 1")
    assert report.modules[0].migrations == ("customers: m0.sql",)
    assert rows(owned, SCHEMA_IS_OURS) == [(True,)]


def test_a_package_that_ends_our_transaction_is_refused_whoever_built_it(author: Author) -> None:
    # Our own builder refuses it, so the package is built as one without a transaction.
    digest = author.build(
        migration("m.sql", more="transactional = false"),
        m_sql="CREATE TABLE stays ();\nCOMMIT;\nSELECT 1",
    )
    (change,) = migrating.lacking(author.parts, author.store.read(digest))
    in_one = replace(change, migration=replace(change.migration, transactional=True))
    with pytest.raises(MigrationFailed, match=r"at statement 2 \(line 2\): SQLSTATE 2D000"):
        migrating.apply(in_one, silent)
    assert "stays" not in tables(change.database)


def test_migrations_run_as_the_application(author: Author) -> None:
    _ = author.migrate("CREATE TABLE who AS SELECT current_user::text AS name")
    customers = author.parts.database("customers")
    assert rows(customers, "SELECT name = current_user FROM who") == [(True,)]
    with as_keeper(customers) as connection:
        assert connection.execute("SELECT name = current_user FROM who").fetchone() == (False,)


def test_a_constraint_that_is_checked_at_the_end_is_named_too(author: Author) -> None:
    with pytest.raises(MigrationFailed) as caught:
        _ = author.migrate(
            "CREATE TABLE a (x int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
            "INSERT INTO a VALUES (1), (1)"
        )
    assert (caught.value.fields["sqlstate"], caught.value.fields["statement"]) == ("23505", 2)


def test_what_a_session_was_changed_to_does_not_reach_our_record(author: Author) -> None:
    _ = author.migrate(
        "CREATE SCHEMA s; SET search_path TO s; SET standard_conforming_strings TO off;"
        "CREATE TABLE here ()",
        "CREATE TABLE there ()",
    )
    assert rows(author.parts.database("customers"), SCHEMAS) == [("here", "s"), ("there", "public")]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("SELECT 1; COPY t FROM STDIN", 2),
        ("SELECT 1;\nSELECT 'never closed", 2),
        ("\\i other.sql", 1),
        ("SELECT 1; /* never closed", 2),
        ("VACUUM", 1),
    ],
)
def test_sql_that_no_server_takes_here_is_named(author: Author, text: str, statement: int) -> None:
    with pytest.raises(MigrationFailed) as caught:
        _ = author.migrate("CREATE TABLE t (x text)", text)
    assert caught.value.fields["statement"] == statement


def test_texts_arrive_whole_in_a_database_of_another_encoding(
    development_server: Server,
    make_parts: MakeParts,
    make_database: MakeDatabase,
    store: OciLayout,
    tmp_path: Path,
) -> None:
    parts = make_parts(development_server, labels=("systemdb",))
    latin = make_database(
        development_server,
        label="customers",
        options="ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    author = Author(tmp_path / "s", store, replace(parts, databases=(parts.systemdb, latin)))
    _ = author.migrate("\ufeffCREATE TABLE t AS SELECT 'Zoë; \\'::text AS name")
    assert rows(latin, "SELECT length(name), encode(convert_to(name, 'UTF8'), 'hex') FROM t") == [
        (6, "Zoë; \\".encode().hex())
    ]


COMMAND = """
[files]
root = "files"
[install]
command = ["./run", "one"]
"""
SCRIPT = """#!/bin/sh
[ -e "$LIFTLOCK_FILES/fail" ] && { echo said; exit 3; }
{ echo "$1 $LIFTLOCK_MODULE $LIFTLOCK_MODULE_VERSION $LIFTLOCK_ENVIRONMENT"
  cat "$LIFTLOCK_MODULE_FILES/x"
  echo "$LIFTLOCK_DATABASE_CUSTOMERS"; } >> "$LIFTLOCK_FILES/ran"
"""


@pytest.fixture
def with_command(author: Author, tmp_path: Path) -> Digest:
    source = a_module(tmp_path / "c", COMMAND, {"files/run": SCRIPT, "files/x": "payload\n"})
    (source / "files/run").chmod(0o755)
    return build(source, author.store).digest


def test_an_install_command_runs_once_with_the_environments_own_variables(
    author: Author, with_command: Digest
) -> None:
    report = install(author.parts, [with_command], author.store, silent)
    assert report.modules[0].command_ran
    assert not install(author.parts, [with_command], author.store, silent).modules[0].command_ran
    said, payload, url = (author.parts.files / "ran").read_text().splitlines()
    assert (said, payload) == ("one acme.test 1.0 development", "payload")
    assert url.startswith("postgresql://app_")
    assert f"/{author.parts.database('customers').name}?" in url


def test_an_install_command_that_fails_is_never_repeated_on_a_half_state(
    author: Author, with_command: Digest
) -> None:
    (author.parts.files / "fail").touch()
    with pytest.raises(InstallCommandFailed, match=r"acme\.test ended with exit code 3") as caught:
        _ = install(author.parts, [with_command], author.store, silent)
    assert caught.value.fields["output"] == "said\n"
    (author.parts.files / "fail").unlink()
    assert "acme.test began on systemdb" in str(refuse(HalfDoneCommand, author, with_command))
    assert installed(author.parts) == ()


def test_fresh_repositories_make_the_install_command_run_again(
    author: Author, with_command: Digest, make_database: MakeDatabase, development_server: Server
) -> None:
    _ = install(author.parts, [with_command], author.store, silent)
    fresh = make_database(development_server, label="customers")
    aligned = replace(author.parts, databases=(author.parts.systemdb, fresh))
    assert install(aligned, [with_command], author.store, silent).modules[0].command_ran


def test_a_command_does_not_run_as_the_worker_unless_allowed(
    author: Author, with_command: Digest
) -> None:
    parts = replace(author.parts, runtime=Runtime())
    with pytest.raises(LiftlockError, match="would run as the worker's own user"):
        _ = install(parts, [with_command], author.store, silent)


def leave_an_incoming_folder(modules: Path) -> None:
    (modules / ".acme.crm.new/pages").mkdir(parents=True)
    _ = (modules / ".acme.crm.new/pages/half").write_text("x")


def lose_the_folder_between_two_renames(modules: Path) -> None:
    _ = (modules / "acme.crm").rename(modules / ".acme.crm.old")


def break_the_marker(modules: Path) -> None:
    _ = (modules / "acme.crm/.liftlock-package.json").write_text("{")


@pytest.mark.parametrize(
    "crash", [leave_an_incoming_folder, lose_the_folder_between_two_renames, break_the_marker]
)
def test_files_are_whole_after_a_crash_and_a_repeat(
    parts: Parts, store: OciLayout, crash: Callable[[Path], None]
) -> None:
    digests = [sample(store, code, "1.0").digest for code in ("acme.base", "acme.crm")]
    _ = install(parts, digests, store, silent)
    before = look(parts)
    crash(parts.files / "modules")
    _ = install(parts, digests, store, silent)
    assert look(parts) == before
    assert not [p for p in (parts.files / "modules").iterdir() if p.name.startswith(".")]


def test_the_application_can_read_its_files_whatever_the_workers_umask(
    parts: Parts, store: OciLayout
) -> None:
    old = os.umask(0o077)
    try:
        _ = install(parts, [sample(store, "acme.base", "1.0").digest], store, silent)
    finally:
        _ = os.umask(old)
    found = {p: oct(p.stat().st_mode & 0o777) for p in (parts.files / "modules").rglob("*")}
    assert {mode for p, mode in found.items() if p.is_dir()} == {"0o755"}
    assert {mode for p, mode in found.items() if p.is_file()} == {"0o644"}
    assert (parts.files / "modules").stat().st_mode & 0o777 == 0o755


def test_where_a_scope_leaves_the_files_alone_they_stay(parts: Parts, store: OciLayout) -> None:
    base = sample(store, "acme.base", "1.0")
    report = install(replace(parts, has_files=False), [base.digest], store, silent)
    assert not report.modules[0].files_replaced
    assert not (parts.files / "modules").exists()


def test_no_refusal_has_a_password_in_it(author: Author) -> None:
    password = re.search(r"password='?(\w+)", author.parts.systemdb.application.get_secret_value())
    assert password is not None
    with pytest.raises(MigrationFailed) as caught:
        _ = author.migrate("SELECT 1/0")
    assert password[1] not in repr(caught.value) + repr(caught.value.fields)
