"""A package read from the store: what its author says, its SQL, its files; every digest checked."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from liftlock.domain import manifests
from liftlock.domain.documents import UnreadableDocument
from liftlock.domain.environments import DatabaseRole
from liftlock.domain.manifests import Manifest
from liftlock.domain.modules import Digest, Package
from liftlock.domain.packages import UnreadablePackage
from liftlock.domain.policies import Policy
from liftlock.modules import archives
from liftlock.modules.artifacts import Artifact, Summary
from liftlock.modules.blobs import CHUNK_BYTES, Blobs, Descriptor

MOST_DEFINITION_BYTES = 64 * 1024 * 1024
"""All SQL of a module together; it is held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageContent:
    """What a package brings."""

    package: Package
    manifest: Manifest
    definition: Mapping[str, bytes]
    """`module.toml` and the SQL files that it names."""
    artifact: Artifact
    blobs: Blobs

    @property
    def manifest_text(self) -> str:
        """Return the text of `module.toml`."""
        return self.sql(manifests.FILE_NAME)

    @property
    def scripts(self) -> dict[str, str]:
        """Return the text of each neutralize script, by its file."""
        files = {script.file for script in self.manifest.neutralize.values()}
        return {file: self.sql(file) for file in sorted(files)}

    def sql(self, file: str) -> str:
        """Return the text of one of the definition's files."""
        return self.definition[file].decode("utf-8-sig")

    def sql_digest(self, file: str) -> str:
        """Return the digest of one of the definition's files."""
        return f"sha256:{hashlib.sha256(self.definition[file]).hexdigest()}"

    def policy_for(self, label: str, role: DatabaseRole | None) -> Policy:
        """Return what the module says about one database; `role` None: about the files."""
        return self.manifest.policy_for(label, role, self.scripts)

    def payload(self) -> AbstractContextManager[IO[bytes]] | None:
        """Open the archive of files, if there is one; see `Blobs.opened`."""
        if self.artifact.payload is None:
            return None
        return self.blobs.opened(self.artifact.payload, self.package.digest)


def read_artifact(blobs: Blobs, digest: Digest) -> Artifact:
    """Return which blobs a package has.

    Raises: PackageNotFound, TamperedPackage, UnreadablePackage.
    """
    return Artifact.parse(blobs.read_manifest(digest), digest)


def read_package(blobs: Blobs, digest: Digest) -> Package:
    """Return what a package is called and needs, without reading its layers.

    Raises: PackageNotFound, TamperedPackage, UnreadablePackage.
    """
    config = _read(blobs, read_artifact(blobs, digest).config, digest)
    return Summary.parse(config, digest).package(digest)


def read(blobs: Blobs, digest: Digest) -> PackageContent:
    """Read a package whole, and check each of its blobs.

    Raises: PackageNotFound, TamperedPackage, UnreadablePackage.
    """
    artifact = read_artifact(blobs, digest)
    config, definition = (_read(blobs, b, digest) for b in (artifact.config, artifact.definition))
    if artifact.payload is not None:
        _check(blobs, artifact.payload, digest)
    return _content(blobs, artifact, digest, config, definition)


def _content(
    blobs: Blobs, artifact: Artifact, digest: Digest, config: bytes, definition: bytes
) -> PackageContent:
    texts = archives.read_texts(io.BytesIO(definition), digest)
    manifest = _manifest(texts, digest)
    summary = Summary.of(manifest)
    if summary.to_bytes() != config or (artifact.code, artifact.version) != summary.name:
        raise UnreadablePackage(package=digest, problem="its parts speak of different modules")
    return PackageContent(
        package=summary.package(digest),
        manifest=manifest,
        definition=texts,
        artifact=artifact,
        blobs=blobs,
    )


def _manifest(texts: Mapping[str, bytes], digest: Digest) -> Manifest:
    try:
        manifest = manifests.parse(texts.get(manifests.FILE_NAME, b"").decode())
        _ = [texts[file].decode() for file in manifest.definition_files]
    except (UnreadableDocument, UnicodeDecodeError, KeyError):
        problem = "its module.toml, or a file that this names, is missing or broken"
        raise UnreadablePackage(package=digest, problem=problem) from None
    return manifest


def _read(blobs: Blobs, blob: Descriptor, package: Digest) -> bytes:
    if blob.size > MOST_DEFINITION_BYTES:
        raise UnreadablePackage(package=package, problem="its SQL is too large")
    with blobs.opened(blob, package) as stream:
        return stream.read(blob.size)


def _check(blobs: Blobs, blob: Descriptor, package: Digest) -> None:
    with blobs.opened(blob, package) as stream:
        while stream.read(CHUNK_BYTES):
            pass
