"""Days and wall-clock times of Acme, and freezes entered there."""

from datetime import date, datetime, timedelta

from acme_books import Acme
from liftlock.domain.environments import Kind
from liftlock.domain.people import Person
from liftlock.domain.wall_times import wall_at
from liftlock.services import freezes
from liftlock.services.freezes import FreezeShown, FreezeWish
from liftlock.services.slots import At
from own_books import ZONE

DAY = timedelta(days=1)


def today(acme: Acme) -> date:
    """Return the platform's day."""
    with acme.books.transaction() as tx:
        return wall_at(tx.now, ZONE).date()


def in_days(acme: Acme, days: int, hour: int = 9, minute: int = 0) -> At:
    """Return a time of a day to come."""
    return At(day=today(acme) + days * DAY, hour=hour, minute=minute)


def wall(at: At) -> datetime:
    """Return what the clock on the wall shows then."""
    return datetime(at.day.year, at.day.month, at.day.day, at.hour, at.minute)  # noqa: DTZ001


def freeze(
    acme: Acme,
    begin: At,
    end: At,
    environment: Kind | None = None,
    who: Person | None = None,
    *,
    weekly: bool = False,
    reason: str = "year end",
) -> FreezeShown:
    """Enter a freeze, by the operator if nobody else is named."""
    wish = FreezeWish(
        organisation=acme.organisation.id,
        begin=wall(begin),
        end=wall(end),
        reason=reason,
        environment=environment,
        weekly=weekly,
    )
    with acme.books.transaction() as tx:
        return freezes.enter(tx, who or acme.operator, wish)
