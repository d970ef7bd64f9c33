"""An application's hooks: what they get, how they fail, how long they may take."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from eventually import eventually
from liftlock.domain.moves import Scope
from liftlock.environments import runtimes
from liftlock.environments.commands import Command, CommandHung, OwnUserRefused
from liftlock.environments.parts import Parts, Runtime
from liftlock.environments.runtimes import HookFailed, NotHealthy
from liftlock.environments.servers import as_application
from places import At, Stopped, silent
from postgres import MakeParts, Server

OTHER = "nobody" if os.geteuid() == 0 else None
OWN_ALLOWED = OTHER is None


def shell(script: str, *, timeout_s: float = 20.0) -> Command:
    return Command(argv=("/bin/sh", "-c", script), user=OTHER, timeout_s=timeout_s)


@pytest.fixture
def parts(development_server: Server, make_parts: MakeParts) -> Parts:
    made = make_parts(development_server, runtime=Runtime(own_user_allowed=OWN_ALLOWED))
    made.files.chmod(0o777)
    made.files.parent.chmod(0o755)
    return made


def test_hooks_know_environment_files_and_connections_and_nothing_else(parts: Parts) -> None:
    running = _with(parts, start=shell('env > "$LIFTLOCK_FILES/seen"'))
    runtimes.start(running, silent)
    seen = dict(line.split("=", 1) for line in _seen(parts).splitlines())
    assert {name for name in seen if name not in {"PWD", "_", "SHLVL"}} == {
        "LIFTLOCK_ENVIRONMENT",
        "LIFTLOCK_FILES",
        "LIFTLOCK_DATABASE_SYSTEMDB",
        "LIFTLOCK_DATABASE_CUSTOMERS",
    }
    assert seen["LIFTLOCK_ENVIRONMENT"] == "development"
    with psycopg.connect(seen["LIFTLOCK_DATABASE_CUSTOMERS"]) as connection:
        row = connection.execute(
            "SELECT current_database(), current_setting('application_name')"
        ).fetchone()
    assert row == (parts.database("customers").name, "")


def test_hooks_of_a_copy_get_the_copys_places(parts: Parts) -> None:
    elsewhere = parts.at(lambda d: f"copy_of_{d.label}", parts.files.with_name("elsewhere"))
    given = runtimes.environment_variables(elsewhere)
    assert given["LIFTLOCK_FILES"].endswith("/elsewhere")
    assert "/copy_of_systemdb?" in given["LIFTLOCK_DATABASE_SYSTEMDB"]


def test_files_out_of_scope_are_not_shown(parts: Parts) -> None:
    data = parts.within(Scope(systemdb_and_files=False, data=True))
    given = runtimes.environment_variables(data)
    assert set(given) == {"LIFTLOCK_ENVIRONMENT", "LIFTLOCK_DATABASE_CUSTOMERS"}


def test_labels_become_names_of_variables(parts: Parts) -> None:
    odd = replace(parts.systemdb, label="crm-2.eu")
    given = runtimes.environment_variables(replace(parts, databases=(odd,)))
    assert "LIFTLOCK_DATABASE_CRM_2_EU" in given


def test_drain_runs_the_hook_then_ends_what_is_left(parts: Parts) -> None:
    running = _with(parts, drain=shell("echo closed to people"))
    named = replace(parts.systemdb, application_name="shop")
    with psycopg.connect(named.application_conninfo()) as client:
        drained = runtimes.drain(running, silent)
        client.close()
    assert drained.output == "closed to people\n"
    assert [(s.application, s.count) for s in drained.sessions] == [("shop", 1)]


def test_a_hook_that_says_no_is_named_and_its_output_kept_without_passwords(parts: Parts) -> None:
    running = _with(parts, drain=shell('echo "at $LIFTLOCK_DATABASE_SYSTEMDB"; exit 3'))
    with pytest.raises(HookFailed, match="drain of Development ended with exit code 3") as refusal:
        _ = runtimes.drain(running, silent)
    output = str(refusal.value.fields["output"])
    assert "postgresql://" in output
    assert "********" in output
    assert "at" not in str(refusal.value).split("drain")[0]
    for secret in _passwords(parts):
        assert secret not in output


def test_a_hook_that_hangs_is_killed_with_its_children(parts: Parts) -> None:
    script = 'sleep 600 & echo $! > "$LIFTLOCK_FILES/seen"; wait'
    running = _with(parts, drain=shell(script, timeout_s=0.7))
    with pytest.raises(CommandHung, match=r"sh did not end within 0\.7 seconds"):
        _ = runtimes.drain(running, silent)
    child = int(_seen(parts))
    _ = eventually(lambda: not _is_alive(child))


def test_a_stop_kills_the_hook(parts: Parts) -> None:
    script = 'echo $$ > "$LIFTLOCK_FILES/seen"; exec sleep 600'
    with pytest.raises(Stopped):
        runtimes.start(_with(parts, start=shell(script)), At(nth=2))
    assert not _is_alive(int(_seen(parts)))


def test_health_is_asked_until_the_first_healthy_answer(parts: Parts) -> None:
    script = 'echo x >> "$LIFTLOCK_FILES/seen"; test $(wc -l < "$LIFTLOCK_FILES/seen") -ge 3'
    runtimes.wait_until_healthy(_with(parts, health=shell(script)), silent)
    assert _seen(parts).count("x") == 3


def test_an_application_that_never_answers_is_not_healthy(parts: Parts) -> None:
    dead = _with(parts, health=shell("exit 1"), health_within_s=0.5)
    with pytest.raises(NotHealthy, match=r"Development did not answer .* within 0\.5 seconds"):
        runtimes.wait_until_healthy(dead, silent)


def test_a_health_question_that_hangs_counts_as_no_answer(parts: Parts) -> None:
    hanging = _with(parts, health=shell("sleep 600", timeout_s=0.3), health_within_s=0.5)
    with pytest.raises(NotHealthy):
        runtimes.wait_until_healthy(hanging, silent)


def test_what_was_started_goes_on_after_the_hook(parts: Parts) -> None:
    script = '(exec sleep 600 > /dev/null 2>&1) & echo $! > "$LIFTLOCK_FILES/seen"'
    runtimes.start(_with(parts, start=shell(script)), silent)
    child = int(_seen(parts))
    assert _is_alive(child)
    os.kill(child, 9)


def test_hooks_that_are_not_given_are_not_needed(parts: Parts) -> None:
    assert runtimes.drain(parts, silent).output == ""
    runtimes.start(parts, silent)
    runtimes.wait_until_healthy(parts, silent)
    runtimes.open_(parts, silent)


def test_quiesce_holds_back_and_open_lets_go_on_whatever_happens(parts: Parts) -> None:
    script = 'echo {} >> "$LIFTLOCK_FILES/seen"'
    quiet = _with(parts, quiesce=shell(script.format("quiet")), open=shell(script.format("open")))
    with pytest.raises(ZeroDivisionError), runtimes.quiesced(quiet, silent):
        _ = 1 / 0
    assert _seen(parts).split() == ["quiet", "open"]


def test_without_a_quiesce_hook_nothing_is_opened(parts: Parts) -> None:
    with runtimes.quiesced(_with(parts, open=shell("exit 1")), silent):
        pass


def test_the_workers_own_user_is_refused_unless_the_operator_says_so(parts: Parts) -> None:
    refused = replace(parts, runtime=Runtime(start=Command(argv=("/bin/true",))))
    with pytest.raises(OwnUserRefused, match="let the operator allow it"):
        runtimes.start(refused, silent)
    allowed = replace(refused.runtime, own_user_allowed=True)
    runtimes.start(replace(refused, runtime=allowed), silent)


def test_the_runtimes_user_runs_what_names_nobody(parts: Parts) -> None:
    by_user = replace(parts, runtime=replace(parts.runtime, user=OTHER))
    finished = runtimes.run_command(by_user, Command(argv=("/usr/bin/id", "-un")))
    assert finished.output.strip() == (OTHER or _own())


def test_an_application_in_python_reaches_its_database_by_the_given_url(parts: Parts) -> None:
    with as_application(parts.systemdb) as connection:
        _ = connection.execute("CREATE TABLE said AS SELECT 'hello' AS word")
    given = runtimes.environment_variables(parts)["LIFTLOCK_DATABASE_SYSTEMDB"]
    with psycopg.connect(given) as connection:
        assert connection.execute("SELECT word FROM said").fetchone() == ("hello",)
    assert sys.executable not in given


def _with(parts: Parts, **hooks: Command | float) -> Parts:
    return replace(parts, runtime=replace(parts.runtime, **hooks))


def _seen(parts: Parts) -> str:
    return (parts.files / "seen").read_text()


def _passwords(parts: Parts) -> set[str]:
    given = runtimes.environment_variables(parts).values()
    return {url.split("@")[0].rpartition(":")[2] for url in given if "://" in url}


def _is_alive(pid: int) -> bool:
    """Whether a process runs: neither gone nor waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _own() -> str:
    import pwd  # noqa: PLC0415

    return pwd.getpwuid(os.geteuid()).pw_name
