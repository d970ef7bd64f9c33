"""Install, use, rotate, back up, lose, restore: by the page's own command lines, in a fresh folder.

Run by `make rehearse`; it installs from the package index.
"""

import re
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from acme_books import Places
from liftlock.domain.environments import Kind
from liftlock.environments.servers import as_keeper
from postgres import MakeParts, Server
from rehearsing import Machine, Organisation, a_machine, an_organisation

DROP = re.compile(r'DROP DATABASE "\w+";')
REMOVE = re.compile(r"rm -r (/\S+)")


@pytest.fixture
def machine(books_server: Server, tmp_path: Path) -> Machine:
    return a_machine(tmp_path, books_server)


@pytest.fixture
def elsewhere(staging_server: Server) -> SecretStr:
    """An empty database of a plain role on another server, as the page has one made."""
    staging_server.run_as_superuser(
        "CREATE ROLE liftlock LOGIN PASSWORD 'rehearsed'",
        "CREATE DATABASE liftlock OWNER liftlock",
        "REVOKE ALL ON DATABASE liftlock FROM PUBLIC",
    )
    return SecretStr(f"{staging_server.embedded.conninfo('liftlock', 'rehearsed')} dbname=liftlock")


def test_what_the_page_says_can_be_done(
    machine: Machine,
    books_database: SecretStr,
    elsewhere: SecretStr,
    servers: dict[Kind, Server],
    make_parts: MakeParts,
) -> None:
    _ = machine.must("install")
    machine.set_up(books_database)
    key = machine.must("init").out.strip()
    assert key.startswith("llk_")
    with machine.services() as services:
        acme = an_organisation(machine, key, servers, make_parts)
        booked = acme.align_later()
        assert machine.must("rotate").code == 0
        assert machine.must("retire").code == 0
        _ = machine.must("backup")
        _ = machine.must("backup-key")
        forgotten = acme.align("--soon")
        acme.await_state(forgotten, "completed")
        services.stop()

    machine.set_up(elsewhere)
    lose(machine)
    refused_without_its_key(machine)
    _ = machine.must("restore")
    repaired(machine, acme.places, forgotten)
    with machine.services() as services:
        assert acme.state(booked) == "validated"
        again = acme.align("--soon")
        assert again == 10_001
        acme.await_state(again, "completed")
        services.stop()
    assert machine.must("doctor").err.strip() == "All is well."
    the_old_books_are_still_good(machine, acme, books_database)


def lose(machine: Machine) -> None:
    """Lose what was on the machine's disk."""
    home = machine.root / "var/lib/liftlock"
    for path in home.glob("master.key*"):
        path.unlink()


def refused_without_its_key(machine: Machine) -> None:
    refused = machine.run("doctor")
    assert (refused.code, "no master key file" in refused.err) == (4, True)


def repaired(machine: Machine, places: Places, forgotten: int) -> None:
    """Do what `doctor` says is to be done, until it says that all is well."""
    found = machine.typed("doctor")
    assert found.code == 5, found
    assert f"before move {forgotten}, which these books do not know" in found.out
    statements = set(DROP.findall(found.out))
    assert len(statements) == 2
    for database in places.parts[Kind.DEVELOPMENT].databases[:1]:
        with as_keeper(database, database.maintenance) as connection:
            for statement in statements:
                _ = connection.execute(statement.encode())
    for folder in REMOVE.findall(found.out):
        for path in sorted(Path(folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        Path(folder).rmdir()
    assert machine.must("doctor").err.strip() == "All is well."


def the_old_books_are_still_good(machine: Machine, acme: Organisation, url: SecretStr) -> None:
    """Nothing was written into the books that the backup was made of; they are at home there."""
    with psycopg.connect(url.get_secret_value()) as connection:
        row = connection.execute("SELECT max(id) FROM moves").fetchone()
    assert row == (2,)
    assert acme.keys
    machine.set_up(url)
    assert machine.run("doctor").code in {0, 5}
