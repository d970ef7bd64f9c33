"""One connection to the API: sends requests, returns JSON, raises refusals."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import IO, TypeAlias, cast
from urllib.parse import quote

import httpx

from liftlock import clock
from liftlock.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LiftlockError,
    NotFound,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsaid,
)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Document: TypeAlias = "dict[str, Json]"
Query: TypeAlias = "str | int | tuple[str, ...] | None"
TOO_LARGE = 413
IDEMPOTENCY_KEY = "Idempotency-Key"
IN_USE = "idempotency_key.in_use"
BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
"""What a request meets that may have arrived all the same."""
PATIENCE_S = 15.0
"""How long a request whose connection broke is sent again."""
AGAIN_AFTER_S = 0.5
MOST_A_PAGE = 200
CONNECT_WITHIN_S = 10.0
ANSWERS_WITHIN_S = 3600.0
"""How long an answer may take: installing a package is one request."""


class _Said(LiftlockError):
    """What the API said, word by word; the field `was` is the code that it gave it."""

    sentence = "{said}"


class RefusedInvalid(_Said, Invalid):
    """The API found the request wrong."""

    code = "refused.invalid"


class RefusedUnsaid(_Said, Unsaid):
    """The API wants to be told what was seen."""

    code = "refused.unsaid"


class RefusedUnauthenticated(_Said, Unauthenticated):
    """The API does not know who asks."""

    code = "refused.unauthenticated"


class RefusedForbidden(_Said, Forbidden):
    """The API says that who asks may not."""

    code = "refused.forbidden"


class RefusedNotFound(_Said, NotFound):
    """The API knows no such thing."""

    code = "refused.not_found"


class RefusedConflict(_Said, Conflict):
    """The API says that things stand otherwise."""

    code = "refused.conflict"


class RefusedStale(_Said, Stale):
    """The API says that what was seen has changed."""

    code = "refused.stale"


class RefusedTooMany(_Said, TooMany):
    """The API was asked too often."""

    code = "refused.too_many"


class RefusedUnavailable(_Said, Unavailable):
    """The API, or something behind it, does not answer."""

    code = "refused.unavailable"


class NothingAnswers(RefusedUnavailable):
    """Nobody listens where the API should be."""

    code = "refused.nothing_answers"


class ConnectionBroke(RefusedUnavailable):
    """The connection broke after a request was sent: nobody knows whether it was carried out."""

    code = "refused.connection_broke"


class Broke(_Said):
    """The API broke: a bug."""

    code = "refused.bug"


_KINDS: Mapping[int, type[LiftlockError]] = MappingProxyType(
    {
        401: RefusedUnauthenticated,
        403: RefusedForbidden,
        404: RefusedNotFound,
        409: RefusedConflict,
        412: RefusedStale,
        422: RefusedInvalid,
        428: RefusedUnsaid,
        429: RefusedTooMany,
        503: RefusedUnavailable,
    }
)


def _is_open(refusal: LiftlockError) -> bool:
    """Tell whether a request that was sent may be carried out now, or may have been."""
    away = isinstance(refusal, ConnectionBroke | NothingAnswers)
    return away or refusal.fields.get("was") == IN_USE


@dataclass(frozen=True, slots=True)
class Connection:
    """A way to the API for one caller; close it, or use `connect`."""

    http: httpx.Client
    url: str
    organisation: str | None = None

    def of(self, organisation: str) -> "Connection":
        """Return the same connection, speaking of another organisation."""
        return replace(self, organisation=organisation)

    def get(self, path: str, **query: Query) -> Json:
        """Return what is at `path`. Raises: a refusal."""
        return self._content(self._answer("GET", path, params=query))

    def every(
        self, path: str, *, named: str | None = None, at_most: int | None = None, **query: Query
    ) -> list[Document]:
        """Return a whole list, page by page; at most so many of it. Raises: a refusal.

        `named` is the part of each answer that is the list; none: the answer is.
        """
        found: list[Document] = []
        whole = {"limit": min(at_most or MOST_A_PAGE, MOST_A_PAGE), **query}
        while True:
            answer = self._answer("GET", path, params=whole)
            page = _document(answer, self.url)
            rows = page[named] if named is not None and isinstance(page, dict) else page
            found += cast("list[Document]", rows)
            following = answer.links.get("next", {}).get("url")
            if following is None or (at_most is not None and len(found) >= at_most):
                return found[:at_most]
            whole = {**whole, "cursor": httpx.URL(following).params["cursor"]}

    def post(
        self, path: str, body: Mapping[str, object] | None = None, *, seen: str | None = None
    ) -> Json:
        """Post a JSON body, or nothing, and return the answer. Raises: a refusal.

        It has a key of its own: when the connection breaks it is sent again, and carried out once.
        `seen` is the entity tag of what the caller has looked at; `*`: whatever it is by now.
        """
        headers = {} if seen is None else {"If-Match": seen if seen == "*" else f'"{seen}"'}
        return self._post(path, json=None if body is None else dict(body), headers=headers)

    def ask(self, path: str, body: Mapping[str, object]) -> Json:
        """Post a question, after which everything is as it was. Raises: a refusal."""
        return self._content(self._answer("POST", path, json=dict(body)))

    def put(self, path: str, body: Mapping[str, object]) -> Json:
        """Put a JSON body and return the answer. Raises: a refusal."""
        return self._content(self._answer("PUT", path, json=dict(body)))

    def delete(self, path: str, **query: Query) -> Json:
        """Delete what is at `path`. Raises: a refusal."""
        return self._content(self._answer("DELETE", path, params=query))

    def upload(self, path: str, content: bytes | IO[bytes]) -> Json:
        """Post bytes, or a file from its beginning, as they are; otherwise like `post`."""
        return self._post(path, content=content)

    def _post(
        self,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        content: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Send a request that has a key until it is known what came of it."""
        headers = {**(headers or {}), IDEMPOTENCY_KEY: secrets.token_hex(16)}
        until_s = clock.monotonic_s() + PATIENCE_S
        is_sent = False
        while True:
            try:
                sent = self._answer("POST", path, json=json, content=content, headers=headers)
                return self._content(sent)
            except (ConnectionBroke, RefusedUnavailable, RefusedConflict) as refusal:
                is_sent = is_sent or isinstance(refusal, ConnectionBroke)
                if not is_sent or not _is_open(refusal) or clock.monotonic_s() > until_s:
                    raise
            clock.sleep_s(AGAIN_AFTER_S)
            if content is not None and not isinstance(content, bytes):
                _ = content.seek(0)

    def _content(self, answer: httpx.Response) -> Json:
        """Return the answer's document; None where it has none."""
        return _document(answer, self.url) if answer.content else None

    def _answer(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Query] | None = None,
        json: Mapping[str, object] | None = None,
        content: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        asked = {"organisation": self.organisation, **(params or {})}
        query = {name: value for name, value in asked.items() if value not in {None, ()}}
        url = f"/api/v1{path}"
        try:
            answer = self.http.request(
                method, url, params=query, json=json, content=content, headers=headers
            )
        except BROKEN as error:
            said = f"The connection to {self.url} broke ({type(error).__name__})."
            raise ConnectionBroke(
                said=f"{said} Look whether it was done, then try again."
            ) from None
        except httpx.TransportError as error:
            said = f"Nothing answers at {self.url} ({type(error).__name__})."
            raise NothingAnswers(said=f"{said} Is `liftlock serve` running?") from None
        if answer.is_success:
            return answer
        raise _refusal(answer)


