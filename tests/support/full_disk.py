"""A server on a disk that can be filled.

As root its disk is a small one in memory, really full. A plain user can mount none: there the
server may make no file larger than 24 MiB, which ends a table's growth as well; and *no byte left*
is a limit on file size of nothing for all its processes, under which every write to a file fails.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from liftlock.domain.environments import Kind
from liftlock.environments.embedded import EmbeddedServer
from postgres import FAST, Server

LARGEST_FILE = 24 * 1024 * 1024
SMALL_DISK = "160m"
FEW_LOGS = {"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "32MB"}
"""So that rows fill the disk, and the server lives on."""


@contextmanager
def small_server(kind: Kind, size: str = SMALL_DISK) -> Generator[Server]:
    """Run a server with little room."""
    with tempfile.TemporaryDirectory(prefix="liftlock-full-") as home:
        Path(home).chmod(0o711)
        with _small_disk(Path(home), size) as mounted:
            embedded = EmbeddedServer(Path(home) / "server", settings={**FAST, **FEW_LOGS})
            if mounted:
                embedded.start()
            else:
                with _small_files():
                    embedded.start()
            try:
                yield Server(embedded=embedded, kind=kind)
            finally:
                embedded.stop(immediately=True)


def is_mounted(server: Server) -> bool:
    """Say whether the server's disk is a small one, not only its files."""
    return server.embedded.data.parent.is_mount()


@contextmanager
def filled(server: Server) -> Generator[str]:
    """Leave no byte free for the server inside the block, and say how."""
    if not is_mounted(server):
        with _writing_nothing(server):
            yield "a limit on file size"
        return
    filler = server.embedded.data.parent / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                _ = file.write(bytes(64 * 1024))
        yield "a full disk"
    finally:
        filler.unlink()


@contextmanager
def _writing_nothing(server: Server) -> Generator[None]:
    """Let the server write to no file; what it starts meanwhile inherits that."""
    for pid in _processes(server):
        _limit_files(pid, 0)
    try:
        yield
    finally:
        for pid in _processes(server):
            _limit_files(pid, None)


def _processes(server: Server) -> list[int]:
    """Return the running server's processes, the first one and its children."""
    noted = server.embedded.cluster / "postmaster.pid"
    if not noted.exists():
        return []
    first = int(noted.read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children")
    return [first, *map(int, children.read_text().split())] if children.exists() else []


def _limit_files(pid: int, size: int | None) -> None:
    """Limit a process; None: to what it may set itself."""
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        _ = resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


@contextmanager
def _small_disk(folder: Path, size: str) -> Generator[bool]:
    """Mount a small disk at `folder` where this user may, and tell whether it did."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            _ = subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _small_files() -> Generator[None]:
    """Let what is started meanwhile make no large file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
