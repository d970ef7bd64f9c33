"""`liftlock apply`: a document is read whole before anything is done, and may be applied again."""

from pathlib import Path
from typing import cast

import pytest
import trustme

from acme_books import registration
from commands import Command, Ran
from liftlock.domain.environments import Kind, Tls
from liftlock.services import environments
from refusing import pages
from served import Served

ORGANISATION = """\
[organisation]
code = "acme"
title = "Acme Ltd"
plan = "enterprise"
self_service = true
four_eyes = true
"""
PEOPLE = """
[people."new@acme"]
name = "New"
email = "new@acme.example"
grants = ["administrator of staging", "auditor"]
"""
POLICIES = """
[policies]
customers = "customers.toml"
"""


def environment(served: Served, kind: Kind) -> str:
    given = registration(served.acme.parts[kind])
    lines = [f"\n[environments.{kind}]", f'files = "{given.files}"']
    lines += [f'data_policy = "{given.data_policy}"'] if given.data_policy else []
    for d in given.databases:
        lines += [
            f"[environments.{kind}.databases.{d.label}]",
            f'role = "{d.role}"',
            f'name = "{d.name}"',
            f'keeper = "{d.keeper.get_secret_value()}"',
            f'application = "{d.application.get_secret_value()}"',
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def document(served: Served, tmp_path: Path) -> Path:
    """A whole document of Acme as it is, but for a title, four-eyes and a person."""
    file = tmp_path / "acme.toml"
    known = "".join(environment(served, kind) for kind in Kind)
    _ = file.write_text(ORGANISATION + known + PEOPLE + POLICIES)
    _ = (tmp_path / "customers.toml").write_text('repository = "customers"\n')
    return file


def applied(command: Command, file: Path, who: str) -> Ran:
    return command("apply", file, "--json", who=who)


def test_an_operator_sets_up_and_an_administrator_submits_the_policies(
    command: Command, document: Path
) -> None:
    ran = applied(command, document, "operator")
    assert list(ran.part("keys")) == ["new@acme"]
    operators = ran.document
    assert "policies" in str(operators["left_out"])
    assert operators["done"] == [
        "Organisation acme is set up",
        "Development is set up",
        "Staging is set up",
        "Production is set up",
        "New (new@acme) is set up",
        "Four-eyes is on",
    ]
    shown = command("organisation", "show", "acme", "--json").document
    assert (shown["title"], shown["four_eyes"]) == ("Acme Ltd", True)
    administrators = applied(command, document, "ana").document
    assert "platform operator" in str(administrators["left_out"])
    assert administrators["done"] == ["The policy for customers is submitted as version 1"]


def test_applied_again_it_changes_nothing(command: Command, document: Path) -> None:
    for who in ("operator", "ana"):
        assert applied(command, document, who).code == 0
    again = applied(command, document, "operator").document
    assert again["keys"] == {}
    policies = applied(command, document, "ana").document
    assert policies["done"] == ["The policy for customers is submitted already"]


def test_keys_are_printed_although_a_later_part_is_refused(
    command: Command, document: Path
) -> None:
    text = document.read_text().replace("[policies]", '[people."BAD"]\nname = "B"\n\n[policies]')
    _ = document.write_text(text)
    ran = applied(command, document, "operator")
    assert (ran.code, "people.BAD: BAD cannot be a login" in ran.err) == (2, True)
    assert str(ran.part("keys")["new@acme"]).startswith("llk_")


ALL_GRANTS = '["administrator of staging", "auditor"]'
UNREADABLE = (
    ('[people."new@acme"]', '[people."new@acme"', "declaration"),
    ("[organisation]", "[organisation]\nfour = 2", "line 2, column 1: unknown key four"),
    ("[organisation]", "[organization]", "line 1, column 2: unknown key organization"),
    ('code = "acme"', 'code = ""', "line 2, column 1: code"),
    ("[environments.staging]", "[environments.test]", "unknown key test"),
    ('name = "New"', 'name = ""', "name"),
    (ALL_GRANTS, '["boss"]', "boss is no grant"),
    (ALL_GRANTS, '["auditor of staging"]', "auditor of staging is no grant"),
    (ALL_GRANTS, '["administrator"]', "administrator is no grant"),
    ('customers = "customers.toml"', 'customers = "nix.toml"', "nix.toml cannot be read"),
    ('role = "data"', 'role = "data"\nroot_certificate = "no.pem"', "no.pem cannot be read"),
    ('customers = "customers.toml"', 'systemdb = "customers.toml"', "is the policy of customers"),
)


def test_a_document_that_cannot_be_is_refused_whole(
    command: Command, document: Path, subtests: pytest.Subtests
) -> None:
    assert command.served is not None
    text, before = document.read_text(), pages(command.served.acme)
    for right, wrong, words in UNREADABLE:
        with subtests.test(wrong):
            _ = document.write_text(text.replace(right, wrong, 1))
            ran = command("apply", document, who="operator")
            assert (ran.code, ran.out) == (2, "")
            for said in (f"{document}, line ", words, "Nothing was changed"):
                assert said in ran.err
    assert pages(command.served.acme) == before


def test_what_the_api_refuses_is_said_with_its_place(command: Command, document: Path) -> None:
    text = document.read_text().replace('data_policy = "replica"', 'data_policy = "copy"')
    _ = document.write_text(text)
    ran = command("apply", document, who="operator")
    assert (ran.code, "environments.staging: data_policy" in ran.err) == (2, True)


def test_a_root_certificate_is_read_from_its_file_and_kept(
    command: Command, served: Served, document: Path
) -> None:
    root = trustme.CA().cert_pem.bytes().decode()
    _ = document.with_name("root.pem").write_text(root)
    _ = document.write_text(
        document.read_text()
        .replace("[environments.staging]", '[environments.staging]\nroot_certificate = "root.pem"')
        .replace('role = "data"', 'role = "data"\ntls = "none"')
    )
    assert applied(command, document, "operator").code == 0
    acme = served.acme
    with acme.books.transaction() as tx:
        staging = environments.show(tx, acme.operator, acme.staging.id).databases
        production = environments.show(tx, acme.operator, acme.production.id).databases
    assert [d.demand.root_certificate for d in staging] == [root, root]
    assert [(d.demand.root_certificate, d.demand.tls) for d in production] == [
        (None, Tls.VERIFY),
        (None, Tls.NONE),
    ]


def test_a_root_certificate_that_is_none_is_refused(command: Command, document: Path) -> None:
    text = document.read_text()
    text = text.replace('role = "data"', 'role = "data"\nroot_certificate = "-----BEGIN nothing"')
    _ = document.write_text(text)
    ran = command("apply", document, who="operator")
    assert (ran.code, "root certificate of customers cannot be read" in ran.err) == (2, True)


def rehearsed(command: Command, file: Path, who: str = "operator") -> Ran:
    assert command.served is not None
    before = pages(command.served.acme)
    ran = command("apply", file, "--dry-run", who=who)
    assert pages(command.served.acme) == before
    return ran


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    command: Command, document: Path
) -> None:
    ran = rehearsed(command, document)
    assert ran.code == 10
    assert ran.out.splitlines() == [
        "~ organisation",
        "    title: Acme → Acme Ltd",
        "    four_eyes: no → yes",
        "+ people.new@acme",
        "    name: New",
        "    grants: administrator of staging, auditor",
    ]
    assert "Nothing was written: 4 settings would change." in ran.err
    assert "Left out: policies" in ran.err
    policies = rehearsed(command, document, "ana")
    assert policies.code == 10
    assert policies.out.splitlines() == ["+ policies.customers", "    document: version 1"]


