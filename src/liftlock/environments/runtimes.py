"""The application that runs in an environment: drained, started, asked for its health, opened.

Its commands get an empty environment plus `LIFTLOCK_ENVIRONMENT`, `LIFTLOCK_MOVE`,
`LIFTLOCK_ATTEMPT`, `LIFTLOCK_FILES` and, for each database, `LIFTLOCK_DATABASE_<LABEL>`: the
application's own connection as a URL, of the very parts that the step works on. A request to an
address says the same in JSON, with names instead of connections.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

from liftlock import clock
from liftlock.domain.progress import Progress, Tell, last_word
from liftlock.environments import http_hooks, safe_connections
from liftlock.environments.commands import Command, CommandHung, Finished, run
from liftlock.environments.http_hooks import Call, HookHung, HookUnreachable, HttpHook, Trust
from liftlock.environments.parts import Errand, Hook, Parts, Runtime
from liftlock.environments.servers import Database, ServerUnreachable
from liftlock.environments.sessions import SessionEnded, end_sessions
from liftlock.errors import Conflict

_ASK_HEALTH_EVERY_S = 0.2
_NOT_IN_A_NAME = re.compile(r"[^A-Z0-9]")


class HookFailed(Conflict):
    """A command of the application said no. Its output is a field, not in the sentence."""

    code = "runtime.hook_failed"
    sentence = (
        "{hook} of {environment} ended with exit code {exit_code}. "
        "Read its output, and run it by hand."
    )


class NotHealthy(Conflict):
    """The application was started and did not become healthy."""

    code = "runtime.not_healthy"
    sentence = (
        "{environment} did not answer as healthy within {timeout_s} seconds after its start. "
        "Read the application's log."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What draining did: the sessions that had to be ended, and what the command said."""

    sessions: tuple[SessionEnded, ...]
    output: str = ""


def require_sound(runtime: Runtime) -> None:
    """Refuse addresses that no request may go to, and requests that nobody could sign.

    Raises: HookUrlUnfit, HookSecretMissing, RootCertificateUnreadable.
    """
    called = {name: hook for name, hook in runtime.hooks.items() if isinstance(hook, HttpHook)}
    for name, hook in called.items():
        http_hooks.require_fit(name, hook)
    if called:
        _ = http_hooks.require_secret(runtime.secret)
    safe_connections.require_certificate(runtime.root_certificate, "the runtime")


def drain(parts: Parts, tell: Tell) -> Drained:
    """Close the application to people and stop it, then end all foreign sessions.

    Raises: HookFailed, CommandHung, HookRefused and its kin, SessionCannotBeEnded, SessionsReturn,
    ServerUnreachable, what `tell` raises.
    """
    output = _hook(parts, "drain", tell)
    return Drained(sessions=_end_sessions(parts, tell), output=output)


def start(parts: Parts, tell: Tell) -> None:
    """Run the application, closed to people where it can. Raises as `drain` does."""
    _ = _hook(parts, "start", tell)


def wait_until_healthy(parts: Parts, tell: Tell) -> None:
    """Ask for its health until the first healthy answer, within the runtime's limit.

    Raises: NotHealthy, OwnUserRefused and its kin, HookUnverified, what `tell` raises.
    """
    if parts.runtime.health is None:
        return
    limit_s = parts.runtime.health_within_s
    give_up = clock.monotonic_s() + limit_s
    while not _healthy(parts, parts.runtime.health, give_up - clock.monotonic_s(), tell):
        if clock.monotonic_s() > give_up:
            raise NotHealthy(environment=parts.kind.title, timeout_s=f"{limit_s:g}")
        tell(Progress(said="waiting for the application's first healthy answer"))
        clock.sleep_s(_ASK_HEALTH_EVERY_S)


def open_(parts: Parts, tell: Tell) -> None:
    """Let people in. Raises as `drain` does."""
    _ = _hook(parts, "open", tell)


@contextmanager
def quiesced(parts: Parts, tell: Tell) -> Generator[None]:
    """Hold back the application's writers inside the block, where there is a hook for it."""
    if parts.runtime.quiesce is None:
        yield
        return
    try:
        _ = _hook(parts, "quiesce", tell)
        yield
    finally:
        open_(parts, tell)


def run_command(parts: Parts, command: Command, tell: Tell | None = None) -> Finished:
    """Run any command of the application (install, check, after-script) on these parts.

    Raises: OwnUserRefused, OtherUserImpossible, UnknownUser, CommandHung, what `tell` raises.
    """
    return run(
        replace(command, user=command.user or parts.runtime.user),
        env=environment_variables(parts),
        tell=tell,
        own_user_allowed=parts.runtime.own_user_allowed,
    )


