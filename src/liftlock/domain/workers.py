"""Workers: the processes that carry moves out, and how it is known that one of them is dead.

Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

ExecutorId = NewType("ExecutorId", str)
"""Host, pid and something random: another start of the same machine is another worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process that carries moves out, and when it last showed that it lives."""

    executor_id: ExecutorId
    version: str
    started_at: datetime
    beat_at: datetime
