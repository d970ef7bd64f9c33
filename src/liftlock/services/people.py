"""People and their API keys: who is added, what is granted, who asks."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.audit_events import Tag
from liftlock.domain.environments import Environment, EnvironmentNotFound, Kind
from liftlock.domain.keys import PREFIX, Key, KeyId, KeyNotFound, UnknownKey
from liftlock.domain.moves import Move
from liftlock.domain.organisations import Organisation, OrganisationId
from liftlock.domain.people import (
    FirstOperatorExists,
    Grant,
    GrantNotFound,
    GrantUnfit,
    LastOperator,
    Person,
    PersonId,
    PersonNotFound,
    Role,
    require_email,
)
from liftlock.identity import who_may
from liftlock.identity.who_may import Action
from liftlock.services import environments, organisations, passwords
from liftlock.store import audit_events, keys, people

KEY_BYTES = 32
FIRST_KEY = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """An API key on the one occasion when it can be seen."""

    id: KeyId
    name: str
    key: SecretStr


def first_operator(tx: Transaction, *, login: str, name: str) -> tuple[Person, NewKey]:
    """Make the first platform operator: `liftlock init` alone does so, on books that have none.

    Raises: FirstOperatorExists, LoginTaken, LoginUnfit.
    """
    if people.any_operator(tx):
        raise FirstOperatorExists
    id_ = people.add(tx, None, login=login, name=name, email="")
    people.grant(tx, id_, Grant(role=Role.OPERATOR), None)
    audit_events.append(tx, Tag.PERSON_ADDED, None, None, fields={"login": login})
    person = _loaded(tx, id_)
    return person, _new_key(tx, person, FIRST_KEY)


def has_operator(tx: Transaction) -> bool:
    """Say whether the platform has an operator: without one, `liftlock init` makes the first."""
    return people.any_operator(tx)


def add(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId | None,
    *,
    login: str,
    name: str,
    email: str = "",
    grants: tuple[Grant, ...] = (),
) -> tuple[Person, NewKey]:
    """Add a person with grants and a first key, to be handed over; None: another platform operator.

    Only operators add people: whoever adds one sees a key of theirs, and four-eyes would mean
    nothing.

    Raises: NotAllowed, OrganisationNotFound, LoginTaken, LoginUnfit, NameMissing, EmailUnfit,
        GrantUnfit, EnvironmentNotFound.
    """
    person = _add(tx, who, organisation_id, login=login, name=name, email=email, grants=grants)
    return person, _new_key(tx, person, FIRST_KEY)


def invite(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId | None,
    *,
    login: str,
    name: str,
    email: str = "",
    grants: tuple[Grant, ...] = (),
) -> tuple[Person, SecretStr]:
    """Add a person as `add` does, with a sign-in code to be handed over instead of a key.

    Raises: as `add`.
    """
    person = _add(tx, who, organisation_id, login=login, name=name, email=email, grants=grants)
    return person, passwords.issue_code(tx, who, person.id)


def _add(
    tx: Transaction,
    who: Person,
    organisation_id: OrganisationId | None,
    *,
    login: str,
    name: str,
    email: str,
    grants: tuple[Grant, ...],
) -> Person:
    who_may.require_operator(who)
    require_email(email)
    if organisation_id is None:
        grants = (Grant(role=Role.OPERATOR),)
    else:
        organisation_id = organisations.find(tx, who, organisation_id).id
    id_ = people.add(tx, organisation_id, login=login, name=name, email=email)
    audit_events.append(tx, Tag.PERSON_ADDED, organisation_id, who.id, fields={"login": login})
    person = _loaded(tx, id_)
    for given in grants:
        _grant(tx, who, person, given)
    return _loaded(tx, id_)


def grant(tx: Transaction, who: Person, person_id: PersonId, given: Grant) -> Person:
    """Give a person a role, for an environment where it is one of administrators.

    Raises: PersonNotFound, NotAllowed, PrerequisiteMissing, GrantUnfit, EnvironmentNotFound.
    """
    person = _found(tx, who, person_id)
    _grant(tx, who, person, given)
    return _loaded(tx, person_id)


def revoke(tx: Transaction, who: Person, person_id: PersonId, taken: Grant) -> Person:
    """Take a role away.

    Raises: PersonNotFound, NotAllowed, PrerequisiteMissing, GrantNotFound, FourEyesNeedsTwo,
        LastOperator, EnvironmentNotFound.
    """
    person = _found(tx, who, person_id)
    organisation = _require_may_grant(tx, who, person, taken)
    if taken not in person.grants:
        raise GrantNotFound(person=person.login, role=taken.role)
    people.revoke(tx, person.id, taken)
    if organisation is not None:
        organisations.require_four_eyes_kept(tx, organisation)
    elif not people.any_operator(tx):
        raise LastOperator
    audit_events.append(
        tx, Tag.GRANT_TAKEN, person.organisation, who.id, fields=_said(person, taken)
    )
    return _loaded(tx, person_id)


def list_all(tx: Transaction, who: Person, organisation_id: OrganisationId) -> tuple[Person, ...]:
    """Return the organisation's people.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    organisation = organisations.find(tx, who, organisation_id)
    who_may.require(who, Action.READ, organisation)
    return tuple(people.of_organisation(tx, organisation.id))


