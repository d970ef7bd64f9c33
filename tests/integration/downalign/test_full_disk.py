"""A target's server runs out of room in the middle of a table.

As root its disk is a small one in memory, really full. A plain user can mount none: there the
server may make no file larger than 24 MiB, which ends the table's growth as well.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aligning import MakeWorld, World, quiet, rows
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.downalign import copying, dropping
from liftlock.environments.embedded import EmbeddedServer
from liftlock.environments.servers import ServerDiskFull, StatementRefused
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY
from postgres import FAST, Server

LARGEST_FILE = 24 * 1024 * 1024
SMALL_DISK = "160m"
FEW_LOGS = {"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "32MB"}
"""So that rows fill the disk, and the server lives on."""
TOO_MANY_ROWS = """
INSERT INTO customers (id, email, kind)
SELECT n, n || '@x.example', repeat(md5(n::text), 30) FROM generate_series(1, 160000) n;
"""
DATABASES = "SELECT oid, datname, datacl::text FROM pg_database ORDER BY oid"


@contextmanager
def small_disk(folder: Path) -> Generator[bool]:
    """Mount a small disk at `folder` where this user may, and tell whether it did."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0711", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            _ = subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def small_files() -> Generator[None]:
    """Let what is started meanwhile make no large file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_server() -> Generator[Server]:
    with tempfile.TemporaryDirectory(prefix="liftlock-full-") as home:
        Path(home).chmod(0o711)
        with small_disk(Path(home)) as mounted:
            embedded = EmbeddedServer(Path(home) / "server", settings={**FAST, **FEW_LOGS})
            if mounted:
                embedded.start()
            else:
                with small_files():
                    embedded.start()
            try:
                yield Server(embedded=embedded, kind=Kind.DEVELOPMENT)
            finally:
                embedded.stop(immediately=True)


@pytest.fixture
def world(production_server: Server, small_server: Server, make_world: MakeWorld) -> World:
    return make_world(
        production_server,
        small_server,
        script=PEOPLE + TOO_MANY_ROWS,
        kind=Kind.DEVELOPMENT,
        labels=("both",),
    )


def test_a_full_disk_is_named_and_the_target_stays_as_it_was(world: World) -> None:
    before = rows(world.target_server, world.target.systemdb, DATABASES)
    alignment = world.alignment(PEOPLE_POLICY, FILES_POLICY, data_policy=DataPolicy.ANONYMIZED)
    is_full = world.target_server.embedded.data.parent.is_mount()
    refusal = ServerDiskFull if is_full else StatementRefused
    with pytest.raises(refusal, match="both"):
        _ = copying.copy_and_mask(alignment, quiet)
    assert dropping.drop_copies("t1", world.target, 7) == 1
    assert rows(world.target_server, world.target.systemdb, DATABASES) == before
