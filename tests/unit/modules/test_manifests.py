import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain import manifests
from liftlock.domain.environments import DatabaseRole
from liftlock.domain.manifests import UnreadableManifest
from liftlock.domain.policies import Handling, undecided
from liftlock.domain.schemas import Column, Table

SCRIPTS = {"sql/off.sql": "SELECT 1"}
HEAD = 'code = "acme.crm"\nversion = "2.0"\ntitle = "Customers"\n'
WHOLE = (
    HEAD
    + """
[requires]
"acme.base" = ">=1.0,<3"
"acme.mail" = ""

[files]
root = "files"
exclude = ["**/*.pyc"]

[[migrations]]
database = "systemdb"
file = "sql/1.sql"

[[migrations]]
database = "customers"
file = "sql/2.sql"
transactional = false

[install]
command = ["./update", "--all"]
timeout_s = 30

[[checks]]
database = "data"
sql = "SELECT true"

[[checks]]
name = "it answers"
command = ["./ping"]

[policy.data.tables."public.people".columns]
name = "full_name"
born = "keep"

[policy.customers.tables."public.people".columns]
name = "keep"

[[policy.files.paths]]
glob = "modules/acme.crm/**"
handling = "keep"

[neutralize.systemdb]
file = "sql/off.sql"
check = "SELECT true"
"""
)


def refused(text: str) -> UnreadableManifest:
    with pytest.raises(UnreadableManifest) as caught:
        _ = manifests.parse(text)
    return caught.value


def place(text: str) -> tuple[object, object]:
    fields = refused(text).fields
    return fields["line"], fields["column"]


def test_everything_that_an_author_can_say_is_read() -> None:
    manifest = manifests.parse(WHOLE)
    assert (manifest.code, manifest.version, manifest.title) == ("acme.crm", "2.0", "Customers")
    assert manifest.requires == {"acme.base": ">=1.0,<3", "acme.mail": ""}
    assert [(m.database, m.file, m.transactional) for m in manifest.migrations] == [
        ("systemdb", "sql/1.sql", True),
        ("customers", "sql/2.sql", False),
    ]
    assert manifest.payload is not None
    assert manifest.payload.exclude == ("**/*.pyc",)
    assert manifest.install is not None
    assert (manifest.install.argv, manifest.install.timeout_s) == (("./update", "--all"), 30)
    assert [check.name for check in manifest.checks] == ["check 1", "it answers"]
    assert manifest.definition_files == ("sql/1.sql", "sql/2.sql", "sql/off.sql")


def test_what_is_said_of_a_label_counts_before_what_is_said_of_all_data() -> None:
    manifest = manifests.parse(WHOLE)
    policy = manifest.policy_for("customers", DatabaseRole.DATA, SCRIPTS)
    columns = policy.tables["public.people"].columns
    assert policy.repository == "customers"
    assert {name: c.handling for name, c in columns.items()} == {
        "name": Handling.KEEP,
        "born": Handling.KEEP,
    }
    others = manifest.policy_for("orders", DatabaseRole.DATA, SCRIPTS)
    assert others.tables["public.people"].columns["name"].handling is Handling.MASK


def test_a_neutralize_script_is_part_of_the_policy_of_its_database() -> None:
    manifest = manifests.parse(WHOLE)
    texts = {"sql/off.sql": "UPDATE mail SET out = false"}
    system = manifest.policy_for("books", DatabaseRole.SYSTEMDB, texts)
    assert [(s.name, s.sql, s.check) for s in system.scripts] == [
        ("acme.crm: sql/off.sql", "UPDATE mail SET out = false", "SELECT true")
    ]
    assert manifest.policy_for("customers", DatabaseRole.DATA, texts).scripts == ()


def test_what_is_written_beside_the_files_is_kept_where_the_author_decides_nothing() -> None:
    globs = [p.glob for p in manifests.parse(WHOLE).policy_for("files", None, SCRIPTS).paths]
    assert globs == ["modules/acme.crm/**", "modules/acme.crm/.liftlock-package.json"]
    assert manifests.parse(WHOLE).policy_for("customers", DatabaseRole.DATA, SCRIPTS).paths == ()


