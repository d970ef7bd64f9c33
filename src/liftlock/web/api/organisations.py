"""Organisations over JSON."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from liftlock.domain.organisations import Organisation, OrganisationNotFound, Plan
from liftlock.services import organisations
from liftlock.web.edge import Tx, Who

router = APIRouter(prefix="/organisations", tags=["organisations"])


class OrganisationShown(BaseModel):
    """An organisation as the API shows it."""

    code: str
    title: str
    plan: Plan
    self_service: bool
    four_eyes: bool


class OrganisationGiven(BaseModel):
    """An organisation's settings; what is left out stays, or is the careful choice if new."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
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


@router.get("")
def list_organisations(tx: Tx, who: Who) -> list[OrganisationShown]:
    """Return all organisations to an operator, to others their own."""
    return [shown(organisation) for organisation in organisations.list_all(tx, who)]


@router.put("/{code}")
def put(tx: Tx, who: Who, code: str, given: OrganisationGiven) -> OrganisationShown:
    """Set up an organisation, or change its settings."""
    try:
        present = organisations.show(tx, who, code)
    except OrganisationNotFound:
        present = organisations.create(
            tx, who, code=code, title=given.title or code,
            plan=given.plan or Plan.ESSENTIAL, self_service=bool(given.self_service),
        )  # fmt: skip
    return shown(
        organisations.change(
            tx,
            who,
            present.id,
            title=given.title,
            plan=given.plan,
            self_service=given.self_service,
            four_eyes=given.four_eyes,
        )
    )
