import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liftlock.modules.splitting import split

WHOLE_STATEMENTS = [
    "SELECT 'a;b''c'",
    r"SELECT E'it\'s; here'",
    r"SELECT 'back\', slash",
    'CREATE TABLE "we;ird""name" (x int)',
    "SELECT $$;$$",
    "SELECT $x$ ; $$ ; $x$, $ÿ$;$ÿ$",
    "SELECT a$b$c FROM t",
    "SELECT $1",
    "SELECT 1 /* ; /* nested ; */ ; */ + 2",
    "SELECT 1 -- ; here",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
    "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END",
    "create or replace procedure p() begin atomic select 1; end",
    "SELECT U&'d\\0061t;a'",
    "SELECT e, b'01', x'1f', n'a;b'",
    "SELECT CASE WHEN true THEN 1 END",
]  # fmt: skip


@pytest.mark.parametrize("statement", WHOLE_STATEMENTS)
def test_a_semicolon_inside_does_not_end_a_statement(statement: str) -> None:
    if "--" in statement:
        statement += "\n"
    assert [s.text for s in split(f"{statement}; SELECT 1")] == [statement.strip(), "SELECT 1"]


def test_statements_are_counted_without_comments_and_empty_ones() -> None:
    text = "-- first\n;;\n/* second */ SELECT 1;\n\n;\n  SELECT 2 -- last\n;\n-- end"
    assert [(s.number, s.line, s.text) for s in split(text)] == [
        (1, 3, "SELECT 1"),
        (2, 6, "SELECT 2 -- last"),
    ]


@pytest.mark.parametrize(
    "rest", ["/* never closed; SELECT 2", "'open; SELECT 2", "$$ x; y", '"x; y']
)
def test_what_is_never_closed_is_left_to_the_server_to_refuse(rest: str) -> None:
    assert [s.text for s in split(f"SELECT 1; {rest}")] == ["SELECT 1", rest]


@pytest.mark.parametrize(
    ("statement", "controls"),
    [
        ("BEGIN", True),
        ("/* x */ commit", True),
        ("START TRANSACTION", True),
        ("END", True),
        ("ROLLBACK", True),
        ("ABORT", True),
        ("PREPARE TRANSACTION 'x'", True),
        ("ROLLBACK TO SAVEPOINT a", False),
        ("ROLLBACK WORK TO a", False),
        ("SAVEPOINT a", False),
        ("PREPARE x AS SELECT 1", False),
        ("DO $$ BEGIN COMMIT; END $$", False),
        ("SELECT 'commit'", False),
    ],
)
def test_statements_that_end_a_transaction_are_known(statement: str, controls: bool) -> None:  # noqa: FBT001
    assert [s.controls_transaction for s in split(statement)] == [controls]


@given(
    st.lists(st.sampled_from(WHOLE_STATEMENTS), max_size=6), st.sampled_from([" ", "\n", "\n\n"])
)
def test_joining_statements_and_splitting_them_gives_them_back(
    statements: list[str], space: str
) -> None:
    text = "".join(f"{space}{s}\n;" for s in statements)
    assert [s.text for s in split(text)] == [s.rstrip() for s in statements]


@given(st.text("ab;'\"$ \n-/*()e\\", max_size=60))
@example("/*a\n*/a")
def test_a_statement_stands_on_the_line_that_is_said(text: str) -> None:
    lines = text.split("\n")
    for number, statement in enumerate(split(text), start=1):
        assert statement.number == number
        first = statement.text.partition("\n")[0]
        assert first in lines[statement.line - 1]
        assert statement.text in "\n".join(lines[statement.line - 1 :])
