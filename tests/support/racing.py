"""Real processes that do the same thing at once, round after round."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from liftlock.books import Books
from liftlock.store import master_keys

if TYPE_CHECKING:
    from multiprocessing.managers import ListProxy

ROUNDS = int(os.environ.get("LIFTLOCK_TEST_RACES", "20"))
"""How often two processes meet; the long run sets LIFTLOCK_TEST_RACES=200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Racer:
    """Everything that one process needs: where the books are, who it acts for, what it does."""

    url: str
    master_key: Path
    who: int
    act: Callable[[Books, int, int], str]
    """Takes the books, the person's number and the round; says how it went."""


def race(racers: Sequence[Racer], rounds: int = ROUNDS) -> list[list[str]]:
    """Run each racer in a process of its own; return what each said, round by round.

    All wait for each other before each round.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(racers))
    with context.Manager() as manager:
        said: ListProxy[list[str]] = manager.list([list[str]() for _ in racers])
        processes = [
            context.Process(target=_run, args=(racer, rounds, barrier, said, number))
            for number, racer in enumerate(racers)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(timeout=120)
        answers = list(said)
    assert [process.exitcode for process in processes] == [0] * len(racers)
    return [list(round_) for round_ in zip(*answers, strict=True)]


def _run(
    racer: Racer, rounds: int, barrier: Barrier, said: "ListProxy[list[str]]", number: int
) -> None:
    books = Books(SecretStr(racer.url), master_keys.read(racer.master_key), pool_size=1)
    try:
        answers: list[str] = []
        for round_ in range(rounds):
            _ = barrier.wait(timeout=60)
            answers.append(racer.act(books, racer.who, round_))
        said[number] = answers
    finally:
        books.close()
