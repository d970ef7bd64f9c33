"""People and their roles: given and taken by those who may; new people by the platform operator."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import Environment, Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Grant, GrantUnfit, Person, Role
from liftlock.errors import LiftlockError
from liftlock.identity.who_may import Action
from liftlock.services import passwords, people, sessions
from liftlock.web.edge import Tx
from liftlock.web.fields import CodeInPath
from liftlock.web.pages.frame import (
    UNFIT,
    Of,
    Signed,
    SignedIn,
    attempt,
    once,
    render,
    see_other,
)
from liftlock.web.pages.security import Posted, Typed
from liftlock.web.pages.words import ROLES

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A role that a person has or could have, and whether this viewer may give or take it."""

    value: str
    title: str
    hint: str
    held: bool
    may: bool


GRANTED_ALONE = (Role.AUDITOR, Role.PUBLISHER, Role.PREVIEWER)
HINTS: Mapping[str, str] = {
    Kind.DEVELOPMENT: "Schedules Moves to Staging and Down Aligns, drafts masking policies.",
    Kind.STAGING: "Validates Moves to Staging, tests, schedules Moves to Production.",
    Kind.PRODUCTION: "Validates Moves to Production, approves masking policies.",
    Role.AUDITOR: "Reads everything of the organisation, changes nothing.",
    Role.PUBLISHER: "Pushes module packages and installs them into Development.",
    Role.PREVIEWER: "Sees real values of Production when a masking policy is previewed.",
}


