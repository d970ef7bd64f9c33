"""Scenes: Acme in every state worth looking at. `screens.py` says what to look at in each."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import LiteralString

from acme_books import Acme
from diary import Diary
from liftlock.domain.environments import Kind
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import Plan
from liftlock.domain.people import Person
from liftlock.domain.progress import Progress
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import MoveKind
from liftlock.domain.undos import CHECK, WRITES
from liftlock.environments import writes
from liftlock.services import freezes, moves, organisations, policies, runs, slots
from liftlock.services.freezes import FreezeWish
from liftlock.services.slots import At
from liftlock.workflows.registry import step_names
from still_acme import NOW
from undoing import keep, note, undo

UP, ON, DOWN = MoveKind.MOVE_TO_STAGING, MoveKind.MOVE_TO_PRODUCTION, MoveKind.DOWN_ALIGN
FRIDAY = At(day=date(2026, 5, 29), hour=22, minute=0)
"""The example of the procedure's own description: Friday, May 29 at 22:00."""
SATURDAY = At(day=date(2026, 5, 30), hour=20, minute=0)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
LOSSES = "Claims cannot be closed: the amount of 3 open claims is missing."

POLICY = """
repository = "customers"

[tables."base.customers".columns]
id = "keep"
name = "full_name"
email = "email"
"""


Ids = Mapping[str, int]


def nothing(_: Acme) -> Ids:
    return {}


def proposed(acme: Acme) -> Ids:
    _booked(acme)
    diary = Diary(acme)
    last = diary.propose(UP, NOW - A_DAY)
    with acme.at(NOW - A_DAY + AN_HOUR / 6) as tx:
        _ = moves.cancel(tx, acme.ben, last.id, "Claims is not ready: wait for 3.2.1.")
    return {"move": diary.propose(UP, NOW - AN_HOUR, FRIDAY).id}


def validated(acme: Acme) -> Ids:
    _booked(acme)
    diary = Diary(acme)
    move = diary.validate(diary.propose(UP, NOW - AN_HOUR, FRIDAY), NOW - AN_HOUR / 2)
    return {"move": move.id}


def frozen(acme: Acme) -> Ids:
    ids = validated(acme)
    begin, end = _wall(5, 29, 20), _wall(5, 31, 8)
    _freeze(acme, acme.ben, Kind.STAGING, begin, end, "Release of the tariff engine")
    return ids


def modified(acme: Acme) -> Ids:
    ids = validated(acme)
    with acme.at(NOW) as tx:
        _ = moves.modify_date(tx, acme.ben, _id(ids), At(day=date(2026, 6, 5), hour=21, minute=30))
    return ids


def running(acme: Acme) -> Ids:
    _ = Diary(acme).completed(UP, NOW - 8 * A_DAY)
    return _running(acme, UP)


def running_down(acme: Acme) -> Ids:
    return _running(acme, DOWN)


def stopping(acme: Acme) -> Ids:
    ids = _running(acme, UP)
    with acme.books.transaction() as tx:
        _ = moves.stop(tx, acme.ben, _id(ids))
    return ids


def taken_back(acme: Acme) -> Ids:
    diary = Diary(acme)
    move, at = diary.started(UP, NOW - 2 * AN_HOUR)
    names = step_names()[UP]
    at = diary.work(move, at, names[: names.index("check")])
    at = diary.breaks(move, at, "check", LOSSES)
    at = diary.undoes(move, at, "check", "install")
    diary.working(move, NOW - AN_HOUR / 60, "undo swap", Progress(said="databases renamed"))
    return {"move": move.id}


def tested(acme: Acme) -> Ids:
    _booked(acme)
    return {"move": Diary(acme).completed(UP, NOW - 6 * AN_HOUR).id}


def on_its_way(acme: Acme) -> Ids:
    diary = Diary(acme)
    _ = diary.completed(UP, NOW - 6 * AN_HOUR)
    return {"move": diary.propose(ON, NOW - AN_HOUR, FRIDAY).id}


def stale(acme: Acme) -> Ids:
    ids = on_its_way(acme)
    with acme.books.transaction() as tx:
        move = moves.show(tx, acme.cem, _id(ids)).move
    move = Diary(acme).validate(move, NOW - AN_HOUR / 2)
    Diary(acme).make_stale(move, "acme.payroll is 7.0.1, was 7.0.0", "the schema of customers")
    return ids


def deployed(acme: Acme) -> Ids:
    diary = Diary(acme)
    _ = diary.completed(UP, NOW - 9 * AN_HOUR)
    return {"move": diary.completed(ON, NOW - 4 * AN_HOUR).id}


def failed(acme: Acme) -> Ids:
    return {"move": Diary(acme).failed(UP, NOW - 5 * AN_HOUR, LOSSES).id}


def errored(acme: Acme) -> Ids:
    return {"move": Diary(acme).errored(DOWN, NOW - 5 * AN_HOUR).id}


def put_back(acme: Acme) -> Ids:
    ids = errored(acme)
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, _id(ids), How.PUT_BACK_AGAIN)
    return ids


def repaired(acme: Acme) -> Ids:
    ids = errored(acme)
    note = "The disk was full. Databases renamed by hand, compared with the dump of Monday."
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.ana, _id(ids), How.MARK_AS_REPAIRED, note)
    return ids


def expired(acme: Acme) -> Ids:
    diary = Diary(acme)
    move = diary.propose(UP, NOW - A_DAY)
    with acme.at(NOW - A_DAY / 2) as tx:
        assert not runs.begin_due(tx, step_names())
    return {"move": move.id}


def scheduled_down(acme: Acme) -> Ids:
    _booked(acme)
    return {"move": Diary(acme).propose(DOWN, NOW - AN_HOUR, SATURDAY).id}


