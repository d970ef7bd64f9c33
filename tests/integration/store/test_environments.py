"""Environments in the books: secrets locked, no place named twice, Development anonymized."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from acme_books import MakeOrganisation
from blind import a_registration, register_blindly
from liftlock.books import Books, Transaction
from liftlock.domain.environments import (
    DataPolicy,
    DataPolicyMissing,
    EnvironmentExists,
    FilesPathUnfit,
    Kind,
    LabelUnfit,
    ReplicaForDevelopment,
    SamePlaceTwice,
    Tls,
)
from liftlock.environments.commands import Command
from liftlock.environments.http_hooks import HttpHook
from liftlock.environments.parts import Keeping, Readback, Runtime
from liftlock.environments.safe_connections import Demand
from liftlock.errors import LiftlockError
from liftlock.store import environments, organisations
from liftlock.store.environments import Registration

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def add(
    tx: Transaction, make: MakeOrganisation, code: str, registration: Registration, server: str
) -> None:
    organisation = organisations.by_code(tx, code) or make.organisation(tx, code)
    servers = {database.label: server for database in registration.databases}
    _ = environments.add(tx, organisation.id, registration, servers)


def test_what_was_registered_comes_back(books: Books, make_organisation: MakeOrganisation) -> None:
    with books.transaction() as tx:
        organisation = make_organisation.organisation(tx, "acme")
        given = a_registration(organisation, Kind.STAGING)
        said = replace(
            given,
            runtime=Runtime(
                drain=Command(argv=("/bin/false",), user="nobody", timeout_s=7.5),
                start=HttpHook(url="https://app.example/start"),
                restore_point=Keeping(
                    take=Command(argv=("take",)),
                    put_back=Command(argv=("put", "back")),
                    drop=Command(argv=("drop",), timeout_s=7.0),
                ),
                starts_closed=False,
                secret=SecretStr("the secret of the hooks"),
                root_certificate="the authority's",
            ),
            readback=Readback(query="SELECT code, version, digest FROM modules"),
            schema_ignored=("tmp_*",),
            databases=(
                replace(
                    given.databases[0],
                    disk=Path("/srv/disk"),
                    demand=Demand(tls=Tls.NONE, root_certificate="the authority's"),
                ),
            ),
        )
        id_ = environments.add(tx, organisation.id, said, {"systemdb": "one"})
        found = environments.load(tx, organisation.id, id_)
        assert found is not None
        assert environments.registration(tx, found) == said


@pytest.mark.parametrize(
    ("files", "again"),
    [
        ("/srv/one", "/srv/one"),
        ("/srv/one", "/srv/one/below"),
        ("/srv/one/below", "/srv/one"),
    ],
)
def test_no_directory_is_named_twice_or_lies_in_another(
    books: Books, make_organisation: MakeOrganisation, files: str, again: str
) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        first = a_registration(acme, Kind.STAGING, files=Path(files))
        second = a_registration(acme, Kind.PRODUCTION, files=Path(again))
        add(tx, make_organisation, "acme", first, "one")
        with pytest.raises(SamePlaceTwice, match=again):
            add(tx, make_organisation, "beta", second, "two")


def test_directories_that_only_begin_alike_are_two(
    books: Books, make_organisation: MakeOrganisation
) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        for number, kind in enumerate((Kind.STAGING, Kind.PRODUCTION)):
            given = a_registration(acme, kind, files=Path(f"/srv/one{'_2' * number}"))
            add(tx, make_organisation, "acme", given, "one")


def test_no_database_of_one_server_is_named_twice(
    books: Books, make_organisation: MakeOrganisation
) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        add(tx, make_organisation, "acme", a_registration(acme, Kind.STAGING, name="crm"), "one")
        other = a_registration(acme, Kind.PRODUCTION, name="crm")
        with pytest.raises(SamePlaceTwice, match="Database crm"), tx.connection.transaction():
            add(tx, make_organisation, "beta", other, "one")
        add(tx, make_organisation, "beta", other, "two")


def wrong(acme: Registration) -> list[tuple[Registration, type[LiftlockError]]]:
    database = acme.databases[0]
    return [
        (replace(acme, data_policy=DataPolicy.REPLICA), ReplicaForDevelopment),
        (replace(acme, kind=Kind.STAGING, data_policy=None), DataPolicyMissing),
        (replace(acme, files=Path("relative")), FilesPathUnfit),
        (replace(acme, databases=(replace(database, label="Not One"),)), LabelUnfit),
        (replace(acme, databases=(replace(database, label="files"),)), LabelUnfit),
    ]


@pytest.mark.parametrize("number", range(5))
def test_the_database_refuses_what_the_code_should_have_refused(
    books: Books, make_organisation: MakeOrganisation, number: int
) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        given, error = wrong(a_registration(acme, Kind.DEVELOPMENT))[number]
        with pytest.raises(error):
            add(tx, make_organisation, "acme", given, "one")


def test_one_environment_of_a_kind(books: Books, make_organisation: MakeOrganisation) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        _ = register_blindly(tx, acme, Kind.STAGING)
        again = a_registration(acme, Kind.STAGING, files=Path("/elsewhere"), name="other")
        with pytest.raises(EnvironmentExists):
            add(tx, make_organisation, "acme", again, "one")


def test_no_secret_stands_in_the_books_in_plain(
    books: Books, make_organisation: MakeOrganisation
) -> None:
    with books.transaction() as tx:
        acme = make_organisation.organisation(tx, "acme")
        for kind in Kind:
            _ = register_blindly(tx, acme, kind)
        key = organisations.masking_key(tx, acme.id)
        text = everything(tx)
        kept = environments.of_kind(tx, acme.id, Kind.PRODUCTION)
        assert kept is not None
        shown = environments.registration(tx, kept)
    assert "acme_production" in text
    assert "s3cr3t" not in text
    assert key.get_secret_value() not in text
    assert len(bytes.fromhex(key.get_secret_value())) == 32
    assert "s3cr3t" not in repr(shown)
    assert shown.databases[0].keeper == SecretStr(
        "host=/nowhere user=production password=s3cr3t-production"
    )


def everything(tx: Transaction) -> str:
    """Return every row of the books as text, with bytes as the text that they may be."""
    names: list[tuple[str]] = tx.connection.execute(TABLES).fetchall()
    rows: list[object] = []
    for (name,) in names:
        rows += tx.connection.execute(f"SELECT * FROM {name}".encode()).fetchall()
    return "\n".join(map(repr, rows))