def operators(tx: Transaction, who: Person) -> tuple[Person, ...]:
    """Return the platform's operators.

    Raises: NotAllowed.
    """
    who_may.require_operator(who)
    return tuple(people.of_organisation(tx, None))


def operator_named(tx: Transaction, who: Person, login: str) -> Person:
    """Return the platform operator with this login.

    Raises: NotAllowed, PersonNotFound.
    """
    return _of_login(operators(tx, who), login)


def named(tx: Transaction, who: Person, organisation_id: OrganisationId, login: str) -> Person:
    """Return the organisation's person with this login.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound, PersonNotFound.
    """
    return _of_login(list_all(tx, who, organisation_id), login)


def by_login(
    tx: Transaction, who: Person, organisation_id: OrganisationId, login: str
) -> Person | None:
    """Return the organisation's person with this login, or None.

    Raises: NotAllowed, PrerequisiteMissing, OrganisationNotFound.
    """
    return next((p for p in list_all(tx, who, organisation_id) if p.login == login), None)


def names(tx: Transaction, of: Iterable[Move]) -> Mapping[PersonId, str]:
    """Return who everybody is that these moves' submissions and validations speak of."""
    signed = (s for move in of for s in (move.submitted, move.accepted, move.validated) if s)
    return people.names(tx, {signature.by for signature in signed})


def names_of(tx: Transaction, ids: Iterable[PersonId]) -> Mapping[PersonId, str]:
    """Return the names of these people."""
    return people.names(tx, ids)


def administered(tx: Transaction, who: Person) -> tuple[Environment, ...]:
    """Return the environments that the person administers."""
    granted = (grant.environment for grant in who.grants if grant.environment is not None)
    return tuple(environments.find(tx, who, environment) for environment in granted)


def own_email(tx: Transaction, who: Person) -> str:
    """Return where one's own messages go by mail; empty: nowhere."""
    return people.email(tx, who.id)


def change_own_email(tx: Transaction, who: Person, email: str) -> None:
    """Say where one's own messages go by mail; empty: nowhere, they stay in the inbox.

    Raises: EmailUnfit.
    """
    require_email(email)
    people.change_email(tx, who.id, email)
    fields: dict[str, str | int | bool] = {"login": who.login, "changed": "email"}
    audit_events.append(tx, Tag.PERSON_CHANGED, who.organisation, who.id, fields=fields)


def create_key(tx: Transaction, who: Person, *, name: str) -> NewKey:
    """Make another key that acts with this person's rights.

    Raises: KeyNameTaken.
    """
    return _new_key(tx, who, name)


def revoke_key(tx: Transaction, who: Person, key_id: KeyId) -> None:
    """Revoke one of one's own keys: it identifies nobody from now on.

    Raises: KeyNotFound.
    """
    if not keys.revoke(tx, who.id, key_id):
        raise KeyNotFound(key=key_id)
    audit_events.append(tx, Tag.KEY_REVOKED, who.organisation, who.id, fields={"key": key_id})