@router.get("/people")
def list_people(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show who is here, and what they are."""
    found = people.list_all(tx, signed.person, of.id)
    return render(
        request, signed, "people/people.html",
        rows=[(person, _address(person), _titles(person, signed.environments)) for person in found],
        may_add=signed.may(Action.SET_UP),
    )  # fmt: skip


@router.get("/people/{login}")
def show(request: Request, tx: Tx, signed: Signed, of: Of, login: CodeInPath) -> Response:
    """Show one person's roles, to be changed by those who may."""
    return _person(request, tx, signed, people.named(tx, signed.person, of.id, login))


@router.post("/people/{login}")
def change(  # noqa: PLR0917  what a request brings
    request: Request, tx: Tx, signed: Signed, of: Of, given: Posted, login: CodeInPath
) -> Response:
    """Give and take what was ticked and cleared on the page, and nothing else."""
    person = people.named(tx, signed.person, of.id, login)
    outcome = attempt(tx, lambda: _change(tx, signed, person, given))
    if isinstance(outcome, LiftlockError):
        return _person(request, tx, signed, person, outcome)
    return see_other(request, _address(person), f"The roles of {person.name} are changed.")


@router.post("/people/{login}/sign-in-code")
def issue_code(request: Request, tx: Tx, signed: Signed, of: Of, login: CodeInPath) -> Response:
    """Give a person a new sign-in code, shown this once."""
    person = people.named(tx, signed.person, of.id, login)
    sessions.show_once(tx, signed.session.id, passwords.issue_code(tx, signed.person, person.id))
    return see_other(request, _address(person))


@router.get("/add-person")
def ask(request: Request, signed: Signed, of: Of) -> Response:
    """Show where to add a person."""
    return _adding(request, signed, of)


@router.post("/add-person")
def add(request: Request, tx: Tx, signed: Signed, of: Of, given: Posted) -> Response:
    """Add a person, with roles; the page that follows shows their sign-in code, this once."""

    def act() -> Response:
        outcome = attempt(tx, lambda: _invited(tx, signed, of, given))
        if isinstance(outcome, LiftlockError):
            return _adding(request, signed, of, outcome)
        sessions.show_once(tx, signed.session.id, outcome[1])
        return see_other(request, _address(outcome[0]), f"{outcome[0].name} is added.")

    return once(tx, signed, given, act)


@router.get("/operators")
def list_operators(request: Request, tx: Tx, signed: Signed) -> Response:
    """Show the platform's operators, and where to add one."""
    return _operators(request, tx, signed)


@router.post("/operators")
def add_operator(request: Request, tx: Tx, signed: Signed, given: Posted) -> Response:
    """Add a platform operator, whose sign-in code is shown this once."""

    def act() -> Response:
        outcome = attempt(tx, lambda: _invited(tx, signed, None, given))
        if isinstance(outcome, LiftlockError):
            return _operators(request, tx, signed, outcome)
        sessions.show_once(tx, signed.session.id, outcome[1])
        return see_other(request, "/operators", f"{outcome[0].name} is added.")

    return once(tx, signed, given, act)


@router.post("/operators/{login}/revoke")
def revoke_operator(request: Request, tx: Tx, signed: Signed, login: CodeInPath) -> Response:
    """Take a platform operator's role away."""
    person = people.operator_named(tx, signed.person, login)
    outcome = attempt(
        tx, lambda: people.revoke(tx, signed.person, person.id, Grant(role=Role.OPERATOR))
    )
    if isinstance(outcome, LiftlockError):
        return _operators(request, tx, signed, outcome)
    return see_other(request, "/operators", f"{person.name} is no platform operator any more.")


@router.post("/operators/{login}/sign-in-code")
def issue_operators_code(request: Request, tx: Tx, signed: Signed, login: CodeInPath) -> Response:
    """Give a platform operator a new sign-in code, shown this once."""
    person = people.operator_named(tx, signed.person, login)
    code = passwords.issue_code(tx, signed.person, person.id)
    sessions.show_once(tx, signed.session.id, code)
    return see_other(request, "/operators")


def _operators(
    request: Request, tx: Transaction, signed: SignedIn, refusal: LiftlockError | None = None
) -> Response:
    return render(
        request, signed, "people/operators.html",
        status=UNFIT if refusal else 200, refusal=refusal,
        operators=people.operators(tx, signed.person),
        code=sessions.shown(tx, signed.session.id),
    )  # fmt: skip


def _person(
    request: Request,
    tx: Transaction,
    signed: SignedIn,
    person: Person,
    refusal: LiftlockError | None = None,
) -> Response:
    is_operator = Role.OPERATOR in signed.person.roles
    has_password = person.id in passwords.with_password(tx, signed.person, (person,))
    return render(
        request, signed, "people/person.html",
        status=UNFIT if refusal else 200, refusal=refusal,
        person=person, address=_address(person), choices=_choices(signed, person),
        code=sessions.shown(tx, signed.session.id),
        may_issue=is_operator, has_password=has_password,
    )  # fmt: skip


def _adding(
    request: Request, signed: SignedIn, of: Organisation, refusal: LiftlockError | None = None
) -> Response:
    del of  # an operator has chosen one: the person will belong to it
    return render(
        request, signed, "people/add.html",
        status=UNFIT if refusal else 200, refusal=refusal, choices=_choices(signed, None),
    )  # fmt: skip


def _invited(
    tx: Transaction, signed: SignedIn, of: Organisation | None, given: Typed
) -> tuple[Person, SecretStr]:
    grants = [_grant(signed, value) for value in given.all("grant")]
    return people.invite(
        tx,
        signed.person,
        of.id if of else None,
        login=given.line("login").lower(),
        name=given.line("name"),
        email=given.line("email"),
        grants=tuple(grants),
    )


def _change(tx: Transaction, signed: SignedIn, person: Person, given: Typed) -> None:
    """Grant what was ticked, revoke what was cleared, since the page was drawn."""
    had, ticked = set(given.all("had")), set(given.all("grant"))
    for value in sorted(ticked - had):
        _ = people.grant(tx, signed.person, person.id, _grant(signed, value))
    for value in sorted(had - ticked):
        _ = people.revoke(tx, signed.person, person.id, _grant(signed, value))


def _grant(signed: SignedIn, value: str) -> Grant:
    """Return the grant that a tick box stands for. Raises: GrantUnfit, EnvironmentNotFound."""
    if value in set(Kind):
        environment = signed.environment(Kind(value))
        return Grant(role=Role.ADMINISTRATOR, environment=environment.id)
    if value not in set(GRANTED_ALONE):
        raise GrantUnfit(role=value)
    return Grant(role=Role(value))


def _choices(signed: SignedIn, person: Person | None) -> tuple[Choice, ...]:
    held = person.grants if person else ()
    administrators = (
        Choice(
            value=each.kind,
            title=f"Delegated Administrator of {each.kind.title}",
            hint=HINTS[each.kind],
            held=Grant(role=Role.ADMINISTRATOR, environment=each.id) in held,
            may=signed.may(Action.APPOINT_ADMINISTRATOR, each),
        )
        for each in signed.environments
    )
    others = (
        Choice(
            value=role,
            title=ROLES[role],
            hint=HINTS[role],
            held=Grant(role=role) in held,
            may=_may_grant(signed, role),
        )
        for role in GRANTED_ALONE
    )
    return (*administrators, *others)


def _may_grant(signed: SignedIn, role: Role) -> bool:
    if role is not Role.PREVIEWER:
        return signed.may(Action.SET_UP)
    production = (each for each in signed.environments if each.kind is Kind.PRODUCTION)
    return any(signed.may(Action.GRANT_POLICY_VALUES, each) for each in production)


def _titles(person: Person, environments: Iterable[Environment]) -> tuple[str, ...]:
    held = [each.kind.title for each in environments if person.administers(each.id)]
    administers = (f"{ROLES[Role.ADMINISTRATOR]} of {', '.join(held)}",) if held else ()
    others = (ROLES[role] for role in GRANTED_ALONE if role in person.roles)
    return (*administers, *others)


def _address(person: Person) -> str:
    return f"/people/{quote(person.login, safe='')}"
