"""Freezes: times at which nothing moves, in an organisation or in one environment. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Signature
from liftlock.domain.slots import Busy, Interval
from liftlock.errors import Invalid, NotFound

FreezeId = NewType("FreezeId", int)


class FreezeNotFound(NotFound):
    """No such freeze in this organisation, or it has been ended."""

    code = "freeze.not_found"
    sentence = "There is no freeze {freeze} in your organisation."


class FreezeReasonMissing(Invalid):
    """People are told why nothing moves."""

    code = "freeze.reason_missing"
    sentence = "Say why: a freeze needs a reason, which is shown to whoever it stops."


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """An interval in which no move of the organisation, or to one environment, runs."""

    id: FreezeId
    organisation: OrganisationId
    environment: EnvironmentId | None
    """None: all of the organisation's."""
    interval: Interval
    reason: str
    entered: Signature
    canceled_at: datetime | None = None

    def concerns(self, target: EnvironmentId) -> bool:
        """Tell whether a move to this target is stopped by it."""
        return self.canceled_at is None and self.environment in {None, target}

    @property
    def busy(self) -> Busy:
        """Return it as what cannot be booked."""
        return Busy(interval=self.interval, purpose=None, said=f"a freeze ({self.reason})")
