import pickle

import pytest

from liftlock.domain import policies
from liftlock.domain.policies import ConflictingDecisions, Handling, Policy, TableCopy

CRM = """
repository = "customers"
large_objects = "placeholder"
[tables."public.customers".columns]
id = "keep"
email = "email"
[[scripts]]
name = "mail off"
sql = "SELECT 1"
[[preservers]]
table = "public.logins"
"""
SHOP = """
repository = "customers"
[tables."public.customers".columns]
email = "hash"
[tables."public.carts"]
copy = "empty"
[[scripts]]
name = "payments off"
sql = "SELECT 2"
"""


def merged(operator: str, **modules: str) -> Policy:
    by_module = {code: policies.parse(text) for code, text in modules.items()}
    return policies.merge(by_module, policies.parse(f'repository = "customers"\n{operator}'))


def test_modules_that_do_not_meet_are_joined() -> None:
    policy = merged("", crm=CRM, shop=SHOP.replace("email", "nick_name"))
    assert policy.tables["public.customers"].columns.keys() == {"id", "email", "nick_name"}
    assert policy.tables["public.carts"].copy is TableCopy.EMPTY
    assert [script.name for script in policy.scripts] == ["mail off", "payments off"]
    assert policy.large_objects is Handling.PLACEHOLDER


def test_two_modules_that_disagree_are_refused_with_column_and_modules_named() -> None:
    with pytest.raises(ConflictingDecisions) as caught:
        _ = merged("", crm=CRM, shop=SHOP)
    assert "public.customers" in str(caught.value)
    assert "email (crm, shop)" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_two_modules_that_agree_are_no_conflict() -> None:
    assert merged("", crm=CRM, shop=SHOP.replace("hash", "email"))


def test_the_operators_word_is_last() -> None:
    policy = merged(
        'large_objects = "leave_out"\n[tables."public.customers".columns]\nemail = "null"\n'
        '[tables."public.carts"]\ncopy = "full"\n'
        '[[scripts]]\nname = "mail off"\nsql = "SELECT 3"\n',
        crm=CRM,
        shop=SHOP,
    )
    assert policy.tables["public.customers"].columns["email"].rule == "null"
    assert policy.tables["public.carts"].copy is TableCopy.FULL
    assert policy.large_objects is Handling.LEAVE_OUT
    assert [(s.name, s.sql) for s in policy.scripts] == [
        ("mail off", "SELECT 3"),
        ("payments off", "SELECT 2"),
    ]


def test_a_table_that_the_operator_mentions_stays_empty_when_a_module_said_so() -> None:
    policy = merged('[tables."public.carts".columns]\nid = "keep"\n', shop=SHOP)
    assert policy.tables["public.carts"].copy is TableCopy.EMPTY


def test_the_operators_globs_come_first() -> None:
    path = '[[paths]]\nglob = "{}"\nhandling = "{}"\n'
    module = policies.parse('repository = "files"\n' + path.format("a/**", "keep"))
    operator = policies.parse('repository = "files"\n' + path.format("**", "leave_out"))
    policy = policies.merge({"crm": module}, operator)
    decision = policy.path_decision("a/b")
    assert decision is not None
    assert decision.handling is Handling.LEAVE_OUT
