"""The running application: answers people, or turns them away, and always tells its health."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import FrameType

import psycopg
from psycopg_pool import PoolTimeout
from typing_extensions import override

from liftlock.demo.application import extensions, mail
from liftlock.demo.application.databases import Databases
from liftlock.demo.application.pages import Pages
from liftlock.demo.application.surroundings import HEALTH, Mode, Surroundings, read

_RETRY_AFTER_S = "1"
_IDLE_S = 5


class Application:
    """One environment's application, whoever asks it."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.databases = Databases(surroundings.databases)
        self._pages = Pages(surroundings.kind, self.databases, extensions.load(surroundings.files))
        self._busy = 0
        self._lock = Lock()

    def answer(self, path: str) -> tuple[HTTPStatus, str]:
        """Answer one person's request."""
        with self._counted():
            if self.surroundings.mode is not Mode.OPEN:
                return (
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "Closed for a moment. Try again soon.\n",
                )
            try:
                page = self._pages.page(path)
            except (psycopg.Error, PoolTimeout) as error:
                return HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}\n"
        return (HTTPStatus.OK, page) if page else (HTTPStatus.NOT_FOUND, "There is no such page.\n")

    def health(self) -> tuple[HTTPStatus, str]:
        """Tell how it stands; when drained, end the sessions as soon as nobody is served."""
        mode = self.surroundings.mode
        if mode is Mode.DRAINED:
            if not self._busy:
                self.databases.rest()
            why: list[str] = []
        else:
            why = self._why_unwell()
        told = {"mode": mode, "busy": self._busy, "sessions": self.databases.sessions, "why": why}
        status = HTTPStatus.INTERNAL_SERVER_ERROR if why else HTTPStatus.OK
        return status, json.dumps(told)

    def send_mail(self) -> None:
        """Do the background work once, unless people are turned away."""
        with self._counted():
            if self.surroundings.mode is Mode.OPEN:
                mail.send_some(self.databases, self.surroundings.notes / "outbox.log")

    def _why_unwell(self) -> list[str]:
        try:
            return self._pages.missing()
        except (psycopg.Error, PoolTimeout) as error:
            return [type(error).__name__]

    @contextmanager
    def _counted(self) -> Generator[None]:
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1


def serve(surroundings: Surroundings, port: int, life: int | None) -> None:
    """Serve on 127.0.0.1 until SIGTERM comes, or until the process `life` is gone."""
    application = Application(surroundings)
    stop = Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    _ = signal.signal(signal.SIGTERM, ask_to_stop)
    with _Server(("127.0.0.1", port), _handler(application)) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        while not stop.wait(1.0) and _alive(life):
            _background(application)
        server.shutdown()
    application.databases.rest()


def _background(application: Application) -> None:
    try:
        application.send_mail()
    except (psycopg.Error, PoolTimeout) as error:
        print(f"mail: {type(error).__name__}", file=sys.stderr, flush=True)  # noqa: T201  the log


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def _handler(application: Application) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_S

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status, said = application.health() if path == HEALTH else application.answer(path)
            content = said.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if status is HTTPStatus.SERVICE_UNAVAILABLE:
                self.send_header("Retry-After", _RETRY_AFTER_S)
            self.end_headers()
            _ = self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the log is for what goes wrong."""

    return Handler


def _alive(pid: int | None) -> bool:
    """Say whether a process still lives. Another user's counts as alive."""
    if pid is None:
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def main(argv: list[str]) -> None:
    """Serve as the arguments and the environment variables say."""
    parser = argparse.ArgumentParser(prog="acme")
    _ = parser.add_argument("command", choices=("serve",))
    _ = parser.add_argument("--port", type=int, required=True)
    _ = parser.add_argument("--life", type=int)
    given = parser.parse_args(argv)
    serve(read(os.environ), int(given.port), given.life)  # noqa: TID251  a stranger's program


if __name__ == "__main__":
    main(sys.argv[1:])
