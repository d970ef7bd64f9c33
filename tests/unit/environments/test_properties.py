"""Stored lists of quoted names, and what differs between two databases' properties."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.environments import properties
from liftlock.environments.properties import DatabaseProperties, PropertiesDiffer, Setting

PLAIN = DatabaseProperties(
    owner="shop",
    grants=frozenset(),
    settings=frozenset(),
    connection_limit=-1,
    comment=None,
    tablespace="pg_default",
)
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=10)


@given(st.lists(NAMES, min_size=1))
def test_a_list_of_quoted_names_is_taken_apart(names: list[str]) -> None:
    stored = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    assert properties.list_items(stored) == names


@pytest.mark.parametrize(
    ("stored", "items"),
    [('"$user", public', ["$user", "public"]), ("public", ["public"]), ('""', [""])],
)
def test_plain_names_need_no_quotes(stored: str, items: list[str]) -> None:
    assert properties.list_items(stored) == items


def test_differences_are_named_without_values() -> None:
    other = replace(
        PLAIN,
        connection_limit=3,
        settings=frozenset({Setting(role=None, name="acme.secret", value="geheim")}),
    )
    assert properties.differences(PLAIN, other) == ["settings", "connection limit"]
    with pytest.raises(PropertiesDiffer) as refusal:
        properties.require_same("shop", PLAIN, other)
    assert "geheim" not in str(refusal.value)
    assert "settings, connection limit" in str(refusal.value)
