"""A running move, live: its picture again whenever the books say that something has changed.

Each event is the whole picture, so whoever comes back after a pause misses nothing. When the rest
of the page is out of date (the move has begun, has ended, is to be stopped), the stream says *done*
and ends: the page then fetches itself anew.
"""

import hashlib
from asyncio import Event, wait_for
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from liftlock.books import BooksUnavailable, Transaction
from liftlock.domain.moves import MoveId
from liftlock.domain.people import Person
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
    pictures = _pictures(open_, f"move {move}", draw, mark or first.mark, last_event_id)
    return StreamingResponse(pictures, media_type="text/event-stream", headers=HEADERS)


async def _pictures(
    open_: Streams, topic: str, draw: Draw, mark: str, last: str
) -> AsyncGenerator[str]:
    """Draw, and draw again each time the bell rings, until the page is out of date."""
    with open_.bell(topic) as bell:
        while not open_.are_ending:
            bell.clear()
            picture = await to_thread.run_sync(_or_none, draw)
            if isinstance(picture, Picture) and picture.id != last:
                last = picture.id
                yield picture.event
            elif picture is None:
                yield STILL_THERE
            if isinstance(picture, LiftlockError) or (picture and picture.mark != mark):
                yield DONE
                return
            await _rung(bell)
