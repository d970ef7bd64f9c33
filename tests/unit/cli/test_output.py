"""What commands print, whatever stands in the data."""

import json

import pytest

from liftlock.cli.output import said, show
from liftlock.cli.times import TimeMissing, TimeUnreadable, wall, wished


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        ({}, "-"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        ([{"code": "acme.crm", "version": "1.0", "digest": None}], "acme.crm 1.0"),
        ({"systemdb": "a", "customers": "b"}, "systemdb: a\ncustomers: b"),
        ("2026-05-29T20:00:00.123456Z", "2026-05-29 20:00:00 UTC"),
    ],
)
def test_a_value_reads_as_people_would_say_it(value: object, words: str) -> None:
    assert said(value) == words  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/foo]", "[", "\\[x]", ":smile:", "http://x"])
def test_nothing_in_the_data_is_taken_for_layout(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show([{"name": text}], as_json=False, columns=("name",))
    show({"name": text}, as_json=False)
    printed = capsys.readouterr().out
    assert printed.count(text) == 2


def test_a_digest_stays_on_one_line_where_a_program_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = "sha256:" + "0" * 64
    row = {"code": "acme.crm", "version": "1.0", "digest": digest, "title": "x" * 200}
    show([dict(row)], as_json=False, columns=tuple(row))
    assert digest in capsys.readouterr().out


def test_json_is_whole_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"b": ["é", None, {"c": 1}], "a": True}
    show(dict(document), as_json=True)  # pyright: ignore[reportArgumentType]
    assert json.loads(capsys.readouterr().out) == document


@pytest.mark.parametrize("given", ["", "soon", "2026-05-29", "22:00", "2026-05-29T22:00Z", "29.5."])
def test_a_time_is_written_with_a_day_and_an_hour(given: str) -> None:
    with pytest.raises(TimeUnreadable, match="2026-05-29 22:00"):
        _ = wall(given)


def test_a_time_is_said_in_one_way() -> None:
    assert wished("2026-05-29 22:00", soon=False, fold=1) == {
        "wall": "2026-05-29T22:00:00",
        "fold": 1,
    }
    assert wished(None, soon=True, fold=None) == {"soon": True}
    for at, soon in ((None, False), ("2026-05-29 22:00", True)):
        with pytest.raises(TimeMissing, match="in one way"):
            _ = wished(at, soon=soon, fold=None)
