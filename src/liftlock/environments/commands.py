"""The one door to other programs: an application's commands, PostgreSQL's own programs.

Nothing here is a shell. Each program gets exactly the environment it is given, a session of its
own, and dies with the worker. It is started through a small launcher, since a program can only ask
for the signal at its parent's death after it has become the other user, and since code between fork
and exec is unsafe in a process with threads.
"""

import json
import os
import pwd
import signal
import subprocess  # noqa: TID251  the one door
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from liftlock import clock
from liftlock.domain.progress import Progress, Tell
from liftlock.errors import Conflict, Forbidden, Invalid

OUTPUT_BYTES = 64 * 1024
"""How much of a program's output is kept."""
_TRIM_BYTES = 1024 * 1024
_LOOK_EVERY_S = 0.01
_TELL_EVERY_S = 0.5
_LAUNCHER = """
import ctypes, json, os, signal, sys
user, parent, language, argv = json.loads(sys.argv[1])
if user is not None:
    name, uid, gid = user
    os.initgroups(name, gid)
    os.setgid(gid)
    os.setuid(uid)
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != parent:
    os._exit(137)
if not language:
    os.environ.pop("LC_CTYPE", None)
for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(ignored_by_python, signal.SIG_DFL)
try:
    os.execvp(argv[0], argv)
except OSError as error:
    print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(127)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An argument list (never a shell), the user who runs it, and how long it may take."""

    argv: tuple[str, ...]
    user: str | None = None
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended: its exit code, and its output, cut at 64 KiB, without secrets."""

    code: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of ours (`pg_dump`, `psql`): arguments, its whole environment, who runs it."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    user: str | None = None


class CommandHung(Conflict):
    """A program did not end in time; it and its children were killed."""

    code = "command.hung"
    sentence = (
        "{program} did not end within {timeout_s} seconds and was killed. "
        "Find out what it waited for, or raise its time limit."
    )


class OwnUserRefused(Forbidden):
    """An application's command would run as the worker itself."""

    code = "command.own_user"
    sentence = (
        "{program} would run as the worker's own user {user}. "
        "Name another user, or let the operator allow it for this environment."
    )


class OtherUserImpossible(Forbidden):
    """Only root can become another user."""

    code = "command.other_user"
    sentence = (
        "{program} is to run as {user}, but the worker runs as {own} and can run commands only as "
        "itself. Run the worker as root, or as {user}."
    )


class UnknownUser(Invalid):
    """There is no such user on this machine."""

    code = "command.unknown_user"
    sentence = "There is no user {user} on this machine to run {program} as."


def own_user() -> str:
    """Return the name of the user whom this process runs as; the number where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def run(
    command: Command,
    *,
    env: Mapping[str, str],
    tell: Tell | None = None,
    own_user_allowed: bool = False,
) -> Finished:
    """Run an application's command to its end, with exactly this environment, in `/`.

    Passwords of connection URLs in `env` are taken out of the output.

    Raises: OwnUserRefused, OtherUserImpossible, UnknownUser, CommandHung, and whatever `tell`
    raises; in the last two cases the whole process group is killed first.
    """
    _require_allowed(command, own_user_allowed=own_user_allowed)
    program = Program(argv=command.argv, env=env, user=command.user)
    return run_program(program, tell=tell, timeout_s=command.timeout_s)


def run_program(program: Program, *, tell: Tell | None = None, timeout_s: float) -> Finished:
    """Run a program of ours to its end; output and errors come together. Raises as `run` does."""
    return pipeline((program,), tell=tell, timeout_s=timeout_s)[0]


def pipeline(
    programs: Sequence[Program], *, tell: Tell | None = None, timeout_s: float
) -> tuple[Finished, ...]:
    """Run programs side by side, each one's output being the next one's input.

    What comes back of each is its errors, of the last one its output too. When one fails the others
    see the end of their pipes. Raises as `run` does, after killing all of them.
    """
    with ExitStack() as stack:
        children: list[Child] = []
        for index, program in enumerate(programs):
            last = index == len(programs) - 1
            source = children[-1].output if children else None
            children.append(stack.enter_context(spawn(program, stdin=source, piped=not last)))
            if source is not None:
                source.close()
        wait(children, tell=tell, timeout_s=timeout_s)
        return tuple(child.finished() for child in children)


class Child:
    """A running program. Its errors, and its output unless piped, go into an unnamed file."""

    def __init__(self, program: Program, popen: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self._program = program
        self._popen = popen
        self._said = said

    @property
    def name(self) -> str:
        """Return the program's file name, for messages."""
        return Path(self._program.argv[0]).name

    @property
    def pid(self) -> int:
        """Return the process id, which is the process group's too."""
        return self._popen.pid

    @property
    def output(self) -> IO[bytes] | None:
        """Return the pipe that it writes to, if it was spawned `piped`."""
        return self._popen.stdout

    @property
    def input(self) -> IO[bytes] | None:
        """Return the pipe that it reads from, if it was spawned with `feed`."""
        return self._popen.stdin

    def ended(self) -> bool:
        """Say whether it has ended."""
        return self._popen.poll() is not None

    def finished(self) -> Finished:
        """Return exit code and output of a program that has ended."""
        secrets = _secrets(self._program.env)
        _ = self._said.seek(0)
        said = self._said.read(OUTPUT_BYTES + max((len(s.encode()) for s in secrets), default=0))
        return Finished(code=self._popen.wait(), output=_redacted(said, secrets))

    def trim(self) -> None:
        """Give back the disk space of output that nobody will read."""
        if os.fstat(self._said.fileno()).st_size > _TRIM_BYTES:
            os.ftruncate(self._said.fileno(), 2 * OUTPUT_BYTES)

    def kill(self) -> None:
        """End it and every process of its group, at once, unless it has ended by itself."""
        if not self.ended():
            os.killpg(self._popen.pid, signal.SIGKILL)
            _ = self._popen.wait()

    def close(self) -> None:
        """Kill it if it still runs, and close our ends of its pipes."""
        self.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


