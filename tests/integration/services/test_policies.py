"""Masking policies: drafted in Development, approved in Production, merged with modules' own."""

import pytest

from acme_books import Acme
from liftlock.domain.environments import Kind
from liftlock.domain.people import Person
from liftlock.domain.policies import UnreadablePolicy
from liftlock.domain.policy_versions import (
    OwnPolicy,
    PolicyNotFound,
    PolicyNotWaiting,
    PolicyState,
    PolicyVersion,
    UnknownRepository,
)
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.environments.servers import as_application
from liftlock.identity.who_may import NotAllowed
from liftlock.modules import readback
from liftlock.services import environments, organisations, policies

CUSTOMERS = """
repository = "customers"

[tables."base.customers".columns]
name = "keep"
"""


def submit(acme: Acme, who: Person, document: str = CUSTOMERS) -> PolicyVersion:
    with acme.books.transaction() as tx:
        return policies.submit(tx, who, acme.organisation.id, document)


def approve(acme: Acme, who: Person, version: PolicyVersion) -> PolicyVersion:
    with acme.books.transaction() as tx:
        return policies.approve(tx, who, acme.organisation.id, version.repository, version.version)


def test_a_policy_counts_once_productions_administrators_approved_it(acme: Acme) -> None:
    waiting = submit(acme, acme.ana)
    assert (waiting.version, waiting.state) == (1, PolicyState.SUBMITTED)
    for who in (acme.ana, acme.ben):
        with pytest.raises(PrerequisiteMissing, match="Production"):
            _ = approve(acme, who, waiting)
    assert name_rule(acme) == "full_name"
    approved = approve(acme, acme.cem, waiting)
    assert approved.state is PolicyState.APPROVED
    assert name_rule(acme) is None
    with pytest.raises(PolicyNotWaiting):
        _ = approve(acme, acme.cem, waiting)


def name_rule(acme: Acme) -> str | None:
    """Return how customers' names are masked by what counts."""
    parts = acme.parts[Kind.PRODUCTION]
    with acme.books.transaction() as tx:
        merged = policies.merged(tx, acme.production, parts, readback.installed(parts))
    assert set(merged) == {"systemdb", "customers", "files"}
    return merged["customers"].tables["base.customers"].columns["name"].rule


def test_a_newer_version_replaces_one_that_waits_and_one_in_force(acme: Acme) -> None:
    first, second = submit(acme, acme.ana), submit(acme, acme.ana)
    with pytest.raises(PolicyNotWaiting, match="superseded"):
        _ = approve(acme, acme.cem, first)
    _ = approve(acme, acme.cem, second)
    third = approve(acme, acme.cem, submit(acme, acme.ana))
    with acme.books.transaction() as tx:
        listed = policies.list_all(tx, acme.eve, acme.organisation.id)
        assert policies.show(tx, acme.eve, acme.organisation.id, "customers") == third
    states = [version.state for version in listed if version.repository == "customers"]
    assert states == [PolicyState.SUPERSEDED, PolicyState.SUPERSEDED, PolicyState.APPROVED]


def test_with_four_eyes_nobody_approves_their_own(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=True)
    waiting = submit(acme, acme.dora)
    with pytest.raises(OwnPolicy):
        _ = approve(acme, acme.dora, waiting)
    _ = approve(acme, acme.cem, waiting)


def test_only_developments_administrators_draft(acme: Acme) -> None:
    for who in (acme.cem, acme.eve, acme.operator):
        with pytest.raises((NotAllowed, PrerequisiteMissing)):
            _ = submit(acme, who)


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ("repository = ", UnreadablePolicy),
        ('repository = "nowhere"', UnknownRepository),
        ('repository = "customers"\nunknown = 1', UnreadablePolicy),
    ],
)
def test_documents_that_are_refused(acme: Acme, document: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        _ = submit(acme, acme.ana, document)


def test_an_unknown_version_is_not_found(acme: Acme) -> None:
    waiting = submit(acme, acme.ana)
    with pytest.raises(PolicyNotFound), acme.books.transaction() as tx:
        _ = policies.approve(tx, acme.cem, acme.organisation.id, "customers", waiting.version + 1)
    with pytest.raises(PolicyNotFound), acme.books.transaction() as tx:
        _ = policies.show(tx, acme.eve, acme.organisation.id, "systemdb")


def test_a_check_names_what_is_undecided_and_what_is_not_there(own_acme: Acme) -> None:
    acme = own_acme
    with as_application(acme.parts[Kind.PRODUCTION].database("customers")) as connection:
        _ = connection.execute("ALTER TABLE base.customers ADD COLUMN iban text")
    document = CUSTOMERS + 'shoe_size = "keep"\n'
    with acme.books.transaction() as tx:
        checked = policies.check(tx, acme.ana, acme.organisation.id, document)
        assert policies.list_all(tx, acme.eve, acme.organisation.id)[0].repository == "files"
    assert [found.what for found in checked.undecided] == ["column base.customers.iban"]
    assert checked.idle == ("base.customers.shoe_size",)
    assert checked.refused == ()


def test_a_check_of_the_files_names_undecided_paths(own_acme: Acme) -> None:
    acme = own_acme
    with acme.books.transaction() as tx:
        files = environments.parts(tx, acme.production).files
    (files / "attachments").mkdir()
    _ = (files / "attachments" / "a.pdf").write_text("a")
    document = 'repository = "files"\n[[paths]]\nglob = "modules/**"\nhandling = "keep"\n'
    with acme.books.transaction() as tx:
        checked = policies.check(tx, acme.ana, acme.organisation.id, document)
    assert ["attachments" in found.what for found in checked.undecided] == [True]
