"""A module's source folder: which of its files go into the package, and which are refused."""

import os
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liftlock.domain import paths
from liftlock.domain.globs import matches
from liftlock.domain.manifest_parts import Payload
from liftlock.domain.manifests import MARKER
from liftlock.domain.packages import SourceRefused


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SourceFile:
    """A file, or a link, of the payload."""

    name: str
    """Below the payload's root, with slashes."""
    path: Path
    executable: bool = False
    link: str | None = None
    """Where a link leads, relative to its own folder; None for a file."""


def payload_files(source: Path, payload: Payload) -> tuple[SourceFile, ...]:
    """Return the files that a package installs, sorted by name. Empty folders do not travel.

    Raises: SourceRefused, naming the file: links that leave the payload or lead nowhere, devices,
    sockets, unsafe names, names that differ only in case.
    """
    root = inside(source, payload.root)
    if not root.is_dir():
        raise SourceRefused(path=payload.root, problem="is not a folder")
    files = tuple(sorted(_walk(root, "", payload.exclude), key=lambda file: file.name.encode()))
    names = paths.Names()
    for name in (MARKER, *(file.name for file in files)):
        if clash := names.add(name):
            raise SourceRefused(path=name, problem=f"is, but for case, the same as {clash}")
    if stray := first_stray_link({file.name: file.link for file in files}):
        raise SourceRefused(
            path=stray, problem="is a link that leaves the payload, or leads nowhere"
        )
    return files


def inside(source: Path, name: str) -> Path:
    """Return the real place of a name of the source folder.

    Raises: SourceRefused: it is not there, or a link leads out of the folder.
    """
    place = (source / name).resolve()
    if not place.is_relative_to(source.resolve()):
        raise SourceRefused(path=name, problem="leads out of the source folder")
    if not place.exists():
        raise SourceRefused(path=name, problem="is named in module.toml, but is not there")
    return place


def first_stray_link(links: dict[str, str | None]) -> str | None:
    """Return the first link that does not end at a file or folder of the same payload.

    `links` has every name of the payload, with where it leads when it is a link. A link may lead to
    another one, but not through one: what it means must not depend on where it is followed.
    """
    folders = {f for name in links for f in _folders_of(name)}
    for name, link in links.items():
        if link is not None and not _ends_inside(name, links, folders):
            return name
    return None


def _ends_inside(name: str, links: dict[str, str | None], folders: set[str]) -> bool:
    seen: set[str] = set()
    while (link := links.get(name)) is not None:
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
        if name in seen or posixpath.relpath(wanted, posixpath.dirname(name) or ".") != link:
            return False
        seen.add(name)
        name = wanted
    return name in links or name in folders


def _folders_of(name: str) -> Iterator[str]:
    while name := posixpath.dirname(name):
        yield name


def _walk(folder: Path, above: str, exclude: tuple[str, ...]) -> Iterator[SourceFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = above + entry.name
            if any(matches(glob, name) for glob in exclude):
                continue
            if problem := paths.problem_with(name):
                shown = name.encode(errors="backslashreplace").decode()
                raise SourceRefused(path=shown, problem=f"has a name that {problem}")
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{name}/", exclude)
            else:
                yield _file(entry, name)


def _file(entry: os.DirEntry[str], name: str) -> SourceFile:
    if entry.is_symlink():
        link = os.readlink(entry.path)  # noqa: PTH115  DirEntry has a path, not a Path
        where = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
        if where.startswith(("/", "../")) or where == "..":
            raise SourceRefused(path=name, problem="is a link that leaves the payload")
        normal = posixpath.relpath(where, posixpath.dirname(name) or ".")
        return SourceFile(name=name, path=Path(entry.path), link=normal)
    mode = entry.stat(follow_symlinks=False).st_mode
    if not stat.S_ISREG(mode):
        raise SourceRefused(path=name, problem="is neither a file nor a link: a device or a socket")
    return SourceFile(name=name, path=Path(entry.path), executable=bool(mode & stat.S_IXUSR))
