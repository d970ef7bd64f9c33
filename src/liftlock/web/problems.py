"""Refusals as RFC 9457 problems: the one place where a category becomes an HTTP status."""

import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from typing_extensions import override

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
from liftlock.telemetry import log

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[LiftlockError], int] = MappingProxyType(
    {
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
_NOT_SERVED: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("request.unreadable", "The request cannot be read. Send JSON in UTF-8."),
        404: ("request.no_such_address", "Nothing is at this address. See /api for what there is."),
        405: ("request.no_such_method", "This address does not take {method}. See /api."),
        413: ("request.too_large", "The request brings more than is taken here."),
    }
)
_FRAMES_KEPT = 20


class Problem(BaseModel):
    """A refusal (RFC 9457): `code` is for programs and stays, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, object] = {}
    """What the refusal speaks of, by name."""


class ProblemResponse(JSONResponse):
    """A problem on its way out; what is no Unicode is escaped."""

    media_type: str | None = MEDIA_TYPE
    SHOWN: ClassVar[Mapping[int | str, dict[str, object]]] = MappingProxyType(
        {"4XX": {"model": Problem, "description": "A refusal; nothing was changed."}}
    )
    """What the OpenAPI document says about every route."""

    @override
    def render(self, content: object) -> bytes:
        """Return the body."""
        return super().render(content) if _is_unicode(content) else b"{}"


def _is_unicode(_: object) -> bool:
    return True
