"""A running move, live: its picture again whenever the books say that something has changed.

Each event is the whole picture, so whoever comes back after a pause misses nothing. When the rest
of the page is out of date (the move has begun, has ended, is to be stopped), the stream says *done*
and ends: the page then fetches itself anew.
"""

import hashlib
from asyncio import wait_for
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from liftlock.books import BooksUnavailable, Transaction
from liftlock.domain.moves import MoveId
from liftlock.domain.people import Person
from liftlock.domain.sessions import Session
from liftlock.domain.sign_ins import SignInNeeded
from liftlock.errors import LiftlockError
from liftlock.services import installations, sessions, stages
from liftlock.web import problems
from liftlock.web.feeds.streams import Streams, TheStreams
from liftlock.web.fields import Code, Number
from liftlock.web.pages import security
from liftlock.web.pages.frame import TEMPLATES

router = APIRouter()

AGAIN_S = 10.0
"""How often a picture is drawn anew when nothing is heard: time goes on in it."""
HEADERS = {**security.HEADERS, "X-Accel-Buffering": "no"}
DONE = "event: done\ndata: now\n\n"
STILL_THERE = ": still there\n\n"

LastEventId: TypeAlias = Annotated[str, Header(alias="Last-Event-ID")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a page shows of a move at one moment."""

    html: str
    mark: str

    @property
    def id(self) -> str:
        """Return what a browser says when it comes back: the last picture that it has had."""
        return hashlib.sha256(self.html.encode()).hexdigest()[:16]

    @property
    def event(self) -> str:
        """Return it as one event."""
        lines = (line.strip() for line in self.html.splitlines())
        data = "".join(f"data: {line}\n" for line in lines if line)
        return f"id: {self.id}\n{data}\n"


Draw: TypeAlias = Callable[[], Picture]


@router.get("/moves/{move}/events")
def events(
    request: Request,
    open_: TheStreams,
    move: Number,
    mark: Code = "",
    last_event_id: LastEventId = "",
) -> Response:
    """Send the picture of a move at once and after each change.

    `mark`: what the page was drawn with; the stream ends when that is another.
    """

    def draw() -> Picture:
        return _drawn(request, open_, MoveId(move))

    try:
        first = draw()
    except LiftlockError as refusal:
        # A page that is open can only look again, and will be told there what is wrong.
        return Response(status_code=problems.status_of(refusal), headers={"HX-Refresh": "true"})
    pictures = pictures_of(open_, f"move {move}", draw, mark or first.mark, last_event_id)
    return StreamingResponse(pictures, media_type="text/event-stream", headers=HEADERS)


async def pictures_of(
    open_: Streams, topic: str, draw: Draw, mark: str, last: str
) -> AsyncGenerator[str]:
    """Yield a picture, and another each time the bell rings, until the page is out of date.

    `last` is the picture that the browser has already.
    """
    with open_.bell(topic) as bell:
        is_over = False
        while not (open_.are_ending or is_over):
            bell.clear()
            text, last, is_over = await to_thread.run_sync(_next, draw, mark, last)
            yield text
            with suppress(TimeoutError):
                _ = is_over or await wait_for(bell.wait(), AGAIN_S)


def _next(draw: Draw, mark: str, last: str) -> tuple[str, str, bool]:
    """Return what to send, the picture that the browser then has, and whether that is all."""
    try:
        picture = draw()
    except BooksUnavailable:
        return STILL_THERE, last, False
    except LiftlockError:
        return DONE, last, True
    text = STILL_THERE if picture.id == last else picture.event
    is_over = picture.mark != mark
    return text + (DONE if is_over else ""), picture.id, is_over


def _drawn(request: Request, open_: Streams, move: MoveId) -> Picture:
    with open_.books.transaction() as tx:
        watched = stages.watch(tx, looking(request, tx)[0], move)
        zone = installations.load(tx).zone
        template = TEMPLATES.get_template("runs/live.html")
        html = template.render(watched=watched, zone=zone, now=tx.now)
    return Picture(html=html, mark=watched.mark)


def looking(request: Request, tx: Transaction) -> tuple[Person, Session]:
    """Return who has the page open; looking on is no new request, so that sessions still end.

    Raises: SignInNeeded.
    """
    token = request.cookies.get(security.name_of(request, security.SESSION), "")
    found = sessions.look(tx, SecretStr(token), security.rules(request).lifetime)
    if found is None or found[1].must_set_password:
        raise SignInNeeded
    return found
