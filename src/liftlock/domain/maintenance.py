"""Maintenance: bookings that take slots like moves while people work on servers. Pure."""

from dataclasses import dataclass

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId
from liftlock.domain.slots import Slot, SlotId
from liftlock.errors import Invalid, NotFound


class MaintenanceNotFound(NotFound):
    """No such booking in this organisation, or it has been canceled."""

    code = "maintenance.not_found"
    sentence = "There is no maintenance booking {maintenance} in your organisation."


class MaintenanceReasonMissing(Invalid):
    """The calendar says what the time is taken for."""

    code = "maintenance.reason_missing"
    sentence = "Say what for: maintenance needs a few words, which the calendar shows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A booked time of work on an environment, or on all of an organisation's."""

    id: SlotId
    organisation: OrganisationId
    environment: EnvironmentId | None
    """None: all of the organisation's."""
    by: PersonId
    slot: Slot
    reason: str
