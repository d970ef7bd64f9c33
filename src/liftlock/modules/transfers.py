"""One package as one stream, for pushing it from a builder's machine to the module store.

The stream is a tar of an OCI image layout with this package alone; nothing of what arrives is kept
before all of it was checked.
"""

import re
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from liftlock.domain.modules import Digest, Package
from liftlock.domain.packages import TamperedPackage
from liftlock.errors import Invalid
from liftlock.modules.blobs import CHUNK_BYTES, Descriptor
from liftlock.modules.contents import read_artifact
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.stores import ModuleStore

MOST_BYTES = 4 * 1024**3
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{64})")


class UnreadableTransfer(Invalid):
    """What was pushed is not one package."""

    code = "package.unreadable_transfer"
    sentence = "What was pushed is not a package: {problem}. Push it with `liftlock module push`."


def send(store: ModuleStore, digest: Digest, to: IO[bytes]) -> None:
    """Write a package to a stream.

    Raises: PackageNotFound, TamperedPackage, UnreadablePackage.
    """
    artifact = read_artifact(store, digest)
    with tempfile.TemporaryDirectory(prefix="liftlock-push-") as folder:
        alone = OciLayout(Path(folder))
        _copy(store, digest, alone)
        _ = alone.add_package(artifact)
        with tarfile.open(fileobj=to, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for name in ("oci-layout", "index.json", "blobs"):
                archive.add(alone.root / name, arcname=name, filter=_plain)


def receive(stream: IO[bytes], store: ModuleStore, *, most_bytes: int = MOST_BYTES) -> Package:
    """Take a package from a stream into the store.

    Raises: UnreadableTransfer, TamperedPackage, UnreadablePackage.
    """
    with tempfile.TemporaryDirectory(prefix="liftlock-push-") as folder:
        alone = OciLayout(Path(folder))
        _unpack(stream, alone, most_bytes)
        digests = alone.digests()
        if len(digests) != 1:
            raise UnreadableTransfer(problem=f"it has {len(digests)} packages, not one")
        content = alone.read(digests[0])
        _copy(alone, digests[0], store)
        _ = store.add_package(content.artifact)
        return content.package


def _copy(source: ModuleStore, digest: Digest, to: ModuleStore) -> None:
    for blob in read_artifact(source, digest).blobs:
        with source.opened(blob, digest) as stream:
            _require_same(to.add_blob(stream), blob, digest)


def _require_same(added: tuple[Digest, int], blob: Descriptor, package: Digest) -> None:
    if added != (blob.digest, blob.size):
        raise TamperedPackage(package=package, blob=blob.digest)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def _unpack(stream: IO[bytes], alone: OciLayout, most_bytes: int) -> None:
    received = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                received += member.size
                if received > most_bytes:
                    raise UnreadableTransfer(problem=f"it is larger than {most_bytes} bytes")
                if (content := archive.extractfile(member)) and member.isreg():
                    _take(member.name, content, alone)
    except (tarfile.TarError, UnicodeError, ValueError):
        raise UnreadableTransfer(problem="the stream is broken") from None


def _take(name: str, content: IO[bytes], alone: OciLayout) -> None:
    if match := _BLOB.fullmatch(name):
        digest, _ = alone.add_blob(content)
        if digest != f"sha256:{match[1]}":
            raise TamperedPackage(package="pushed", blob=f"sha256:{match[1]}")
    elif name == "index.json":
        alone.take_index(content.read(CHUNK_BYTES))
    elif name != "oci-layout":
        raise UnreadableTransfer(problem="it has a file that no package has")
