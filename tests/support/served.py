"""Acme's API, served as it is in use, and everybody's way to it."""

import secrets
import ssl
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from acme_books import Acme
from eventually import eventually
from liftlock import bootstrap
from liftlock.books import Books
from liftlock.domain.people import Person
from liftlock.services import people
from liftlock.settings import Settings

Json = dict[str, object]
NO_TLS = ssl.create_default_context()
"""Made once: a client that made its own would read every authority's certificate."""
EVERYBODY = ("operator", "ana", "ben", "cem", "dora", "eve", "pat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered."""

    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))

    @property
    def detail(self) -> str:
        return str(self.body.get("detail", ""))

    def rows(self, name: str = "items") -> list[Json]:
        """Return a list in the answer, or the list that it is."""
        return cast("list[Json]", self.body[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running API over Acme's books, with a key for everybody."""

    acme: Acme
    url: str
    keys: Mapping[str, SecretStr]

    def ask(self, who: str | None, method: str, path: str, body: object = None) -> Answer:
        """Send a request as somebody (`ana`, `operator`; None: without a key).

        Whatever a move is by now, it is acted on.
        """
        headers = {"If-Match": "*"} if method == "POST" else {}
        content = {} if body is None else {"json": body}
        return self.send(who, method, path, {**content, "headers": headers})

    def send(self, who: str | None, method: str, path: str, content: Json) -> Answer:
        headers = {} if who is None else self.authorization(who)
        given = cast("dict[str, str]", content.pop("headers", {}))
        with httpx.Client(base_url=self.url, timeout=60, verify=NO_TLS) as http:
            got = http.request(method, f"/api/v1{path}", headers=headers | given, **content)  # pyright: ignore[reportArgumentType]
        is_json = bool(got.content) and "json" in got.headers.get("content-type", "")
        body: object = got.json() if is_json else {"text": got.text}
        whole = cast("Json", body) if isinstance(body, dict) else {"items": body}
        return Answer(status=got.status_code, body=whole, headers=dict(got.headers))

    def authorization(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who].get_secret_value()}"}


@contextmanager
def listening(app: FastAPI, *trusted_proxies: str) -> Generator[str]:
    """Serve an application on a free port of this machine; return its URL."""
    with bootstrap.listening_socket("127.0.0.1", 0) as bound:
        server = bootstrap.http_server(app, trusted_proxies)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            _ = eventually(lambda: server.started)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def key_of(acme: Acme, person: Person) -> SecretStr:
    with acme.books.transaction() as tx:
        return people.create_key(tx, person, name=f"tests {secrets.token_hex(4)}").key


@contextmanager
def serving(acme: Acme, ahead: timedelta | None = None) -> Generator[Served]:
    """Serve Acme's books, with a key for everybody; for a clock that is so much ahead."""
    settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
    with ExitStack() as stack:
        books = acme.books if ahead is None else stack.enter_context(_later(acme, ahead))
        url = stack.enter_context(listening(bootstrap.web_app(books, settings)))
        keys = {name: key_of(acme, getattr(acme, name)) for name in EVERYBODY}
        yield Served(acme=acme, url=url, keys=keys)


@contextmanager
def _later(acme: Acme, ahead: timedelta) -> Generator[Books]:
    with acme.books.transaction() as tx:
        options = f"-c liftlock.now={(tx.now + ahead).isoformat()}"
    conninfo = make_conninfo(acme.url.get_secret_value(), options=options)
    with closing(Books(SecretStr(conninfo), acme.key)) as books:
        yield books


@pytest.fixture
def served(acme: Acme) -> Generator[Served]:
    """Acme, served; its environments are only to be read."""
    with serving(acme) as running:
        yield running


@pytest.fixture
def own_served(own_acme: Acme) -> Generator[Served]:
    """Acme, served, over environments of its own: to be changed."""
    with serving(own_acme) as running:
        yield running
