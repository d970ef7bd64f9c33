"""Blobs, the named-by-digest bytes that packages are made of, and streams that check them."""

import hashlib
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Protocol

from typing_extensions import Buffer, override

from liftlock.domain.modules import Digest
from liftlock.domain.packages import TamperedPackage

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What a package says of one of its blobs."""

    media_type: str
    digest: Digest
    size: int
    """In bytes."""


class Blobs(Protocol):
    """Where blobs are kept by digest."""

    def add_blob(self, source: IO[bytes]) -> tuple[Digest, int]:
        """Keep all bytes of a stream; return their digest and size. Repeating changes nothing."""
        ...

    def read_manifest(self, digest: Digest) -> bytes:
        """Return the manifest of a package, its digest checked.

        Raises: PackageNotFound, TamperedPackage.
        """
        ...

    def opened(self, blob: Descriptor, package: Digest) -> AbstractContextManager[IO[bytes]]:
        """Open a blob of a package; leaving the block checks size and digest of all its bytes.

        Trust nothing that was read before the block was left without an error.

        Raises: TamperedPackage.
        """
        ...


class CheckedStream(io.RawIOBase):
    """Bytes of a file, with their digest and their number kept while they are read."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._hash = hashlib.sha256()
        self._size = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        piece = self._source.read(len(view))
        view[: len(piece)] = piece
        self._hash.update(piece)
        self._size += len(piece)
        return len(piece)

    def require(self, blob: Descriptor, package: Digest) -> None:
        """Read what is left and compare with what was promised.

        Raises: TamperedPackage.
        """
        while self._size <= blob.size and self.read(CHUNK_BYTES):
            pass
        if (self._size, f"sha256:{self._hash.hexdigest()}") != (blob.size, blob.digest):
            raise TamperedPackage(package=package, blob=blob.digest)
