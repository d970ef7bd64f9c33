"""Server-sent events as a browser hears them, in a thread of its own."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from browsing import Browser
from eventually import eventually


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event."""

    name: str
    id: str
    data: str


class Stream:
    """One open stream; what came so far, and whether the server has ended it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.has_ended = threading.Event()

    def hears(self, text: str) -> Event:
        """Return the first event with this text in it."""
        found = eventually(lambda: [e for e in list(self.events) if text in e.data])
        return found[0]

    def is_done(self) -> bool:
        """Wait until the server has ended it, and tell whether it said that all is out of date."""
        _ = eventually(self.has_ended.is_set)
        return bool(self.events) and self.events[-1].name == "done"

    def read(self, answer: HTTPResponse) -> None:
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.status = answer.status
        name, id_, data = "", "", list[str]()
        while line := answer.readline():
            kind, _, value = line.decode().rstrip("\n").partition(": ")
            if not kind and (name or data):
                self.events.append(Event(name=name, id=id_, data="\n".join(data)))
                name, data = "", []
            elif kind == "event":
                name = value
            elif kind == "id":
                id_ = value
            elif kind == "data":
                data.append(value)


@contextmanager
def streaming(browser: Browser, path: str, last: str = "") -> Generator[Stream]:
    """Open a stream as this browser; it is closed at the end of the block."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    headers = {"Cookie": cookies, "Accept": "text/event-stream"}
    connection = HTTPConnection(urlsplit(browser.url).netloc, timeout=60)
    connection.connect()
    wire: socket.socket = connection.sock
    heard = Stream()
    asked = (path, headers | ({"Last-Event-ID": last} if last else {}))
    thread = threading.Thread(target=_listen, args=(connection, heard, *asked))
    thread.start()
    try:
        _ = eventually(lambda: heard.status)
        yield heard
    finally:
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        thread.join()
        connection.close()


def _listen(connection: HTTPConnection, heard: Stream, path: str, headers: dict[str, str]) -> None:
    try:
        connection.request("GET", path, headers=headers)
        heard.read(connection.getresponse())
    except (OSError, HTTPException):
        pass  # the test has closed it
    finally:
        heard.has_ended.set()
