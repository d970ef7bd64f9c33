"""Long statements under watch: a thread works, this one reports, and can stop it at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from psycopg import Connection

from liftlock.domain.progress import Progress, Tell

T = TypeVar("T")
_LOOK_EVERY_S = 0.5
_CANCEL_WITHIN_S = 5.0
_CANCEL_EVERY_S = 0.05


def watched(
    work: Callable[[], T],
    *,
    tell: Tell,
    progress: Callable[[], Progress],
    connections: Sequence[Connection],
) -> T:
    """Do the work in a thread and call `tell` twice a second meanwhile.

    When `tell` raises, what these connections are doing is cancelled, and its exception passes.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        try:
            while not _ended(future):
                tell(progress())
        except BaseException:
            _cancel_until_ended(future, connections)
            raise
        return future.result()


def _cancel_until_ended(future: "Future[T]", connections: Sequence[Connection]) -> None:
    """Cancel again and again: the work may be between two statements when the first one comes."""
    while not future.done():
        for connection in connections:
            connection.cancel_safe(timeout=_CANCEL_WITHIN_S)
        _ = wait([future], timeout=_CANCEL_EVERY_S)


def _ended(future: "Future[T]") -> bool:
    return bool(wait([future], timeout=_LOOK_EVERY_S).done)
