"""The sessions in an environment's databases: counted, ended, and ended again when they return.

Sessions of Liftlock itself carry `liftlock:<installation>:<environment>:<number>` as their
application name; the number is the fencing number of whoever works. Those of the present number are
ours, those of lower ones belong to a worker that was given up.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from liftlock import clock
from liftlock.domain.progress import Progress, Tell, last_word
from liftlock.environments.parts import Parts
from liftlock.environments.servers import Database, at_maintenance, by_server, role_names
from liftlock.errors import Conflict, Forbidden, Unavailable

_LOOK_EVERY_S = 0.001
_QUIET_S = 0.15
"""A pool that lost its connections is back within this; a database is free when nobody came for so
long.
"""
_LIMIT_S = 30.0

FOREIGN: LiteralString = """
SELECT a.pid, a.datname AS database, coalesce(a.usename, '') AS role,
       coalesce(a.application_name, '') AS application, coalesce(r.rolsuper, FALSE) AS superuser
FROM pg_stat_activity a
LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = ANY(%(names)s) AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid()
  AND NOT (a.application_name = %(ours)s AND a.usename = ANY(%(roles)s))
"""
ALL_IN: LiteralString = """
SELECT a.pid, a.datname AS database, coalesce(a.usename, '') AS role,
       coalesce(a.application_name, '') AS application, coalesce(r.rolsuper, FALSE) AS superuser
FROM pg_stat_activity a
LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = ANY(%(names)s) AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid()
"""
OLDER: LiteralString = """
SELECT a.pid, coalesce(a.datname, '') AS database, coalesce(a.usename, '') AS role,
       a.application_name AS application, FALSE AS superuser
FROM pg_stat_activity a
WHERE starts_with(a.application_name, %(prefix)s)
  AND a.usename = ANY(%(roles)s) AND a.pid <> pg_backend_pid()
  AND CASE WHEN substr(a.application_name, length(%(prefix)s) + 1) ~ '^[0-9]{1,18}$'
      THEN substr(a.application_name, length(%(prefix)s) + 1)::bigint < %(number)s ELSE FALSE END
"""
PREPARED: LiteralString = """
SELECT database FROM pg_prepared_xacts WHERE database = ANY(%(names)s)
"""
# Without its timeout argument: that one looks only every 100 ms.
TERMINATE: LiteralString = "SELECT pg_terminate_backend(pid) FROM unnest(%(pids)s::int[]) AS pid"


class SessionCannotBeEnded(Forbidden):
    """Only a superuser may end a superuser's session."""

    code = "session.cannot_be_ended"
    sentence = (
        "Sessions in {database} belong to a superuser and cannot be ended: {who}. "
        "End them by hand, and let the application connect as a plain role."
    )


class SessionsReturn(Conflict):
    """Sessions came back as often as they were ended."""

    code = "session.returns"
    sentence = (
        "Sessions in {database} came back as often as they were ended: {who}. "
        "Stop what opens them, or let the drain command do it."
    )


class OlderSessionsStay(Unavailable):
    """A session of an execution that was given up does not end, and might still change things."""

    code = "session.older_stay"
    sentence = (
        "Sessions of an earlier try do not end on the server of {database}: {who}. "
        "Look what they wait for (pg_stat_activity), then try again."
    )


