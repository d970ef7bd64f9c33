"""One connection to the API: sends requests, returns JSON, raises refusals."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias, cast

import httpx

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
)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Document: TypeAlias = "dict[str, Json]"


class _Said(LiftlockError):
    sentence = "{said}"


class RefusedInvalid(_Said, Invalid):
    """The API found the request wrong."""

    code = "refused.invalid"


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
        429: RefusedTooMany,
        503: RefusedUnavailable,
    }
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A way to the API for one caller; close it, or use `connect`."""

    http: httpx.Client
    url: str
    organisation: str | None = None

    def of(self, organisation: str) -> "Connection":
        """Return the same connection, speaking of another organisation."""
        return replace(self, organisation=organisation)

    def get(self, path: str, **query: str | int | None) -> Json:
        """Return what is at `path`. Raises: a refusal."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Post a JSON body and return the answer. Raises: a refusal."""
        return self._send("POST", path, json=dict(body or {}))

    def put(self, path: str, body: Mapping[str, object]) -> Json:
        """Put a JSON body and return the answer. Raises: a refusal."""
        return self._send("PUT", path, json=dict(body))

    def delete(self, path: str) -> Json:
        """Delete what is at `path`. Raises: a refusal."""
        return self._send("DELETE", path)

    def upload(self, path: str, content: bytes) -> Json:
        """Post bytes as they are. Raises: a refusal."""
        return self._send("POST", path, content=content)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Mapping[str, object] | None = None,
        content: bytes | None = None,
    ) -> Json:
        asked = {"organisation": self.organisation, **(params or {})}
        query = {name: value for name, value in asked.items() if value is not None}
        url = f"/api/v1{path}"
        try:
            answer = self.http.request(method, url, params=query, json=json, content=content)
        except httpx.TransportError as error:
            said = f"Nothing answers at {self.url} ({type(error).__name__})."
            raise RefusedUnavailable(said=f"{said} Is `liftlock serve` running?") from None
        if answer.is_success:
            return cast("Json", answer.json()) if answer.content else None
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> LiftlockError:
    try:
        document = cast("Document", answer.json())
    except ValueError:
        document = {}
    said = str(document.get("detail") or f"The server answered {answer.status_code}.")
    return _KINDS.get(answer.status_code, Broke)(said=said, was=str(document.get("code", "")))


@contextmanager
def connect(
    url: str, api_key: str, *, organisation: str | None = None, timeout_s: float = 300.0
) -> Generator[Connection]:
    """Open a connection to the API at `url` for the owner of `api_key`.

    `organisation` is the code of the one that a platform operator speaks of; others have their own.
    """
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=timeout_s) as http:
        yield Connection(http, url, organisation)
