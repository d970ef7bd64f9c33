"""What is installed is read from the environment itself, and contradictions are named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.environments.commands import Command
from liftlock.environments.parts import Parts, Readback, Runtime
from liftlock.environments.servers import as_application, as_keeper
from liftlock.modules.installing import install
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.readback import disagreements, installed
from liftlock.modules.refusals import UnreadableReadback
from places import silent
from postgres import MakeParts, Server
from sample_modules import sample

DIGEST = "sha256:" + "ab" * 32
OWN_BOOKS = "CREATE TABLE addons (name text, version text, build text)"
QUERY = Readback(query="SELECT name, version, build FROM addons -- our own books")


@pytest.fixture
def store(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "store")


@pytest.fixture
def parts(staging_server: Server, make_parts: MakeParts) -> Parts:
    return make_parts(staging_server, runtime=Runtime(own_user_allowed=True))


def execute(parts: Parts, *statements: str) -> None:
    with as_application(parts.systemdb) as connection:
        for statement in statements:
            _ = connection.execute(statement.encode())


def printing(text: str, code: int = 0) -> Readback:
    return Readback(command=Command(argv=("sh", "-c", f"printf '%s' '{text}'; exit {code}")))


def test_an_environment_that_never_had_a_module_has_none(parts: Parts) -> None:
    assert installed(parts) == ()
    assert disagreements(parts) == ()
    with as_keeper(parts.systemdb) as connection:
        there = connection.execute("SELECT FROM pg_namespace WHERE nspname = 'liftlock'")
        assert there.fetchall() == []


def test_modules_come_by_code_whatever_the_order(parts: Parts, store: OciLayout) -> None:
    base, crm = (sample(store, code, "1.0") for code in ("acme.base", "acme.crm"))
    _ = install(parts, [base.digest, crm.digest], store, silent)
    execute(
        parts,
        f"INSERT INTO liftlock.installed_modules VALUES ('acme-x', '1.0', '{DIGEST}', now())",
    )
    assert [m.code for m in installed(parts)] == ["acme-x", "acme.base", "acme.crm"]


@pytest.mark.parametrize("how", ["query", "command"])
def test_an_application_with_books_of_its_own_is_asked(parts: Parts, how: str) -> None:
    rows = f"('z', '1.0', '{DIGEST}'), ('a', '3', '{DIGEST}')"
    execute(parts, OWN_BOOKS, f"INSERT INTO addons VALUES {rows}")
    said = [{"code": c, "version": v, "digest": DIGEST} for c, v in (("z", "1.0"), ("a", "3"))]
    readback = QUERY if how == "query" else printing(json.dumps(said))
    assert installed(replace(parts, readback=readback)) == (
        Installed(code=ModuleCode("a"), version="3", digest=Digest(DIGEST)),
        Installed(code=ModuleCode("z"), version="1.0", digest=Digest(DIGEST)),
    )


@pytest.mark.parametrize(
    ("readback", "said"),
    [
        (Readback(query="SELECT * FROM nowhere"), "query was refused with SQLSTATE 42P01"),
        (Readback(query="DELETE FROM addons RETURNING *"), "query was refused with SQLSTATE 25006"),
        (Readback(query="SELECT 'Quux'"), "query gives something else"),
        (Readback(query="SELECT 'Quux', '1', 'latest'"), "query gives something else"),
        (Readback(query=f"SELECT NULL, '1', '{DIGEST}'"), "query gives something else"),
        (
            Readback(query=f"SELECT 'a', '1', '{DIGEST}' FROM generate_series(1, 2)"),
            "names a twice",
        ),
        (printing("[]", 4), "command ended with exit code 4"),
        (printing("Quux"), "command does not print a JSON array"),
        (printing('{"code": "Quux"}'), "command does not print a JSON array"),
        (printing('[{"code": "Quux"}]'), "command does not print a JSON array"),
        (printing('[{"code": "Quux", "version": 1, "digest": "x"}]'), "command gives something"),
    ],
)
def test_an_answer_in_another_form_is_refused(parts: Parts, readback: Readback, said: str) -> None:
    execute(parts, OWN_BOOKS)
    with pytest.raises(UnreadableReadback, match=said) as caught:
        _ = installed(replace(parts, readback=readback))
    assert str(caught.value).startswith("What is installed in Staging cannot be read back")
    assert "Quux" not in str(caught.value) + repr(caught.value.fields)


def test_places_that_contradict_each_other_are_named(parts: Parts, store: OciLayout) -> None:
    base, crm = (sample(store, code, "1.0") for code in ("acme.base", "acme.crm"))
    _ = install(parts, [base.digest, crm.digest], store, silent)
    newer = sample(store, "acme.base", "2.0").digest
    execute(
        parts,
        f"UPDATE liftlock.installed_modules SET version = '2.0', digest = '{newer}'",
        "DELETE FROM liftlock.installed_modules WHERE code = 'acme.crm'",
    )
    assert disagreements(parts) == (
        "the files: acme.base is 1.0 instead of 2.0",
        "the files: acme.crm 1.0 should not be there",
    )


def test_the_applications_books_are_compared_with_ours(parts: Parts, store: OciLayout) -> None:
    base = sample(store, "acme.base", "1.0")
    _ = install(parts, [base.digest], store, silent)
    execute(parts, OWN_BOOKS, f"INSERT INTO addons VALUES ('acme.base', '1.0', '{DIGEST}')")
    with_books = replace(parts, readback=QUERY)
    assert disagreements(with_books) == (
        "the files: acme.base 1.0 is another build",
        "schema liftlock of the SystemDB: acme.base 1.0 is another build",
    )
    execute(parts, f"UPDATE addons SET build = '{base.digest}'")
    assert disagreements(with_books) == ()
