"""Sessions: who is signed in with which browser, and when that ends by itself. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId

SessionId = NewType("SessionId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When a session ends by itself."""

    idle: timedelta
    """After this long without a request."""
    whole: timedelta
    """After this long in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What somebody had typed into a form when the session ended: it fills the form again."""

    page: str
    """Path and query of the page with the form."""
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which somebody is signed in. Of its token only the digest is kept."""

    id: SessionId
    person: PersonId
    must_set_password: bool
    """Signed in by a code: the password comes first."""
    organisation: OrganisationId | None
    """The one that a platform operator looks at."""
    browser: str
    address: str
    begun_at: datetime
    seen_at: datetime
    kept: Kept | None = None

    def is_over(self, now: datetime, lifetime: Lifetime) -> bool:
        """Tell whether it has ended by itself."""
        return now >= self.ends_at(lifetime)

    def ends_at(self, lifetime: Lifetime) -> datetime:
        """Return when it ends if nothing more is asked."""
        return min(self.seen_at + lifetime.idle, self.begun_at + lifetime.whole)
