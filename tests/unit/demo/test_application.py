"""The demo's application: a real process with real sessions, drained, started, opened, ended."""

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from acme import LABELS, settle
from eventually import eventually
from liftlock.demo import acme as story
from liftlock.demo import environments, homes
from liftlock.demo.homes import Home
from liftlock.demo.probes import Probe
from liftlock.domain.progress import Progress
from liftlock.environments import runtimes
from liftlock.environments.parts import Parts
from liftlock.environments.runtimes import HookFailed, NotHealthy
from liftlock.environments.servers import as_keeper
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from postgres import MakeParts, Server

SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'acme'"


def tell(_progress: Progress) -> None:
    """Nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Running:
    parts: Parts
    port: int
    home: Home

    @property
    def pid(self) -> int:
        return int((self.parts.files.parent / "run" / "pid").read_text())

    def get(self, path: str) -> tuple[int, str, str | None]:
        """Return status, content and Retry-After of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return answer.status, answer.read().decode(), None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers["Retry-After"]

    def sessions(self) -> int:
        with as_keeper(self.parts.systemdb) as connection:
            row = connection.execute(SESSIONS).fetchone()
        return int(row[0]) if row else -1

    def start(self) -> None:
        runtimes.start(self.parts, tell)
        runtimes.wait_until_healthy(self.parts, tell)


@pytest.fixture
def application(
    make_parts: MakeParts, production_server: Server, tmp_path: Path
) -> Generator[Running]:
    parts = make_parts(production_server, labels=LABELS)
    root = parts.files.parent
    home = homes.lay(root / "application", not_as=production_server.embedded.user)
    port = environments.free_port(0)
    store = OciLayout(tmp_path / "store")
    packages = story.pack(story.INSTALLED, store)
    _ = installing.install(parts, packages, store, tell)
    _ = settle(parts, schema=False)
    environments.give(environments.notes_directory(root), home.user)
    environments.give(parts.files, home.user)
    runtime = replace(home.runtime(port, os.getpid()), own_user_allowed=True, health_within_s=1.0)
    running = Running(parts=replace(parts, runtime=runtime), port=port, home=home)
    yield running
    _ = runtimes.run_command(running.parts, home.stop(port), tell)


def test_it_starts_closed_to_people_and_tells_its_health(application: Running) -> None:
    application.start()
    status, _, retry_after = application.get("/")
    assert (status, retry_after) == (503, "1")
    assert application.get("/health")[0] == 200


def test_opened_it_shows_modules_customers_and_orders(application: Running) -> None:
    application.start()
    runtimes.open_(application.parts, tell)
    status, modules, _ = application.get("/")
    assert status == 200
    assert "acme.crm" in modules
    _, customer, _ = application.get("/customers/C-000001")
    assert "Consents" in customer
    assert application.get("/orders")[0] == 200
    assert application.get("/nothing")[0] == 404


def test_drained_it_holds_no_session_and_turns_people_away(application: Running) -> None:
    application.start()
    runtimes.open_(application.parts, tell)
    _ = application.get("/customers/C-000001")
    assert application.sessions() > 0
    drained = runtimes.drain(application.parts, tell)
    assert drained.sessions == ()
    assert application.sessions() == 0
    assert application.get("/")[0] == 503
    assert application.sessions() == 0


def test_draining_twice_and_draining_what_does_not_run_are_fine(application: Running) -> None:
    _ = runtimes.drain(application.parts, tell)
    application.start()
    for _ in range(2):
        _ = runtimes.drain(application.parts, tell)
    application.start()
    runtimes.open_(application.parts, tell)
    assert application.get("/")[0] == 200


def test_starting_again_replaces_the_process(application: Running) -> None:
    application.start()
    before = application.pid
    application.start()
    assert application.pid != before
    assert not Path(f"/proc/{before}").exists() or zombie(before)


def test_code_that_is_not_what_the_systemdb_says_is_unhealthy(application: Running) -> None:
    (application.parts.files / "modules/acme.crm/extension.py").unlink()
    runtimes.start(application.parts, tell)
    with pytest.raises(NotHealthy):
        runtimes.wait_until_healthy(application.parts, tell)


def test_a_module_that_crashes_it_makes_the_start_fail(application: Running) -> None:
    code = application.parts.files / "modules/acme.crm/extension.py"
    _ = code.write_text("raise RuntimeError('no licence')\n")
    with pytest.raises(HookFailed) as refused:
        runtimes.start(application.parts, tell)
    assert "no licence" in str(refused.value.fields["output"])


def test_it_ends_with_the_process_that_it_was_started_for(application: Running) -> None:
    gone = os.posix_spawn("/bin/true", ["true"], {})
    _ = os.waitpid(gone, 0)
    runtime = replace(application.home.runtime(application.port, gone), own_user_allowed=True)
    runtimes.start(replace(application.parts, runtime=runtime), tell)
    pid = application.pid
    assert eventually(lambda: not Path(f"/proc/{pid}").exists() or zombie(pid))


def test_mail_is_sent_only_while_people_are_served_and_mail_is_on(application: Running) -> None:
    outbox = application.parts.files.parent / "run" / "outbox.log"
    application.start()
    assert not outbox.exists()
    runtimes.open_(application.parts, tell)
    assert eventually(lambda: outbox.exists() and "On its way" in outbox.read_text())


def test_a_client_measures_how_long_it_was_turned_away(application: Running) -> None:
    application.start()
    runtimes.open_(application.parts, tell)
    with Probe(application.port) as probe:
        assert eventually(lambda: probe.served > 3)
        assert probe.downtime_ms == 0
        _ = runtimes.drain(application.parts, tell)
        application.start()
        runtimes.open_(application.parts, tell)
        stretch = eventually(lambda: probe.turned_away)[0]
    assert stretch.refusals > 0
    assert "503" in stretch.answers
    assert 20 < probe.downtime_ms < 10_000


def test_draining_an_application_that_does_not_answer_fails(application: Running) -> None:
    application.start()
    os.kill(application.pid, signal.SIGSTOP)
    with pytest.raises(HookFailed):
        _ = runtimes.drain(application.parts, tell)
    os.kill(application.pid, signal.SIGCONT)


def zombie(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
