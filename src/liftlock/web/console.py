"""Adds the console to an application: every page that exists, the files that pages need, refusals."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ExceptionHandler
from typing_extensions import override

from liftlock.errors import LiftlockError
from liftlock.web import feeds, pages, refused
from liftlock.web.pages import security

FILES = Path(__file__).with_name("static")
API = "/api"


class _Files(StaticFiles):
    """Style sheets, scripts, fonts: of this release, so that a browser asks again each hour."""

    @override
    def file_response(self, *args: object, **named: object) -> Response:
        response = super().file_response(*args, **named)  # pyright: ignore[reportArgumentType]
        response.headers["Cache-Control"] = "public, max-age=3600"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def add_to(app: FastAPI, rules: security.Rules) -> None:
    """Add the console; what begins with `/api` stays as it is. Call it last of all that adds."""
    app.state.console = rules
    for router in routers():
        app.include_router(router, include_in_schema=False, dependencies=[Depends(security.guard)])
    app.mount("/static", _Files(directory=FILES), name="static")
    for kind, handler in _handlers().items():
        app.add_exception_handler(kind, _either(app, kind, handler))


def routers() -> Iterator[APIRouter]:
    """Return the router of each page and feed."""
    for folder in (pages, feeds):
        for found in pkgutil.iter_modules(folder.__path__):
            module = importlib.import_module(f"{folder.__name__}.{found.name}")
            router: object = getattr(module, "router", None)
            if isinstance(router, APIRouter):
                yield router


def _handlers() -> dict[type[Exception], ExceptionHandler]:
    return {
        LiftlockError: _refused,
        HTTPException: _not_served,
        RequestValidationError: _unfit,
        Exception: _broken,
    }


def _either(app: FastAPI, kind: type[Exception], ours: ExceptionHandler) -> ExceptionHandler:
    """Let the API answer as it did, and pages with pages; a bug is still written to the log."""
    theirs = cast("ExceptionHandler", app.exception_handlers[kind])

    def answer(request: Request, error: Exception) -> Response:
        is_api = request.url.path == API or request.url.path.startswith(f"{API}/")
        answered = theirs(request, error) if is_api or kind is Exception else None
        given = answered if is_api else ours(request, error)
        return cast("Response", given)

    return cast("ExceptionHandler", answer)


def _refused(request: Request, error: Exception) -> Response:
    return refused.answer(request, cast("LiftlockError", error))


def _not_served(request: Request, error: Exception) -> Response:
    return refused.not_served(request, cast("HTTPException", error).status_code)


def _unfit(request: Request, error: Exception) -> Response:
    del error  # an address of ours, with something in it that is none of ours
    return refused.not_served(request, 404)


def _broken(request: Request, error: Exception) -> Response:
    del error  # the log has it
    return refused.broken(request)
