from dataclasses import replace

import pytest

from liftlock.domain.masking_proposals import propose
from liftlock.domain.schemas import Column, Table


def a_column(name: str, type_: str = "text", **more: object) -> Column:
    return replace(Column(name=name, type=type_, base_type=type_, not_null=False), **more)


def proposed(column: Column, *others: Table) -> str:
    table = Table(schema="public", name="t", columns=(column,))
    return propose(column, (table, *others)).text


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("email", "email"),
        ("contact_email", "email"),
        ("e_mail", "email"),
        ("first_name", "first_name"),
        ("vorname", "first_name"),
        ("nachname", "last_name"),
        ("customer_name", "full_name"),
        ("billed_to", "full_name"),
        ("ship_street", "street"),
        ("address_line2", "street"),
        ("ship_city", "city"),
        ("plz", "postcode"),
        ("ship_postcode", "postcode"),
        ("mobile", "phone"),
        ("iban", "iban"),
        ("password_hash", "hash"),
        ("user_name", "hash"),
        ("company", "company"),
        ("notes", "free_text"),
        ("comment", "free_text"),
        ("status", "keep"),
        ("country", "keep"),
        ("currency_code", "keep"),
    ],
)
def test_names_tell_what_a_text_holds(name: str, rule: str) -> None:
    assert proposed(a_column(name)) == rule


@pytest.mark.parametrize(
    ("type_", "rule"),
    [
        ("integer", "keep"),
        ("numeric", "keep"),
        ("date", "keep"),
        ("jsonb", "null"),
        ("text[]", "null"),
    ],
)
def test_types_tell_the_rest(type_: str, rule: str) -> None:
    assert proposed(a_column("x", type_)) == rule


def test_a_name_does_not_overrule_a_type() -> None:
    assert proposed(a_column("birth_date", "date")) == "birth_date"
    assert proposed(a_column("birth_date", "text")) == "free_text"
    assert proposed(a_column("phone", "bigint")) == "keep"


def test_what_is_unique_gets_a_rule_that_keeps_it_so() -> None:
    assert proposed(a_column("email", unique=True)) == "email"
    assert proposed(a_column("phone", unique=True)) == "hash"
    assert proposed(a_column("notes", unique=True)) == "hash"


def test_not_null_is_respected() -> None:
    assert proposed(a_column("x", "jsonb", not_null=True)) == "constant (value = {})"


def test_a_masked_key_masks_its_references() -> None:
    key = Table(schema="public", name="people", columns=(a_column("email", unique=True),))
    reference = a_column("owner", references="public.people.email")
    assert proposed(reference, key) == "email"


def test_a_comment_is_believed() -> None:
    assert proposed(a_column("x1", comment="Customer's town. @mask: city")) == "city"
    assert proposed(a_column("email", comment="@mask keep")) == "keep"
    assert proposed(a_column("n", "integer", comment="@mask: city")) == "keep"
