"""Requests that bring more than a document: read piece by piece, once it is known who asks."""

import io
from typing import IO, cast

from anyio import from_thread
from fastapi import Request
from typing_extensions import Buffer, override

from liftlock.modules.transfers import MOST_BYTES

MOST_DOCUMENT_BYTES = 2 * 1024**2
"""How large the body of a request may be where no route says otherwise."""
MOST_PACKAGE_BYTES = MOST_BYTES + 1024**2
"""How large a package may be on its way: what a transfer may carry, and the archive around it."""


class _Arriving(io.RawIOBase):
    """A request's body as a file that is read while it arrives; in a handler's own thread."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._pieces = request.stream()
        self._rest = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer).cast("B")
        while not self._rest:
            try:
                self._rest = from_thread.run(self._pieces.__anext__)
            except StopAsyncIteration:
                return 0
        taken, self._rest = self._rest[: len(room)], self._rest[len(room) :]
        room[: len(taken)] = taken
        return len(taken)


def arriving(request: Request) -> IO[bytes]:
    """Return a request's body as a file; it is read once, from its begin to its end."""
    return cast("IO[bytes]", io.BufferedReader(_Arriving(request)))
