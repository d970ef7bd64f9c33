"""Server-sent events as a browser hears them, in a thread of its own."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from browsing import Browser
from eventually import eventually


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event."""

    name: str
    id: str
    data: str


class Listening:
    """One open stream; what came so far, and whether the server has ended it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.has_ended = threading.Event()

    def waits_for(self, text: str) -> Event:
        """Return the first event with this text in it."""
        return eventually(lambda: next((e for e in list(self.events) if text in e.data), None))

    def is_done(self) -> bool:
        """Wait until the server has said that the page is out of date, and has ended."""
        _ = eventually(self.has_ended.is_set)
        return bool(self.events) and self.events[-1].name == "done"

    def read(self, answer: httpx.Response) -> None:
        name, id_, data = "", "", list[str]()
        for line in answer.iter_lines():
            kind, _, value = line.partition(": ")
            if not line and (name or data):
                self.events.append(Event(name=name, id=id_, data="\n".join(data)))
                name, data = "", []
            elif kind == "event":
                name = value
            elif kind == "id":
                id_ = value
            elif kind == "data":
                data.append(value)


@contextmanager
def listening(browser: Browser, path: str, last: str = "") -> Generator[Listening]:
    """Open a stream as this browser; it is closed at the end of the block."""
    heard = Listening()
    headers = {"Last-Event-ID": last} if last else {}
    cookies = dict(browser.http.cookies)
    with httpx.Client(base_url=browser.url, cookies=cookies, timeout=60) as http:
        thread = threading.Thread(target=_read, args=(http, path, headers, heard))
        thread.start()
        try:
            _ = eventually(lambda: heard.status)
            yield heard
        finally:
            heard.has_ended.wait(0)
    thread.join(30)


def _read(http: httpx.Client, path: str, headers: dict[str, str], heard: Listening) -> None:
    try:
        with http.stream("GET", path, headers=headers) as answer:
            heard.headers = dict(answer.headers)
            heard.status = answer.status_code
            heard.read(answer)
    except httpx.HTTPError:
        pass  # the test has closed it
    finally:
        heard.has_ended.set()
