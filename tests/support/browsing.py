"""A browser without scripts: keeps cookies, follows links, fills in and sends forms."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest
from argon2 import PasswordHasher
from typing_extensions import override

from acme_books import Acme
from liftlock.domain.people import Person
from liftlock.identity.providers import Identified
from liftlock.services import sessions
from liftlock.services.sessions import Visitor
from liftlock.store import passwords
from served import Served

PASSWORD = "correct horse battery staple"  # noqa: S105  of nobody
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheaply: a hash says itself how it was made."""
SESSION = "liftlock-session"
VISITOR = Visitor(address="127.0.0.1", browser="Tests")


@dataclass(slots=True)
class Form:
    """A form of a page, with what it would send as it stands."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    buttons: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Text, name and value of each."""

    def value(self, name: str) -> str:
        return next(value for each, value in self.fields if each == name)


class _Reader(HTMLParser):
    """Reads the forms and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._inside: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._button: tuple[str, str] | None = None
        self._link: str | None = None
        self._said: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: C901
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method, action = given.get("method", "get"), given.get("action", "")
            self._form = Form(method=method, action=action)
            self.forms.append(self._form)
        elif tag == "a":
            self._link, self._said = given.get("href", ""), []
        if tag in {"script", "style", "title", "svg"}:
            self._inside.append(tag)
        if self._form is None:
            return
        if tag == "input" and "disabled" not in given:
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if ticked and "name" in given:
                self._form.fields.append((given["name"], given.get("value", "on")))
        elif tag == "textarea":
            self._area, self._said = given["name"], []
        elif tag == "select":
            self._select = (given["name"], [])
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value", ""), "selected" in given))
        elif tag == "button":
            self._button, self._said = (given.get("name", ""), given.get("value", "")), []

    @override
    def handle_endtag(self, tag: str) -> None:
        said = "".join(self._said)
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._form and self._area:
            self._form.fields.append((self._area, said.removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._form and self._select:
            name, options = self._select
            chosen = [v for v, selected in options if selected] or [v for v, _ in options][:1]
            self._form.fields += [(name, value) for value in chosen]
            self._select = None
        elif tag == "button" and self._form and self._button:
            self._form.buttons.append((" ".join(said.split()), *self._button))
            self._button = None
        elif tag == "a" and self._link is not None:
            self.links.append((" ".join(said.split()), self._link))
            self._link = None
        if tag in self._inside:
            self._inside.remove(tag)

    @override
    def handle_data(self, data: str) -> None:
        self._said.append(data)
        if not self._inside:
            self.text.append(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came back, after redirects."""

    status: int
    url: str
    html: str
    headers: Mapping[str, str]
    forms: list[Form]
    links: list[tuple[str, str]]
    text: str

    def form(self, action: str) -> Form:
        """Return the form that posts to an address."""
        found = [form for form in self.forms if form.action.split("?")[0] == action]
        assert found, f"no form to {action} among {[form.action for form in self.forms]}"
        return found[-1]

    def has_form(self, action: str) -> bool:
        return any(form.action.split("?")[0] == action for form in self.forms)


class Browser:
    """One browser with cookies of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, follow_redirects=True)
        self.page = _blank()

    def open(self, path: str) -> Page:
        """Open an address of the console."""
        return self._shown(self.http.get(path))

    def send(self, action: str, /, **fields: str | list[str]) -> Page:
        """Send the present page's form to an address, with these fields instead of what it has."""
        return self.send_form(self.page.form(action), **fields)

    def send_form(self, form: Form, /, **fields: str | list[str]) -> Page:
        changed = {name: [v] if isinstance(v, str) else v for name, v in fields.items()}
        kept = [(name, value) for name, value in form.fields if name not in changed]
        data = kept + [(name, value) for name, values in changed.items() for value in values]
        sent: dict[str, list[str]] = {}
        for name, value in data:
            sent.setdefault(name, []).append(value)
        return self._shown(self.http.post(form.action, data=sent, headers=self._own()))

    def sign_in(self, login: str, password: str = PASSWORD) -> Page:
        _ = self.open("/sign-in")
        return self.send("/sign-in", login=login, password=password)

    def close(self) -> None:
        self.http.close()

    def _own(self) -> dict[str, str]:
        return {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}

    def _shown(self, got: httpx.Response) -> Page:
        reader = _Reader()
        reader.feed(got.text)
        self.page = Page(
            status=got.status_code,
            url=str(got.url).removeprefix(self.url),
            html=got.text,
            headers=dict(got.headers),
            forms=reader.forms,
            links=reader.links,
            text=" ".join("".join(reader.text).split()),
        )
        return self.page


def _blank() -> Page:
    return Page(status=0, url="", html="", headers={}, forms=[], links=[], text="")


def give_password(acme: Acme, person: Person) -> None:
    """Let a person have set `PASSWORD`."""
    with acme.books.transaction() as tx:
        passwords.save(tx, person.id, HASHED)


class Browsers:
    """As many browsers as a test wants, each somebody's."""

    def __init__(self, served: Served, stack: ExitStack) -> None:
        self.served = served
        self._stack = stack

    def stranger(self) -> Browser:
        """Open a browser in which nobody is signed in."""
        browser = Browser(self.served.url)
        _ = self._stack.callback(browser.close)
        return browser

    def of(self, name: str) -> Browser:
        """Open a browser in which somebody is signed in: `ana`, `operator`."""
        person: Person = getattr(self.served.acme, name)
        give_password(self.served.acme, person)
        browser = self.stranger()
        with self.served.acme.books.transaction() as tx:
            token = sessions.begin(tx, Identified(person=person.id), VISITOR)
        host = browser.url.removeprefix("http://").partition(":")[0]
        browser.http.cookies.set(SESSION, token.get_secret_value(), domain=host, path="/")
        _ = browser.open("/")
        return browser


@pytest.fixture
def browsers(served: Served) -> Generator[Browsers]:
    """Browsers on Acme's console; its environments are only to be read."""
    with ExitStack() as stack:
        yield Browsers(served, stack)


@pytest.fixture
def own_browsers(own_served: Served) -> Generator[Browsers]:
    """Browsers on Acme's console, over environments of its own: to be changed."""
    with ExitStack() as stack:
        yield Browsers(own_served, stack)
