import pytest

from liftlock.domain.policies import ColumnDecision, Handling, Policy, TablePolicy
from liftlock.downalign.masking.fingerprinting import HEAD, Salt, as_whole, words_of
from liftlock.downalign.masking.lists import entries
from liftlock.downalign.masking.made import made_by
from liftlock.downalign.masking.originals import Originals
from liftlock.downalign.masking.searching import Search

FIRST, LAST, STREET, CITY = (
    entries(name)[5] for name in ("first_names", "last_names", "streets", "cities")
)


def decided(**rules: dict[str, str | int | bool]) -> Policy:
    columns = {
        rule: ColumnDecision(handling=Handling.MASK, rule=rule, options=options)
        for rule, options in rules.items()
    }
    return Policy(repository="x", tables={"a.b": TablePolicy(columns=columns)})


POLICY = decided(
    email={"at": "example.com"},
    phone={"country": "gb"},
    postcode={"country": "nl"},
    constant={"value": "Masked Person"},
)


def looking_for(*values: str) -> Search:
    known = Originals(salt=Salt())
    for value in values:
        squeezed = b"".join(words_of(value.encode()))
        long = len(squeezed) >= HEAD
        content = squeezed if long else as_whole(value.encode())
        known.digests.add(known.salt.digest(content))
        if long:
            known.heads.add(known.salt.digest(squeezed[:HEAD]))
            known.lengths.add(len(squeezed))
    return Search(originals=known, made=made_by([POLICY], {8}))


def found_in(search: Search, value: str) -> bool:
    return bool(list(search.in_values([value])))


@pytest.mark.parametrize(
    "text",
    [
        "Anna Schmidtke",
        "ANNA-SCHMIDTKE",
        "call anna.schmidtke@firma.test",
        "annaschmidtke",
        '{"name": ["Anna", "Schmidtke"]}',
        "a b c d e f g h i j k l m n o p q Anna\nSchmidtke.",
        "Anna Anna Schmidtke",
    ],
)
def test_an_original_is_found_whatever_stands_around_it(text: str) -> None:
    search = looking_for("Anna Schmidtke")
    assert found_in(search, text)
    assert search.in_text(text.encode())


@pytest.mark.parametrize(
    "text", ["Anna", "Schmidtke", "Schmidtke, Anna", "Anna Schmidtkes", "Joanna Schmidtke", ""]
)
def test_what_is_no_original_is_not_found(text: str) -> None:
    assert not found_in(looking_for("Anna Schmidtke"), text)


def test_parts_of_a_number_are_not_looked_at() -> None:
    search = looking_for("2024-01-02")
    assert not list(search.in_values(["2024-01-02 17:00"], parts=False))
    assert list(search.in_values(["2024 01 02"], parts=False))


@pytest.mark.parametrize(
    "value",
    [
        f"{FIRST} {LAST}",
        f"{STREET} 17",
        CITY,
        CITY[:8].rstrip(),
        f"{FIRST} {LAST}"[:8].rstrip(),
        "lorem ipsum lorem ip",
        "dolor amet, dolor am",
        "+44 7700 900123",
        "1234 AB",
        "Masked Person",
        "0123456789abcdef0123@example.com",
    ],
)
def test_what_a_rule_makes_is_nobodys_nor_is_a_part_of_it(value: str) -> None:
    words = words_of(value.encode())
    parts = [b"".join(words[begin:]).decode() for begin in range(len(words))]
    parts += [word.decode() for word in words]
    search = looking_for(value, *(part for part in parts if len(part) >= HEAD))
    assert not found_in(search, value)


@pytest.mark.parametrize(
    "value",
    [f"{FIRST} {LAST}", f"{STREET} 17", CITY, "+44 7700 900123", "1234 AB", "Masked Person"],
)
def test_what_a_rule_makes_is_nobodys_amid_a_text(value: str) -> None:
    text = f"there is {value} in it".encode()
    assert not looking_for(value).in_text(text)
    assert looking_for(value, "there is").in_text(text)


def test_what_only_looks_like_a_mask_is_found() -> None:
    for value in ("+44 7700 901123", "1234 ABC", "lorem ipsum dolor", f"{CITY} Nord"):
        assert found_in(looking_for(value), value)
