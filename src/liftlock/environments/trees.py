"""File trees: copied beside the live one, compared by digest, swapped by renaming.

Never hard links: a write in place below would change Production. Reflinks where the file system
can. What could lead out of the tree, or is no file, is refused by name.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TypeAlias

from liftlock import clock
from liftlock.domain.progress import Tell
from liftlock.environments.entries import (
    CHUNK,
    Pulse,
    UnsafeEntry,
    digest_entry,
    digest_file,
    named_errors,
    refuse_unsafe,
    require_directory,
    shown,
    walk,
)
from liftlock.environments.names import parse
from liftlock.errors import Conflict

_FICLONE = 0x40049409
"""The request of ioctl(2) that makes a reflink (linux/fs.h)."""
_TRIES = 5
_PAUSE_S = 0.05
_RECENT_S = 2.0
"""Longer than one step of any file system's clock."""
_PART = ".part"


class FileWillNotHoldStill(Conflict):
    """A file changed each time it was copied."""

    code = "files.will_not_hold_still"
    sentence = (
        "{path} changed each of {tries} times that it was copied. "
        "Stop what writes it, or leave it out by a decision in the policy."
    )


class TreeInTheWay(Conflict):
    """A directory stands where one should be made or renamed to."""

    code = "files.in_the_way"
    sentence = "{path} exists already. Find out what it is, and remove it when it may go."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an entry goes, relative to the copy; `content` makes it a placeholder."""

    path: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What copying a tree did."""

    files: int
    size_bytes: int
    left_out: int


Decide: TypeAlias = Callable[[str], Placed | None]
"""Takes a path relative to the tree (an empty directory's ends with `/`); None leaves it out."""


def keep(path: str) -> Placed:
    """Decide to keep an entry as it is."""
    return Placed(path=path)


def copy_tree(source: Path, target: Path, decide: Decide, tell: Tell) -> Copied:
    """Copy a tree as `decide` says; `target` appears when it is complete and compared.

    Modes, times and (as root) owners come along. What an earlier try left half done is replaced.

    Raises: FilesNotFound, TreeInTheWay, UnsafeEntry, FileWillNotHoldStill, FilesUnreachable, what
    `tell` raises.
    """
    require_directory(source)
    if target.exists():
        raise TreeInTheWay(path=str(target))
    part = target.with_name(target.name + _PART)
    with named_errors(part):
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(mode=0o700)
        copied = _Copying(source, part, decide, Pulse(tell)).run()
        # A machine that loses its power must not find the name complete and the content empty.
        os.sync()
        _ = part.rename(target)
    return copied


def digest_tree(tree: Path, tell: Tell | None = None) -> dict[str, str]:
    """Return what each entry of a tree is: path to SHA-256 of its content.

    A link's is `link:` and where it points. An empty directory's path ends with `/` and its digest
    is empty.

    Raises: FilesNotFound, UnsafeEntry, FilesUnreachable, what `tell` raises.
    """
    require_directory(tree)
    pulse = Pulse(tell)
    with named_errors(tree):
        return {path: digest_entry(tree, path, pulse) for path in walk(tree)}


def tree_digest(tree: Path, tell: Tell | None = None) -> str:
    """Return one digest over all paths and contents of a tree. Raises as `digest_tree` does."""
    lines = (f"{path}\0{digest}\n" for path, digest in sorted(digest_tree(tree, tell).items()))
    return sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def entries(tree: Path) -> list[str]:
    """Return the paths of all entries but filled directories, relative to the tree, in order.

    Raises: FilesNotFound, FilesUnreachable.
    """
    require_directory(tree)
    with named_errors(tree):
        return list(walk(tree))


def why_unsafe(tree: Path, path: str) -> str | None:
    """Return what an entry is that cannot travel: a device, a link that leaves; else None."""
    try:
        refuse_unsafe(tree, path)
    except UnsafeEntry as refusal:
        return str(refusal.fields["what"])
    return None


def size_bytes(tree: Path) -> int:
    """Return how many bytes the files of a tree hold; 0 when there is no such directory."""
    return sum((tree / path).lstat().st_size for path in walk(tree)) if tree.is_dir() else 0


def swap_directories(live: Path, *, coming: Path, away: Path) -> None:
    """Rename `live` to `away` and `coming` to `live`; a repeat goes on where it stopped.

    Nothing happens when `coming` is gone already and `live` is there. All three have the same
    parent.

    Raises: TreeInTheWay, FilesNotFound, FilesUnreachable.
    """
    with named_errors(live):
        if coming.exists() and live.exists():
            if away.exists():
                raise TreeInTheWay(path=str(away))
            _rename(live, away)
        if not live.exists():
            require_directory(coming)
            _rename(coming, live)


