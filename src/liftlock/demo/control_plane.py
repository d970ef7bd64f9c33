"""Liftlock itself, as a user would run it: books, `liftlock serve` and `liftlock work`."""

import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from liftlock import bootstrap, clock, placement
from liftlock.client import people
from liftlock.client.connection import connect
from liftlock.demo.environments import free_port
from liftlock.domain.master_keys import MasterKeyMissing
from liftlock.environments.commands import Child, Program, spawn
from liftlock.errors import Conflict, LiftlockError, Unavailable
from liftlock.modules.oci_layout import OciLayout
from liftlock.settings import Settings, settings

_PREFERRED_PORT = 8550
_TICK_S = 0.2
_ANSWERS_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.05
_LAST_WORDS = 4000
OPERATOR = "olga"


class BooksInUse(Conflict):
    """The database that the demo should keep its books in has books already."""

    code = "demo.books_in_use"
    sentence = (
        "LIFTLOCK_DATABASE_URL names books that are in use. Give the demo an empty database, "
        "or unset the variable: the demo then brings its own."
    )


class LiftlockDied(Unavailable):
    """A process of Liftlock ended while the demo needed it."""

    code = "demo.liftlock_died"
    sentence = "`liftlock {command}` ended. What it said last stands above."


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """A running Liftlock and its first operator's key."""

    url: str
    operator_key: SecretStr
    store: OciLayout
    children: Mapping[str, Child]

    def require_alive(self) -> None:
        """Refuse to wait for processes that are gone. Raises: LiftlockDied."""
        for command, child in self.children.items():
            if child.ended():
                raise LiftlockDied(command=command)

    def last_words(self) -> Mapping[str, str]:
        """End its processes and return what each of them said last."""
        for child in self.children.values():
            child.kill()
        return {
            command: child.finished().output.strip()[-_LAST_WORDS:]
            for command, child in self.children.items()
        }


@contextmanager
def running(home: Path, tell: Callable[[str], None]) -> Generator[ControlPlane]:
    """Make the books below `home` (or where LIFTLOCK_DATABASE_URL says), run API and worker.

    When something is refused meanwhile, `tell` hears what both have said.

    Raises: BooksInUse, LiftlockDied, NoServerPrograms and its kin.
    """
    chosen = settings().model_copy(
        update={
            "home": home,
            "master_key_file": None,
            "module_store": None,
            "port": free_port(_PREFERRED_PORT),
            "host": "127.0.0.1",
        }
    )
    with ExitStack() as stack:
        url = stack.enter_context(placement.database_url(chosen))
        key = _new_operators_key(chosen.model_copy(update={"database_url": url}))
        variables = _variables(chosen, url)
        children = {
            command: stack.enter_context(spawn(_program(command, variables)))
            for command in ("serve", "work")
        }
        plane = ControlPlane(
            url=f"http://127.0.0.1:{chosen.port}",
            operator_key=key,
            store=bootstrap.module_store(chosen),
            children=children,
        )
        try:
            _wait_for_the_api(plane)
            yield plane
        except LiftlockError:
            for command, said in plane.last_words().items():
                tell(f"liftlock {command} said:\n{said}\n")
            raise


def _new_operators_key(chosen: Settings) -> SecretStr:
    try:
        key = bootstrap.init(chosen, login=OPERATOR, name="Olga Operator").key
    except MasterKeyMissing:  # books that exist were made with another key
        key = None
    if key is None:
        raise BooksInUse
    return key


def _variables(chosen: Settings, url: SecretStr) -> Mapping[str, str]:
    programs = {} if chosen.pg_bin is None else {"LIFTLOCK_PG_BIN": str(chosen.pg_bin)}
    return {
        "LIFTLOCK_HOME": str(chosen.home),
        "LIFTLOCK_DATABASE_URL": url.get_secret_value(),
        "LIFTLOCK_PORT": str(chosen.port),
        "LIFTLOCK_TICK_S": str(_TICK_S),
        "LIFTLOCK_ZONE": chosen.zone,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": str(chosen.home),
        "LC_ALL": "C.UTF-8",
        **programs,
    }


def _program(command: str, variables: Mapping[str, str]) -> Program:
    return Program(argv=(sys.executable, "-m", "liftlock", command), env=variables)


def _wait_for_the_api(plane: ControlPlane) -> None:
    give_up = clock.monotonic_s() + _ANSWERS_WITHIN_S
    with connect(plane.url, plane.operator_key.get_secret_value()) as api:
        while True:
            try:
                _ = people.me(api)
            except Unavailable:
                plane.require_alive()
                if clock.monotonic_s() > give_up:
                    raise
                clock.sleep_s(_LOOK_EVERY_S)
            else:
                return
