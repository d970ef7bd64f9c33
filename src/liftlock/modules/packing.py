"""Packing a source folder into a package: the same bytes for the same sources, anywhere."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from liftlock.domain import manifests
from liftlock.domain.manifests import Manifest, UnreadableManifest
from liftlock.domain.modules import Package
from liftlock.domain.packages import SourceRefused
from liftlock.environments.entries import named_errors
from liftlock.modules import archives, artifacts, sources, splitting
from liftlock.modules.artifacts import Artifact, Summary
from liftlock.modules.blobs import Descriptor
from liftlock.modules.stores import ModuleStore


def build(source: Path, store: ModuleStore) -> Package:
    """Pack a source folder into the store; from there on only the package's digest names it.

    Raises: UnreadableManifest, SourceRefused, FilesUnreachable.
    """
    with named_errors(source):
        return _build(source, store)


def _build(source: Path, store: ModuleStore) -> Package:
    text = _manifest_text(source)
    manifest = manifests.parse(text)
    definition = _definition(source, manifest) | {manifests.FILE_NAME: text.encode()}
    payload = None
    if manifest.payload is not None:
        files = sources.payload_files(source, manifest.payload)
        payload = _add(store, artifacts.PAYLOAD_TYPE, lambda to: archives.write_files(files, to))
    summary = Summary.of(manifest)
    artifact = Artifact(
        config=_add(store, artifacts.CONFIG_TYPE, lambda to: _write(summary.to_bytes(), to)),
        definition=_add(
            store, artifacts.DEFINITION_TYPE, lambda to: archives.write_texts(definition, to)
        ),
        payload=payload,
        code=summary.code,
        version=summary.version,
    )
    return summary.package(store.add_package(artifact))


def _manifest_text(source: Path) -> str:
    if not (source / manifests.FILE_NAME).is_file():
        raise SourceRefused(path=str(source), problem=f"has no {manifests.FILE_NAME}")
    content = sources.inside(source, manifests.FILE_NAME).read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise UnreadableManifest(
            document=manifests.FILE_NAME,
            line=before.count(b"\n") + 1,
            column=len(before) - before.rfind(b"\n"),
            problem="a byte that is not UTF-8",
        ) from None


def _definition(source: Path, manifest: Manifest) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    for file in manifest.definition_files:
        place = sources.inside(source, file)
        if not place.is_file():
            raise SourceRefused(path=file, problem="is not a file")
        texts[file] = place.read_bytes()
        _require_text(file, texts[file])
    for migration in manifest.migrations:
        if migration.transactional:
            _require_no_control(migration.file, texts[migration.file].decode("utf-8-sig"))
    return texts


def _require_text(file: str, content: bytes) -> None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SourceRefused(path=file, problem="is not UTF-8 text")


def _require_no_control(file: str, text: str) -> None:
    for statement in splitting.split(text):
        if statement.controls_transaction:
            problem = (
                f"begins or ends a transaction in statement {statement.number} (line"
                f" {statement.line}): take it out, or write transactional = false"
            )
            raise SourceRefused(path=file, problem=problem)


def _add(store: ModuleStore, media_type: str, write: Callable[[IO[bytes]], None]) -> Descriptor:
    with tempfile.TemporaryFile() as blob:
        write(blob)
        _ = blob.seek(0)
        digest, size = store.add_blob(blob)
    return Descriptor(media_type=media_type, digest=digest, size=size)


def _write(content: bytes, to: IO[bytes]) -> None:
    _ = to.write(content)
