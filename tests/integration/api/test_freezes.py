"""Freezes and messages over the API, and by the commands that are its first user."""

import json
from collections.abc import Callable
from typing import cast

import pytest

from freezing import in_days, wall
from journeys import down_align
from liftlock import settings
from liftlock.cli.main import run
from served import Served

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command as somebody; return its exit code, output and errors."""

    def typed(who: str, *words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("LIFTLOCK_URL", served.url)
        monkeypatch.setenv("LIFTLOCK_API_KEY", served.keys[who].get_secret_value())
        monkeypatch.setenv("LIFTLOCK_ORGANISATION", "acme")
        settings.settings.cache_clear()
        code = run(list(words))
        said = capsys.readouterr()
        settings.settings.cache_clear()
        return code, said.out, said.err

    return typed


def between(served: Served, *days: int) -> tuple[str, ...]:
    return tuple(f"{wall(in_days(served.acme, each)):%Y-%m-%d %H:%M}" for each in days)


def test_a_freeze_is_entered_overridden_and_ended_by_commands(
    served: Served, command: Command
) -> None:
    move = down_align(served.acme, in_days(served.acme, 4))
    begin, end = between(served, 3, 5)
    words = ("freeze", "enter", "--begin", begin, "--end", end, "--reason", "year end")
    code, out, err = command("operator", *words)
    assert code == 0
    assert f"Down Align {move.id}" in out
    assert "Each of these moves expires, unless: liftlock freeze override" in err
    code, _, err = command("ana", "freeze", "override", str(move.id), "--reason", "urgent")
    assert (code, err) == (0, f"Move {move.id} may run in a freeze.\n")
    code, out, _ = command("eve", "freeze", "list")
    assert f"Down Align {move.id} (overridden)" in out
    code, out, _ = command("eve", "freeze", "list", "--json")
    (found,) = json.loads(out)
    assert found["over"][0]["override"]["reason"] == "urgent"
    assert found["environment"] is None
    code, _, err = command("operator", "freeze", "end", str(found["id"]))
    assert (code, err) == (0, f"Freeze {found['id']} is ended; its time is free.\n")
    code, _, err = command("eve", "freeze", "list")
    assert err == "Nothing to show.\n"


def test_a_refused_freeze_is_told_by_exit_code(served: Served, command: Command) -> None:
    begin, end = between(served, 5, 3)
    words = ("freeze", "enter", "--environment", "staging", "--reason", "x")
    code, _, err = command("ben", *words, "--begin", begin, "--end", end)
    assert code == 2
    assert "not after its begin" in err
    code, _, err = command("ana", *words, "--begin", end, "--end", begin)
    assert code == 3
    code, _, err = command("operator", "freeze", "end", "4711")
    assert code == 4
    move = down_align(served.acme)
    code, _, err = command("ana", "freeze", "override", str(move.id), "--reason", "x")
    assert code == 5
    assert "No freeze that was not overridden" in err


def test_nonsense_times_are_refused_by_the_api(served: Served) -> None:
    for begin in (7, "soon", "2026-05-29T22:00Z", "2026-02-30T10:00"):
        body = {"begin": begin, "end": "2030-01-02T10:00", "reason": "x"}
        answer = served.ask("operator", "POST", "/freezes?organisation=acme", body)
        assert answer.status == 422, begin


def messages(served: Served, who: str, query: str = "") -> list[dict[str, object]]:
    found = served.ask(who, "GET", f"/notifications{query}").body["items"]
    return cast("list[dict[str, object]]", found)


def test_messages_are_read_over_the_api(served: Served) -> None:
    move = down_align(served.acme)
    told = messages(served, "dora")[0]
    assert told["title"] == f"Down Align {move.id} is scheduled"
    assert (told["page"], told["read_at"]) == (f"/moves/{move.id}", None)
    read = served.ask("dora", "POST", f"/notifications/{told['id']}/read")
    assert read.body["read_at"]
    assert served.ask("ana", "POST", f"/notifications/{told['id']}/read").status == 404
    assert [each["id"] for each in messages(served, "dora", "?limit=1")] == [told["id"]]
