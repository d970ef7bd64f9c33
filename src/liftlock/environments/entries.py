"""What is in a file tree, and what of it may travel: entries, their digests, refusals by name."""

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from liftlock import clock
from liftlock.domain.progress import Progress, Tell
from liftlock.errors import Conflict, Invalid, Unavailable

CHUNK = 4 * 1024 * 1024
"""How many bytes are read at once."""
_TELL_EVERY_S = 0.5


class UnsafeEntry(Invalid):
    """Something that cannot travel: a link that leaves the tree, a device, a socket, a pipe."""

    code = "files.unsafe_entry"
    sentence = (
        "{path} cannot be copied: it is {what}. "
        "Remove it, or leave it out by a decision in the policy."
    )


class FilesUnreachable(Unavailable):
    """The file system refused."""

    code = "files.unreachable"
    sentence = (
        "{path} cannot be read, written or renamed: {reason}. "
        "Check that the worker may, and try again."
    )


class FilesNotFound(Conflict):
    """The directory of files is not there."""

    code = "files.not_found"
    sentence = "There is no directory {path}. Make it, or correct the environment's files."


@contextmanager
def named_errors(path: Path) -> Generator[None]:
    """Turn the file system's refusals into ours. Raises: FilesUnreachable."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        reason = error.strerror or type(error).__name__
        raise FilesUnreachable(path=str(where), reason=reason) from None


class Pulse:
    """Calls `tell` twice a second at most, however often it is asked."""

    def __init__(self, tell: Tell | None) -> None:
        self._tell = tell
        self._told = clock.monotonic_s()

    def __call__(self, said: str, done: int) -> None:
        """Tell what is done, `done` files of it so far, if it is time."""
        if self._tell is not None and clock.monotonic_s() - self._told > _TELL_EVERY_S:
            self._told = clock.monotonic_s()
            self._tell(Progress(said=said, done=done, unit="files"))


def walk(tree: Path) -> Iterator[str]:
    """Yield the paths of all entries but filled directories, relative to the tree, in order."""
    for folder, folders, files in os.walk(tree, onerror=_raise):
        folders.sort()
        here = Path(folder).relative_to(tree)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *links]):
            yield str(here / name)
        if not folders and not files and here != Path():
            yield f"{here}/"


def _raise(error: OSError) -> None:
    """Pass over a directory that was removed while the tree was walked; people go on working."""
    if not isinstance(error, FileNotFoundError):
        raise error


def refuse_unsafe(tree: Path, path: str) -> None:
    """Refuse an entry that cannot travel. Raises: UnsafeEntry."""
    entry = tree / path
    mode = entry.lstat().st_mode
    if stat.S_ISLNK(mode):
        if _leaves(tree, entry):
            raise UnsafeEntry(path=shown(path), what="a link that leaves the tree")
    elif not stat.S_ISREG(mode):
        raise UnsafeEntry(path=shown(path), what="a device, a socket or a pipe")


def shown(path: str) -> str:
    """Return a path that can be written anywhere, even where its bytes are no UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def _leaves(tree: Path, link: Path) -> bool:
    """Whether a link could lead out; an absolute one would lead back to the original."""
    written = link.readlink()
    root = tree.resolve()
    plain = Path(os.path.normpath(link.parent / written))
    return (
        written.is_absolute()
        or not plain.is_relative_to(tree)
        or not link.resolve().is_relative_to(root)
    )


def digest_entry(tree: Path, path: str, pulse: Pulse) -> str:
    """Return what an entry is: digest of a file, target of a link, nothing for a directory."""
    entry = tree / path
    if path.endswith("/"):
        return ""
    if entry.is_symlink():
        return f"link:{entry.readlink()}"
    refuse_unsafe(tree, path)
    return digest_file(entry, pulse)


def digest_file(path: Path, pulse: Pulse) -> str:
    """Return the SHA-256 of a file's content, as long as it was when it was opened."""
    digest = sha256()
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            digest.update(chunk)
            pulse("comparing files", 0)
    return digest.hexdigest()


def require_directory(path: Path) -> None:
    """Refuse what is no directory. Raises: FilesNotFound."""
    if not path.is_dir():
        raise FilesNotFound(path=str(path))
