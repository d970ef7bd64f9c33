"""People over JSON: an organisation's, and the platform's operators."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Grant, Person, Role
from liftlock.services import environments, passwords, people
from liftlock.services.people import NewKey
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import CodeInPath, Given, Line
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(tags=["people"], route_class=OnceRoute)


class GrantWords(Given):
    """A role; administrators with the environment that they administer."""

    role: Role
    environment: Kind | None = None


class OperatorGiven(Given):
    """A platform operator to set up."""

    name: Line = ""
    email: Line = ""


class PersonGiven(OperatorGiven):
    """A person to set up."""

    grants: Annotated[tuple[GrantWords, ...], Field(max_length=20)] = ()


class PersonShown(BaseModel):
    """A person and their roles."""

    login: str
    name: str
    grants: list[GrantWords]


class PersonPut(PersonShown):
    """A person; where this call made them, with first key and sign-in code, shown this once."""

    key: str | None
    sign_in_code: str | None
    """Takes the place of a password, once, in the console."""


class CodeIssued(BaseModel):
    """A sign-in code on the one occasion when it is shown."""

    sign_in_code: str


def _grant(tx: Transaction, organisation: Organisation, given: GrantWords) -> Grant:
    if given.environment is None:
        return Grant(role=given.role)
    of = environments.of_kind(tx, organisation.id, given.environment)
    return Grant(role=given.role, environment=of.id)


def shown(person: Person, known: tuple[Environment, ...]) -> PersonShown:
    """Return what a caller may see of a person."""
    kinds = {environment.id: environment.kind for environment in known}
    grants = [
        GrantWords(role=g.role, environment=kinds.get(g.environment) if g.environment else None)
        for g in person.grants
    ]
    return PersonShown(login=person.login, name=person.name, grants=grants)


def _put(
    person: Person,
    known: tuple[Environment, ...],
    key: NewKey | None = None,
    code: SecretStr | None = None,
) -> PersonPut:
    return PersonPut(
        **dict(shown(person, known)),
        key=key.key.get_secret_value() if key else None,
        sign_in_code=code.get_secret_value() if code else None,
    )


@router.get("/people/me")
def me(tx: Tx, who: Who) -> PersonShown:
    """Return who asks."""
    return shown(who, people.administered(tx, who))


@router.get("/people", responses=PAGED)
def list_people(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[PersonShown]:
    """Return the organisation's people."""
    known = environments.list_all(tx, who, organisation.id)
    found = page.cut(people.list_all(tx, who, organisation.id), lambda person: (person.login,))
    return [shown(person, known) for person in found]


@router.put("/people/{login}")
def put(tx: Tx, who: Who, organisation: Of, login: CodeInPath, given: PersonGiven) -> PersonPut:
    """Set up a person, or give a present one these roles besides what they have."""
    known = environments.list_all(tx, who, organisation.id)
    grants = tuple(_grant(tx, organisation, each) for each in given.grants)
    present = people.by_login(tx, who, organisation.id, login)
    if present is None:
        made, key = people.add(
            tx, who, organisation.id, login=login, name=given.name, email=given.email, grants=grants
        )
        return _put(made, known, key, passwords.issue_code(tx, who, made.id))
    for each in grants:
        present = people.grant(tx, who, present.id, each)
    return _put(present, known)


@router.post("/people/{login}/sign-in-code", status_code=201)
def issue_code(tx: Tx, who: Who, organisation: Of, login: CodeInPath) -> CodeIssued:
    """Give a person a new sign-in code for the console; their password and sessions end."""
    person = people.named(tx, who, organisation.id, login)
    code = passwords.issue_code(tx, who, person.id)
    return CodeIssued(sign_in_code=code.get_secret_value())


@router.delete("/people/{login}/grants/{role}")
def revoke(
    tx: Tx,
    who: Who,
    organisation: Of,
    login: CodeInPath,
    role: Role,
    *,
    environment: Annotated[Kind | None, Query()] = None,
) -> PersonShown:
    """Take a role away, of administrators in one environment; it counts from the next call on."""
    known = environments.list_all(tx, who, organisation.id)
    taken = _grant(tx, organisation, GrantWords(role=role, environment=environment))
    person = people.named(tx, who, organisation.id, login)
    return shown(people.revoke(tx, who, person.id, taken), known)


@router.get("/operators", responses=PAGED)
def list_operators(tx: Tx, who: Who, page: Paging) -> list[PersonShown]:
    """Return the platform's operators."""
    found = page.cut(people.operators(tx, who), lambda person: (person.login,))
    return [shown(person, ()) for person in found]


@router.post("/operators/{login}", status_code=201)
def add_operator(tx: Tx, who: Who, login: CodeInPath, given: OperatorGiven) -> PersonPut:
    """Set up another platform operator."""
    made, key = people.add(tx, who, None, login=login, name=given.name, email=given.email)
    return _put(made, (), key, passwords.issue_code(tx, who, made.id))


@router.post("/operators/{login}/sign-in-code", status_code=201)
def issue_operators_code(tx: Tx, who: Who, login: CodeInPath) -> CodeIssued:
    """Give a platform operator a new sign-in code for the console; password and sessions end."""
    person = people.operator_named(tx, who, login)
    code = passwords.issue_code(tx, who, person.id)
    return CodeIssued(sign_in_code=code.get_secret_value())


@router.delete("/operators/{login}")
def revoke_operator(tx: Tx, who: Who, login: CodeInPath) -> PersonShown:
    """Take a platform operator's role away."""
    person = people.operator_named(tx, who, login)
    return shown(people.revoke(tx, who, person.id, Grant(role=Role.OPERATOR)), ())
