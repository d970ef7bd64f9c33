"""Where in a copy's files something could have survived: names and contents."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liftlock.domain.decisions import Policy
from liftlock.domain.progress import Progress, Tell
from liftlock.downalign.masking.places import CHUNK_BYTES

_LOOKING = Progress(said="looking for real values in files")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlace:
    """One entry of the files configuration."""

    path: str
    """Relative, with `/`."""
    under: str
    """The glob of the decision about it: a file's own name may say whose it is."""
    file: Path | None
    """None for a folder and for a link, whose target is then `path`."""


def entries(files: Path, policy: Policy, tell: Tell) -> Iterator[FilePlace]:
    """Yield every folder, link and file that the policy does not leave unscanned.

    Raises: what `tell` raises.
    """
    for path in _walk(files):
        tell(_LOOKING)
        relative = path.relative_to(files).as_posix()
        decision = policy.path_decision(relative)
        if decision is None or decision.scanned:
            under = decision.glob if decision else "no decision's glob"
            if path.is_symlink():
                target = os.fsencode(path.readlink()).decode(errors="replace")
                yield FilePlace(path=target, under=under, file=None)
            file = path if path.is_file() and not path.is_symlink() else None
            yield FilePlace(path=relative, under=under, file=file)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def contents(file: Path, tell: Tell) -> Iterator[bytes]:
    """Yield a file's contents in chunks. Raises: what `tell` raises."""
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            tell(_LOOKING)
            yield chunk
