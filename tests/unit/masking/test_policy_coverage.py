from dataclasses import replace

import pytest

from liftlock.domain import policies
from liftlock.domain.policies import Policy
from liftlock.domain.schemas import Column, Table

ID = Column(name="id", type="integer", base_type="integer", not_null=True, unique=True)
EMAIL = Column(
    name="email",
    type="character varying(80)",
    base_type="character varying",
    not_null=False,
    length=80,
    unique=True,
)
NAME = Column(name="first_name", type="text", base_type="text", not_null=True)
TABLE = Table(schema="public", name="t", columns=(ID, EMAIL, NAME), rows_estimated=200_000)


def decided(columns: str, *, more: str = "") -> Policy:
    return policies.parse(f'repository = "x"\n{more}\n[tables."public.t".columns]\n{columns}')


def with_column(**changes: object) -> Table:
    return replace(TABLE, columns=(ID, replace(EMAIL, **changes), NAME))


def refused(columns: str, table: Table = TABLE) -> str:
    return "\n".join(policies.refusals(decided(columns), [table]))


def test_every_column_of_a_table_that_travels_needs_a_decision() -> None:
    found = policies.undecided(decided('id = "keep"'), [TABLE])
    assert [(u.what, u.proposal) for u in found] == [
        ("column public.t.email", "email"),
        ("column public.t.first_name", "first_name"),
    ]


def test_an_empty_table_needs_none() -> None:
    policy = policies.parse('repository = "x"\n[tables."public.t"]\ncopy = "empty"')
    assert policies.undecided(policy, [TABLE]) == ()


def test_a_generated_column_needs_none() -> None:
    table = replace(TABLE, columns=(replace(ID, generated=True),))
    assert policies.undecided(Policy(repository="x"), [table]) == ()


def test_a_leaf_is_decided_by_its_root() -> None:
    leaves = [replace(TABLE, name=f"t_{year}", parent="public.t") for year in (2025, 2026)]
    found = policies.undecided(decided('id = "keep"\nemail = "email"'), leaves)
    assert [u.what for u in found] == ["column public.t.first_name"]


def test_large_objects_and_paths_need_decisions_and_no_file_is_named() -> None:
    policy = Policy(repository="files")
    paths = ["attachments/anna.txt", "attachments/otto.txt", "modules/crm/a.js"]
    found = policies.undecided(policy, [], has_large_objects=True, paths=paths)
    assert [(u.what, u.proposal) for u in found] == [
        ("large objects", "placeholder"),
        ("path attachments/** (2 files)", "placeholder"),
        ("path modules/**", "keep"),
    ]


def test_decisions_for_what_is_not_there_are_named() -> None:
    policy = decided('id = "keep"\nemial = "email"', more='[tables."public.gone"]\ncopy = "empty"')
    assert set(policies.idle(policy, [TABLE])) == {"public.gone", "public.t.emial"}


def test_a_good_policy_is_not_refused() -> None:
    assert not refused('id = "keep"\nemail = "email"\nfirst_name = "first_name"')


@pytest.mark.parametrize(
    ("columns", "table", "says"),
    [
        ('id = "email"', TABLE, "does not take type integer"),
        ('first_name = "null"', TABLE, "NOT NULL"),
        ('email = "first_name"', TABLE, "unique and rule first_name does not keep it so"),
        ('email = { rule = "email", fold = true }', TABLE, "rule email with option fold"),
        ('email = { rule = "constant", value = "x" }', TABLE, "unique"),
        ('email = "email"', with_column(length=20), "needs 28 characters, the column takes 20"),
        ('email = "email"', with_column(type="text[]", base_type="text[]"), "type text[]"),
        (
            'email = { rule = "constant", value = "x" }',
            with_column(type="text[]", base_type="text[]", unique=False),
            "it takes no arrays",
        ),
        ('email = "email"', with_column(type="mood", base_type="public.mood"), "type mood"),
        (
            'email = { rule = "constant", value = "too long" }',
            with_column(length=4, unique=False),
            "needs 8 characters",
        ),
        ('email = "iban"', replace(TABLE, rows_estimated=10**8), "too few values"),
        ('email = "birth_date"', with_column(unique=False), "does not take type"),
        (
            'first_name = { rule = "hash", by = "gone", domain = "p" }',
            TABLE,
            "names column gone, which the table does not have",
        ),
        (
            'first_name = { rule = "hash", by = "email", domain = "p" }',
            TABLE,
            "must be NOT NULL",
        ),
    ],
)
def test_a_rule_that_cannot_keep_its_promise_is_refused_by_name(
    columns: str, table: Table, says: str
) -> None:
    assert says in refused(columns, table)


def test_an_identity_column_cannot_be_masked() -> None:
    table = replace(TABLE, columns=(replace(ID, identity=True, unique=False),))
    assert "identity" in refused('id = { rule = "constant", value = 1 }', table)


def test_a_key_over_several_columns_stays_one() -> None:
    table = replace(TABLE, unique_together=(("id", "first_name"),))
    assert "(id, first_name) is unique" in refused('id = "keep"\nfirst_name = "city"', table)
    assert not refused('id = "keep"\nfirst_name = "hash"', table)


CODE = Column(
    name="code", type="text", base_type="text", not_null=True, references="public.t.email"
)


def references(code: str, email: str, referencing: Column = CODE) -> str:
    text = replace(EMAIL, type="text", base_type="text", length=None)
    tables = [
        replace(TABLE, columns=(text,)),
        Table(schema="public", name="r", columns=(referencing,)),
    ]
    more = f'[tables."public.r".columns]\ncode = {code}'
    return "\n".join(policies.refusals(decided(f"email = {email}", more=more), tables))


def test_a_reference_is_masked_as_what_it_references() -> None:
    assert not references('"email"', '"email"')
    assert not references('"keep"', '"keep"')
    assert not references('"null"', '"email"', replace(CODE, not_null=False))
    for code, email in (('"keep"', '"email"'), ('"hash"', '"email"'), ('"email"', '"keep"')):
        assert "public.r.code: it references public.t.email" in references(code, email)
    option = '{ rule = "email", at = "acme.test" }'
    assert "must be decided like it" in references(option, '"email"')


def test_a_reference_of_another_length_would_be_cut_differently() -> None:
    short = replace(CODE, type="character varying(40)", length=40)
    assert "must be decided like it" in references('"email"', '"email"', short)


def test_a_reference_to_an_empty_table_must_be_empty_too() -> None:
    tables = [TABLE, Table(schema="public", name="r", columns=(replace(CODE, not_null=False),))]
    text = 'repository = "x"\n[tables."public.t"]\ncopy = "empty"\n[tables."public.r".columns]\n'
    assert "do not travel" in "".join(
        policies.refusals(policies.parse(text + 'code = "keep"'), tables)
    )
    assert not policies.refusals(policies.parse(text + 'code = "null"'), tables)