def remove_tree(tree: Path) -> None:
    """Remove a directory of ours, known by its name, complete or half made, if it is there.

    Raises: TreeInTheWay for any other name, FilesUnreachable.
    """
    if parse(tree.name) is None:
        raise TreeInTheWay(path=str(tree))
    for path in (tree, tree.with_name(tree.name + _PART)):
        while path.exists():
            # Two workers may drop the same restore point: then one finds it going.
            with named_errors(path), suppress(FileNotFoundError):
                shutil.rmtree(path)


class _Copying:
    """One copy of one tree."""

    def __init__(self, source: Path, part: Path, decide: Decide, pulse: Pulse) -> None:
        self._source = source
        self._part = part
        self._decide = decide
        self._pulse = pulse
        self._files = self._bytes = self._left_out = 0

    def run(self) -> Copied:
        for path in walk(self._source):
            self._pulse("copying files", self._files)
            placed = self._decide(path)
            if placed is None:
                self._left_out += 1
            elif self._place(path, placed):
                self._files += 1
        self._dress_directories()
        return Copied(files=self._files, size_bytes=self._bytes, left_out=self._left_out)

    def _place(self, path: str, placed: Placed) -> bool:
        """Put an entry in its place; False for a directory, or what was removed meanwhile."""
        source, target = self._source / path, self._part / _inside(placed.path)
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
            return False
        if os.path.lexists(target):
            raise TreeInTheWay(path=shown(placed.path))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._fill(path, placed, target)
        except FileNotFoundError:
            if os.path.lexists(source):
                raise
            target.unlink(missing_ok=True)
            return False
        return True

    def _fill(self, path: str, placed: Placed, target: Path) -> None:
        source = self._source / path
        if placed.content is not None:
            _ = target.write_bytes(placed.content)
            _dress(source, target)
            return
        refuse_unsafe(self._source, path)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            self._copy_file(source, target, path)

    def _copy_file(self, source: Path, target: Path, path: str) -> None:
        for tried in range(_TRIES):
            clock.sleep_s(_PAUSE_S * tried)
            target.unlink(missing_ok=True)
            before = source.stat()
            digest = _copy_content(source, target, before.st_size, self._pulse)
            _dress(source, target)
            compared = [target, source] if _is_recent(before) else [target]
            equal = all(digest == digest_file(path, self._pulse) for path in compared)
            if equal and _same(before, source.stat()):
                self._bytes += before.st_size
                return
        raise FileWillNotHoldStill(path=shown(path), tries=_TRIES)

    def _dress_directories(self) -> None:
        """Give directories mode, times and owner last: filling them changed their times."""
        made = [
            self._part,
            *(p for p in self._part.rglob("*") if p.is_dir() and not p.is_symlink()),
        ]
        for directory in sorted(made, reverse=True):
            alike = self._source / directory.relative_to(self._part)
            _dress(alike if alike.is_dir() else self._source, directory)


def _inside(path: str) -> str:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise UnsafeEntry(path=shown(path), what="placed outside the tree")
    return path


def _copy_content(source: Path, target: Path, size: int, pulse: Pulse) -> str:
    """Copy, by reflink if possible, and return the digest of what was read."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as read, target.open("wb") as write:
        try:
            _ = fcntl.ioctl(write, _FICLONE, read.fileno())
        except OSError:
            return _copy_bytes(read, write, size, pulse)
    return digest_file(target, pulse)


def _copy_bytes(read: IO[bytes], write: IO[bytes], size: int, pulse: Pulse) -> str:
    """Copy no more than the file had: one that grows for ever would never end."""
    digest = sha256()
    while size > 0 and (chunk := read.read(min(CHUNK, size))):
        size -= len(chunk)
        digest.update(chunk)
        _ = write.write(chunk)
        pulse("copying files", 0)
    return digest.hexdigest()


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    )


def _is_recent(found: os.stat_result) -> bool:
    """Whether a change just now could have left no trace: file times advance in small steps."""
    return clock.now().timestamp() - found.st_mtime < _RECENT_S


def _dress(source: Path, target: Path) -> None:
    """Give the copy owner, mode and times of its original."""
    original = source.stat()
    if os.geteuid() == 0:
        os.chown(target, original.st_uid, original.st_gid)
    shutil.copystat(source, target)


def _rename(path: Path, new: Path) -> None:
    _ = path.rename(new)
    parent = os.open(new.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
