"""The schema of a database as an archive of pg_dump, restored in two sections around the rows.

The programs are of the target's major version. What they say may hold values: only the name of the
entry at which a restore broke is passed on.
"""

import re
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from liftlock.connections import Answers
from liftlock.domain.progress import Progress, Tell
from liftlock.environments.commands import Finished, Program, run_program
from liftlock.environments.programs import client_program
from liftlock.environments.safe_connections import for_program
from liftlock.environments.servers import Database, demands_tls, unreachable
from liftlock.errors import Conflict

_TIMEOUT_S = 4 * 3600.0
_BROKE_AT = re.compile(r"from TOC entry \d+; \d+ \d+ (.*) \S+$", re.MULTILINE)
_LOST = re.compile(
    r"connection to server .* failed|server closed the connection|no connection to the server"
    r"|terminating connection|could not (receive|send) data|server: .*(reset|timed out)"
)
_ENTRY = re.compile(r"\d+; (\d+) (\d+) (.*)")


class SchemaNotDumped(Conflict):
    """pg_dump could not read Production's schema."""

    code = "archive.not_dumped"
    sentence = (
        "The schema of {database} ({label}) could not be read: pg_dump ended with exit code "
        "{exit_code}. "
        "Run liftlock doctor, which looks for missing rights."
    )


class SchemaNotRestored(Conflict):
    """pg_restore could not make the schema in the copy."""

    code = "archive.not_restored"
    sentence = (
        "The schema of {label} could not be made in {database}: {entry} was refused. "
        "Repair it in Production, or leave it out by a decision in the policy."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an archive's table of contents."""

    line: str
    catalog: int
    """The object's catalog and its OID in the source; both 0 for what belongs to another object."""
    oid: int
    said: str
    """Kind, schema, name and owner, as pg_restore writes them: `EVENT TRIGGER - watch postgres`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A dumped schema, in a folder that lives as long as the block that made it."""

    file: Path
    wanted: Path
    """The list of entries that are restored."""
    major: int


@contextmanager
def dumped(
    source: Database,
    snapshot: str,
    *,
    major: int,
    without_tables: Iterable[str],
    wanted: Callable[[Entry], bool],
    tell: Tell,
) -> Generator[Archive]:
    """Dump the schema as of a snapshot, without these tables (quoted names) and unwanted entries.

    Raises: SchemaNotDumped, ProgramMissing, CommandHung, what `tell` raises.
    """
    with tempfile.TemporaryDirectory(prefix="liftlock-schema-") as folder:
        archive = Archive(
            file=Path(folder) / "schema", wanted=Path(folder) / "entries", major=major
        )
        tables = [f"--exclude-table={name}" for name in without_tables]
        options = (
            "--schema-only",
            "--format=custom",
            f"--snapshot={snapshot}",
            "--no-privileges",
            "--no-subscriptions",
            "--no-tablespaces",
            "--no-security-labels",
            f"--file={archive.file}",
            *tables,
        )
        program = client_program("pg_dump", major=major, tls=demands_tls(source))
        finished = _run_at(source, program, options, tell, major)
        if finished.code != 0:
            raise SchemaNotDumped(database=source.name, label=source.label, exit_code=finished.code)
        entries = _entries(archive, tell)
        lines = "".join(f"{entry.line}\n" for entry in entries if wanted(entry))
        # Names are in the database's own encoding: bytes pass as they are.
        _ = archive.wanted.write_bytes(lines.encode("utf-8", "surrogateescape"))
        yield archive


def restore(archive: Archive, section: str, copy: Database, tell: Tell) -> None:
    """Restore one section, `pre-data` or `post-data`, as the keeper's own.

    Raises: SchemaNotRestored, ProgramMissing, CommandHung, what `tell` raises.
    """
    options = (
        f"--section={section}",
        f"--use-list={archive.wanted}",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        str(archive.file),
    )
    program = client_program("pg_restore", major=archive.major, tls=demands_tls(copy))
    finished = _run_at(copy, program, options, tell, archive.major)
    if finished.code != 0:
        raise SchemaNotRestored(
            database=copy.name, label=copy.label, entry=_broke_at(finished.output)
        )


def _entries(archive: Archive, tell: Tell) -> list[Entry]:
    listed = archive.file.with_name("listed")
    options = ("--list", f"--file={listed}", str(archive.file))
    program = client_program("pg_restore", major=archive.major)
    _ = _run(program, options, {}, tell)
    text = listed.read_text(encoding="utf-8", errors="surrogateescape")
    found = [(line, _ENTRY.fullmatch(line)) for line in text.split("\n")]
    return [
        Entry(line=line, catalog=int(entry[1]), oid=int(entry[2]), said=entry[3])
        for line, entry in found
        if entry is not None
    ]


def _run_at(
    database: Database, program: Path, options: tuple[str, ...], tell: Tell, major: int
) -> Finished:
    """Run a program that talks to a database, for as long as its server answers.

    Raises: ServerUnreachable when it lost its connection, or would wait for ever.
    """
    answers = Answers(database.keeper_conninfo(database.maintenance))

    def told(progress: Progress, /) -> None:
        if answers.no_more():
            raise unreachable(database, f"{program.name} waits for a server that does not answer")
        tell(progress)

    reached = (*options[:-1], *_reached(database, major), options[-1])
    finished = _run(program, reached, _secret(database), told)
    if finished.code != 0 and _LOST.search(finished.output):
        raise unreachable(database, f"{program.name} lost its connection")
    return finished


def _run(
    program: Path, options: tuple[str, ...], secret: Mapping[str, str], tell: Tell
) -> Finished:
    env = {"LC_MESSAGES": "C", **secret}
    return run_program(
        Program(argv=(str(program), *options), env=env), tell=tell, timeout_s=_TIMEOUT_S
    )


def _reached(database: Database, major: int) -> tuple[str, ...]:
    way_in = for_program(database.keeper_conninfo(), major)
    given = {k: v for k, v in conninfo_to_dict(way_in).items() if k != "password"}
    return (f"--dbname={make_conninfo('', **given)}", "--no-password")


def _secret(database: Database) -> Mapping[str, str]:
    password = conninfo_to_dict(database.keeper_conninfo()).get("password")
    return {} if password is None else {"PGPASSWORD": str(password)}


def _broke_at(output: str) -> str:
    found = _BROKE_AT.search(output)
    return found[1] if found else "an entry that pg_restore did not name"
