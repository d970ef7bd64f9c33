import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.downalign.expressions import canonical

SAME = [
    (
        "((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        "((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
    ),
    ("CHECK ((value > 0))", "CHECK (value > 0)"),
    ("((a))", "a"),
    ("(x)::numeric(10, 2)", "x::numeric(10,2)"),
    ("SELECT a\n   FROM t;", " SELECT a FROM t;"),
]
DIFFERENT = [
    ("((a + b) * c)", "(a + (b * c))"),
    ("(x)::text", "(x)::integer"),
    ("'a'", "'A'"),
    ("'a b'", "'a  b'"),
    ('"a"', "'a'"),
    ("(v = ANY (ARRAY['a'::text]))", "(v = ANY (ARRAY['b'::text]))"),
    ("f(a, b)", "f(b, a)"),
    ("x::timestamp without time zone", "x::timestamp with time zone"),
]
ATOMS = st.sampled_from(["a", "'it''s'", '"Odd ""x"', "1.5", "f(a)", "ARRAY[a, b]", "x::text"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    compared = st.tuples(inner, inner).map(lambda two: f"({two[0]} = {two[1]})")
    return compared | inner.map(lambda one: f"({one})::character varying(3)")


TEXTS = st.recursive(ATOMS, grown, max_leaves=8)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_meaning_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_meanings_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(TEXTS)
def test_idle_brackets_mean_nothing(text: str) -> None:
    assert canonical(f"(({text}))") == canonical(text)


@given(st.text())
def test_any_text_has_a_spelling(text: str) -> None:
    assert canonical(text) == canonical(text)
