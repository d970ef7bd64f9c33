"""Requests that bring more than a document: read piece by piece, once it is known who asks."""

import hashlib
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

TOO_LARGE = 413
"""What is answered to more than that."""


class _Arriving(io.RawIOBase):
    """A request's body as a file that is read while it arrives; in a handler's own thread."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._pieces = request.stream()
        self._rest = b""
        self._digest = hashlib.sha256()

    def whole_digest(self) -> bytes:
        """Read what nobody has read; return the SHA-256 of all that arrived."""
        while not self._at_end():
            self._rest = b""
        return self._digest.digest()

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer).cast("B")
        if self._at_end():
            return 0
        taken, self._rest = self._rest[: len(room)], self._rest[len(room) :]
        room[: len(taken)] = taken
        return len(taken)

    def _at_end(self) -> bool:
        while not self._rest:
            try:
                self._rest = from_thread.run(self._pieces.__anext__)
            except StopAsyncIteration:
                return True
            self._digest.update(self._rest)
        return False


def arriving(request: Request) -> IO[bytes]:
    """Return a request's body as a file; it is read once, from its begin to its end."""
    request.state.arriving = body = _Arriving(request)
    return cast("IO[bytes]", io.BufferedReader(body))


def whole_digest(request: Request) -> bytes:
    """Return the SHA-256 of a request's whole body, after reading what of it nobody has read."""
    body = getattr(request.state, "arriving", None)
    return (body if isinstance(body, _Arriving) else _Arriving(request)).whole_digest()
