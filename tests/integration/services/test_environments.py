"""Environments as operators register them: real servers are asked who they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from acme_books import Acme, registration
from journeys import begin, down_align
from liftlock.domain.environments import (
    DataPolicy,
    DataPolicyMissing,
    EnvironmentInAMove,
    EnvironmentNotFound,
    FilesPathUnfit,
    Kind,
    OneSystemDB,
    ProductionHasNoDataPolicy,
    ReplicaForDevelopment,
    SamePlaceTwice,
)
from liftlock.domain.organisations import OrganisationId, Plan
from liftlock.identity.who_may import NotAllowed
from liftlock.services import environments, organisations


def test_parts_are_what_was_registered(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        parts = environments.parts(tx, acme.staging, "liftlock:test:2:7")
        listed = environments.list_all(tx, acme.eve, acme.organisation.id)
        shown = environments.show(tx, acme.ana, acme.staging.id)
    given = acme.parts[Kind.STAGING]
    assert parts.databases == tuple(
        replace(database, application_name="liftlock:test:2:7") for database in given.databases
    )
    assert (parts.environment, parts.files) == (acme.staging.id, given.files.resolve())
    assert listed == (acme.development, acme.staging, acme.production)
    assert "password" not in repr(shown)


def test_only_operators_register_and_change(acme: Acme) -> None:
    given = registration(acme.parts[Kind.STAGING])
    for who in (acme.dora, acme.eve):
        with pytest.raises(NotAllowed), acme.books.transaction() as tx:
            _ = environments.change(tx, who, acme.staging.id, given)


def another_organisation(acme: Acme) -> OrganisationId:
    with acme.books.transaction() as tx:
        return organisations.create(
            tx, acme.operator, code="beta", title="Beta", plan=Plan.ENTERPRISE, self_service=True
        ).id


def test_a_database_has_one_environment_by_whatever_name_its_server_is_reached(
    acme: Acme, tmp_path: Path
) -> None:
    beta = another_organisation(acme)
    given = registration(acme.parts[Kind.STAGING])
    link = tmp_path / "another-name"
    host = acme.parts[Kind.STAGING].systemdb.keeper.get_secret_value()
    folder = next(word for word in host.split() if word.startswith("host=")).removeprefix("host=")
    link.symlink_to(folder.strip("'"))
    renamed = tuple(
        replace(
            database,
            keeper=type(database.keeper)(
                database.keeper.get_secret_value().replace(folder, str(link))
            ),
        )
        for database in given.databases
    )
    files = tmp_path / "files"
    files.mkdir()
    with pytest.raises(SamePlaceTwice, match="Database"), acme.books.transaction() as tx:
        _ = environments.register(
            tx, acme.operator, beta, replace(given, databases=renamed, files=files)
        )


def test_a_directory_has_one_environment_by_whatever_name(acme: Acme, tmp_path: Path) -> None:
    beta = another_organisation(acme)
    link = tmp_path / "link"
    link.symlink_to(acme.parts[Kind.STAGING].files)
    given = registration(acme.parts[Kind.DEVELOPMENT])
    with pytest.raises(SamePlaceTwice, match="Directory"), acme.books.transaction() as tx:
        _ = environments.register(tx, acme.operator, beta, replace(given, files=link))


def test_what_is_refused_before_any_server_is_asked(acme: Acme) -> None:
    given = registration(acme.parts[Kind.DEVELOPMENT])
    cases = [
        (replace(given, data_policy=DataPolicy.REPLICA), ReplicaForDevelopment),
        (replace(given, kind=Kind.STAGING, data_policy=None), DataPolicyMissing),
        (replace(given, kind=Kind.PRODUCTION), ProductionHasNoDataPolicy),
        (replace(given, databases=given.databases[1:]), OneSystemDB),
        (replace(given, databases=given.databases[:1] * 2), OneSystemDB),
        (replace(given, files=Path("here")), FilesPathUnfit),
        (replace(given, files=Path("/")), FilesPathUnfit),
    ]
    beta = another_organisation(acme)
    for case, refusal in cases:
        with pytest.raises(refusal), acme.books.transaction() as tx:
            _ = environments.register(tx, acme.operator, beta, case)


def test_nothing_is_changed_under_a_running_move(acme: Acme) -> None:
    _ = down_align(acme)
    _ = begin(acme)
    given = registration(acme.parts[Kind.STAGING])
    with pytest.raises(EnvironmentInAMove, match="Down Align"), acme.books.transaction() as tx:
        _ = environments.change(tx, acme.operator, acme.staging.id, given)


def test_an_environment_of_nobody_is_not_found(acme: Acme) -> None:
    unknown = type(acme.staging.id)(4711)
    with pytest.raises(EnvironmentNotFound), acme.books.transaction() as tx:
        _ = environments.show(tx, acme.operator, unknown)
