from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liftlock.domain.sessions import Kept
from liftlock.web.pages.security import (
    FieldUnfit,
    Typed,
    kept_as_text,
    kept_from_text,
    local,
)

ADDRESSES = st.text(
    st.sampled_from("/\\\t\n\r :@.?#abhtpsjv%") | st.characters(max_codepoint=0x2FFF), max_size=30
)


@given(ADDRESSES)
@example("/\\elsewhere.example")
@example("//elsewhere.example")
@example("/\t/elsewhere.example")
@example("https://elsewhere.example/")
def test_whatever_is_asked_for_a_browser_stays_on_this_console(address: str) -> None:
    kept = local(address)
    went = urlsplit(urljoin("https://liftlock.example/sign-in", kept))
    assert (went.scheme, went.netloc) == ("https", "liftlock.example")
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))


@pytest.mark.parametrize("address", ["/", "/moves?kind=undo&x=%2F", "/people/ana%40acme#roles"])
def test_addresses_of_the_console_stay_as_they_are(address: str) -> None:
    assert local(address) == address


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=40)), min_size=1))
def test_what_was_typed_comes_back_as_it_was(fields: list[tuple[str, str]]) -> None:
    kept = Kept(page="/moves/1/cancel?x=1", fields=tuple(fields))
    assert kept_from_text(kept_as_text(kept)) == kept


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", "[1, 2]", '["/", [[1]]]', '["/", 5]', "null"]
)
def test_what_somebody_tampered_with_is_left_out(text: str) -> None:
    assert kept_from_text(text) is None


def test_a_page_that_was_tampered_with_is_the_overview() -> None:
    kept = kept_from_text('["https://elsewhere.example", []]')
    assert kept is not None
    assert kept.page == "/"


def test_a_field_says_what_is_wrong_with_it() -> None:
    typed = Typed((("reason", "a\x00b"), ("name", "x" * 201), ("code", "")))
    with pytest.raises(FieldUnfit, match="Reason: must have no control characters"):
        _ = typed.words("reason")
    with pytest.raises(FieldUnfit, match="Name: string should have at most 200 characters"):
        _ = typed.line("name")
    with pytest.raises(FieldUnfit, match="Code: "):
        _ = typed.named("code")


def test_lines_of_a_text_are_kept_and_spaces_around_it_are_not() -> None:
    typed = Typed((("reason", " one\r\ntwo \r\n"),))
    assert typed.words("reason") == "one\ntwo"


def test_a_field_may_have_many_values_or_none() -> None:
    typed = Typed((("a", "1"), ("b", "2"), ("a", "3")))
    assert typed.all("a") == ("1", "3")
    assert typed.one("a") == "1"
    assert typed.one("c", "otherwise") == "otherwise"
    assert not typed.has("c")
    assert not Typed()
