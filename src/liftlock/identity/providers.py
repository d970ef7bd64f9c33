"""The door for ways to prove who one is: local passwords are the first, single sign-on comes later.

Whatever the way, what follows is the same: `services/sessions.py` begins a session for whom the
provider has identified.
"""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from liftlock.books import Transaction
from liftlock.domain.people import PersonId

Proof_contra = TypeVar("Proof_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Whom a provider vouches for."""

    person: PersonId
    must_set_password: bool = False
    """Came in by a first code: nothing else is possible before a password is set."""


class IdentityProvider(Protocol[Proof_contra]):
    """Knows people by a kind of proof: login and password, or what another system signs."""

    def identify(self, tx: Transaction, proof: Proof_contra) -> Identified | None:
        """Return whom the proof belongs to, or None; takes as long for a stranger."""
        ...
