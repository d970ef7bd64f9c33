"""`liftlock` as processes of their own: first steps, as a new user takes them."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from commands import Command, finished, started, variables_of
from eventually import eventually
from liftlock.demo.environments import free_port
from liftlock.store import master_keys


def test_nothing_typed_says_what_to_do_next(tmp_path: Path) -> None:
    said = finished(variables_of(tmp_path))
    assert (said.code, said.err) == (0, "")
    for word in ("liftlock demo", "liftlock init", "liftlock serve", "liftlock --help"):
        assert word in said.out


def test_init_prints_the_first_key_once_and_makes_a_key_file_of_its_own(
    books_url: SecretStr, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    variables = variables_of(
        home, LIFTLOCK_DATABASE_URL=books_url.get_secret_value(), LIFTLOCK_ZONE="Europe/Paris"
    )
    first = finished(variables, "init")
    assert first.code == 0
    assert first.out.startswith("llk_")
    assert stat.S_IMODE((home / "master.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "signing.key").stat().st_mode) == 0o600
    assert "PUBLIC KEY" in (public := (home / "signing.pub").read_text())
    again = finished(variables, "init", "--json")
    assert (again.code, again.document["key"], again.document["zone"]) == (0, None, "Europe/Paris")
    assert (home / "signing.pub").read_text() == public
    with psycopg.connect(books_url.get_secret_value()) as connection:
        row = connection.execute("SELECT count(*) FROM keys").fetchone()
    assert row == (1,)


def test_init_refuses_what_it_cannot_use(
    liftlock_alone: Command, books_url: SecretStr, tmp_path: Path
) -> None:
    at = {"LIFTLOCK_DATABASE_URL": books_url.get_secret_value(), "LIFTLOCK_HOME": str(tmp_path)}
    zone = liftlock_alone("init", **at, LIFTLOCK_ZONE="Mars/Olympus")
    assert (zone.code, "There is no time zone Mars/Olympus" in zone.err) == (2, True)
    port = liftlock_alone("init", **at, LIFTLOCK_PORT="eighty")
    assert (port.code, "LIFTLOCK_PORT" in port.err, "Traceback" in port.err) == (2, True, False)
    login = liftlock_alone("init", "--login", "A B", **at)
    assert (login.code, "A B cannot be a login" in login.err) == (2, True)
    assert liftlock_alone("init", **at).out.startswith("llk_")


def test_books_that_exist_need_their_own_master_key(
    liftlock_alone: Command, books_url: SecretStr, tmp_path: Path
) -> None:
    books = {"LIFTLOCK_DATABASE_URL": books_url.get_secret_value()}
    here, there = tmp_path / "here", tmp_path / "there"
    assert liftlock_alone("init", **books, LIFTLOCK_HOME=str(here)).code == 0
    other = liftlock_alone("init", **books, LIFTLOCK_HOME=str(there))
    assert (other.code, "Restore it" in other.err) == (4, True)
    assert not (there / "master.key").exists()
    (here / "master.key").chmod(0o644)
    open_to_all = liftlock_alone("serve", **books, LIFTLOCK_HOME=str(here))
    assert (open_to_all.code, "chmod 600" in open_to_all.err) == (3, True)


@pytest.mark.parametrize("word", ["serve", "work", "doctor"])
def test_older_books_are_refused_and_the_command_is_named(
    liftlock_alone: Command, books_url: SecretStr, tmp_path: Path, word: str
) -> None:
    master_keys.make(tmp_path / "master.key")
    books = {"LIFTLOCK_DATABASE_URL": books_url.get_secret_value()}
    refused = liftlock_alone(word, **books, LIFTLOCK_HOME=str(tmp_path))
    assert (refused.code, refused.out) == (6, "")
    assert "liftlock init" in refused.err
    assert "Traceback" not in refused.err


def test_books_that_do_not_answer(liftlock_alone: Command, tmp_path: Path) -> None:
    master_keys.make(tmp_path / "master.key")
    nowhere = {"LIFTLOCK_DATABASE_URL": "host=/nowhere dbname=books"}
    refused = liftlock_alone("doctor", **nowhere, LIFTLOCK_HOME=str(tmp_path))
    assert (refused.code, "books cannot be used" in refused.err) == (6, True)
    assert "Traceback" not in refused.err


def test_the_api_serves_until_it_is_told_to_stop(books_url: SecretStr, tmp_path: Path) -> None:
    port = free_port(8560)
    variables = variables_of(
        tmp_path, LIFTLOCK_DATABASE_URL=books_url.get_secret_value(), LIFTLOCK_PORT=str(port)
    )
    key = finished(variables, "init").out.strip()
    using = {**variables, "LIFTLOCK_API_KEY": key, "LIFTLOCK_URL": f"http://127.0.0.1:{port}"}
    away = finished(using, "person", "me")
    assert (away.code, "Is `liftlock serve` running?" in away.err) == (6, True)
    with started(variables, "serve") as serving:
        _ = eventually(lambda: answers(port), timeout_s=60)
        me = finished(using, "person", "me", "--json")
        assert (me.code, me.document["login"]) == (0, "operator")
        second = finished(variables, "serve")
        assert (second.code, f"port {port}" in second.err) == (5, True)
        serving.send_signal(signal.SIGTERM)
        _, err = serving.communicate(timeout=60)
        assert (serving.returncode, "Traceback" in err) == (0, False)


def test_a_worker_signs_the_heads_of_the_record(books_url: SecretStr, tmp_path: Path) -> None:
    heads = tmp_path / "taken out"
    variables = variables_of(
        tmp_path,
        LIFTLOCK_DATABASE_URL=books_url.get_secret_value(),
        LIFTLOCK_AUDIT_HEADS=str(heads),
        LIFTLOCK_AUDIT_HEADS_S="0.2",
    )
    assert finished(variables, "init").code == 0
    with started(variables, "work") as worker:
        _ = eventually(lambda: list(heads.glob("installation/*.json")), timeout_s=60)
        worker.send_signal(signal.SIGTERM)
        _ = worker.communicate(timeout=60)
    assert worker.returncode == 0


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/v1/openapi.json").status_code == 200
    except httpx.TransportError:
        return False


def test_books_of_their_own_are_stopped_by_the_last_who_uses_them(tmp_path: Path) -> None:
    home = Path(f"/var/tmp/liftlock-{os.getpid()}-{tmp_path.name}")  # noqa: S108  all may enter it
    variables = variables_of(home, LIFTLOCK_PORT=str(free_port(8560)))
    try:
        assert finished(variables, "init").code == 0
        postmaster = home / "postgresql" / "pg" / "postmaster.pid"
        assert not postmaster.exists()
        with started(variables, "work") as worker:
            _ = eventually(postmaster.exists, timeout_s=60)
            assert finished(variables, "doctor").code == 0
            assert postmaster.exists()
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=60) == 0
        assert not postmaster.exists()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_a_reader_who_leaves_is_no_failure(tmp_path: Path) -> None:
    script = f"{sys.executable} -m liftlock --help | head -1"
    ended = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", script],
        env=variables_of(tmp_path), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
