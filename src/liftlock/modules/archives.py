"""Tar archives, the same bytes for the same content, and read as if an enemy had made them.

Written: uncompressed, sorted by name, owner 0, time 0, modes 0644 or 0755. Read: only files and
links inside the archive; nothing is ever written through a link.
"""

import io
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO

from liftlock.domain import paths
from liftlock.domain.modules import Digest
from liftlock.domain.packages import SourceRefused, UnreadablePackage
from liftlock.domain.progress import Progress, Tell
from liftlock.modules.blobs import CHUNK_BYTES
from liftlock.modules.sources import SourceFile, first_stray_link
from liftlock.modules.watching import Pulse

FOLDER_MODE = 0o755
_FILE, _PROGRAM = 0o644, 0o755


def write_texts(texts: Mapping[str, bytes], to: IO[bytes]) -> None:
    """Write an archive of contents by name."""
    with _archive(to) as archive:
        for name in sorted(texts, key=str.encode):
            archive.addfile(_member(name, size=len(texts[name])), io.BytesIO(texts[name]))


def write_files(files: Iterable[SourceFile], to: IO[bytes]) -> None:
    """Write an archive of files, which must be sorted by name.

    Raises: SourceRefused: a file changed while it was read.
    """
    with _archive(to) as archive:
        for file in files:
            if file.link is None:
                _add(archive, file)
            else:
                archive.addfile(_member(file.name, link=file.link))


def read_texts(stream: IO[bytes], package: Digest) -> dict[str, bytes]:
    """Return the contents of an archive by name.

    Raises: UnreadablePackage.
    """
    texts: dict[str, bytes] = {}
    for member, content in _members(stream, package):
        if content is None:
            raise UnreadablePackage(package=package, problem=f"{member.name} is a link")
        texts[member.name] = content.read()
    return texts


def extract(stream: IO[bytes], into: Path, package: Digest, tell: Tell) -> int:
    """Write the files and links of an archive into a new folder and return how many there were.

    All is on the disk when it returns. Raises: UnreadablePackage, OSError, what `tell` raises.
    """
    links: dict[str, str | None] = {}
    pulse = Pulse(tell)
    for member, content in _members(stream, package):
        progress = Progress(said="writing files", done=len(links), unit="files")
        links[member.name] = member.linkname if content is None else None
        if content is not None:
            pieces = iter(partial(content.read, CHUNK_BYTES), b"")
            heard = _heard(pieces, pulse, progress)
            _write(heard, into / member.name, executable=bool(member.mode & 0o100))
    if stray := first_stray_link(links):
        raise UnreadablePackage(package=package, problem=f"link {stray} leads out of it")
    for name, link in links.items():
        if link is not None:
            _folder(into / name)
            (into / name).symlink_to(link)
    _sync_folders(into)
    return len(links)


def _archive(to: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=to, mode="w", format=tarfile.PAX_FORMAT)


def _member(
    name: str, *, size: int = 0, executable: bool = False, link: str | None = None
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = _PROGRAM if executable else _FILE
    if link is not None:
        member.type, member.linkname = tarfile.SYMTYPE, link
    return member


def _add(archive: tarfile.TarFile, file: SourceFile) -> None:
    with os.fdopen(_opened(file), "rb") as content:
        before = os.fstat(content.fileno())
        member = _member(file.name, size=before.st_size, executable=file.executable)
        try:
            archive.addfile(member, content)
        except OSError as error:
            if error.errno is not None:  # else tarfile's own: the file became shorter
                raise
        after = os.fstat(content.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceRefused(path=file.name, problem="changed while it was read")


def _opened(file: SourceFile) -> int:
    try:
        return os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise SourceRefused(path=file.name, problem="cannot be opened for reading") from None


def _members(
    stream: IO[bytes], package: Digest
) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    names = paths.Names()
    try:
        with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8") as archive:
            for member in archive:
                _require_harmless(member, names, package)
                yield member, archive.extractfile(member) if member.isreg() else None
    except (tarfile.TarError, UnicodeError, ValueError):
        raise UnreadablePackage(package=package, problem="its archive is broken") from None


def _require_harmless(member: tarfile.TarInfo, names: paths.Names, package: Digest) -> None:
    problem = paths.problem_with(member.name)
    if member.type not in {tarfile.REGTYPE, tarfile.SYMTYPE} or member.issparse():
        problem = problem or "is neither a file nor a link"
    if not problem and (clash := names.add(member.name)):
        problem = f"is, but for case, the same as {clash}"
    if problem:
        shown = member.name.encode(errors="backslashreplace").decode()
        raise UnreadablePackage(package=package, problem=f"{shown} {problem}")


def write_file(path: Path, content: bytes) -> None:
    """Write a new file that is on the disk when this returns."""
    _write((content,), path, executable=False)


def _heard(pieces: Iterable[bytes], pulse: Tell, progress: Progress) -> Iterator[bytes]:
    for piece in pieces:
        pulse(progress)
        yield piece


def _write(pieces: Iterable[bytes], path: Path, *, executable: bool) -> None:
    _folder(path)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.writelines(pieces)
        os.fchmod(file.fileno(), _PROGRAM if executable else _FILE)
        file.flush()
        os.fsync(file.fileno())


def _folder(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)


def _sync_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(FOLDER_MODE)
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
