"""Where the demo's application is installed: beside the environments, for the user who runs it.

Started by root, an application is not to run as root; but root's own Python and virtual environment
are often out of everybody else's reach. So the application and what it needs are copied, and a
Python is looked for that can be run.
"""

import importlib.util
import os
import pwd
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liftlock.environments.commands import Command, Program, own_user, run_program
from liftlock.environments.parts import Runtime
from liftlock.errors import NotFound

_LIBRARIES = ("psycopg", "psycopg_binary", "psycopg_pool", "typing_extensions")
_OTHERS = ("nobody", "www-data", "daemon")
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
_NOT_NEEDED = shutil.ignore_patterns("site-packages", "test", "tests", "idlelib")
_RUN_BY = """\
import runpy
import sys

part = "server" if sys.argv[1] == "serve" else "__main__"
runpy.run_module(f"liftlock.demo.application.{part}", run_name="__main__", alter_sys=True)
"""


class NoPython(NotFound):
    """There is no Python that the application's user can run."""

    code = "demo.no_python"
    sentence = (
        "User {user}, whom the demo's application runs as, can run no {python} on this machine. "
        "Install {python} for everybody, or run the demo as a plain user."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An installed application: where it is, which Python runs it, and as whom."""

    path: Path
    python: Path
    user: str

    def program(self, command: str, *arguments: str) -> tuple[str, ...]:
        """Return the argument list of one of its commands."""
        return (str(self.python), "-I", "-B", str(self.path), command, *arguments)

    def runtime(self, port: int, life: int) -> Runtime:
        """Return one environment's commands; the application ends when process `life` is gone."""
        return Runtime(
            drain=self._command("drain", port),
            start=self._command("start", port, f"--life={life}"),
            health=self._command("health", port),
            open=self._command("open", port),
            own_user_allowed=self.user == own_user(),
        )

    def stop(self, port: int) -> Command:
        """Return the command that ends one environment's application."""
        return self._command("stop", port)

    def _command(self, name: str, port: int, *arguments: str) -> Command:
        argv = self.program(name, f"--port={port}", *arguments)
        return Command(argv=argv, user=self.user, timeout_s=60.0)


def lay(path: Path, *, not_as: str) -> Home:
    """Install the application into a new directory.

    Args:
        path: The directory; made here.
        not_as: A user who is not to run it where another can be found: the database server's.

    Raises: NoPython.
    """
    application = path / "liftlock" / "demo" / "application"
    _ = shutil.copytree(Path(__file__).parent / "application", application, ignore=_NOT_NEEDED)
    for package in (application.parent, application.parents[1]):
        _ = (package / "__init__.py").write_text('"""Only here to hold the application."""\n')
    _ = (path / "__main__.py").write_text(_RUN_BY)
    for source in _library_paths():
        _copy(source, path / source.name)
    user = _user(not_as)
    return Home(path=path, python=_usable_python(user, path / "python"), user=user)


def _user(not_as: str) -> str:
    if os.geteuid() != 0:
        return own_user()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _OTHERS if name in known and name != not_as), not_as)


def _library_paths() -> Iterator[Path]:
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        yield origin.parent if spec.submodule_search_locations else origin
        libraries = origin.parent.with_name(f"{name}.libs")
        if libraries.is_dir():
            yield libraries


def _copy(source: Path, target: Path) -> None:
    # What is compiled already comes along.
    _ = shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)


def _usable_python(user: str, copied: Path) -> Path:
    here = Path(sys.executable).resolve()
    for python in (here, Path("/usr/bin") / _PYTHON, Path("/usr/local/bin") / _PYTHON):
        if _runs(python, user):
            return python
    python = _copy_python(copied)
    if not _runs(python, user):
        raise NoPython(user=user, python=_PYTHON)
    return python


def _copy_python(copied: Path) -> Path:
    base = Path(sys.base_prefix)
    library = Path("lib") / _PYTHON
    _ = shutil.copytree(base / library, copied / library, ignore=_NOT_NEEDED)
    for shared in base.glob("lib/libpython*"):
        _ = shutil.copy2(shared, copied / "lib")
    (copied / "bin").mkdir()
    return Path(shutil.copy2(base / "bin" / _PYTHON, copied / "bin" / _PYTHON))


def _runs(python: Path, user: str) -> bool:
    argv = (str(python), "-I", "-c", "import ssl, sys; print(sys.version_info[:2])")
    other = None if user == own_user() else user
    finished = run_program(Program(argv=argv, env={}, user=other), timeout_s=30)
    return finished.code == 0 and str(sys.version_info[:2]) in finished.output
