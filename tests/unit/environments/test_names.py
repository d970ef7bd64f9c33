"""Names that follow from the move alone, and the mark in a comment."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.environments import names
from liftlock.environments.names import InstallationName, OurName, OwnerMark

INSTALLATIONS = st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True)
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)
FACTS = st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text()))


def test_names_have_the_agreed_form() -> None:
    digest = sha256(b"shop").hexdigest()[:6]
    assert names.copy_name("acme1", 42, 3, "shop") == f"ll_acme1_42_3_{digest}"
    assert names.restore_point_name("acme1", 42, "shop").startswith("ll_acme1_42_before_")
    assert names.discarded_name("acme1", 42, "shop").startswith("ll_acme1_42_gone_")


@given(INSTALLATIONS, NUMBERS, st.integers(0, 10**6), st.text(min_size=1))
def test_every_name_fits_is_known_again_and_follows_from_the_move(
    installation: str, move: int, attempt: int, name: str
) -> None:
    copy = names.copy_name(installation, move, attempt, name)
    assert len(copy.encode()) <= 63
    assert copy == names.copy_name(installation, move, attempt, name)
    assert names.parse(copy) == OurName(installation=installation, move=move, part=str(attempt))
    before = names.parse(names.restore_point_name(installation, move, name))
    assert before == OurName(installation=installation, move=move, part="before")


@pytest.mark.parametrize("name", ["shop", "ll_shop", "ll_a_1_2_xyz", "ll_a_1_2_abcdef_more", ""])
def test_other_names_are_nobodys_copy(name: str) -> None:
    assert names.parse(name) is None


@pytest.mark.parametrize("installation", ["", "Acme", "a_b", "x" * 17, "é"])
def test_an_installation_that_cannot_be_in_a_name_is_refused(installation: str) -> None:
    with pytest.raises(InstallationName):
        _ = names.copy_name(installation, 1, 1, "shop")


def test_directories_stand_beside_the_live_one() -> None:
    live = Path("/srv/shop/files")
    made = {
        names.files_copy(live, "acme", 1, 1),
        names.files_restore_point(live, "acme", 1),
        names.files_discarded(live, "acme", 1),
    }
    assert {path.parent for path in made} == {live.parent}
    assert len(made) == 3


@given(INSTALLATIONS, NUMBERS, NUMBERS, FACTS)
def test_a_mark_is_read_as_it_was_written(
    installation: str, move: int, attempt: int, facts: dict[str, str | int | bool | None]
) -> None:
    mark = OwnerMark(installation=installation, move=move, attempt=attempt, facts=facts)
    assert names.parse_mark(mark.as_comment()) == mark


@pytest.mark.parametrize(
    "comment", [None, "", "our shop", "liftlock", "liftlock {", 'liftlock {"move": 1}']
)
def test_other_comments_are_no_marks(comment: str | None) -> None:
    assert names.parse_mark(comment) is None


def test_facts_are_added_and_taken_away() -> None:
    mark = OwnerMark(installation="acme", move=1, attempt=1).with_facts(complete=True, comment="x")
    assert mark.facts == {"complete": True, "comment": "x"}
    assert mark.without("complete", "other").facts == {"comment": "x"}
