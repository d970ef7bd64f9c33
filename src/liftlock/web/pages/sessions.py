"""Settings of one's own: theme, password, API keys, and where one is signed in."""

from fastapi import APIRouter, Request, Response

from liftlock.web.pages import security
from liftlock.web.pages.frame import see_other
from liftlock.web.pages.security import Posted

router = APIRouter()


@router.post("/theme")
def theme(request: Request, given: Posted) -> Response:
    """Keep the theme that this browser wants."""
    response = see_other(request, given.one("page"))
    chosen = given.one("theme")
    if chosen in security.THEMES:
        security.give(request, response, security.THEME, chosen, security.A_YEAR_S)
    return response
