"""A way to a server on which answers get lost: the request arrives, then the connection breaks."""

import contextlib
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit


class LosingAnswers:
    """Relays each connection to a server; of so many answers nothing comes back."""

    def __init__(self, listener: socket.socket, url: str, lost: int) -> None:
        where = urlsplit(url)
        self._listener = listener
        self._server = (str(where.hostname), where.port or 80)
        self._left = lost

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._server) as server:
            up = threading.Thread(target=_copy, args=(client, server), daemon=True)
            up.start()
            with contextlib.suppress(OSError):
                while data := server.recv(65536):
                    if self._left:
                        self._left -= 1
                        break
                    client.sendall(data)
                client.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@contextmanager
def losing_answers(url: str, lost: int) -> Generator[str]:
    """Return another URL of a server, on which so many answers get lost."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = LosingAnswers(listener, url, lost)
        threading.Thread(target=relay.run, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
