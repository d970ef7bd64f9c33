"""Every process that the demo starts, directly or not, is found, ended and reaped at its end."""

import ctypes
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from liftlock import clock

_BECOME_SUBREAPER = 36
"""The option of prctl(2) that makes a process the parent of its orphaned descendants."""
_LOOK_EVERY_S = 0.02
_PATIENCE_S = 10.0


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends: daemons stay within sight."""
    with suppress(AttributeError):  # Linux alone has it
        _ = ctypes.CDLL(None).prctl(_BECOME_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """Return the ids of this process's children, adopted ones too."""
    tasks = Path("/proc/self/task")
    return [int(pid) for path in tasks.glob("*/children") for pid in path.read_text().split()]


def end_children(patience_s: float = _PATIENCE_S) -> list[int]:
    """Ask all children to end, kill those that do not, reap them; return whom had to be asked.

    Call it last: children of which something else still waits for the exit code lose it.
    """
    reap()
    asked: dict[int, int] = {}
    give_up = clock.monotonic_s() + patience_s
    while remaining := children():
        late = clock.monotonic_s() > give_up
        wanted = signal.SIGKILL if late else signal.SIGTERM
        for pid in remaining:
            if asked.get(pid) != wanted:
                asked[pid] = wanted
                with suppress(ProcessLookupError):
                    os.kill(pid, wanted)
        clock.sleep_s(_LOOK_EVERY_S)
        reap()
    return sorted(asked)


def reap() -> None:
    """Take the exit codes of children that have ended."""
    for pid in children():
        with suppress(ChildProcessError):
            _ = os.waitpid(pid, os.WNOHANG)


@contextmanager
def interruptible() -> Generator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does; a second one does not cut its end short.

    Raises: KeyboardInterrupt.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in numbers:
            _ = signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            _ = signal.signal(number, handler)
