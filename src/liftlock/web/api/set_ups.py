"""Setting an organisation up, rehearsed over JSON: what would change, and all that is refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import APIRouter
from pydantic import BaseModel, Field

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation
from liftlock.domain.people import Person
from liftlock.identity.who_may import Action
from liftlock.services import organisations as organisations_service
from liftlock.services import set_ups
from liftlock.services.set_ups import Act, Rehearsal
from liftlock.web import problems
from liftlock.web.api import environments, organisations, people
from liftlock.web.api.environments import EnvironmentGiven
from liftlock.web.api.organisations import OrganisationGiven
from liftlock.web.api.people import PersonGiven
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import Code, CodeInPath, DocumentText, Given
from liftlock.web.once import OnceRoute

router = APIRouter(prefix="/organisations", tags=["organisations"], route_class=OnceRoute)
Later: TypeAlias = Callable[[], object]


class SetUpGiven(Given):
    """What a document says about an organisation; what is left out stays."""

    settings: OrganisationGiven | None = None
    environments: Annotated[dict[Kind, EnvironmentGiven], Field(default_factory=dict)]
    people: Annotated[dict[Code, PersonGiven], Field(max_length=1000, default_factory=dict)]
    policies: Annotated[dict[Code, DocumentText], Field(max_length=100, default_factory=dict)]

    @property
    def action(self) -> Action:
        """Return what one must be allowed to for this."""
        is_for_operators = self.settings or self.environments or self.people
        return Action.SET_UP if is_for_operators or not self.policies else Action.DRAFT_POLICY


class ChangeShown(BaseModel):
    """A setting that would change; what is secret is not said."""

    where: str
    what: str
    now: str | None
    then: str | None
    is_new: bool
    """The whole part is not there yet."""


class RefusedShown(BaseModel):
    """A part that would be refused."""

    where: str
    status: int
    code: str
    detail: str


class RehearsalShown(BaseModel):
    """What setting up would change, and all that would be refused. Nothing was written."""

    changes: list[ChangeShown]
    refused: list[RefusedShown]


def shown(rehearsal: Rehearsal) -> RehearsalShown:
    """Return what a caller sees of a rehearsal."""
    return RehearsalShown(
        changes=[
            ChangeShown(where=c.where, what=c.what, now=c.now, then=c.then, is_new=c.is_new)
            for c in rehearsal.changes
        ],
        refused=[
            RefusedShown(
                where=each.where,
                status=problems.status_of(each.refusal),
                code=each.refusal.code,
                detail=str(each.refusal),
            )
            for each in rehearsal.refused
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put:
    """What puts the parts of one organisation, later."""

    tx: Transaction
    who: Person
    code: str

    def settings(self, given: OrganisationGiven) -> Later:
        return lambda: organisations.put(self.tx, self.who, self.code, given)

    def environment(self, kind: Kind, given: EnvironmentGiven) -> Later:
        return lambda: environments.put(self.tx, self.who, self.code, kind, given)

    def person(self, login: str, given: PersonGiven) -> Later:
        return lambda: people.put(self.tx, self.who, self._organisation(), login, given)

    def policy(self, repository: str, document: str) -> Later:
        return lambda: set_ups.submit_policy(self.tx, self.who, self.code, repository, document)

    def _organisation(self) -> Organisation:
        return organisations_service.show(self.tx, self.who, self.code)


def acts(tx: Transaction, who: Person, code: str, given: SetUpGiven) -> Iterator[Act]:
    """Yield what is to be done, in the order in which each part needs those before it."""
    put = _Put(tx=tx, who=who, code=code)
    settings = given.settings or OrganisationGiven()
    if given.action is Action.SET_UP:
        at_once = settings.model_copy(update={"four_eyes": None})
        yield Act(where="organisation", do=put.settings(at_once))
    for kind, definition in given.environments.items():
        yield Act(where=f"environments.{kind}", do=put.environment(kind, definition))
    for login, person in given.people.items():
        yield Act(where=f"people.{login}", do=put.person(login, person))
    if settings.four_eyes is not None:  # possible only once there are enough people
        last = OrganisationGiven(four_eyes=settings.four_eyes)
        yield Act(where="organisation", do=put.settings(last))
    for repository, document in given.policies.items():
        yield Act(where=f"policies.{repository}", do=put.policy(repository, document))


@router.post("/{code}/rehearsal")
def rehearse(tx: Tx, who: Who, code: CodeInPath, given: SetUpGiven) -> RehearsalShown:
    """Say what setting up an organisation so would change, and all that is refused of it."""
    every = tuple(acts(tx, who, code, given))
    return shown(set_ups.rehearse(tx, who, code, given.action, every))
