import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain import policies
from liftlock.domain.masking_rules import RULES
from liftlock.domain.policies import (
    KEEP,
    ColumnDecision,
    Handling,
    OnClash,
    PathDecision,
    Policy,
    Preserver,
    Script,
    TableCopy,
    TablePolicy,
    UnreadablePolicy,
)

WHOLE = """\
repository = "customers"
large_objects = "placeholder"

[tables."public.customers".columns]
id = "keep"
email = { rule = "email", at = "acme.test" }
notes = "free_text"

[tables."public.log"]
copy = "empty"

[[preservers]]
table = "public.logins"
rows = "local"
natural_key = ["name"]
on_clash = "renumber"

[[scripts]]
name = "mail off"
sql = "UPDATE settings SET value = 'off' WHERE key = 'mail'"
check = "SELECT true"

[catalog]
"publication:feed" = "leave_out"
"""


def column(rule: str, **options: str | int | bool) -> ColumnDecision:
    return ColumnDecision(handling=Handling.MASK, rule=rule, options=options)


def test_a_document_says_everything_a_policy_can_hold() -> None:
    assert policies.parse(WHOLE) == Policy(
        repository="customers",
        tables={
            "public.customers": TablePolicy(
                columns={
                    "id": KEEP,
                    "email": column("email", at="acme.test"),
                    "notes": column("free_text"),
                }
            ),
            "public.log": TablePolicy(copy=TableCopy.EMPTY),
        },
        large_objects=Handling.PLACEHOLDER,
        preservers=(
            Preserver(
                table="public.logins",
                rows="local",
                natural_key=("name",),
                on_clash=OnClash.RENUMBER,
            ),
        ),
        scripts=(
            Script(
                name="mail off",
                sql="UPDATE settings SET value = 'off' WHERE key = 'mail'",
                check="SELECT true",
            ),
        ),
        catalog={"publication:feed": Handling.LEAVE_OUT},
    )


def test_a_document_for_files_has_paths() -> None:
    policy = policies.parse(
        """
repository = "files"
preserved_paths = ["licence.key"]

[[paths]]
glob = "attachments/**"
handling = "placeholder"

[[paths]]
glob = "modules/**"
handling = "keep"
scanned = false
"""
    )
    assert policy.preserved_paths == ("licence.key",)
    assert policy.path_decision("attachments/a/b.pdf") == PathDecision(
        glob="attachments/**", handling=Handling.PLACEHOLDER
    )
    assert policy.path_decision("modules/crm/x.js") == PathDecision(
        glob="modules/**", handling=Handling.KEEP, scanned=False
    )
    assert policy.path_decision("other") is None


COLUMNS = 'repository = "x"\n\n[tables."public.t".columns]\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "names"),
    [
        ('repository = "x"\n[tables\n', 2, 8, "Expected"),
        ('repository = "x"\nlarge_object = "keep"\n', 2, 1, "large_object"),
        ('repository = "x"\nlarge_objects = "mask"\n', 2, 1, "mask"),
        ('repository = "files"\n[tables."a.b"]\n', 2, 2, "tables"),
        (COLUMNS + 'a = "shuffle"\n', 4, 1, "shuffle"),
        (COLUMNS + 'a = { rule = "email", fresh = true }\n', 4, 23, "fresh"),
        (COLUMNS + 'a = { rule = "email", at = "acme.com" }\n', 4, 23, "reserved domain"),
        (COLUMNS + 'a = { rule = "email", by = "id" }\n', 4, 7, "needs option domain"),
        (COLUMNS + 'a = "constant"\n', 4, 1, "needs option value"),
        (COLUMNS + 'a = { rule = "iban", country = "xx" }\n', 4, 22, "must be one of"),
        (COLUMNS + "a = 5\n", 4, 1, "must be keep"),
        ('repository = "x"\n[tables.customers]\n', 2, 9, "schema.table"),
        ('repository = "x"\n[tables."a.b"]\ncopy = "half"\n', 3, 1, "half"),
        ('repository = "x"\n[catalog]\nfeed = "leave_out"\n', 3, 1, "feed"),
        ('repository = "x"\n[[scripts]]\nname = "both"\n', 2, 3, "sql or command"),
        ('large_objects = "keep"\n', 1, 1, "repository"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    text: str, line: int, column: int, names: str
) -> None:
    with pytest.raises(UnreadablePolicy) as caught:
        _ = policies.parse(text)
    assert names in str(caught.value)
    assert (caught.value.fields["line"], caught.value.fields["column"]) == (line, column)


def test_paths_that_leave_the_files_are_refused() -> None:
    for glob in ("/etc/*", "../x", "a/../../b"):
        text = f'repository = "files"\n[[paths]]\nglob = "{glob}"\nhandling = "keep"\n'
        with pytest.raises(UnreadablePolicy):
            _ = policies.parse(text)


names = st.text(min_size=1, max_size=12).filter(lambda s: s.strip() != "")
table_names = st.tuples(
    st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_characters=".\n", exclude_categories=["Cs"]), min_size=1),
).map(".".join)
decisions = st.one_of(
    st.just(KEEP),
    st.sampled_from([name for name in RULES if name != "constant"]).map(column),
    st.one_of(st.text(), st.integers(-(2**62), 2**62), st.booleans()).map(
        lambda value: column("constant", value=value)
    ),
)
tables = st.builds(
    TablePolicy,
    copy=st.none() | st.sampled_from(TableCopy),
    columns=st.dictionaries(names, decisions, max_size=4),
)
some_policies = st.builds(
    Policy,
    repository=st.just("x"),
    tables=st.dictionaries(table_names, tables, max_size=3),
    large_objects=st.sampled_from([None, Handling.KEEP, Handling.PLACEHOLDER]),
    preservers=st.lists(
        st.builds(Preserver, table=names, rows=st.none() | names),
        max_size=2,
        unique_by=lambda p: p.table,
    ).map(tuple),
    scripts=st.lists(
        st.builds(Script, name=names, sql=names, check=st.none() | names),
        max_size=2,
        unique_by=lambda s: s.name,
    ).map(tuple),
)


@given(some_policies)
def test_a_rendered_policy_reads_back_as_the_same(policy: Policy) -> None:
    assert policies.parse(policies.render(policy)) == policy
    assert policies.digest(policies.parse(policies.render(policy))) == policies.digest(policy)


def test_the_digest_depends_on_meaning_only() -> None:
    written = 'repository = "x"\n[tables."a.b".columns]\n{}\n{}\n'
    one, other = 'id = "keep"', 'email = { rule = "email", at = "acme.test" }'
    digest = policies.digest(policies.parse(written.format(one, other)))
    assert digest == policies.digest(policies.parse(written.format(other, one)))
    changed = written.format(one, other.replace("acme.test", "acme.example"))
    assert digest != policies.digest(policies.parse(changed))
