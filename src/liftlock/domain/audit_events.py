"""What the audit record may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from liftlock.domain.environments import EnvironmentId
from liftlock.domain.moves import MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId


class Tag(StrEnum):
    """A tag of the audit record: noun, dot, past tense."""

    MOVE_PROPOSED = "move.proposed"
    MOVE_VALIDATED = "move.validated"
    MOVE_DATE_MODIFIED = "move.date_modified"
    MOVE_BECAME_STALE = "move.became_stale"
    MOVE_WITHDRAWN = "move.withdrawn"
    MOVE_CANCELED = "move.canceled"
    MOVE_EXPIRY_NEARED = "move.expiry_neared"
    MOVE_BEGUN = "move.begun"
    MOVE_STOP_ASKED = "move.stop_asked"
    MOVE_ENDED = "move.ended"
    MOVE_EXPIRED = "move.expired"
    MOVE_RESOLVED = "move.resolved"
    MOVE_PUT_BACK_ASKED = "move.put_back_asked"
    MOVE_NOT_PUT_BACK = "move.not_put_back"
    MOVE_TAKEN_OVER = "move.taken_over"
    MOVE_UNDONE = "move.undone"
    MOVE_COUNTS_AGAIN = "move.counts_again"
    MOVE_DELAYED = "move.delayed"
    MOVE_OVERRAN = "move.overran"
    SLOT_HELD = "slot.held"
    SLOT_RELEASED = "slot.released"
    MAINTENANCE_BOOKED = "maintenance.booked"
    MAINTENANCE_CANCELED = "maintenance.canceled"
    FREEZE_ENTERED = "freeze.entered"
    FREEZE_ENDED = "freeze.ended"
    FREEZE_OVERRIDDEN = "freeze.overridden"
    ORGANISATION_SET_UP = "organisation.set_up"
    ORGANISATION_CHANGED = "organisation.changed"
    ENVIRONMENT_REGISTERED = "environment.registered"
    ENVIRONMENT_CHANGED = "environment.changed"
    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    GRANT_GIVEN = "grant.given"
    GRANT_TAKEN = "grant.taken"
    PASSWORD_SET = "password.set"  # noqa: S105  what happened, not a password
    SIGN_IN_CODE_ISSUED = "sign_in_code.issued"
    SESSION_BEGUN = "session.begun"
    SESSIONS_ENDED = "sessions.ended"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    PACKAGE_PUSHED = "package.pushed"
    PACKAGE_INSTALLED = "package.installed"
    POLICY_SUBMITTED = "policy.submitted"
    POLICY_APPROVED = "policy.approved"
    POLICY_VALUES_SEEN = "policy.values_seen"
    RESTORE_POINT_TAKEN = "restore_point.taken"
    RESTORE_POINT_DROPPED = "restore_point.dropped"
    MASTER_KEY_ROTATED = "master_key.rotated"
    BOOKS_RESTORED = "books.restored"

    @property
    def said(self) -> str:
        """Return the tag as people read it: *Move validated*."""
        return _SAID.get(self, self.value.replace(".", " ").replace("_", " ").capitalize())


_SAID: Mapping[Tag, str] = MappingProxyType(
    {
        Tag.MOVE_DATE_MODIFIED: "Date of a move modified",
        Tag.MOVE_BECAME_STALE: "Production has changed since",
        Tag.MOVE_OVERRAN: "Slot of a running move ended",
        Tag.MOVE_STOP_ASKED: "Stop asked for",
        Tag.MOVE_PUT_BACK_ASKED: "Put back again asked for",
        Tag.MOVE_TAKEN_OVER: "Move taken over by another worker",
        Tag.GRANT_GIVEN: "Role given",
        Tag.GRANT_TAKEN: "Role taken away",
        Tag.POLICY_SUBMITTED: "Masking policy submitted",
        Tag.POLICY_APPROVED: "Masking policy approved",
        Tag.POLICY_VALUES_SEEN: "Production's values seen",
        Tag.BOOKS_RESTORED: "Books restored from a backup",
    }
)
"""Where the tag itself is no English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One line of an organisation's audit record."""

    position: int
    """Counts from 1 in the organisation's chain, without a gap."""
    organisation: OrganisationId | None
    """None: the installation's own chain."""
    tag: Tag
    by: PersonId | None
    """None: Liftlock itself."""
    at: datetime
    move: MoveId | None
    environment: EnvironmentId | None
    fields: Mapping[str, str | int | bool]
    """Names and numbers; never a secret or a value of anybody's data."""
    hash: str
    """Hexadecimal; covers the event and the hash of the one before it."""
