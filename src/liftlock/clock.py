"""The one place that asks this machine for the time.

Decisions use `tx.now`, the database's time; this is for durations, and for where no transaction
is open.
"""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251  the one place


def monotonic_s() -> float:
    """Return seconds of a clock that never goes back."""
    return time.monotonic()


def sleep_s(seconds: float) -> None:
    """Pause this thread between two looks at something that has no way to wake us."""
    time.sleep(seconds)
