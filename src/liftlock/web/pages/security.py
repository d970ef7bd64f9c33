"""What keeps the console's pages safe: headers, cookies, and forms that only our pages can send."""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast
from urllib.parse import urlencode, urlsplit, urlunsplit

from anyio import from_thread
from fastapi import Depends, Request, Response
from pydantic import Field, SecretStr, TypeAdapter, ValidationError

from liftlock.domain.sessions import Kept, Lifetime
from liftlock.errors import Forbidden, Invalid
from liftlock.services.sessions import Visitor
from liftlock.web.fields import Code, DocumentText, Line, Words

if TYPE_CHECKING:
    from starlette.datastructures import FormData

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(
            [
                *("default-src 'none'", "script-src 'self'", "style-src 'self'"),
                *("font-src 'self'", "img-src 'self' data:", "connect-src 'self'"),
                *("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
                *("require-trusted-types-for 'script'", "trusted-types liftlock"),
            ]
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
"""On every page and every redirect of the console."""

SESSION, VISIT, FLASH, THEME = "session", "visit", "said", "theme"
THEMES = ("system", "light", "dark")
A_YEAR_S = 365 * 24 * 3600
FLASH_LASTS_S = 60
MOST_FLASH_LETTERS = 500
MOST_FIELDS = 2000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_KEPT = frozenset({"csrf", "once", "page"})
SECRET_WORDS = ("password", "secret", "code")
"""Fields whose name has one of these are never kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operator has decided about sessions and cookies."""

    lifetime: Lifetime
    behind_tls: bool
    """People always come by https, whatever the last proxy says."""


def rules(request: Request) -> Rules:
    """Return what bootstrap has put there: the settings of this process."""
    return cast("Rules", request.app.state.console)


TheRules: TypeAlias = Annotated[Rules, Depends(rules)]


class ForeignForm(Forbidden):
    """Another site, or no page at all, has sent this."""

    code = "form.foreign"
    sentence = (
        "This was not sent by a page of this console, so nothing was done. Open the page, "
        "and send the form from there."
    )


class StaleForm(Forbidden):
    """A page of ours has sent it, but one from before this browser signed in."""

    code = "form.stale"
    sentence = "You have signed in anew since this page was opened. Nothing has been done yet."


class FieldUnfit(Invalid):
    """A field of a form holds what it cannot."""

    code = "form.field_unfit"
    sentence = "{field}: {what}."


class Typed:
    """What a form has sent, or is to be filled with: each name has any number of values."""

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        self.pairs = pairs

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def has(self, name: str) -> bool:
        """Tell whether the form has sent this field."""
        return any(each == name for each, _ in self.pairs)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field: what is ticked in a list."""
        return tuple(value for each, value in self.pairs if each == name)

    def one(self, name: str, otherwise: str = "") -> str:
        """Return a field as it was typed."""
        return next(iter(self.all(name)), otherwise)

    def line(self, name: str) -> str:
        """Return one line of up to 200 letters, without spaces around it. Raises: FieldUnfit."""
        return _fit(name, self.one(name).strip(), _LINE)

    def named(self, name: str) -> str:
        """Return a name that stands in commands: one line of up to 100. Raises: FieldUnfit."""
        return _fit(name, self.one(name).strip(), _NAMED)

    def words(self, name: str) -> str:
        """Return a reason or note of up to 2,000 letters. Raises: FieldUnfit."""
        return _fit(name, self.one(name).replace("\r\n", "\n").strip(), _WORDS)

    def document(self, name: str) -> str:
        """Return a whole document, as it was typed. Raises: FieldUnfit."""
        return _fit(name, self.one(name).replace("\r\n", "\n"), _DOCUMENT)

    def secret(self, name: str) -> SecretStr:
        """Return what nobody sees again, as it was typed."""
        return SecretStr(self.one(name))


_NAMED: TypeAdapter[str] = TypeAdapter(Annotated[Code, Field(min_length=1)])
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_WORDS: TypeAdapter[str] = TypeAdapter(Words)
_DOCUMENT: TypeAdapter[str] = TypeAdapter(DocumentText)


def _fit(name: str, value: str, kind: TypeAdapter[str]) -> str:
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        what = error.errors()[0]["msg"].removeprefix("Value error, ")
        shown = name.replace("_", " ").capitalize()
        raise FieldUnfit(field=shown, what=what[:1].lower() + what[1:]) from None


def posted(request: Request) -> Typed:
    """Return what the form of this request has sent; read once, in the handler's own thread."""
    if request.method in SAFE:
        return Typed()
    read = partial(request.form, max_files=0, max_fields=MOST_FIELDS)
    form = from_thread.run(cast("Callable[[], Coroutine[object, object, FormData]]", read))
    pairs = tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))
    return Typed(pairs)


Posted: TypeAlias = Annotated[Typed, Depends(posted)]


