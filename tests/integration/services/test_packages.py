"""Packages of an organisation: pushed, shown, installed into Development."""

from dataclasses import replace

import pytest

from acme_books import Acme
from aligning import quiet
from journeys import begin, down_align, moved_to_staging, to_production, validate
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest
from liftlock.domain.packages import DevelopmentInAMove, PackageNotFound
from liftlock.domain.people import Person
from liftlock.domain.prerequisites import PrerequisiteMissing
from liftlock.identity.who_may import NotAllowed
from liftlock.modules import readback
from liftlock.services import audit_events, packages
from sample_modules import sample


def install(acme: Acme, who: Person, *digests: Digest) -> None:
    with acme.books.transaction() as tx:
        _ = packages.install_into_development(
            tx, who, acme.organisation.id, digests, store=acme.store, tell=quiet
        )


def test_what_was_pushed_is_shown(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        listed = packages.list_all(tx, acme.pat, acme.organisation.id)
        shown = packages.show(tx, acme.eve, acme.organisation.id, acme.crm.digest)
    assert [pushed.package for pushed in listed] == [acme.base, acme.crm]
    assert shown.package == acme.crm
    assert shown.pushed.by == acme.pat.id


def test_pushing_twice_changes_nothing(acme: Acme) -> None:
    again = sample(acme.store, "acme.crm", "1.0")
    with acme.books.transaction() as tx:
        _ = packages.push(tx, acme.ana, acme.organisation.id, acme.store.read(again.digest))
        shown = packages.show(tx, acme.ana, acme.organisation.id, acme.crm.digest)
    assert shown.pushed.by == acme.pat.id


def test_publishers_and_developments_administrators_push(acme: Acme) -> None:
    content = acme.store.read(acme.crm.digest)
    for who in (acme.ben, acme.eve, acme.operator):
        with pytest.raises((NotAllowed, PrerequisiteMissing)), acme.books.transaction() as tx:
            _ = packages.push(tx, who, acme.organisation.id, content)


def test_an_unknown_package_is_not_found(acme: Acme) -> None:
    unknown = Digest("sha256:" + "0" * 64)
    with pytest.raises(PackageNotFound), acme.books.transaction() as tx:
        _ = packages.show(tx, acme.pat, acme.organisation.id, unknown)


def test_packages_are_installed_in_the_order_of_their_requirements(own_acme: Acme) -> None:
    acme = own_acme
    base, crm = acme.push("acme.base", "2.0"), acme.push("acme.crm", "2.0")
    install(acme, acme.pat, crm.digest, base.digest)
    found = readback.installed(acme.parts[Kind.DEVELOPMENT])
    assert [(module.code, module.version) for module in found] == [
        ("acme.base", "2.0"),
        ("acme.crm", "2.0"),
    ]
    with acme.books.transaction() as tx:
        events = audit_events.list_all(tx, acme.eve, acme.organisation.id, at_most=2)
    assert [event.tag for event in events] == [Tag.PACKAGE_INSTALLED] * 2


def test_not_while_a_move_touches_development(acme: Acme) -> None:
    _ = down_align(acme)
    _ = begin(acme)
    with pytest.raises(DevelopmentInAMove, match="Down Align"):
        install(acme, acme.pat, acme.crm.digest)


def test_but_while_one_from_staging_to_production_runs(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    move = to_production(acme)
    _ = validate(acme, move)
    assert begin(acme)
    install(acme, acme.pat, acme.push("acme.base", "2.0").digest)


def test_only_publishers_and_developments_administrators_install(acme: Acme) -> None:
    for who in (acme.cem, acme.eve, replace(acme.pat, grants=())):
        with pytest.raises((NotAllowed, PrerequisiteMissing)):
            install(acme, who, acme.crm.digest)
