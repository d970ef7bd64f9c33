"""The application's process: started in the background, found again by its pid file, ended."""

import os
import sys
import time
from http.client import HTTPConnection
from json import loads
from pathlib import Path
from typing import cast

from liftlock.demo.application.surroundings import HEALTH, Surroundings

_LOOK_EVERY_S = 0.01
_ANSWER_S = 5.0
_LOG_TAIL = 2000


class NotThere(Exception):
    """The application does not do what it was asked to; the text says why."""


def running(surroundings: Surroundings) -> int | None:
    """Return the process id of the running application, None when there is none."""
    try:
        pid = int(_pid_path(surroundings).read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if b"serve" in command and _home() in command else None


def start(surroundings: Surroundings, port: int, life: int | None, *, timeout_s: float) -> None:
    """Start the application in the background and wait until it answers.

    Raises: NotThere, with the end of its log, when it dies or does not answer in time.
    """
    argv = [sys.executable, "-I", "-B", _home().decode(), "serve", f"--port={port}"]
    argv += [] if life is None else [f"--life={life}"]
    log = surroundings.notes / "log"
    appending = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        sys.executable,
        argv,
        os.environ,  # noqa: TID251  a stranger's program: Liftlock's settings are not its own
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), appending, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    _ = _pid_path(surroundings).write_text(str(pid))
    _wait_for_answer(port, pid, log, timeout_s)


def end(surroundings: Surroundings, *, timeout_s: float) -> None:
    """End the application, if it runs, and wait until it is gone."""
    pid = running(surroundings)
    if pid is None:
        return
    os.kill(pid, 15)
    until = time.monotonic() + timeout_s
    while running(surroundings) == pid:
        if time.monotonic() > until:
            os.kill(pid, 9)
        time.sleep(_LOOK_EVERY_S)


def health(port: int) -> tuple[bool, dict[str, object]]:
    """Ask the running application how it is. Raises: NotThere, when nothing answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", HEALTH)
        answer = connection.getresponse()
        return answer.status < 400, cast("dict[str, object]", loads(answer.read()))  # noqa: PLR2004
    except OSError as error:
        msg = f"nothing answers on port {port}: {type(error).__name__}"
        raise NotThere(msg) from None
    finally:
        connection.close()


def drain(surroundings: Surroundings, port: int, *, timeout_s: float) -> None:
    """Wait until it serves nobody and holds no session, having been told. Raises: NotThere."""
    until = time.monotonic() + timeout_s
    while running(surroundings) is not None:
        _, told = health(port)
        if told["busy"] == 0 and told["sessions"] == 0:
            return
        if time.monotonic() > until:
            msg = f"still busy with {told['busy']}, {told['sessions']} sessions"
            raise NotThere(msg)
        time.sleep(_LOOK_EVERY_S)


def _wait_for_answer(port: int, pid: int, log: Path, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        try:
            _ = health(port)
        except NotThere:
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_EVERY_S)
        else:
            return
    msg = f"the application died:\n{log.read_text(errors='replace')[-_LOG_TAIL:]}"
    raise NotThere(msg)


def _home() -> bytes:
    return os.fsencode(Path(__file__).parents[3])


def _pid_path(surroundings: Surroundings) -> Path:
    return surroundings.notes / "pid"
