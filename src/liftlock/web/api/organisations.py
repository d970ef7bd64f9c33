"""Organisations over JSON."""

from fastapi import APIRouter
from pydantic import BaseModel

from liftlock.domain.organisations import Organisation, Plan
from liftlock.services import organisations
from liftlock.services.organisations import Settings
from liftlock.web.edge import Tx, Who
from liftlock.web.fields import CodeInPath, Given, Line
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging

router = APIRouter(prefix="/organisations", tags=["organisations"], route_class=OnceRoute)


class OrganisationShown(BaseModel):
    """An organisation as the API shows it."""

    code: str
    title: str
    plan: Plan
    self_service: bool
    four_eyes: bool


class OrganisationGiven(Given):
    """An organisation's settings; what is left out stays, or is the careful choice if new."""

    title: Line | None = None
    plan: Plan | None = None
    self_service: bool | None = None
    four_eyes: bool | None = None


def shown(organisation: Organisation) -> OrganisationShown:
    """Return what a caller may see of an organisation."""
    return OrganisationShown(
        code=organisation.code,
        title=organisation.title,
        plan=organisation.plan,
        self_service=organisation.self_service,
        four_eyes=organisation.four_eyes,
    )


@router.get("", responses=PAGED)
def list_organisations(tx: Tx, who: Who, page: Paging) -> list[OrganisationShown]:
    """Return all organisations to an operator, to others their own."""
    return [shown(each) for each in page.cut(organisations.list_all(tx, who), lambda o: (o.code,))]


@router.get("/{code}")
def show(tx: Tx, who: Who, code: CodeInPath) -> OrganisationShown:
    """Return an organisation."""
    return shown(organisations.show(tx, who, code))


@router.put("/{code}")
def put(tx: Tx, who: Who, code: CodeInPath, given: OrganisationGiven) -> OrganisationShown:
    """Set up an organisation, or change its settings."""
    wished = Settings(
        title=given.title,
        plan=given.plan,
        self_service=given.self_service,
        four_eyes=given.four_eyes,
    )
    return shown(organisations.set_up(tx, who, code, wished))
