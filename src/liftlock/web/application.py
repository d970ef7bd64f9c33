"""The application that is served: what is too large is refused in its own words, not in plain text.

The framework refuses a body over the limit by itself, past all handlers; only what it sends can be
seen. So its words are replaced on their way out.
"""

from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from liftlock.web import problems
from liftlock.web.bodies import TOO_LARGE

PLAIN = (b"content-type", b"text/plain; charset=utf-8")


class Application(FastAPI):
    """The API and the console."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        return _InOwnWords(super().build_middleware_stack(), self)

    @override
    def openapi(self) -> dict[str, object]:
        document = super().openapi()
        components = cast("dict[str, dict[str, object]]", document["components"])
        components["schemas"]["Problem"] = problems.SCHEMA
        return document

    def too_large(self, request: Request) -> Response:
        """Return what a request gets that brings more than is taken: a problem, or a page."""
        answer = self.exception_handlers[HTTPException]
        return cast("Response", answer(request, HTTPException(TOO_LARGE)))


class _InOwnWords:
    def __init__(self, inner: ASGIApp, app: Application) -> None:
        self._inner = inner
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def say(message: Message) -> None:
            nonlocal is_replaced
            if _is_frameworks(message):
                is_replaced = True
                await self._app.too_large(Request(scope))(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self._inner(scope, receive, say)


def _is_frameworks(message: Message) -> bool:
    return (
        message["type"] == "http.response.start"
        and message["status"] == TOO_LARGE
        and PLAIN in message["headers"]
    )
