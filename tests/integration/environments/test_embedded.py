"""A server of our own: who gets in, which files it makes, what it refuses."""

import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from liftlock.environments import embedded
from liftlock.environments.embedded import (
    EmbeddedServer,
    FolderOutOfReach,
    NoServerPrograms,
    OtherMajorVersion,
    ServerDidNotStart,
)
from liftlock.environments.programs import WHEEL
from postgres import DEBIAN_15, FAST, Server

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def home() -> Generator[Path]:
    made = Path(tempfile.mkdtemp(prefix="liftlock-embedded-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(home: Path) -> Generator[EmbeddedServer]:
    made = EmbeddedServer(home / "server", settings=FAST)
    made.start()
    yield made
    made.stop(immediately=True)


def test_it_has_checksums_utf8_and_no_tcp(development_server: Server) -> None:
    with development_server.superuser() as connection:
        for setting, value in (
            ("data_checksums", "on"),
            ("server_encoding", "UTF8"),
            ("listen_addresses", ""),
            ("password_encryption", "scram-sha-256"),
        ):
            found = connection.execute("SELECT current_setting(%(s)s)", {"s": setting}).fetchone()
            assert found == (value,), setting


def test_plain_roles_need_their_password_and_the_superuser_is_by_peer_only(
    development_server: Server,
) -> None:
    with development_server.superuser() as connection:
        _ = connection.execute("CREATE ROLE guest LOGIN PASSWORD 'secret'")
        try:
            with _as(development_server, "guest", "secret") as guest:
                assert guest.execute("SELECT current_user").fetchone() == ("guest",)
            for password in ("wrong", ""):
                with pytest.raises(psycopg.OperationalError):
                    _ = _as(development_server, "guest", password)
            rules = connection.execute(
                "SELECT user_name, auth_method FROM pg_hba_file_rules ORDER BY rule_number"
                if development_server.major >= 16
                else "SELECT user_name, auth_method FROM pg_hba_file_rules ORDER BY line_number"
            ).fetchall()
        finally:
            _ = connection.execute("DROP ROLE guest")
    assert rules == [(["postgres"], "peer"), (["all"], "scram-sha-256")]


def test_everybody_may_open_the_socket_and_nobody_may_look_at_the_data(
    development_server: Server,
) -> None:
    server = development_server.embedded
    socket = server.socket_folder / f".s.PGSQL.{server.port}"
    assert _mode(server.socket_folder) == 0o711
    assert _mode(socket) == 0o777
    assert _mode(server.cluster) == 0o700


def test_as_root_it_runs_as_another(development_server: Server) -> None:
    owner = development_server.embedded.cluster.stat().st_uid
    assert owner != 0
    assert IS_ROOT or owner == os.geteuid()


def test_it_starts_again_with_its_data_and_starting_twice_is_nothing(
    server: EmbeddedServer,
) -> None:
    with psycopg.connect(server.superuser_conninfo(), autocommit=True) as connection:
        _ = connection.execute("CREATE TABLE kept (id int)")
    server.start()
    server.stop()
    assert not server.running()
    server.stop()
    server.start()
    with psycopg.connect(server.superuser_conninfo()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_start_killed_while_making_the_cluster_begins_again(home: Path) -> None:
    server = EmbeddedServer(home / "server", settings=FAST)
    half_made = server.data / "pg.new"
    half_made.mkdir(parents=True)
    _ = (half_made / "PG_VERSION").write_text("18")
    server.start()
    try:
        assert server.running()
    finally:
        server.stop(immediately=True)


def test_a_data_directory_of_another_major_version_is_refused(home: Path) -> None:
    old = EmbeddedServer(home / "server", preferred=DEBIAN_15, settings=FAST)
    old.start()
    old.stop(immediately=True)
    with pytest.raises(OtherMajorVersion, match=r"PostgreSQL 15, but the programs .* 18"):
        EmbeddedServer(home / "server").start()


def test_long_paths_get_a_short_socket_folder_of_their_own(home: Path) -> None:
    longer = home / ("x" * 60) / ("y" * 60)
    one, two = EmbeddedServer(longer / "one"), EmbeddedServer(longer / "two")
    for server in (one, two):
        assert len(str(server.socket_folder / ".s.PGSQL.5432")) <= 107
    assert one.socket_folder != two.socket_folder


def test_a_server_with_a_long_path_can_be_reached(home: Path) -> None:
    longer = home / ("x" * 60)
    longer.mkdir(mode=0o711)
    server = EmbeddedServer(longer / ("y" * 60), settings=FAST)
    server.start()
    try:
        with psycopg.connect(server.superuser_conninfo()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop(immediately=True)
        shutil.rmtree(server.socket_folder)


def test_a_server_that_does_not_start_names_its_log(home: Path) -> None:
    server = EmbeddedServer(home / "server", settings={"shared_buffers": "nonsense"})
    with pytest.raises(ServerDidNotStart, match=r"server\.log"):
        server.start()
    assert "shared_buffers" in server.log.read_text()


def test_no_programs_at_all_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: Path | None) -> list[Path]:
        return [home]

    monkeypatch.setattr(embedded, "folders", nowhere)
    with pytest.raises(NoServerPrograms, match=r"liftlock\[demo\]"):
        EmbeddedServer(home / "server").start()


@pytest.mark.skipif(
    not IS_ROOT, reason="only root makes folders that its server's user cannot reach"
)
def test_a_folder_out_of_the_servers_reach_is_refused_and_stays_as_it_is(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(FolderOutOfReach, match="all may enter"):
        EmbeddedServer(closed / "server").start()
    assert _mode(closed) == 0o700


@pytest.mark.skipif(
    not IS_ROOT, reason="only root's programs can be unreadable for the server's user"
)
def test_programs_that_its_user_cannot_read_are_copied_beside_the_data(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    wheel = EmbeddedServer(home / "unused").program("postgres").parent.parent.parent
    for folder in (wheel, wheel.with_name(f"{WHEEL}.libs")):
        _ = shutil.copytree(folder, closed / folder.name, symlinks=True)
    programs = closed / WHEEL / "pginstall" / "bin"
    server = EmbeddedServer(home / "server", preferred=programs, settings=FAST)
    server.start()
    try:
        used = server.program("postgres")
        assert used.is_relative_to(home)
        assert "closed" not in used.parts
        again = EmbeddedServer(home / "second", preferred=programs)
        assert again.program("postgres") == used
    finally:
        server.stop(immediately=True)


def _as(server: Server, role: str, password: str) -> psycopg.Connection:
    conninfo = server.embedded.conninfo(role, password)
    return psycopg.connect(conninfo, dbname="postgres", autocommit=True)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
