"""What machines ask of a running `serve`: does it live, can it work, how do things stand."""

import hmac
from collections.abc import Callable
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import SecretStr

from liftlock.books import Books, Transaction
from liftlock.errors import LiftlockError
from liftlock.services import metrics
from liftlock.web import exposition

router = APIRouter(include_in_schema=False)
SWITCHED_OFF = "Set LIFTLOCK_METRICS_TOKEN, and bring it as bearer token."
REFUSED = "Bring the value of LIFTLOCK_METRICS_TOKEN as bearer token."


class Probed:
    """The books, as probes look at them."""

    def __init__(
        self,
        books: Books,
        require_usable: Callable[[Transaction], None],
        metrics_token: SecretStr | None,
    ) -> None:
        self._books = books
        self._require_usable = require_usable
        self.metrics_token = metrics_token.get_secret_value() if metrics_token else ""

    def trouble(self) -> str | None:
        """Return why this process cannot work now; None when it can."""
        try:
            with self._books.transaction() as tx:
                self._require_usable(tx)
        except LiftlockError as refusal:
            return str(refusal)
        return None

    def measured(self) -> bytes:
        """Return all metrics; of books that cannot be used, that alone."""
        try:
            with self._books.transaction() as tx:
                self._require_usable(tx)
                return exposition.text(metrics.measure(tx))
        except LiftlockError:
            return exposition.text(None)


def probed() -> Probed:
    """Be replaced by `add_to`."""
    raise NotImplementedError


The: TypeAlias = Annotated[Probed, Depends(probed)]


def add_to(app: FastAPI, what: Probed) -> None:
    """Add the addresses `/live`, `/ready` and `/metrics`; call it before the console is added."""
    app.dependency_overrides[probed] = lambda: what
    app.include_router(router)


@router.get("/live", response_class=PlainTextResponse)
def live() -> str:
    """Say that this process answers, whatever else is wrong."""
    return "live\n"


@router.get("/ready", response_class=PlainTextResponse)
def ready(what: The) -> PlainTextResponse:
    """Say whether this process can serve: the books answer, are of this release, and open."""
    trouble = what.trouble()
    return PlainTextResponse(f"{trouble or 'ready'}\n", 503 if trouble else 200)


@router.get("/metrics", response_class=PlainTextResponse)
def show_metrics(request: Request, what: The) -> PlainTextResponse:
    """Return the metrics to whoever brings the token."""
    if not what.metrics_token:
        return PlainTextResponse(f"{SWITCHED_OFF}\n", 404)
    brought = request.headers.get("authorization", "")
    if not hmac.compare_digest(brought.encode(), f"Bearer {what.metrics_token}".encode()):
        return PlainTextResponse(f"{REFUSED}\n", 401, {"WWW-Authenticate": "Bearer"})
    return PlainTextResponse(what.measured(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
