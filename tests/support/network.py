"""A bad network: a relay in front of a server's socket that can cut connections, at once or after
so many bytes, or let them hang: nothing comes through any more, and nobody says so.
"""

import contextlib
import shutil
import socket
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from liftlock.environments.servers import Database


class Network:
    """Relays connections to servers until told to cut them."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="liftlock-net-"))
        self._listeners: list[socket.socket] = []
        self._open: list[socket.socket] = []
        self._bytes_left: int | None = None
        self.bytes_from_servers = 0
        self._refusing = False
        self._hangs_then = False
        self._hanging: set[socket.socket] = set()
        self._passing = threading.Event()
        self._passing.set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._passing.set()
        for listener in self._listeners:
            _close(listener)
        self.cut()
        shutil.rmtree(self._folder, ignore_errors=True)

    def through(self, database: Database) -> Database:
        """Return the same database behind this network, for its keeper and its application."""
        given = conninfo_to_dict(database.keeper.get_secret_value())
        server = Path(str(given["host"])) / f".s.PGSQL.{given.get('port') or 5432}"
        folder = self._listen(server)
        return replace(
            database,
            keeper=_at_host(database.keeper, folder),
            application=_at_host(database.application, folder),
        )

    def at(self, url: SecretStr) -> SecretStr:
        """Return the same connection string behind this network."""
        given = conninfo_to_dict(url.get_secret_value())
        server = Path(str(given["host"])) / f".s.PGSQL.{given.get('port') or 5432}"
        return _at_host(url, self._listen(server))

    def cut(self) -> None:
        """Cut every connection now; new ones may be made."""
        with self._lock:
            gone, self._open = self._open, []
        for end in gone:
            _close(end)

    def cut_after(self, bytes_from_server: int) -> None:
        """Cut every connection once the servers have sent this many bytes from now on."""
        self._bytes_left = bytes_from_server

    def hang(self) -> None:
        """Pass no byte any more, on old connections and on new ones, until `pass_on`."""
        self._passing.clear()

    def hang_after(self, bytes_from_server: int) -> None:
        """Pass no byte any more once the servers have sent this many from now on."""
        self._hangs_then = True
        self._bytes_left = bytes_from_server

    def hang_present_ones(self) -> None:
        """Pass no byte any more on the connections that there are; new ones are well."""
        with self._lock:
            self._hanging |= set(self._open)

    def pass_on(self) -> None:
        """Pass bytes again; those that hang for ever do so."""
        self._hangs_then = False
        self._passing.set()

    def spare(self) -> None:
        """Let the bytes come, however many there are."""
        self._bytes_left = None

    def down(self) -> None:
        """Cut every connection and answer no new one until `up`."""
        self._refusing = True
        self.cut()

    def up(self) -> None:
        """Answer again."""
        self._refusing = False

    def _listen(self, server: Path) -> Path:
        folder = self._folder / str(len(self._listeners))
        folder.mkdir()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / ".s.PGSQL.5432"))
        listener.listen(64)
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, server), daemon=True).start()
        return folder

    def _accept(self, listener: socket.socket, server: Path) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                if self._refusing:
                    client.close()
                    continue
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(server))
                with self._lock:
                    self._open += [client, upstream]
                for pair in ((client, upstream, False), (upstream, client, True)):
                    threading.Thread(target=self._relay, args=pair, daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, counted: bool) -> None:  # noqa: FBT001
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                _ = self._passing.wait()
                if source in self._hanging:
                    continue
                if counted and self._used_up(len(data)):
                    if not self._hangs_then:
                        self.cut()
                        return
                    self.hang()
                    _ = self._passing.wait()
                target.sendall(data)
        _close(source)
        _close(target)

    def _used_up(self, size: int) -> bool:
        with self._lock:
            self.bytes_from_servers += size
            if self._bytes_left is None:
                return False
            self._bytes_left -= size
            if self._bytes_left > 0:
                return False
            self._bytes_left = None
            return True


def _at_host(secret: SecretStr, folder: Path) -> SecretStr:
    return SecretStr(make_conninfo(secret.get_secret_value(), host=str(folder), port=5432))


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
