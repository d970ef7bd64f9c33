"""Other programs: their users, their limits, what is kept of what they say, and when they die."""

import os
import pickle
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eventually import eventually
from liftlock.environments import commands
from liftlock.environments.commands import (
    OUTPUT_BYTES,
    Command,
    CommandHung,
    OtherUserImpossible,
    OwnUserRefused,
    Program,
    UnknownUser,
)
from places import At, Stopped

IS_ROOT = os.geteuid() == 0
OTHER = "nobody" if IS_ROOT else commands.own_user()


def sh(script: str, **env: str) -> Program:
    return Program(argv=("/bin/sh", "-c", script), env=env)


def test_exit_code_and_output_come_back() -> None:
    finished = commands.run_program(sh("echo out; echo err >&2; exit 7"), timeout_s=10)
    assert (finished.code, finished.output) == (7, "out\nerr\n")


def test_a_command_runs_as_the_user_it_names() -> None:
    command = Command(argv=("/usr/bin/id", "-un"), user=OTHER)
    finished = commands.run(command, env={}, own_user_allowed=not IS_ROOT)
    assert finished.output.strip() == OTHER


@pytest.mark.parametrize("user", [None, commands.own_user()])
def test_the_workers_own_user_is_refused_unless_allowed(user: str | None) -> None:
    command = Command(argv=("/bin/true",), user=user)
    with pytest.raises(OwnUserRefused, match=r"true would run as the worker's own user"):
        _ = commands.run(command, env={})
    assert commands.run(command, env={}, own_user_allowed=True).code == 0


def test_an_unknown_user_is_named() -> None:
    with pytest.raises(UnknownUser, match="no user nobody-by-this-name"):
        _ = commands.run(Command(argv=("/bin/true",), user="nobody-by-this-name"), env={})


def test_a_plain_users_worker_runs_commands_only_as_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    monkeypatch.setattr(os, "geteuid", lambda: nobody)
    command = Command(argv=("/bin/true",), user="daemon")
    with pytest.raises(OtherUserImpossible, match=r"true is to run as daemon, but .* as nobody"):
        _ = commands.run(command, env={})


def test_the_environment_is_what_was_given_and_nothing_else() -> None:
    asked = Program(argv=("/usr/bin/env",), env={"ONLY": "this"})
    assert commands.run_program(asked, timeout_s=10).output == "ONLY=this\n"


def test_there_is_no_shell_between() -> None:
    asked = Program(argv=("/bin/echo", "$HOME; id `id`"), env={})
    assert commands.run_program(asked, timeout_s=10).output == "$HOME; id `id`\n"


def test_a_program_that_is_not_there_ends_with_127() -> None:
    finished = commands.run_program(Program(argv=("/no/such",), env={}), timeout_s=10)
    assert finished.code == 127
    assert finished.output == "/no/such: No such file or directory\n"


def test_output_is_cut_and_the_disk_is_spared() -> None:
    finished = commands.run_program(sh("head -c 30000000 /dev/zero | tr '\\0' x"), timeout_s=30)
    assert len(finished.output) == OUTPUT_BYTES


def test_passwords_of_urls_are_taken_out_in_both_spellings() -> None:
    url = "postgresql://app:p%40ss%2Fword@/db?host=/run"
    said = sh('echo "$URL"; echo p@ss/word', URL=url)
    output = commands.run_program(said, timeout_s=10).output
    assert output == "postgresql://app:********@/db?host=/run\n********\n"


def test_a_password_across_the_cut_is_taken_out() -> None:
    fill = OUTPUT_BYTES - 3
    script = f"head -c {fill} /dev/zero | tr '\\0' x; printf %s \"$PGPASSWORD\""
    output = commands.run_program(sh(script, PGPASSWORD="geheim-geheim"), timeout_s=10).output
    assert output.endswith("x***")
    assert len(output) == OUTPUT_BYTES


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert commands.run_program(sh("printf '\\377ok'"), timeout_s=10).output == "\ufffdok"


def test_a_program_that_hangs_is_killed_with_its_group(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with pytest.raises(CommandHung, match=r"sh did not end within 0\.3 seconds"):
        _ = commands.run_program(sh(f"sleep 600 & echo $! > {told}; wait"), timeout_s=0.3)
    child = int(told.read_text())
    _ = eventually(lambda: not _is_alive(child))


def test_a_stop_kills_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with pytest.raises(Stopped):
        _ = commands.run_program(
            sh(f"echo $$ > {told}; exec sleep 600"), tell=At(nth=1), timeout_s=60
        )
    assert not _is_alive(int(told.read_text()))


def test_a_pipeline_hands_on_what_comes_out() -> None:
    first, second = commands.pipeline((sh("seq 1 100000"), sh("wc -l")), timeout_s=10)
    assert (first.code, second.code, second.output.strip()) == (0, 0, "100000")
    assert first.output == ""


def test_a_pipelines_broken_end_ends_the_other() -> None:
    first, second = commands.pipeline((sh("yes"), sh("exit 3")), timeout_s=10)
    assert first.code in {-signal.SIGPIPE, 128 + signal.SIGPIPE}
    assert second.code == 3


def test_a_hanging_pipeline_is_killed_whole() -> None:
    with pytest.raises(CommandHung):
        _ = commands.pipeline((sh("sleep 600"), sh("cat")), timeout_s=0.3)


def test_programs_can_be_fed_and_read() -> None:
    with commands.spawn(sh("cat"), piped=True, feed=True) as child:
        assert child.input is not None
        assert child.output is not None
        _ = child.input.write(b"hello")
        child.input.close()
        assert child.output.read() == b"hello"
        commands.wait([child], timeout_s=10)
        assert child.finished().code == 0


def test_a_spawned_program_does_not_outlive_its_block() -> None:
    with commands.spawn(sh("sleep 600")) as child:
        assert not child.ended()
    assert not _is_alive(child.pid)


def test_a_program_dies_with_the_worker(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = (
        "from liftlock.environments.commands import *\n"
        f"hanging = ('/bin/sh', '-c', 'echo $$ > {told}; exec sleep 600')\n"
        "run_program(Program(argv=hanging, env={}), timeout_s=600)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script], env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    child = eventually(lambda: int(told.read_text() or 0) if told.exists() else 0)
    worker.kill()
    _ = worker.wait()
    _ = eventually(lambda: not _is_alive(child))


def test_refusals_survive_pickling() -> None:
    refusal = CommandHung(program="sh", timeout_s="3")
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301  our own
    assert (type(again), str(again)) == (CommandHung, str(refusal))


def _is_alive(pid: int) -> bool:
    """Whether a process runs: neither gone nor waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