def run_keeping(parts: Parts, command: Command, restore_point: str, tell: Tell) -> Finished:
    """Run a command that keeps a server whole or puts it back; it gets no connection.

    Raises: as `run_command`.
    """
    return run(
        replace(command, user=command.user or parts.runtime.user),
        env={
            "LIFTLOCK_ENVIRONMENT": parts.kind.value,
            "LIFTLOCK_RESTORE_POINT": restore_point,
            **_errand(parts.errand),
        },
        tell=tell,
        own_user_allowed=parts.runtime.own_user_allowed,
    )


def environment_variables(parts: Parts) -> Mapping[str, str]:
    """Return the whole environment that an application's command gets. It holds passwords."""
    return {
        "LIFTLOCK_ENVIRONMENT": parts.kind.value,
        **_errand(parts.errand),
        **({"LIFTLOCK_FILES": str(parts.files)} if parts.has_files else {}),
        **{f"LIFTLOCK_DATABASE_{_upper(d.label)}": _url(d) for d in parts.databases},
    }


def _end_sessions(parts: Parts, tell: Tell) -> tuple[SessionEnded, ...]:
    """A server that is kept whole may stand still, half put back: then it has no sessions."""
    try:
        return end_sessions(parts, tell)
    except ServerUnreachable:
        if parts.runtime.restore_point is None:
            raise
        return ()


def _errand(errand: Errand | None) -> Mapping[str, str]:
    if errand is None:
        return {}
    return {"LIFTLOCK_MOVE": str(errand.move), "LIFTLOCK_ATTEMPT": str(errand.attempt)}


def _healthy(parts: Parts, health: Hook, left_s: float, tell: Tell) -> bool:
    patient = replace(health, timeout_s=min(health.timeout_s, max(left_s, 0.1)))
    try:
        match patient:
            case Command():
                return run_command(parts, patient, tell).code == 0
            case HttpHook():
                return http_hooks.ask(_call(parts, "health", patient), tell).done
    except (CommandHung, HookHung, HookUnreachable):
        return False


def _hook(parts: Parts, name: str, tell: Tell) -> str:
    """Run one of the application's hooks, and return what it said."""
    hook = parts.runtime.hooks.get(name)
    if hook is None:
        return ""
    last_word(tell, f"{name} of {parts.kind.title}")
    match hook:
        case Command():
            return _require_done(parts, name, run_command(parts, hook, tell))
        case HttpHook():
            return http_hooks.call(_call(parts, name, hook), tell).output


def _call(parts: Parts, name: str, hook: HttpHook) -> Call:
    runtime, errand = parts.runtime, parts.errand
    facts: http_hooks.Facts = {
        "hook": name,
        "environment": parts.kind.value,
        **({} if errand is None else {"move": errand.move, "attempt": errand.attempt}),
        **({"files": str(parts.files)} if parts.has_files else {}),
        "databases": {d.label: d.name for d in parts.databases},
    }
    secret = http_hooks.require_secret(runtime.secret)
    trust = Trust(secret=secret, root_certificate=runtime.root_certificate)
    return Call(
        hook=hook,
        name=name,
        environment=parts.kind.title,
        facts=facts,
        trust=trust,
        clock_behind=timedelta() if errand is None else errand.clock_behind,
    )


def _require_done(parts: Parts, name: str, finished: Finished) -> str:
    if finished.code != 0:
        raise HookFailed(
            hook=name,
            environment=parts.kind.title,
            exit_code=finished.code,
            output=finished.output,
        )
    return finished.output


def _upper(label: str) -> str:
    return _NOT_IN_A_NAME.sub("_", label.upper())


def _url(database: Database) -> str:
    """Return the application's connection as a URL, without our application name."""
    written = database.application.get_secret_value()
    secured = safe_connections.verified(written, database.demand)
    _ = secured.pop("channel_binding", None)  # an application's driver may not know it
    given = {
        name: str(value)
        for name, value in {**conninfo_to_dict(written), **secured}.items()
        if value is not None and name not in {"dbname", "application_name"}
    }
    user, password = given.pop("user", ""), given.pop("password", None)
    who = quote(user, safe="") + ("" if password is None else f":{quote(password, safe='')}")
    rest = f"?{urlencode(given, quote_via=quote)}" if given else ""
    return f"postgresql://{who}@/{quote(database.name, safe='')}{rest}"
