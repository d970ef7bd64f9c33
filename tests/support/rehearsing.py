"""The command lines of `docs/operate.md`, carried out below a folder instead of below `/`."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx
from pydantic import SecretStr

from acme_books import FILES_POLICY, LABELS, Places, furnish
from commands import Json, Ran
from eventually import eventually
from liftlock import clock
from liftlock.demo.environments import free_port
from liftlock.domain.environments import Kind
from liftlock.environments.parts import Parts
from liftlock.environments.programs import client_program
from postgres import MakeParts, Server
from sample_modules import SAMPLES
from small_moves import APPLICATION

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```sh rehearsed: ([\w-]+)\n(.*?)```", re.DOTALL)
PLACES = ("/opt/liftlock", "/etc/liftlock", "/var/lib/liftlock", "/var/backups/liftlock")
PEOPLE = {"dora": "development", "sam": "staging", "pia": "production"}


def page_blocks() -> dict[str, str]:
    """Return the blocks that the page says are rehearsed, by name."""
    found: list[tuple[str, str]] = BLOCK.findall((ROOT / "docs/operate.md").read_text())
    assert len(dict(found)) == len(found)
    return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine, whose root is a folder: it has what the page puts there, and nothing else."""

    root: Path
    port: int
    path: str
    """Where programs are looked for."""

    @property
    def liftlock(self) -> Path:
        return self.root / "opt/liftlock/bin/liftlock"

    def typed(self, name: str, at: Path = ROOT) -> Ran:
        """Type a block of the page; `at` is the source tree that it stands in."""
        text = page_blocks()[name]
        for place in PLACES:
            text = re.sub(rf"(?<![\w.]){place}", f"{self.root}{place}", text)
        done = subprocess.run(
            ["/bin/bash", "-eu", "-o", "pipefail", "-c", text], cwd=at, env=self._bare(),
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def with_release(self, shipped: Path, folder: Path) -> "Machine":
        """Return a machine with the same settings, and with another release installed."""
        other = replace(self, root=folder)
        for place in ("etc", "var/backups"):
            (folder / place).mkdir(parents=True)
        _ = other.must("install", shipped)
        settings = "etc/liftlock/liftlock.env"
        _ = (folder / settings).write_text((self.root / settings).read_text())
        return other

    def must(self, name: str, at: Path = ROOT) -> Ran:
        """Type a block that has to go well."""
        done = self.typed(name, at)
        assert done.code == 0, (name, done)
        return done

    def set_up(self, books: SecretStr) -> None:
        """Edit the settings as an operator does: the lines that name this machine's own things."""
        file = self.root / "etc/liftlock/liftlock.env"
        own = {
            "LIFTLOCK_DATABASE_URL": books.get_secret_value(),
            "LIFTLOCK_HOME": str(self.root / "var/lib/liftlock"),
            "LIFTLOCK_PORT": str(self.port),
            "LIFTLOCK_PUBLIC_URL": "",
        }
        kept = [n for n in file.read_text().splitlines() if n.partition("=")[0] not in own]
        _ = file.write_text("\n".join([*kept, *(f'{k}="{v}"' for k, v in own.items())]) + "\n")

    def run(self, *words: str | Path, key: str = "") -> Ran:
        """Run `liftlock`, as this machine has it, as the one whose key it is."""
        done = subprocess.run(
            [self.liftlock, *words], env=self._set() | ({"LIFTLOCK_API_KEY": key} if key else {}),
            capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def told(self, *words: str | Path, key: str) -> Json:
        """Run a command that has to go well, and return the document that it prints."""
        done = self.run(*words, "--json", key=key)
        assert done.code == 0, (words, done)
        return done.document

    @contextmanager
    def services(self) -> Generator["Services"]:
        """Run `serve` and `work`, as the units do."""
        log = (self.root / "log").open("ab")
        running = [
            subprocess.Popen([self.liftlock, word], env=self._set(), stdout=log, stderr=log)
            for word in ("serve", "work")
        ]
        services = Services(serve=running[0], work=running[1])
        try:
            _ = eventually(self._answers, timeout_s=60)
            yield services
        finally:
            for process in running:
                process.kill()
                _ = process.wait()
            log.close()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/api/v1/openapi.json").is_success
        except httpx.TransportError:
            return False

    def _bare(self) -> dict[str, str]:
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return {"PATH": self.path, "HOME": str(self.root), "COLUMNS": "200", **pip}

    def _set(self) -> dict[str, str]:
        lines = (self.root / "etc/liftlock/liftlock.env").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        read = {name: value.strip('"') for name, value in given.items()}
        return self._bare() | read | {"LIFTLOCK_URL": f"http://127.0.0.1:{self.port}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The two that run."""

    serve: subprocess.Popen[bytes]
    work: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End both as `systemctl stop` does, within the time that the units give."""
        for process, within_s in ((self.work, 120), (self.serve, 30)):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=within_s) == 0


def a_machine(folder: Path, server: Server) -> Machine:
    """Return a machine that has nothing yet but PostgreSQL's programs of this server's version."""
    programs = client_program("pg_dump", major=server.major).parent
    root = folder / "machine"
    root.mkdir()
    path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
    (root / "etc").mkdir()
    (root / "var/backups").mkdir(parents=True)
    return Machine(root=root, port=free_port(8700), path=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Acme on a machine: its environments, and everybody's key."""

    machine: Machine
    places: Places
    folder: Path
    keys: Mapping[str, str]

    def state_file(self, kind: Kind) -> Path:
        return self.folder / f"{kind}.state"

    def align_later(self) -> int:
        """Book a Down Align for an evening some weeks ahead."""
        return self.align("--at", f"{clock.now() + timedelta(days=30):%Y-%m-%d} 22:00")

    def align(self, *when: str) -> int:
        """Book a Down Align, and return its number."""
        scopes = ("--scope", "systemdb-and-files", "--scope", "data")
        move = self.told("move", "schedule", "down-align", *when, *scopes)
        return cast("int", move["id"])

    def told(self, *words: str) -> Json:
        return self.machine.told(*words, key=self.keys["dora"])

    def state(self, move: int) -> str:
        return str(self.told("move", "show", str(move))["state"])

    def await_step(self, move: int, name: str) -> None:
        """Wait until a step is being worked at."""
        asked = ("move", "show", str(move))

        def steps() -> dict[str, str]:
            rows = cast("list[dict[str, str]]", self.told(*asked)["steps"])
            return {row["name"]: row["state"] for row in rows}

        eventually(lambda: steps().get(name) == "running", 120)

    def await_state(self, move: int, state: str) -> None:
        eventually(lambda: self.state(move) == state, 180)


def an_organisation(
    machine: Machine, key: str, servers: dict[Kind, Server], make: MakeParts
) -> Organisation:
    """Set Acme up by its document, which the machine's own commands apply."""
    folder = machine.root.parent
    places = furnish(servers, make, folder)
    (folder / "files.toml").write_text(FILES_POLICY.replace("modules/**", "**"))
    document = folder / "acme.toml"
    document.touch(mode=0o600)
    _ = document.write_text(document_of(places.parts, folder))
    keys = cast("Json", machine.told("apply", document, key=key)["keys"])
    known = {login: str(value) for login, value in keys.items()}
    _ = machine.told("apply", document, key=known["dora"])
    for folder_of_module in ("acme-base-1.0", "acme-crm-1.0"):
        _ = machine.told("module", "push", SAMPLES / folder_of_module, key=known["dora"])
    _ = machine.told("policy", "approve", "files", "1", key=known["pia"])
    return Organisation(machine=machine, places=places, folder=folder, keys=known)


def document_of(parts: Mapping[Kind, Parts], folder: Path) -> str:
    """Return the document that `liftlock apply` reads."""
    _ = (folder / "application.sh").write_text(APPLICATION)
    lines = ['[organisation]\ncode = "acme"\ntitle = "Acme"\nplan = "enterprise"']
    lines += ["self_service = true"]
    for kind, each in parts.items():
        policy = {Kind.DEVELOPMENT: "anonymized", Kind.STAGING: "replica"}.get(kind)
        lines += [f"[environments.{kind}]", f"files = {json.dumps(str(each.files))}"]
        lines += [f'data_policy = "{policy}"'] if policy else []
        lines += [line for label in LABELS for line in _database(kind, each, label)]
        state = folder / f"{kind}.state"
        _ = state.write_text("open")
        lines += [f"[environments.{kind}.runtime]", "own_user_allowed = true"]
        for what in ("drain", "start", "health", "open"):
            argv = ["/bin/sh", str(folder / "application.sh"), str(state), what]
            lines.append(f"{what} = {{ argv = {json.dumps(argv)} }}")
    for login, kind in PEOPLE.items():
        lines += [f"[people.{login}]", f'name = "{login.title()}"']
        lines += [f'grants = ["administrator of {kind}"]']
    return "\n".join([*lines, '[policies]\nfiles = "files.toml"', ""])


def _database(kind: Kind, parts: Parts, label: str) -> list[str]:
    database = parts.database(label)
    return [
        f"[environments.{kind}.databases.{label}]",
        f'role = "{database.role}"',
        f"name = {json.dumps(database.name)}",
        f"keeper = {json.dumps(database.keeper.get_secret_value())}",
        f"application = {json.dumps(database.application.get_secret_value())}",
    ]
