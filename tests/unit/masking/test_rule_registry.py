import re

import pytest
from psycopg import sql

from liftlock.domain.masking_rules import LIST_ENTRIES, RULES, TEXT
from liftlock.domain.schemas import Column
from liftlock.downalign.masking.lists import entries
from liftlock.downalign.masking.rules import COMPILE, Value, lists_of

LISTS = ("first_names", "last_names", "streets", "cities", "companies")


def test_each_rule_is_known_on_both_floors() -> None:
    assert COMPILE.keys() == RULES.keys()


@pytest.mark.parametrize("name", LISTS)
def test_neighbours_in_a_list_differ_in_their_first_letter(name: str) -> None:
    found = entries(name)
    assert len(found) == len({entry.lower() for entry in found}) == LIST_ENTRIES
    for one, other in zip(found, (*found[1:], found[0]), strict=True):
        assert one[0].lower() != other[0].lower()


@pytest.mark.parametrize("name", LISTS)
def test_an_entry_fits_an_array_of_names(name: str) -> None:
    for entry in entries(name):
        assert len(entry.encode()) < 64
        assert entry == entry.strip()
        assert not set(entry) & set('"\\{},')


def compiled(rule: str) -> str:
    base = "uuid" if rule == "uuid" else "text" if TEXT & (RULES[rule].types or TEXT) else "date"
    column = Column(name="v", type=base, base_type=base, not_null=False)
    options = {"value": "x"} if rule == "constant" else {}
    value = Value(
        column=column,
        options=options,
        raw=sql.Identifier("v"),
        hash=sql.Identifier("h"),
        length=None,
    )
    return COMPILE[rule](value).as_string()


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_shows_the_whole_hash(rule: str) -> None:
    shown = {int(at) for at in re.findall(r'get_byte\("h", (\d+)\)', compiled(rule))}
    for begin, count in re.findall(r'substring\("h", (\d+), (\d+)\)', compiled(rule)):
        shown |= set(range(int(begin) - 1, int(begin) - 1 + int(count)))
    assert shown <= set(range(30))
    assert bool(shown) is RULES[rule].hashed


@pytest.mark.parametrize("rule", RULES)
def test_a_statement_means_the_same_in_every_session(rule: str) -> None:
    assert "\\" not in compiled(rule)


def test_rules_that_pick_from_lists_say_so() -> None:
    for rule in RULES:
        used = {name for name in LISTS if f'"lists"."{name}"' in compiled(rule)}
        assert used == set(lists_of([rule]))