def guard(request: Request, given: Posted) -> None:
    """Let a form through that a page of ours has sent, for this very session.

    Raises: ForeignForm, StaleForm.
    """
    if request.method in SAFE:
        return
    if not _from_here(request):
        raise ForeignForm
    request.state.kept = kept(request, given)
    request.state.form_page = local(given.one("page"), otherwise=request.url.path)
    if not hmac.compare_digest(given.one("csrf").encode(), token(request).encode()):
        raise StaleForm


def kept(request: Request, given: Typed) -> Kept | None:
    """Return what somebody has typed that is worth keeping; secrets and our own fields are not."""
    if given.has("kept"):
        return kept_from_text(given.one("kept"))
    worth = tuple((name, value) for name, value in given if _is_kept(name))
    page = local(given.one("page"), otherwise=request.url.path)
    return Kept(page=page, fields=worth) if worth else None


def kept_as_text(what: Kept | None) -> str:
    """Return it as a form carries it past the sign-in."""
    return json.dumps([what.page, what.fields]) if what else ""


def kept_from_text(text: str) -> Kept | None:
    """Return what `kept_as_text` was given; None where somebody has tampered with it."""
    try:
        page, fields = cast("tuple[str, list[tuple[str, str]]]", json.loads(text))
        pairs = tuple((str(name), str(value)) for name, value in fields)
    except (ValueError, TypeError):
        return None
    return Kept(page=local(str(page)), fields=pairs)


def token(request: Request) -> str:
    """Return what a form of this page must send along: bound to the session, or to the visit."""
    of = request.cookies.get(name_of(request, SESSION)) or visit(request)
    return hmac.new(of.encode(), b"liftlock form", "sha256").hexdigest()


def visit(request: Request) -> str:
    """Return the secret of a browser that has not signed in; a new one is set with the answer."""
    present = request.cookies.get(name_of(request, VISIT))
    if not present and not hasattr(request.state, "visit"):
        request.state.visit = secrets.token_urlsafe(32)
    return present or cast("str", request.state.visit)


def visitor(request: Request) -> Visitor:
    """Return where this request comes from."""
    address = request.client.host if request.client else ""
    return Visitor(address=address, browser=request.headers.get("user-agent", ""))


def local(address: str, otherwise: str = "/") -> str:
    """Return an address of this console; any other becomes `otherwise`: no open redirect."""
    parts = urlsplit(address) if address.isprintable() else None
    fine = parts and not parts.scheme and not parts.netloc and address.startswith("/")
    if not fine or address.startswith("//") or "\\" in address:
        return otherwise
    return address


def here(request: Request) -> str:
    """Return path and query of this request."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def sign_in_address(request: Request) -> str:
    """Return where to sign in, and to come back from to the page that was asked for."""
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    asked = here(request) if request.method in SAFE else "/"
    back = local(urlunsplit(("", "", shown.path, shown.query, ""))) if shown.path else asked
    return "/sign-in" if back == "/" else f"/sign-in?{urlencode({'next': back})}"


def is_secure(request: Request) -> bool:
    """Tell whether people come by https, as far as we see or were told."""
    return request.url.scheme == "https" or rules(request).behind_tls


def name_of(request: Request, cookie: str) -> str:
    """Return a cookie's whole name; behind TLS no other host of the domain can set it."""
    return f"__Host-liftlock-{cookie}" if is_secure(request) else f"liftlock-{cookie}"


def give(
    request: Request, response: Response, cookie: str, value: str, lasts_s: int | None = None
) -> None:
    """Set a cookie that scripts and other sites never get."""
    response.set_cookie(
        name_of(request, cookie),
        value,
        max_age=lasts_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def take(request: Request, response: Response, cookie: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(
        name_of(request, cookie), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def say(request: Request, response: Response, words: str, tone: str) -> None:
    """Let the next page say something."""
    text = json.dumps([tone, words[:MOST_FLASH_LETTERS]])
    value = urlsafe_b64encode(text.encode()).decode()
    give(request, response, FLASH, value, FLASH_LASTS_S)


def said(request: Request) -> tuple[str, str] | None:
    """Return tone and words of what this page is to say."""
    try:
        text = urlsafe_b64decode(request.cookies.get(name_of(request, FLASH), ""))
        tone, words = cast("list[object]", json.loads(text))
    except (ValueError, TypeError):
        return None
    return str(tone), str(words)


def theme(request: Request) -> str:
    """Return the theme that this browser has chosen: system, light or dark."""
    chosen = request.cookies.get(name_of(request, THEME), "")
    return chosen if chosen in THEMES else "system"


def _is_kept(name: str) -> bool:
    return name not in NOT_KEPT and not any(word in name.lower() for word in SECRET_WORDS)


def _from_here(request: Request) -> bool:
    """Tell whether the browser says that a page of this very host has sent it; all new ones do."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    same_host = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return site in {"same-origin", "none"} and same_host
