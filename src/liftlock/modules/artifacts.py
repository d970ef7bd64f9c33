"""The documents of a package: an OCI image manifest (1.1) of our artifact type, and its config.

Both are canonical JSON, so that equal content has equal digests; a document in another form is
refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from liftlock.domain.manifests import Manifest
from liftlock.domain.modules import Digest, ModuleCode, Package
from liftlock.domain.packages import UnreadablePackage
from liftlock.modules.blobs import Descriptor

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT_TYPE = "application/vnd.liftlock.module.v1"
CONFIG_TYPE = "application/vnd.liftlock.module.config.v1+json"
DEFINITION_TYPE = "application/vnd.liftlock.module.definition.v1.tar"
PAYLOAD_TYPE = "application/vnd.liftlock.module.payload.v1.tar"
MOST_DOCUMENT_BYTES = 4 * 1024 * 1024
"""The limit that registries keep for manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the config says: enough to list a package and to compare requirements."""

    code: ModuleCode
    version: str
    title: str
    requires: Mapping[ModuleCode, str]

    def to_bytes(self) -> bytes:
        """Return the config."""
        return canonical(
            {
                "code": self.code,
                "version": self.version,
                "title": self.title,
                "requires": dict(self.requires),
            }
        )

    @property
    def name(self) -> tuple[str, str]:
        """Return code and version."""
        return self.code, self.version

    def package(self, digest: Digest) -> Package:
        """Return the package of this digest."""
        return Package(
            code=self.code,
            version=self.version,
            digest=digest,
            title=self.title,
            requires=self.requires,
        )

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Return what a module's manifest says of it."""
        return cls(
            code=manifest.code,
            version=manifest.version,
            title=manifest.title,
            requires=manifest.requires,
        )

    @classmethod
    def parse(cls, config: bytes, package: Digest) -> Self:
        """Read a config.

        Raises: UnreadablePackage.
        """
        try:
            said = cast("dict[str, object]", json.loads(config))
            summary = cls(
                code=ModuleCode(str(said["code"])),
                version=str(said["version"]),
                title=str(said["title"]),
                requires=cast("dict[ModuleCode, str]", said["requires"]),
            )
            same = summary.to_bytes() == config
        except (ValueError, TypeError, KeyError, RecursionError):
            same, summary = False, None
        if summary is None or not same:
            raise UnreadablePackage(package=package, problem="its config is not one of ours")
        return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """The blobs of a package: config; module.toml with SQL; files, if the module has any."""

    config: Descriptor
    definition: Descriptor
    payload: Descriptor | None
    code: str
    version: str

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Return all blobs, the config first."""
        payload = () if self.payload is None else (self.payload,)
        return self.config, self.definition, *payload

    @property
    def annotations(self) -> dict[str, str]:
        """Return what other tools show of it."""
        return {
            "org.opencontainers.image.title": self.code,
            "org.opencontainers.image.version": self.version,
        }

    def to_bytes(self) -> bytes:
        """Return the manifest, whose digest is the package's."""
        config, *layers = (_described(blob) for blob in self.blobs)
        return canonical(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "artifactType": ARTIFACT_TYPE,
                "config": config,
                "layers": layers,
                "annotations": self.annotations,
            }
        )

    @classmethod
    def parse(cls, manifest: bytes, package: Digest) -> Self:
        """Read a manifest.

        Raises: UnreadablePackage.
        """
        try:
            said = cast("dict[str, object]", json.loads(manifest))
            annotations = cast("dict[str, str]", said["annotations"])
            definition, *payload = map(_descriptor, cast("list[object]", said["layers"]))
            artifact = cls(
                config=_descriptor(said["config"]),
                definition=definition,
                payload=payload[0] if payload else None,
                code=annotations["org.opencontainers.image.title"],
                version=annotations["org.opencontainers.image.version"],
            )
            same = artifact.to_bytes() == manifest and artifact._types_are_ours()
        except (ValueError, TypeError, KeyError, RecursionError):
            same, artifact = False, None
        if artifact is None or not same:
            raise UnreadablePackage(package=package, problem="its manifest is not one of ours")
        return artifact

    def _types_are_ours(self) -> bool:
        types = [blob.media_type for blob in self.blobs]
        return types == [CONFIG_TYPE, DEFINITION_TYPE, PAYLOAD_TYPE][: len(types)]


def canonical(document: object) -> bytes:
    """Return a document as JSON in the one form that we write: sorted, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _described(blob: Descriptor) -> dict[str, str | int]:
    return {"mediaType": blob.media_type, "digest": blob.digest, "size": blob.size}


def _descriptor(said: object) -> Descriptor:
    blob = cast("dict[str, object]", said)
    media_type, digest, size = blob["mediaType"], blob["digest"], blob["size"]
    if not isinstance(media_type, str) or not isinstance(digest, str) or not isinstance(size, int):
        raise TypeError
    return Descriptor(media_type=media_type, digest=Digest(digest), size=size)
