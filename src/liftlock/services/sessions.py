"""Sessions: begun for whom a provider has identified, found again by their token, ended."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person, PersonNotFound
from liftlock.domain.sessions import Kept, Lifetime, Session, SessionId
from liftlock.identity.providers import Identified
from liftlock.services import organisations
from liftlock.store import audit_events, people, sessions

TOKEN_BYTES = 32
MOST_BROWSER_LETTERS = 200
SEEN_AGAIN = timedelta(minutes=1)
"""How exactly it is kept when a session was last seen: not every request writes."""
FORGOTTEN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a request comes from, as its owner may see it in the list of sessions."""

    address: str
    browser: str


def begin(
    tx: Transaction, identified: Identified, visitor: Visitor, kept: Kept | None = None
) -> SecretStr:
    """Begin a session and return its token, which is new each time and stands nowhere else.

    `kept` is what the person had typed when the session before ended.
    """
    person = people.load(tx, identified.person)
    if person is None:
        raise PersonNotFound(person=f"person {identified.person}")
    token = SecretStr(secrets.token_urlsafe(TOKEN_BYTES))
    sessions.forget(tx, tx.now - FORGOTTEN)
    _ = sessions.add(
        tx,
        person.id,
        _digest(token),
        must_set_password=identified.must_set_password,
        browser=visitor.browser[:MOST_BROWSER_LETTERS],
        address=visitor.address,
        kept=kept,
    )
    audit_events.append(
        tx, Tag.SESSION_BEGUN, person.organisation, person.id, fields={"login": person.login}
    )
    return token


def resume(tx: Transaction, token: SecretStr, lifetime: Lifetime) -> tuple[Person, Session] | None:
    """Return who is signed in by this token; None when it is over, ended, or nobody's."""
    found = look(tx, token, lifetime)
    if found is not None and tx.now - found[1].seen_at >= SEEN_AGAIN:
        sessions.touch(tx, found[1].id)
    return found


def look(tx: Transaction, token: SecretStr, lifetime: Lifetime) -> tuple[Person, Session] | None:
    """Return what `resume` does, but let the session end as if nobody had asked."""
    session = sessions.by_digest(tx, _digest(token))
    if session is None or session.is_over(tx.now, lifetime):
        return None
    person = people.load(tx, session.person)
    return None if person is None else (person, session)


def list_all(tx: Transaction, who: Person, lifetime: Lifetime) -> tuple[Session, ...]:
    """Return one's own sessions that are not over, the one last seen first."""
    found = sessions.of_person(tx, who.id)
    return tuple(each for each in found if not each.is_over(tx.now, lifetime))


def end(tx: Transaction, who: Person, session_id: SessionId) -> None:
    """End a session of one's own; one that is over already stays so."""
    _ = sessions.end(tx, who.id, session_id)


def end_all(tx: Transaction, who: Person, but: SessionId | None = None) -> int:
    """End all sessions of one's own, or all but the one that asks; return how many."""
    ended = sessions.end_of_person(tx, who.id, but)
    fields: dict[str, str | int | bool] = {"login": who.login, "count": ended}
    audit_events.append(tx, Tag.SESSIONS_ENDED, who.organisation, who.id, fields=fields)
    return ended


def choose(
    tx: Transaction, who: Person, session_id: SessionId, organisation_id: OrganisationId
) -> None:
    """Keep which organisation a platform operator looks at.

    Raises: OrganisationNotFound.
    """
    found = organisations.find(tx, who, organisation_id)
    sessions.choose(tx, session_id, found.id)


def keep(tx: Transaction, session_id: SessionId, kept: Kept | None) -> None:
    """Keep what was typed for the page that it was typed on; None: it has been given back."""
    sessions.keep(tx, session_id, kept)


def show_once(tx: Transaction, session_id: SessionId, secret: SecretStr) -> None:
    """Let the next page of this session show a secret, this once: every form ends in a redirect."""
    sessions.show(tx, session_id, secret)


def shown(tx: Transaction, session_id: SessionId) -> SecretStr | None:
    """Return what this page is to show, which no other will."""
    return sessions.take_shown(tx, session_id)


def _digest(token: SecretStr) -> bytes:
    return hashlib.sha256(token.get_secret_value().encode()).digest()
