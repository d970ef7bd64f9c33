"""The history of an organisation's moves, a page at a time."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from liftlock.domain.histories import Wanted, wanted
from liftlock.domain.moves import MoveId
from liftlock.domain.statuses import MoveKind, State
from liftlock.services import histories
from liftlock.web.edge import Tx
from liftlock.web.fields import Before, Code
from liftlock.web.pages.frame import Of, Signed, render

router = APIRouter()


@router.get("/moves")
def show(
    request: Request,
    tx: Tx,
    signed: Signed,
    of: Of,
    *,
    kind: Code = "",
    state: Code = "",
    before: Before = None,
    after: Before = None,
) -> Response:
    """Show one page of the history; `kind` and `state` narrow it."""
    asked = wanted(kind, state, before, after)
    history = histories.show(tx, signed.person, of.id, asked)
    return render(
        request, signed, "histories/page.html",
        history=history,
        asked=asked,
        kinds=[(each, _address(kind=each, state=asked.state)) for each in MoveKind],
        all_kinds=_address(state=asked.state),
        states=tuple(State),
        newest=_address(kind=asked.kind, state=asked.state),
        newer=_page(asked, after=history.newer) if history.newer else None,
        older=_page(asked, before=history.older) if history.older else None,
    )  # fmt: skip


def _page(asked: Wanted, **edge: MoveId) -> str:
    return _address(kind=asked.kind, state=asked.state, **edge)


def _address(**asked: object) -> str:
    given = {name: str(value) for name, value in asked.items() if value}
    return f"/moves?{urlencode(given)}" if given else "/moves"