def list_keys(tx: Transaction, who: Person) -> tuple[Key, ...]:
    """Return one's own keys; not what they are, which was shown once."""
    return tuple(keys.of_person(tx, who.id))


def identify(tx: Transaction, key: SecretStr) -> Person:
    """Return whose key this is.

    Raises: UnknownKey.
    """
    owner = keys.owner(tx, _digest(key))
    if owner is None:
        raise UnknownKey
    return _loaded(tx, owner)


def _of_login(known: Iterable[Person], login: str) -> Person:
    found = next((person for person in known if person.login == login), None)
    if found is None:
        raise PersonNotFound(person=login)
    return found


def _new_key(tx: Transaction, person: Person, name: str) -> NewKey:
    key = SecretStr(PREFIX + secrets.token_urlsafe(KEY_BYTES))
    id_ = keys.add(tx, person.id, name, _digest(key))
    said: dict[str, str | int | bool] = {"key": id_, "name": name, "login": person.login}
    audit_events.append(tx, Tag.KEY_CREATED, person.organisation, person.id, fields=said)
    return NewKey(id=id_, name=name, key=key)


def _digest(key: SecretStr) -> bytes:
    return hashlib.sha256(key.get_secret_value().encode()).digest()


def _grant(tx: Transaction, who: Person, person: Person, given: Grant) -> None:
    _ = _require_may_grant(tx, who, person, given)
    people.grant(tx, person.id, given, who.id)
    audit_events.append(
        tx, Tag.GRANT_GIVEN, person.organisation, who.id, fields=_said(person, given)
    )


def _require_may_grant(
    tx: Transaction, who: Person, person: Person, grant_: Grant
) -> Organisation | None:
    """Refuse a grant that the asking person cannot give; return the organisation it counts in."""
    if grant_.role is Role.OPERATOR or person.organisation is None:
        who_may.require_operator(who)
        if person.organisation is not None or grant_.role is not Role.OPERATOR:
            raise GrantUnfit(role=grant_.role)
        return None
    organisation = organisations.lock(tx, who, person.organisation)
    where = _where(tx, who, organisation, grant_)
    who_may.require(who, _granting(grant_.role), organisation, where)
    return organisation


def _granting(role: Role) -> Action:
    match role:
        case Role.ADMINISTRATOR:
            return Action.APPOINT_ADMINISTRATOR
        case Role.PREVIEWER:
            return Action.GRANT_POLICY_VALUES
        case Role.OPERATOR | Role.AUDITOR | Role.PUBLISHER:
            return Action.SET_UP


def _where(
    tx: Transaction, who: Person, organisation: Organisation, grant_: Grant
) -> Environment | None:
    match grant_.role:
        case Role.ADMINISTRATOR:
            return _environment(tx, who, organisation, grant_)
        case Role.PREVIEWER:
            return environments.of_kind(tx, organisation.id, Kind.PRODUCTION)
        case Role.OPERATOR | Role.AUDITOR | Role.PUBLISHER:
            return None


def _environment(
    tx: Transaction, who: Person, organisation: Organisation, grant_: Grant
) -> Environment:
    if grant_.environment is None:
        raise GrantUnfit(role=grant_.role)
    found = environments.find(tx, who, grant_.environment)
    if found.organisation != organisation.id:
        raise EnvironmentNotFound(environment=str(grant_.environment))
    return found


def _found(tx: Transaction, who: Person, person_id: PersonId) -> Person:
    person = people.load(tx, person_id)
    same = person is not None and person.organisation == who.organisation
    if person is None or not (same or Role.OPERATOR in who.roles):
        raise PersonNotFound(person=f"person {person_id}")
    return person


def _loaded(tx: Transaction, person_id: PersonId) -> Person:
    person = people.load(tx, person_id)
    if person is None:
        raise PersonNotFound(person=f"person {person_id}")
    return person


def _said(person: Person, grant_: Grant) -> dict[str, str | int | bool]:
    return {
        "login": person.login,
        "role": grant_.role,
        "environment": grant_.environment or "none",
    }
