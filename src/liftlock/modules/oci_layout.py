"""A module store on disk: an OCI image layout, which any tool that knows OCI can read and copy."""

import fcntl
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from typing_extensions import override

from liftlock.domain.modules import Digest
from liftlock.domain.packages import PackageNotFound, TamperedPackage, UnreadablePackage
from liftlock.environments.entries import named_errors
from liftlock.errors import Conflict
from liftlock.modules.archives import sync_folder
from liftlock.modules.artifacts import (
    ARTIFACT_TYPE,
    MANIFEST_TYPE,
    MOST_DOCUMENT_BYTES,
    Artifact,
    canonical,
)
from liftlock.modules.blobs import CHUNK_BYTES, CheckedStream, Descriptor
from liftlock.modules.stores import ModuleStore

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_LAYOUT = canonical({"imageLayoutVersion": "1.0.0"})
_NO_INDEX = b'{"manifests": []}'
_INDEX = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}


class BrokenModuleStore(Conflict):
    """The store's own index cannot be read."""

    code = "module_store.broken"
    sentence = "{path} is not the index of a module store. Put it back from a copy."


class OciLayout(ModuleStore):
    """A folder with `oci-layout`, `index.json` and `blobs/sha256`; made when first written to.

    Several processes may use it at once. A file appears there whole or not at all. What the file
    system refuses is FilesUnreachable.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @override
    def add_blob(self, source: IO[bytes]) -> tuple[Digest, int]:
        sha256, size = hashlib.sha256(), 0
        self._make()
        with named_errors(self.root), _incoming(self.root / "tmp") as (file, path):
            while piece := source.read(CHUNK_BYTES):
                sha256.update(piece)
                size += file.write(piece)
            digest = Digest(f"sha256:{sha256.hexdigest()}")
            _settle(file, path, self._path(digest))
        return digest, size

    @override
    def add_package(self, artifact: Artifact) -> Digest:
        manifest = artifact.to_bytes()
        digest, size = self.add_blob(io.BytesIO(manifest))
        for blob in artifact.blobs:
            if not self._path(blob.digest).is_file():
                raise TamperedPackage(package=digest, blob=blob.digest)
        entry: dict[str, object] = {
            "mediaType": MANIFEST_TYPE,
            "artifactType": ARTIFACT_TYPE,
            "digest": digest,
            "size": size,
            "annotations": artifact.annotations,
        }
        with self._locked():
            others = [known for known in self._entries() if known["digest"] != digest]
            entries = sorted([*others, entry], key=lambda known: str(known["digest"]))
            self._replace("index.json", canonical({**_INDEX, "manifests": entries}))
        return digest

    def take_index(self, content: bytes) -> None:
        """Become the store that this `index.json` describes; its blobs come in any order."""
        self._make()
        self._replace("index.json", content)

    @override
    def digests(self) -> tuple[Digest, ...]:
        ours = (e for e in self._entries() if e.get("artifactType") == ARTIFACT_TYPE)
        return tuple(sorted(Digest(str(known["digest"])) for known in ours))

    @override
    def read_manifest(self, digest: Digest) -> bytes:
        if not _DIGEST.fullmatch(digest) or digest not in self.digests():
            raise PackageNotFound(package=digest)
        with named_errors(self.root):
            manifest = self._read(digest)
        if digest != f"sha256:{hashlib.sha256(manifest).hexdigest()}":
            raise TamperedPackage(package=digest, blob="its manifest")
        return manifest

    @override
    @contextmanager
    def opened(self, blob: Descriptor, package: Digest) -> Generator[IO[bytes]]:
        path = self._path(blob.digest)
        if not path.is_file():
            raise TamperedPackage(package=package, blob=blob.digest)
        with named_errors(path), path.open("rb") as file, CheckedStream(file) as checked:
            reader = io.BufferedReader(checked, CHUNK_BYTES)
            try:
                yield reader
            except UnreadablePackage:
                checked.require(blob, package)
                raise
            checked.require(blob, package)

    def _read(self, digest: Digest) -> bytes:
        try:
            with self._path(digest).open("rb") as file:
                return file.read(MOST_DOCUMENT_BYTES)
        except FileNotFoundError:
            return b""

    def _path(self, digest: Digest) -> Path:
        match = _DIGEST.fullmatch(digest)
        if match is None:
            raise PackageNotFound(package=digest)
        return self.root / "blobs" / "sha256" / match[1]

    def _make(self) -> None:
        with named_errors(self.root):
            (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
            (self.root / "tmp").mkdir(exist_ok=True)
        if not (self.root / "oci-layout").exists():
            self._replace("oci-layout", _LAYOUT)

    def _entries(self) -> list[dict[str, object]]:
        path = self.root / "index.json"
        with named_errors(path):
            content = path.read_bytes() if path.exists() else _NO_INDEX
        try:
            index = cast("dict[str, object]", json.loads(content))
            entries = cast("list[dict[str, object]]", index["manifests"])
            _ = [known["digest"] for known in entries]
        except (ValueError, TypeError, KeyError):
            raise BrokenModuleStore(path=str(path)) from None
        return entries

    def _replace(self, name: str, content: bytes) -> None:
        with named_errors(self.root), _incoming(self.root / "tmp") as (file, path):
            _ = file.write(content)
            _settle(file, path, self.root / name)

    @contextmanager
    def _locked(self) -> Generator[None]:
        path = self.root / "index.lock"
        with named_errors(path), path.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _incoming(folder: Path) -> Generator[tuple[IO[bytes], Path]]:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        path = Path(file.name)
        try:
            yield file, path
        finally:
            path.unlink(missing_ok=True)


def _settle(file: IO[bytes], path: Path, final: Path) -> None:
    """Give a finished file its name, so that after a crash it is there whole or not at all."""
    os.fchmod(file.fileno(), 0o644)
    file.flush()
    os.fsync(file.fileno())
    _ = path.rename(final)
    sync_folder(final.parent)
