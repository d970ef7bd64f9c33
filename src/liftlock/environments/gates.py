"""A gate beside a directory: what one execution renames goes through it, and others can close it.

A file system has no transaction in which a fencing number could be checked. So every path by which
directories are renamed or written leads through a symbolic link to their parent whose name carries
the number, `.ll_gate_<installation>_<environment>_<number>`. Whoever takes a move over removes the
links of lower numbers. A worker that was paused between its last word and its renaming finds no
path then, since the system follows the link in the very call that renames.
"""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from liftlock.domain.progress import Tell, last_word
from liftlock.environments.entries import named_errors
from liftlock.environments.parts import Parts

_GATE = ".ll_gate_"


@contextmanager
def opened(parts: Parts, tell: Tell, said: str) -> Generator[Path]:
    """Give a path to the parent of `parts.files` that holds until another takes the move over.

    Where `parts` carry no fencing number, it is the parent itself.

    Raises: FilesUnreachable, what `tell` raises.
    """
    parent = parts.files.parent
    if (number := _number(parts)) is None:
        last_word(tell, said)
        yield parent
        return
    gate = parent / f"{_start(parts)}{number}"
    with named_errors(parent):
        gate.unlink(missing_ok=True)
        gate.symlink_to(".")
    try:
        last_word(tell, said)
        yield gate
    finally:
        with suppress(OSError):
            gate.unlink(missing_ok=True)


def close_older(parts: Parts) -> None:
    """Remove the gates that executions with a lower number have left beside `parts.files`.

    Raises: FilesUnreachable.
    """
    parent, number = parts.files.parent, _number(parts)
    if number is None or not parent.is_dir():
        return
    with named_errors(parent):
        for gate in parent.glob(f"{_start(parts)}*"):
            its = gate.name.removeprefix(_start(parts))
            if its.isdecimal() and int(its) < number:
                gate.unlink(missing_ok=True)


def _start(parts: Parts) -> str:
    _, installation, environment, _ = parts.databases[0].application_name.split(":")
    return f"{_GATE}{installation}_{environment}_"


def _number(parts: Parts) -> int | None:
    """Return the fencing number that the parts' sessions carry; None without one."""
    if not parts.databases:
        return None
    name, _, number = parts.databases[0].application_name.rpartition(":")
    return int(number) if name.count(":") == 2 and number.isdecimal() else None  # noqa: PLR2004