def aligned(acme: Acme) -> Ids:
    return {"move": Diary(acme).completed(DOWN, NOW - 5 * AN_HOUR).id}


def undoable(acme: Acme) -> Ids:
    move = Diary(acme).completed(DOWN, NOW - 2 * A_DAY)
    _ = Diary(acme).completed(DOWN, NOW - A_DAY)
    live = acme.parts[Kind.DEVELOPMENT]
    keep(acme, move, acme.parts[Kind.PRODUCTION], live)
    counted = writes.note(live)
    counted["customers"] = {**_dict(counted["customers"]), "tables": {}}
    note(acme, move.id, CHECK, {WRITES: counted})
    return {"move": move.id}


def _dict(given: writes.Json) -> dict[str, writes.Json]:
    assert isinstance(given, dict)
    return given


def undo_proposed(acme: Acme) -> Ids:
    diary = Diary(acme)
    _ = diary.completed(UP, NOW - 9 * AN_HOUR)
    move = diary.completed(ON, NOW - 4 * AN_HOUR)
    production = acme.parts[Kind.PRODUCTION]
    keep(acme, move, production, production)
    return {"move": undo(acme, move, who=acme.cem, when=FRIDAY).id, "undone": move.id}


def a_long_life(acme: Acme) -> Ids:
    diary = Diary(acme)
    _ = diary.completed(UP, NOW - 6 * A_DAY)
    _ = diary.completed(DOWN, NOW - 5 * A_DAY)
    _ = diary.failed(UP, NOW - 3 * A_DAY, LOSSES)
    _ = expired(acme)
    last = diary.completed(UP, NOW - 6 * AN_HOUR)
    with acme.books.transaction() as tx:
        _ = policies.submit(tx, acme.ana, acme.organisation.id, POLICY)
    return {"move": last.id}


def without_self_service(acme: Acme) -> Ids:
    return _set_up(acme, self_service=False)


def essential(acme: Acme) -> Ids:
    return _set_up(acme, plan=Plan.ESSENTIAL)


def _set_up(acme: Acme, *, plan: Plan | None = None, self_service: bool | None = None) -> Ids:
    id_ = acme.organisation.id
    with acme.books.transaction() as tx:
        _ = organisations.change(tx, acme.operator, id_, plan=plan, self_service=self_service)
    return {}


def _running(acme: Acme, kind: MoveKind) -> Ids:
    diary = Diary(acme)
    move, at = diary.started(kind, NOW - AN_HOUR)
    said = Progress(said="customers: 741,200 of 1,204,331 rows", done=741_200, of=1_204_331)
    diary.working(move, at, "copy_and_mask", said)
    return {"move": move.id}


def _booked(acme: Acme) -> None:
    """Fill the calendar: maintenance, freezes, and a time that somebody holds."""
    with acme.books.transaction() as tx:
        _ = slots.book_maintenance(
            tx,
            acme.operator,
            acme.production.id,
            At(day=date(2026, 5, 29), hour=6, minute=0),
            length=timedelta(hours=7, minutes=30),
            reason="Month-end closing",
        )
        wish = At(day=date(2026, 5, 21), hour=14, minute=0)
        _ = slots.hold(tx, acme.dora, acme.organisation.id, DOWN, wish)
    _freeze(acme, acme.operator, None, _wall(5, 25), _wall(5, 27), "Audit of the year")
    last = _wall(1, 4, year=2027)
    _freeze(acme, acme.operator, None, _wall(12, 18), last, "End of the year")


def _freeze(  # noqa: PLR0917  a line of a calendar
    acme: Acme, who: Person, where: Kind | None, begin: datetime, end: datetime, reason: str
) -> None:
    wish = FreezeWish(
        organisation=acme.organisation.id, begin=begin, end=end, reason=reason, environment=where
    )
    with acme.books.transaction() as tx:
        _ = freezes.enter(tx, who, wish)


def _wall(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    """Return what the clock on the wall shows."""
    return datetime(year, month, day, hour)  # noqa: DTZ001


def _id(ids: Ids) -> MoveId:
    return MoveId(ids["move"])


HOSTILE = {
    "ana": "<script>alert('ana')</script><img src=x onerror=alert(1)>",
    "ben": "مدير الاختبار \u202eneB",
    "cem": "Cem 👩🏽‍🚀🏳️‍🌈 " + "🚀" * 40,
    "dora": "W" * 200,
}
"""Names that people may have, and that pages must bear."""
RENAME: LiteralString = "UPDATE people SET name = %(name)s WHERE login = %(login)s"
RETITLE: LiteralString = "UPDATE organisations SET title = %(title)s"


def hostile(acme: Acme) -> Ids:
    _rename(acme)
    _booked(acme)
    diary = Diary(acme)
    last = diary.propose(UP, NOW - A_DAY)
    with acme.at(NOW - A_DAY + AN_HOUR / 6) as tx:
        reason = "</p></main><script>alert('reason')</script> " + "x" * 200
        _ = moves.cancel(tx, acme.ben, last.id, reason)
    move = diary.validate(diary.propose(UP, NOW - AN_HOUR, FRIDAY), NOW - AN_HOUR / 2)
    _freeze(acme, acme.ben, Kind.STAGING, _wall(5, 29, 20), _wall(5, 31, 8), HOSTILE["ana"])
    return {"move": move.id, "canceled": last.id}


def _rename(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        for login, name in HOSTILE.items():
            _ = tx.connection.execute(RENAME, {"login": f"{login}@acme", "name": name})
        title = "<b>Acme</b> & Söhne “GmbH” שלום " + "M" * 150
        _ = tx.connection.execute(RETITLE, {"title": title})
