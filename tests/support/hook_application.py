"""An application whose hooks are addresses: a real HTTP server that can be made to misbehave."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import trustme
from pydantic import SecretStr
from typing_extensions import override

from liftlock.environments.http_hooks import HttpHook
from liftlock.environments.parts import Runtime

SECRET = "a secret of thirty-two letters or more"  # noqa: S105  of this test
DOCS = Path(__file__).parents[2] / "docs"
HOOKS = ("drain", "start", "health", "open")


def documented_check() -> Callable[..., bool]:
    """Return the function of `docs/hooks.md` by which a receiver verifies a signature."""
    found = re.search(r"```python\n(.*?)```", (DOCS / "hooks.md").read_text(), re.DOTALL)
    assert found is not None
    made: dict[str, object] = {}
    exec(found[1], made)  # noqa: S102  what the page tells people to run
    return cast("Callable[..., bool]", made["is_from_liftlock"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    verified: bool

    @property
    def hook(self) -> str:
        return urlsplit(self.path).path.rpartition("/")[2]

    @property
    def facts(self) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self.body))


@dataclass(slots=True, kw_only=True)
class HookApplication:
    """What it has heard, what its state is, and how it misbehaves, by hook."""

    state: Path
    misbehaves: dict[str, str] = field(default_factory=dict[str, str])
    received: list[Received] = field(default_factory=list[Received])
    address: str = ""
    root: str | None = None
    released: threading.Event = field(default_factory=threading.Event)
    _done: set[str] = field(default_factory=set[str])

    def hook(self, name: str, timeout_s: float = 20.0) -> HttpHook:
        return HttpHook(url=f"{self.address}/hooks/{name}", timeout_s=timeout_s)

    def runtime(self, timeout_s: float = 20.0, *, secret: str = SECRET) -> Runtime:
        return Runtime(
            drain=self.hook("drain", timeout_s),
            start=self.hook("start", timeout_s),
            health=self.hook("health", timeout_s),
            open=self.hook("open", timeout_s),
            secret=SecretStr(secret),
            root_certificate=self.root,
            health_within_s=timeout_s,
        )

    def heard(self) -> list[str]:
        return [request.hook for request in self.received if request.hook != "health"]

    def act(self, hook: str, key: str) -> None:
        """Do it once for each key, as receivers are told."""
        if key in self._done:
            return
        self._done.add(key)
        match hook:
            case "drain":
                _ = self.state.write_text("drained")
            case "start" if self.state.read_text() != "open":
                _ = self.state.write_text("running")
            case "open":
                _ = self.state.write_text("open")
            case _:
                pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    application: HookApplication
    check: Callable[..., bool]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = urlsplit(self.path)
        verified = type(self).check(
            SECRET, "POST", headers["host"], url.path, url.query, headers, body
        )
        received = Received(path=self.path, headers=headers, body=body, verified=verified)
        self.application.received.append(received)
        self._answer(received)

    def _answer(self, received: Received) -> None:
        application = self.application
        way = application.misbehaves.get(received.hook, "")
        if way.endswith(" once"):
            del application.misbehaves[received.hook]
        match way.removesuffix(" once"):
            case "hangs":
                _ = application.released.wait(30)
                self.close_connection = True
            case "redirects":
                self._say(307, b"", Location=f"{application.address}/elsewhere")
            case "is huge":
                self._endless()
            case "drips":
                self._endless(b"x", pause_s=0.05)
            case "breaks after doing it":
                application.act(received.hook, received.headers["idempotency-key"])
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case "echoes its secret":
                self._say(500, f"the secret is {SECRET}".encode())
            case number if number.isdigit():
                self._say(int(number), b"no")
            case _:
                self._behave(received)

    def _behave(self, received: Received) -> None:
        application = self.application
        if not received.verified:
            self._say(401, b"who are you?")
        elif received.hook == "health":
            healthy = application.state.read_text() in {"running", "open"}
            self._say(200 if healthy else 503, b"")
        else:
            application.act(received.hook, received.headers["idempotency-key"])
            self._say(200, b"done")

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        _ = self.wfile.write(body)

    def _endless(self, block: bytes = b"x" * 65536, pause_s: float = 0.0) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while not self.application.released.wait(pause_s):
                _ = self.wfile.write(block)
                self.wfile.flush()
        except OSError:
            return

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever is cut off is no news."""


@contextmanager
def hook_application(
    state: Path, certificate: trustme.LeafCert | None = None, root: str | None = None
) -> Generator[HookApplication]:
    """Run it; with a certificate behind TLS, as `localhost`."""
    _ = state.write_text("open")
    application = HookApplication(state=state, root=root)
    handler = type(
        "Handler",
        (_Handler,),
        {"application": application, "check": staticmethod(documented_check())},
    )
    server = _Server(("127.0.0.1", 0), handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  of OpenSSL, too
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    host = "localhost" if certificate else "127.0.0.1"
    application.address = f"{scheme}://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield application
    finally:
        application.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