@contextmanager
def spawn(
    program: Program,
    *,
    stdin: IO[bytes] | None = None,
    piped: bool = False,
    feed: bool = False,
) -> Generator[Child]:
    """Start a program beside us; whatever of it still runs when the block is left is killed.

    `piped` makes `child.output` a pipe to read from, `feed` makes `child.input` a pipe to write to.
    Stay in the thread that spawned it: the program dies with that thread.

    Raises: OtherUserImpossible, UnknownUser.
    """
    with tempfile.TemporaryFile("a+b") as said:
        popen = subprocess.Popen(
            _launched(program),
            env=dict(program.env),
            cwd="/",
            stdin=subprocess.PIPE if feed else stdin if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else said,
            stderr=said,
            start_new_session=True,
        )
        child = Child(program, popen, said)
        try:
            yield child
        finally:
            child.close()


def wait(children: Sequence[Child], *, tell: Tell | None = None, timeout_s: float) -> None:
    """Wait until all have ended, asking `tell` twice a second whether to stop.

    Raises: CommandHung, and whatever `tell` raises, after killing all of them.
    """
    begun = told = clock.monotonic_s()
    try:
        while unfinished := [child for child in children if not child.ended()]:
            _require_in_time(unfinished[0], begun, timeout_s)
            if tell is not None and clock.monotonic_s() - told > _TELL_EVERY_S:
                told = clock.monotonic_s()
                tell(Progress(said=f"waiting for {unfinished[0].name}"))
            for child in unfinished:
                child.trim()
            clock.sleep_s(_LOOK_EVERY_S)
    except BaseException:
        for child in children:
            child.kill()
        raise


def _require_in_time(child: Child, begun: float, timeout_s: float) -> None:
    if clock.monotonic_s() - begun > timeout_s:
        raise CommandHung(program=child.name, timeout_s=f"{timeout_s:g}")


def _launched(program: Program) -> list[str]:
    user = None if program.user is None else _other_user(program, program.user)
    asked = [user, os.getpid(), "LC_CTYPE" in program.env, list(program.argv)]
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, json.dumps(asked)]


def _other_user(program: Program, user: str) -> tuple[str, int, int] | None:
    name = Path(program.argv[0]).name
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise UnknownUser(user=user, program=name) from None
    if entry.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise OtherUserImpossible(user=user, own=own_user(), program=name)
    return entry.pw_name, entry.pw_uid, entry.pw_gid


def _require_allowed(command: Command, *, own_user_allowed: bool) -> None:
    if not own_user_allowed and command.user in {None, own_user()}:
        raise OwnUserRefused(program=Path(command.argv[0]).name, user=own_user())


def _secrets(env: Mapping[str, str]) -> list[str]:
    """Return the passwords in an environment, as written in a URL and as meant; longest first."""
    found: set[str] = {value for name, value in env.items() if name == "PGPASSWORD"}
    for value in env.values():
        if "://" in value and (password := urlsplit(value).password):
            found |= {password, unquote(password)}
    return sorted(found - {""}, key=len, reverse=True)


def _redacted(said: bytes, secrets: Sequence[str]) -> str:
    for secret in secrets:
        said = said.replace(secret.encode(), b"********")
    return said[:OUTPUT_BYTES].decode(errors="replace")