def test_a_dry_run_of_what_is_so_already_ends_with_0(command: Command, document: Path) -> None:
    for who in ("operator", "ana"):
        assert applied(command, document, who).code == 0
        again = rehearsed(command, document, who)
        assert (again.code, again.out) == (0, "")
        assert "it is already so" in again.err


def test_a_dry_run_hides_what_is_secret(command: Command, document: Path) -> None:
    text = document.read_text()
    _ = document.write_text(text.replace('keeper = "', 'keeper = "connect_timeout=7 ', 1))
    ran = rehearsed(command, document)
    assert "keeper: (not shown) → (not shown)" in ran.out
    assert "connect_timeout" not in ran.out + ran.err
    assert "password" not in ran.out + ran.err


def test_a_dry_run_lists_all_refusals_at_once(command: Command, document: Path) -> None:
    text = document.read_text()
    text = text.replace("[policies]", '[people."BAD"]\nname = "B"\n\n[policies]')
    text = text.replace('data_policy = "anonymized"', 'data_policy = "replica"')
    _ = document.write_text(text)
    ran = rehearsed(command, document)
    assert ran.code == 2
    assert "Refused: environments.development: " in ran.err
    assert "Refused: people.BAD: BAD cannot be a login" in ran.err
    assert "Nothing was written: 2 refused" in ran.err
    assert "title: Acme → Acme Ltd" in ran.out


def test_a_dry_run_of_an_organisation_that_is_not_there_yet(
    command: Command, document: Path
) -> None:
    assert command.served is not None
    alone = '[organisation]\ncode = "other"\ntitle = "Other"\n[people.zoe]\nname = "Zoe"\n'
    _ = document.write_text(alone)
    ran = command("apply", document, "--dry-run", "--json", who="operator")
    assert ran.code == 10
    changes = [
        f"{c['where']} {c['what']}" for c in cast("list[dict[str, str]]", ran.document["changes"])
    ]
    assert "organisation title" in changes
    assert "people.zoe name" in changes
    assert ran.document["refused"] == []
    assert command("organisation", "show", "other", who="operator").code == 4


def test_who_could_do_none_of_it_hears_nothing_of_it(command: Command, document: Path) -> None:
    assert rehearsed(command, document, "eve").code == 3
