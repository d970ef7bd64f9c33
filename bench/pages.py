"""Server time of each page with 12,000 moves in the books: `make bench-pages`.

Milliseconds from the request to the last byte, over loopback, one after the other: the median and
the 95th percentile, beside those of the same page in books without a move, and of an empty page.
Pages marked * ask the environments' servers each time that they are opened.
"""

# ruff: noqa: INP001, T201  a program of its own, in no package

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

import crowds
import own_books
import scenes
import served
import still_acme
from acme_books import Acme
from liftlock import bootstrap
from liftlock.domain.environments import Kind
from liftlock.identity.providers import Identified
from liftlock.services import sessions
from liftlock.services.sessions import Visitor
from liftlock.settings import Settings
from liftlock.store import master_keys
from liftlock.web.pages.frame import Signed, render
from postgres import database_maker, parts_maker, running_server

MANY, RUNS, WARM_UPS = 12_000, 100, 10
MOST_MS = 30.0
EMPTY = "/empty"
UP, DOWN = "/development/move-to-staging", "/development/down-alignment"
PAGES: Mapping[str, bool] = {
    EMPTY: False,
    "/": False,
    UP: False,
    DOWN: False,
    "/staging/move-to-production": False,
    "/production/production-deployment": False,
    f"{DOWN}/schedule": False,
    f"{DOWN}/schedule?month=2027-05": False,
    "/moves": False,
    "/moves?kind=move_to_staging&state=failed": False,
    "/moves/{move}": False,
    "/calendar": False,
    "/policies": False,
    "/policies/customers": False,
    "/restore-points": False,
    "/environments": False,
    "/audit": False,
    "/inbox": False,
    "/people": False,
    "/settings": False,
    "/modules": True,
    "/environments/staging": True,
}
"""Each page, and whether it asks the environments' servers."""


def empty(request: Request, signed: Signed) -> Response:
    """Draw the frame with nothing in it."""
    return render(request, signed, "layout.html")


def app_of(acme: Acme) -> FastAPI:
    """Return the console with an empty page besides."""
    settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
    app = bootstrap.web_app(acme.books, settings)
    app.add_api_route(EMPTY, empty, response_class=Response)
    app.router.routes.insert(0, app.router.routes.pop())
    return app


def cookie_of(acme: Acme) -> str:
    """Return what a browser sends in which Dora is signed in."""
    with acme.books.transaction() as tx:
        visitor = Visitor(address="127.0.0.1", browser="bench")
        token = sessions.begin(tx, Identified(person=acme.dora.id), visitor)
    return f"liftlock-session={token.get_secret_value()}"


def times_ms(url: str, path: str, cookie: str) -> list[float]:
    """Return how long each of many requests took, in order of length."""
    connection = HTTPConnection(urlsplit(url).netloc)
    taken: list[float] = []
    for _ in range(WARM_UPS + RUNS):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        _ = answer.read()
        taken.append((time.perf_counter() - begun) * 1000)
        if answer.status != HTTPStatus.OK:
            sys.exit(f"{path} answers {answer.status}")
    connection.close()
    return sorted(taken[WARM_UPS:])


def measured(acme: Acme, move: int) -> Iterator[tuple[str, float, float]]:
    """Yield each page with its median and its 95th percentile."""
    cookie = cookie_of(acme)
    with served.listening(app_of(acme)) as url:
        for page in PAGES:
            if "{move}" in page and not move:
                continue
            taken = times_ms(url, page.format(move=move), cookie)
            yield page, taken[RUNS // 2], taken[RUNS * 95 // 100]


class Ground:
    """Three environments and a server for books, as the tests have them."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._folder = Path(stack.enter_context(TemporaryDirectory()))
        self._server = stack.enter_context(running_server(Kind.DEVELOPMENT))
        servers = {kind: stack.enter_context(running_server(kind)) for kind in Kind}
        make = stack.enter_context(database_maker())
        self._make_parts = stack.enter_context(parts_maker(make))
        self._places = still_acme.furnish_still(servers, self._make_parts, self._folder)
        master_keys.make(self._folder / "master.key")
        self._key = master_keys.read(self._folder / "master.key")

    def acme(self, name: str) -> Acme:
        """Make Acme in books of this name."""
        url = self._server.embedded.provide(name, SecretStr("bench"))
        own_books.mark(url)
        books = self._stack.enter_context(still_acme.still_books(url, self._key))
        return still_acme.furnished(url, self._key, books, self._make_parts, self._places)


def main() -> None:
    """Measure, print, and fail where a page of ours alone takes too long."""
    with ExitStack() as stack:
        ground = Ground(stack)
        quiet = {page: (m, p) for page, m, p in measured(ground.acme("quiet"), 0)}
        busy = ground.acme("busy")
        ids = scenes.a_long_life(busy)
        crowds.crowd(busy, ids["move"], MANY, noted=True)
        print(f"{'ms':44}{MANY:>9,} moves{'no move':>18}")
        print(f"{'page':44}{'median':>8}{'p95':>8}{'median':>10}{'p95':>8}")
        slow: list[str] = []
        for page, median, p95 in measured(busy, ids["move"]):
            beside = "".join(f"{ms:>9.1f}" for ms in quiet.get(page, ()))
            print(f"{page + (' *' if PAGES[page] else ''):44}{median:>8.1f}{p95:>8.1f} {beside}")
            slow += [page] if p95 > MOST_MS and not PAGES[page] else []
    if slow:
        sys.exit(f"More than {MOST_MS:g} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
