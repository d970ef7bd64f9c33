"""The files that a module installs: `<files>/modules/<code>/`, replaced whole by renaming.

A marker among them names the package they came from, so that what is on the disk can be read back.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from liftlock.domain.manifests import CODE, FOLDER, MARKER
from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.domain.progress import Tell
from liftlock.environments.entries import named_errors
from liftlock.modules import archives
from liftlock.modules.artifacts import canonical
from liftlock.modules.contents import PackageContent


def place(files: Path, code: ModuleCode) -> Path:
    """Return where a module's files are."""
    return files / FOLDER / code


def install(files: Path, content: PackageContent, tell: Tell) -> bool:
    """Bring a module's files to what its package has; return whether anything was to do.

    After a crash at any moment the folder is the old one, the new one, or missing, and a repeat
    makes it the new one.

    Raises: TamperedPackage, FilesUnreachable, and whatever `tell` raises.
    """
    final = place(files, content.manifest.code)
    incoming, outgoing = (final.with_name(f".{final.name}.{end}") for end in ("new", "old"))
    with named_errors(final):
        _remove(incoming, outgoing)
        if installed(final) == content.package.installed:
            return False
        _make_folder(final.parent)
        _make_folder(incoming)
        try:
            _fill(incoming, content, tell)
            _replace(final, incoming, outgoing)
        finally:
            _remove(incoming, outgoing)
    return True


def installed(folder: Path) -> Installed | None:
    """Return which package a folder of installed files came from, by its marker.

    Raises: FilesUnreachable.
    """
    with named_errors(folder):
        try:
            said = json.loads((folder / MARKER).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
    if not isinstance(said, dict):
        return None
    fields = cast("dict[str, object]", said)
    code, version, digest = (str(fields.get(name, "")) for name in ("code", "version", "digest"))
    return Installed(code=ModuleCode(code), version=version, digest=Digest(digest))


def all_installed(files: Path) -> Iterator[Installed]:
    """Yield what the markers below an environment's files say, by folder name.

    Raises: FilesUnreachable.
    """
    with named_errors(files):
        folder = files / FOLDER
        found = sorted(folder.iterdir()) if folder.is_dir() else []
    for child in found:
        if CODE.fullmatch(child.name) and (module := installed(child)):
            yield module


def _fill(folder: Path, content: PackageContent, tell: Tell) -> None:
    marker = {
        "code": content.package.code,
        "version": content.package.version,
        "digest": content.package.digest,
    }
    if (payload := content.payload()) is not None:
        with payload as stream:
            _ = archives.extract(stream, folder, content.package.digest, tell)
    archives.write_file(folder / MARKER, canonical(marker))
    archives.sync_folder(folder)


def _make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(archives.FOLDER_MODE)


def _replace(final: Path, incoming: Path, outgoing: Path) -> None:
    if final.exists():
        _ = final.rename(outgoing)
    _ = incoming.rename(final)
    archives.sync_folder(final.parent)


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
