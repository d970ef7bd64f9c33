"""The demo's stage: everything that runs while the procedure is played, started and ended here."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from liftlock.demo import acme, control_plane, environments, homes, setting_up
from liftlock.demo.control_plane import ControlPlane
from liftlock.demo.environments import WORLDS, Stand
from liftlock.demo.homes import Home
from liftlock.demo.narrator import Narrator
from liftlock.demo.setting_up import Keys
from liftlock.domain.environments import Kind
from liftlock.domain.progress import Progress
from liftlock.environments import runtimes
from liftlock.environments.embedded import EmbeddedServer
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.stores import ModuleStore
from liftlock.settings import settings

_KINDS = (Kind.PRODUCTION, Kind.STAGING, Kind.DEVELOPMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Three environments with their applications, and Liftlock."""

    stands: Mapping[Kind, Stand]
    plane: ControlPlane
    keys: Keys
    builders: ModuleStore
    """Where Acme's developers pack their modules, before they push them."""


def set_up(root: Path, narrator: Narrator, stack: ExitStack) -> Stage:
    """Start everything below `root`; the stack ends it.

    Raises: NoPython, NoServerPrograms and its kin, LiftlockDied, refusals of the API.
    """
    narrator.act("Three environments, each on a PostgreSQL server of its own")
    builders = OciLayout(root / "built")
    home = homes.lay(root / "application", not_as=EmbeddedServer(root).user)
    stands: dict[Kind, Stand] = {}
    for number, kind in enumerate(_KINDS):
        with narrator.doing(f"{kind.title}: server, databases, files, application") as done:
            stands[kind] = environments.make(kind, number, root, home, settings().pg_bin)
            _ = stack.callback(stands[kind].server.stop, immediately=True)
            rows = _fill(stands[kind], home, builders)
            _ = stack.callback(_stop, stands[kind], home)
            restart(stands[kind])
            done.append(f"{rows:,} rows, {stands[kind].url}")
    with narrator.doing("Liftlock: books, API, worker") as done:
        plane = stack.enter_context(control_plane.running(_liftlock_home(root), narrator.quote))
        keys = setting_up.set_up(plane, tuple(stands.values()))
        done.append(f"{plane.url}/api")
    return Stage(stands=stands, plane=plane, keys=keys, builders=builders)


def restart(stand: Stand) -> None:
    """Start an application anew and let people in: what a developer does after installing."""
    runtimes.start(stand.parts, hear)
    runtimes.wait_until_healthy(stand.parts, hear)
    runtimes.open_(stand.parts, hear)


def hear(_progress: Progress) -> None:
    """Take progress that nobody watches."""


def _fill(stand: Stand, home: Home, builders: ModuleStore) -> int:
    digests = acme.pack(acme.INSTALLED, builders)
    _ = installing.install(stand.parts, digests, builders, hear)
    return environments.fill(stand.parts, WORLDS[stand.kind], home.user)


def _stop(stand: Stand, home: Home) -> None:
    _ = runtimes.run_command(stand.parts, home.stop(stand.port))


def _liftlock_home(root: Path) -> Path:
    home = root / "liftlock"
    home.mkdir(mode=0o711)
    return home
