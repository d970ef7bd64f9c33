"""A statement that may take long, while somebody may ask to stop."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

import psycopg

from liftlock import clock
from liftlock.domain.progress import Progress, Tell

_TELL_EVERY_S = 0.5
_CANCEL_WITHIN_S = 5.0


class Pulse:
    """A `tell` that may be called often: it passes on two reports a second at most."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told = clock.monotonic_s()

    def __call__(self, progress: Progress, /) -> None:
        """Pass this report on when it is time for one."""
        if progress.last_word or clock.monotonic_s() - self._told > _TELL_EVERY_S:
            self._told = clock.monotonic_s()
            self._tell(progress)


def execute(
    connection: psycopg.Connection, statement: bytes, tell: Tell, progress: Progress
) -> psycopg.Cursor:
    """Execute a statement, telling twice a second that it runs; ask for its end when `tell` raises.

    Raises: psycopg.Error, and whatever `tell` raises.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        running = thread.submit(connection.execute, statement)
        try:
            while not wait([running], timeout=_TELL_EVERY_S).done:
                tell(progress)
        except BaseException:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=_CANCEL_WITHIN_S)
            raise
        return running.result()
