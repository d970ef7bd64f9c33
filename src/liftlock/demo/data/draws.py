"""Draws that are the same each time: they depend on a table's name and a row's number alone."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_Thing = TypeVar("_Thing")


class Draw:
    """The draws for one row: enough for about thirty of them."""

    def __init__(self, table: str, row: int) -> None:
        self._left = int.from_bytes(blake2b(f"{table}:{row}".encode()).digest())

    def below(self, limit: int) -> int:
        """Return a number from 0 to below the limit."""
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def percent(self, share: int) -> bool:
        """Say yes in this many of a hundred cases."""
        return self.below(100) < share

    def of(self, things: Sequence[_Thing]) -> _Thing:
        """Return one of these."""
        return things[self.below(len(things))]