def test_our_own_schema_is_always_kept() -> None:
    column = Column(name="digest", type="text", base_type="text", not_null=True)
    table = Table(schema="liftlock", name="migrations", columns=(column,))
    policy = manifests.parse(HEAD).policy_for("customers", DatabaseRole.DATA, {})
    assert undecided(policy, [table]) == ()
    assert undecided(policy, [replace(table, schema="public")])


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (HEAD + "titel = 3\n", 4, 1, "unknown key titel"),
        (HEAD + "code = 3\n", 4, 9, "Cannot overwrite a value"),
        (HEAD + "x = [1,\n2\n", 6, 1, "Unclosed array"),
        (HEAD + '[files]\nroot = "f"\n\nexclud = []\n', 7, 1, "unknown key exclud in files"),
        (HEAD + '\n[[migrations]]\ndatabase = "data"\n', 5, 3, "key file is missing in migrations"),
        (HEAD + '[[migrations]]\nfile="a"\n[[migrations]]\n', 4, 3, "key database is missing"),
        (HEAD + '[files]\nexclude = [\n  "a",\n  3,\n]\nroot = "f"\n', 5, 1, "must be a list"),
        (HEAD + "[install]\ncommand = []\n", 5, 1, "command must be a list"),
        (HEAD + '[install]\ncommand = ["x"]\n  timeout_s = 0\n', 6, 3, "whole number from 1"),
        (HEAD + "[[checks]]\n", 4, 3, "either sql or command"),
        (HEAD + '[requires]\n"acme.base" = ">>1"\n', 5, 2, "version range of PEP 440"),
        (HEAD + '[requires]\n"acme.crm" = ">1"\n', 5, 2, "another module"),
        (HEAD + '[policy.data.tables."p.t".columns]\na = "kep"\n', 5, 1, "unknown rule kep"),
        (HEAD + '[neutralize.files]\nfile = "a.sql"\n', 4, 13, "not for files"),
        (HEAD + 'files = "f"\n', 4, 1, "files must be a table"),
        ('code = "acme.crm"\ntitle = "x"\n', 1, 1, "key version is missing"),
        ('version = "1.0"\ncode = "Acme"\n', 2, 1, "small letters"),
        ('code = "a"\ntitle="t"\nversion = "1.0-beta"\n', 3, 1, "must be written 1.0b0"),
        ('code = "a"\ntitle="t"\nversion = "latest"\n', 3, 1, "none of PEP 440"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_line_and_column(
    text: str, line: int, column: int, said: str
) -> None:
    refusal = refused(text)
    assert said in str(refusal)
    assert (refusal.fields["line"], refusal.fields["column"]) == (line, column)
    assert f"module.toml, line {line}, column {column}: " in str(refusal)


@pytest.mark.parametrize(
    "name",
    [
        "../up.sql",
        "/etc/passwd",
        "a/../b.sql",
        "./a.sql",
        "a//b.sql",
        "a\\\\b.sql",
        "a/",
        "\\u0000",
    ],
)
def test_a_file_outside_the_source_folder_cannot_be_named(name: str) -> None:
    text = HEAD + f'[[migrations]]\ndatabase = "data"\nfile = "{name}"\n'
    assert place(text) == (6, 1)


def test_one_file_is_one_migration_of_a_database() -> None:
    one = '[[migrations]]\ndatabase = "data"\nfile = "a.sql"\n'
    assert place(HEAD + one + one) == (9, 1)
    _ = manifests.parse(HEAD + one + one.replace('"data"', '"systemdb"'))


def test_two_checks_of_one_name_are_refused() -> None:
    one = '[[checks]]\nname = "n"\ncommand = ["true"]\n'
    assert place(HEAD + one + one) == (8, 1)


def test_deep_nesting_is_a_refusal() -> None:
    assert refused("x = " + "[" * 100_000).fields["document"] == "module.toml"


LINES = WHOLE.split("\n")
KEYS = [n for n, line in enumerate(LINES) if re.match(r'^"?[a-z]', line)]


@given(st.sampled_from(KEYS), st.integers(0, 5))
def test_an_unknown_key_is_found_wherever_it_stands(at: int, blank: int) -> None:
    lines = [*LINES[:at], *[""] * blank, "  unknown_key = [\n 1,\n]", *LINES[at:]]
    assert place("\n".join(lines)) == (at + blank + 1, 3)
