"""Adds the console to an application: every page that exists, their files, refusals as pages."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias, cast

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ExceptionHandler
from typing_extensions import override

from liftlock.errors import LiftlockError
from liftlock.web import feeds, pages, refused
from liftlock.web.pages import security
from liftlock.web.pages.frame import Signed, see_other

Answering: TypeAlias = Callable[[Request, Exception], Response]
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
    for path in only_sent_to():
        app.add_api_route(path, _to_the_page, include_in_schema=False, response_class=Response)
    for router in routers():
        app.include_router(router, include_in_schema=False, dependencies=[Depends(security.guard)])
    app.add_api_route("/{path:page}", _nowhere, include_in_schema=False, response_class=Response)
    app.mount("/static", _Files(directory=FILES), name="static")
    for kind, handler in _handlers().items():
        app.add_exception_handler(kind, _either(app, kind, handler))


class _Page(Convertor[str]):
    """Any address but those of the API and of files."""

    regex = "(?!(?:api|static)(?:/|$)).+"

    @override
    def convert(self, value: str) -> str:
        return value

    @override
    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", _Page())


def _nowhere(signed: Signed) -> Response:
    """Say to somebody who is signed in that there is no such page."""
    del signed  # the frame of the refusal's page needs it
    raise HTTPException(404)


def routers() -> Iterator[APIRouter]:
    """Return the router of each page and feed."""
    for folder in (pages, feeds):
        for found in pkgutil.iter_modules(folder.__path__):
            module = importlib.import_module(f"{folder.__name__}.{found.name}")
            router: object = getattr(module, "router", None)
            if isinstance(router, APIRouter):
                yield router


def only_sent_to() -> tuple[str, ...]:
    """Return the paths that forms are sent to and that show no page of their own."""
    return tuple(dict.fromkeys(each.path for each in _of("POST") if each.path not in _opened()))


def _opened() -> frozenset[str]:
    return frozenset(each.path for each in _of("GET"))


def _of(method: str) -> Iterator[APIRoute]:
    every = (route for router in routers() for route in router.routes)
    return (each for each in every if isinstance(each, APIRoute) and method in (each.methods or ()))


def _to_the_page(request: Request) -> Response:
    """Lead somebody who opens an address that only forms are sent to, to the page above it."""
    shows = [each.path_regex for each in _of("GET")]
    above = request.url.path.rpartition("/")[0]
    while above and not any(regex.match(above) for regex in shows):
        above = above.rpartition("/")[0]
    return see_other(request, above or "/")


def _handlers() -> dict[type[Exception], Answering]:
    return {
        LiftlockError: _refused,
        HTTPException: _not_served,
        RequestValidationError: _unfit,
        Exception: _broken,
    }


def _either(app: FastAPI, kind: type[Exception], ours: Answering) -> ExceptionHandler:
    """Let the API answer as it did, and pages with pages; a bug is still written to the log."""
    theirs = cast("Answering", app.exception_handlers[kind])

    def answer(request: Request, error: Exception) -> Response:
        is_api = request.url.path == API or request.url.path.startswith(f"{API}/")
        answered = theirs(request, error) if is_api or kind is Exception else None
        return answered if is_api and answered else ours(request, error)

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
