"""People over JSON."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from liftlock.books import Transaction
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Grant, Person, Role
from liftlock.services import environments, people
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/people", tags=["people"])


class GrantWords(BaseModel):
    """A role; administrators with the environment that they administer."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    environment: Kind | None = None


class PersonGiven(BaseModel):
    """A person to set up."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    email: str = ""
    grants: list[GrantWords] = []


class PersonShown(BaseModel):
    """A person and their roles; `key` only where this call made the person."""

    login: str
    name: str
    grants: list[GrantWords]
    key: str | None = None


def _grant(tx: Transaction, organisation: Organisation, given: GrantWords) -> Grant:
    if given.environment is None:
        return Grant(role=given.role)
    of = environments.of_kind(tx, organisation.id, given.environment)
    return Grant(role=given.role, environment=of.id)


def shown(person: Person, known: tuple[Environment, ...], key: str | None = None) -> PersonShown:
    """Return what a caller may see of a person."""
    kinds = {environment.id: environment.kind for environment in known}
    grants = [
        GrantWords(role=g.role, environment=kinds.get(g.environment) if g.environment else None)
        for g in person.grants
    ]
    return PersonShown(login=person.login, name=person.name, grants=grants, key=key)


@router.get("/me")
def me(tx: Tx, who: Who) -> PersonShown:
    """Return who asks."""
    return shown(who, people.administered(tx, who))


@router.get("")
def list_people(tx: Tx, who: Who, organisation: Of) -> list[PersonShown]:
    """Return the organisation's people."""
    known = environments.list_all(tx, who, organisation.id)
    return [shown(person, known) for person in people.list_all(tx, who, organisation.id)]


@router.put("/{login}")
def put(tx: Tx, who: Who, organisation: Of, login: str, given: PersonGiven) -> PersonShown:
    """Set up a person, or give a present one these roles besides what they have."""
    known = environments.list_all(tx, who, organisation.id)
    grants = tuple(_grant(tx, organisation, each) for each in given.grants)
    present = people.by_login(tx, who, organisation.id, login)
    if present is None:
        made, key = people.add(
            tx, who, organisation.id, login=login, name=given.name, email=given.email, grants=grants
        )
        return shown(made, known, key.key.get_secret_value())
    for each in grants:
        present = people.grant(tx, who, present.id, each)
    return shown(present, known)