class DatabaseInUse(Conflict):
    """Something that is no session holds a database: a prepared transaction."""

    code = "session.database_in_use"
    sentence = (
        "{database} or what should replace it is held by something that is no client's session. "
        "Look for prepared transactions (pg_prepared_xacts) and end them."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of a server."""

    pid: int
    database: str
    role: str
    application: str
    superuser: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SessionEnded:
    """How many sessions of a role and application were ended in a database."""

    database: str
    role: str
    application: str
    count: int


def end_sessions(parts: Parts, tell: Tell) -> tuple[SessionEnded, ...]:
    """End the foreign sessions in all databases of `parts` until none is left and none returns.

    Raises: SessionCannotBeEnded, SessionsReturn, ServerUnreachable, what `tell` raises.
    """
    ended: Counter[tuple[str, str, str]] = Counter()
    for databases in by_server(parts.databases):
        with at_maintenance(databases[0]) as connection:
            last_word(tell, "ending sessions")
            ended += _end_until_quiet(connection, databases, tell)
    return tuple(
        SessionEnded(database=database, role=role, application=application, count=count)
        for (database, role, application), count in sorted(ended.items())
    )


def foreign_sessions(connection: Connection, databases: Sequence[Database]) -> list[Session]:
    """Return the sessions in these databases of one server that are not ours."""
    given = {
        "names": [d.name for d in databases],
        "ours": databases[0].application_name,
        "roles": role_names(databases),
    }
    with connection.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(FOREIGN, given).fetchall()


def empty(connection: Connection, names: Sequence[str], tell: Tell, limit_s: float = 10.0) -> None:
    """End all sessions in closed databases, ours too, and wait until they are gone.

    Raises: SessionCannotBeEnded, SessionsReturn, DatabaseInUse, what `tell` raises.
    """
    give_up = clock.monotonic_s() + limit_s
    told = 0.0
    while sessions := _sessions_in(connection, names):
        _terminate(connection, sessions)
        if clock.monotonic_s() > give_up:
            raise SessionsReturn(database=sessions[0].database, who=_who(sessions))
        if clock.monotonic_s() > told + 0.5:
            told = clock.monotonic_s()
            tell(Progress(said="ending sessions", of=len(sessions), unit="sessions"))
        clock.sleep_s(_LOOK_EVERY_S)
    for (name,) in connection.execute(PREPARED, {"names": list(names)}).fetchall():
        raise DatabaseInUse(database=str(name))


def end_older(parts: Parts) -> int:
    """End Liftlock's own sessions with a lower fencing number; return how many.

    They are looked for on all servers of `parts`. When this returns they are gone: none of them
    will commit any more.

    Raises: ServerUnreachable, OlderSessionsStay.
    """
    ended = 0
    for databases in by_server(parts.databases):
        prefix, _, number = databases[0].application_name.rpartition(":")
        if not number.isdecimal():
            continue
        given = {"prefix": f"{prefix}:", "number": int(number), "roles": role_names(databases)}
        seen = set[int]()
        with (
            at_maintenance(databases[0]) as connection,
            connection.cursor(row_factory=class_row(Session)) as cursor,
        ):
            give_up = clock.monotonic_s() + _LIMIT_S
            while older := cursor.execute(OLDER, given).fetchall():
                _terminate(connection, older)
                seen |= {session.pid for session in older}
                if clock.monotonic_s() > give_up:
                    raise OlderSessionsStay(database=databases[0].name, who=_who(older))
                clock.sleep_s(_LOOK_EVERY_S)
        ended += len(seen)
    return ended


def _end_until_quiet(
    connection: Connection, databases: Sequence[Database], tell: Tell
) -> Counter[tuple[str, str, str]]:
    ended: Counter[tuple[str, str, str]] = Counter()
    seen: set[int] = set()
    begun = busy = told = clock.monotonic_s()
    while clock.monotonic_s() - busy < _QUIET_S:
        sessions = foreign_sessions(connection, databases)
        if sessions:
            busy = clock.monotonic_s()
            new = [s for s in sessions if s.pid not in seen]
            ended.update((s.database, s.role, s.application) for s in new)
            seen |= {s.pid for s in new}
            _terminate(connection, sessions)
        if busy - begun > _LIMIT_S:
            raise SessionsReturn(database=sessions[0].database, who=_who(sessions))
        if clock.monotonic_s() - told > 0.5:  # noqa: PLR2004  twice a second
            told = clock.monotonic_s()
            tell(Progress(said="ending sessions", done=ended.total(), unit="sessions"))
        clock.sleep_s(_LOOK_EVERY_S * 5)
    return ended


def _sessions_in(connection: Connection, names: Sequence[str]) -> list[Session]:
    with connection.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(ALL_IN, {"names": list(names)}).fetchall()


def _terminate(connection: Connection, sessions: Sequence[Session]) -> None:
    beyond = [s for s in sessions if s.superuser]
    if beyond:
        raise SessionCannotBeEnded(database=beyond[0].database, who=_who(beyond))
    _ = connection.execute(TERMINATE, {"pids": [s.pid for s in sessions]}).fetchall()


def _who(sessions: Iterable[Session]) -> str:
    return ", ".join(
        sorted({f"{s.role} ({s.application or 'no application name'})" for s in sessions})
    )
