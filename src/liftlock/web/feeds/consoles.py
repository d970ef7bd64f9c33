"""The overview and the self-service pages, live: told when what they show is out of date.

Nothing is drawn here. Once any move of the organisation has changed, begun another step or ended,
the stream says *done* and ends: the page then fetches itself anew.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from liftlock.books import ANY
from liftlock.errors import LiftlockError
from liftlock.services import consoles
from liftlock.web import problems
from liftlock.web.feeds.runs import HEADERS, Picture, looking, pictures_of
from liftlock.web.feeds.streams import Streams, TheStreams
from liftlock.web.fields import Code
from liftlock.web.pages.frame import OrganisationFirst

router = APIRouter()


@router.get("/events")
def events(request: Request, open_: TheStreams, mark: Code = "") -> Response:
    """Say when a page that was drawn with `mark` is out of date, and end."""

    def draw() -> Picture:
        return _drawn(request, open_)

    try:
        first = draw()
    except LiftlockError as refusal:
        # A page that is open can only look again, and will be told there what is wrong.
        return Response(status_code=problems.status_of(refusal), headers={"HX-Refresh": "true"})
    pictures = pictures_of(open_, ANY, draw, mark, first.id)
    return StreamingResponse(pictures, media_type="text/event-stream", headers=HEADERS)


def _drawn(request: Request, open_: Streams) -> Picture:
    """Return a picture with nothing on it: its mark alone counts."""
    with open_.books.transaction() as tx:
        person, session = looking(request, tx)
        organisation = person.organisation or session.organisation
        if organisation is None:
            raise OrganisationFirst
        return Picture(html="", mark=consoles.situation(tx, person, organisation).mark)
