"""What a worker does again and again goes on, whatever one round meets."""

import threading

import pytest

from eventually import eventually
from liftlock.workflows.worker import Repeating


def test_a_round_that_meets_a_bug_is_not_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    ended = threading.Event()
    rounds: list[int] = []

    def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            _ = dict[str, int]()["ana@example.org"]

    Repeating("ticks", 0.01, work, ended).start()
    eventually(lambda: len(rounds) > 2)
    ended.set()
    assert "KeyError" in (said := capsys.readouterr().out)
    assert "ana@example.org" not in said
