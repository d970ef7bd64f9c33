"""Refusals as RFC 9457 problems: the one place where a category becomes an HTTP status."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

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
from liftlock.telemetry import log
from liftlock.web.fields import CHOICE

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[LiftlockError], int] = MappingProxyType(
    {
        Unsaid: 428,
        Invalid: 422,
        Unauthenticated: 401,
        Forbidden: 403,
        NotFound: 404,
        Stale: 412,
        Conflict: 409,
        Unavailable: 503,
        TooMany: 429,
    }
)
_TEXTS = ("type", "title", "code", "detail")
SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        **{key: {"type": "string"} for key in _TEXTS},
        "status": {"type": "integer"},
        "fields": {"type": "object"},
    },
}
"""`Problem` in the OpenAPI document."""


def documented(refusals: Mapping[int | str, str]) -> dict[int | str, dict[str, object]]:
    """Return what the OpenAPI document says of refusals, by status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": said, "content": content} for status, said in refusals.items()}


DOCUMENTED = documented(
    {
        "default": "A refusal (RFC 9457): nothing was changed. `code` is for programs and "
        "stays, `detail` is for people, `fields` are what it speaks of, by name."
    }
)
"""What the OpenAPI document says of every route."""
_READING: Mapping[int | str, str] = MappingProxyType(
    {
        401: "Nobody knows who asks: the key is missing, unknown or revoked.",
        403: "Who asks may not do this; `detail` says who may, or which prerequisite is missing.",
        404: "There is no such thing, or it is another organisation's.",
        422: "What was given is wrong in itself; `detail` says what, where, and what to do.",
    }
)
_WRITING: Mapping[int | str, str] = MappingProxyType(
    {
        409: "The books, or the world, say otherwise by now.",
        413: "The body is larger than this takes.",
    }
)


def documented_for(method: str) -> dict[int | str, dict[str, object]]:
    """Return what the OpenAPI document says of the refusals of a method's routes."""
    return documented(_READING if method == "GET" else {**_READING, **_WRITING})


_NOT_SERVED: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        404: ("request.no_such_address", "There is nothing at {path}. See /api."),
        405: ("request.no_such_method", "{path} does not take {method}. See /api."),
        413: ("request.too_large", "{path} does not take as much as was sent."),
    }
)
_UNREADABLE = ("request.unreadable", "The request cannot be read. Send JSON, in UTF-8.")
_FRAMES_KEPT = 12


def status_of(refusal: LiftlockError) -> int:
    """Return the HTTP status of a refusal's category; 500 for one without a category."""
    return next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 500)


def _problem(status: int, code: str, detail: str, **more: object) -> JSONResponse:
    title = code.replace(".", ": ").replace("_", " ")
    content = {"type": f"urn:liftlock:{code}", "title": title, "status": status, "code": code}
    return JSONResponse(
        jsonable_encoder({**content, "detail": detail, **more}),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"WWW-Authenticate": "Bearer"} if status == STATUS[Unauthenticated] else None,
    )


def _refused(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, LiftlockError)  # noqa: S101  registered for this type only
    return _problem(status_of(refusal), refusal.code, str(refusal), fields=refusal.fields)


def _malformed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this type only
    wrong = [{"where": _where(each["loc"]), "what": _what(each)} for each in error.errors()]
    said = "; ".join(f"{each['where']}: {each['what']}" for each in wrong)
    return _problem(STATUS[Invalid], "request.invalid", f"{said}.", fields={"errors": wrong})


def _what(wrong: Mapping[str, object]) -> str:
    match wrong["type"]:
        case "extra_forbidden":
            return "nobody knows this field"
        case "json_invalid":
            return "from this character on the body is no JSON"
        case _:
            return str(wrong["msg"]).removeprefix("Value error, ")


def _where(place: Sequence[object]) -> str:
    """Return where a request is wrong: `at.wall`, without saying that it is in the body."""
    parts = (str(part) for part in (place[1:] or place))
    named = ".".join(part for part in parts if not part.startswith(CHOICE))
    return named.encode(errors="backslashreplace").decode()


def _not_served(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this type only
    code, said = _NOT_SERVED.get(error.status_code, _UNREADABLE)
    detail = said.format(path=request.url.path, method=request.method)
    return _problem(error.status_code, code, detail)


def _gone(_: Request, error: Exception) -> JSONResponse:
    del error  # nobody is there any more to be told
    return _problem(400, *_UNREADABLE)


def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("request.broke", path=request.url.path, error=type(error).__name__, at=_frames(error))
    said = "Something unexpected happened. Nothing was changed; the server's log has the place."
    return _problem(500, "bug", said)


def _frames(error: BaseException) -> list[str]:
    """Return where it broke; the words of the error may hold values, so they are left out."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_KEPT:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def add_to(app: FastAPI) -> None:
    """Make every refusal, and every bug, of this application a problem document."""
    app.add_exception_handler(LiftlockError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _bug)
    logging.getLogger("uvicorn.error").addFilter(_without_words)


def _without_words(record: logging.LogRecord) -> bool:
    """Keep a bug's words, which may hold values, out of the server's own log, too."""
    record.exc_info = record.exc_text = None
    return True
