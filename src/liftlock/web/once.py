"""POST requests with an `Idempotency-Key`: sent twice, they are carried out once.

The answer is kept in the request's own transaction, which ends after the handler and before the
answer leaves.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from typing_extensions import override

from liftlock.books import Transaction
from liftlock.domain.answers import Answer, AnswerKept, RequestDigest
from liftlock.domain.people import Person
from liftlock.services import answers
from liftlock.web import bodies, problems
from liftlock.web.edge import Tx, Who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.params import Depends as Dependency

    Responses: TypeAlias = dict[int | str, dict[str, object]]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = ("content-type", "etag")
"""The headers of an answer that are given again."""
Key: TypeAlias = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        description="A name of your own for this request, such as a UUID. Sent again within a day "
        "with the same key, the same request is not carried out again: it gets the first answer.",
    ),
]
Handler: TypeAlias = Callable[[Request], Coroutine[object, object, Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A request that nobody has sent before."""

    tx: Transaction
    who: Person
    key: str

    def keep(self, request: Request, response: Response) -> None:
        """Keep what it was answered, in its own transaction."""
        headers = {name: response.headers[name] for name in KEPT if name in response.headers}
        body = bytes(response.body).decode()
        answer = Answer(status=response.status_code, headers=headers, body=body)
        kept = AnswerKept(request=_digest(request), answer=answer)
        answers.keep(self.tx, self.who, self.key, kept)


class _AnsweredBefore(Exception):
    """Carries the first answer past the handler."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def once(request: Request, tx: Tx, who: Who, key: Key = None) -> None:
    """Let a new request through. Raises: IdempotencyKeyUnfit, -InUse, -Reused."""
    if key is None:
        return
    kept = answers.before(tx, who, key)
    if kept is not None:
        raise _AnsweredBefore(kept.to(_digest(request)))
    request.state.once = Once(tx=tx, who=who, key=key)


class OnceRoute(APIRoute):
    """A route of the API, described whole; a POST takes an `Idempotency-Key`."""

    @override
    def __init__(self, path: str, endpoint: Callable[..., object], **named: object) -> None:
        (method,) = cast("Sequence[str]", named["methods"])
        if method == "POST":
            given = cast("Sequence[Dependency]", named.get("dependencies") or ())
            named["dependencies"] = [Depends(once), *given]
        responses = cast("Responses", named.get("responses") or {})
        named["responses"] = {**problems.documented_for(method), **responses}
        named["summary"] = (endpoint.__doc__ or "").partition("\n")[0].rstrip(".")
        super().__init__(path, endpoint, **named)  # pyright: ignore[reportArgumentType]

    @override
    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        return _once(handle) if "POST" in (self.methods or ()) else handle


def _once(handle: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            response = await handle(request)
        except _AnsweredBefore as before:
            return _again(before.answer)
        first = getattr(request.state, "once", None)
        if isinstance(first, Once):
            await run_in_threadpool(first.keep, request, response)
        return response

    return answer


def _again(answer: Answer) -> Response:
    headers = {**answer.headers, REPLAYED: "true"}
    return Response(answer.body, status_code=answer.status, headers=headers)


def _digest(request: Request) -> RequestDigest:
    """Return what tells a request from others: method, address, body."""
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return RequestDigest(hashlib.sha256(said + bodies.whole_digest(request)).digest())