def _document(answer: httpx.Response, url: str) -> Json:
    try:
        return cast("Json", answer.json())
    except ValueError:
        said = f"What answers at {url} is not Liftlock's API. Set LIFTLOCK_URL to where that is."
        raise RefusedUnavailable(said=said) from None


def _refusal(answer: httpx.Response) -> LiftlockError:
    try:
        found = cast("Json", answer.json())
    except ValueError:
        found = None
    document = found if isinstance(found, dict) else {}
    said = str(document.get("detail") or _unsaid(answer.status_code))
    return kind_of(answer.status_code)(said=said, was=str(document.get("code") or ""))


def _unsaid(status: int) -> str:
    if status == TOO_LARGE:
        return "That is more than the API takes in one request. Nothing was changed."
    return f"The server answered {status}."


def kind_of(status: int) -> type[LiftlockError]:
    """Return the category of a status; one that only something on the way answers has one, too."""
    if status in _KINDS:
        return _KINDS[status]
    if httpx.codes.is_client_error(status):
        return RefusedInvalid
    return RefusedUnavailable if status in {502, 504} else Broke


def part(of_an_address: str) -> str:
    """Return a text as one part of an address, whatever is in it."""
    return quote(of_an_address, safe="")


@contextmanager
def connect(
    url: str, api_key: str, *, organisation: str | None = None, timeout_s: float = ANSWERS_WITHIN_S
) -> Generator[Connection]:
    """Open a connection to the API at `url` for the owner of `api_key`.

    `organisation` is the code of the one that a platform operator speaks of; others have their own.

    Raises: RefusedUnauthenticated (a key that cannot be one), RefusedInvalid (no address).
    """
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        said = "The API key has characters that no key has. Copy it again."
        raise RefusedUnauthenticated(said=said, was="key.unknown")
    headers = {"Authorization": f"Bearer {api_key}"}
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_WITHIN_S)
    try:
        http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
    except httpx.InvalidURL:
        raise RefusedInvalid(said=f"{url} is no address of an API. Set LIFTLOCK_URL.") from None
    with http:
        yield Connection(http, url, organisation)
