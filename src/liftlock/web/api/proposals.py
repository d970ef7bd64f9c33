"""Scheduling over JSON: what a move would carry, and the wish that becomes one."""

from typing import Literal, assert_never

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from liftlock.books import Transaction
from liftlock.domain.modules import ModuleCode
from liftlock.domain.moves import Move
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.services import proposals
from liftlock.services.proposals import DownAlignWish, MoveToProductionWish, MoveToStagingWish
from liftlock.web.api.packages import InstalledShown, PackageShown, installed_shown
from liftlock.web.api.packages import shown as package_shown
from liftlock.web.api.times import TimeGiven, when
from liftlock.web.edge import Of, Tx, Who

router = APIRouter(prefix="/proposals", tags=["moves"])


class Given(BaseModel):
    """What may be said and nothing else; without `at`, it is the time that the caller holds."""

    model_config = ConfigDict(extra="forbid")

    at: TimeGiven | None = None


class MoveToStagingGiven(Given):
    """A Move to Staging: all modules that differ from Production, but those that are cleared."""

    kind: Literal["move_to_staging"]
    cleared: list[str] = []


class MoveToProductionGiven(Given):
    """A Move to Production: exactly what Staging was tested with."""

    kind: Literal["move_to_production"]
    tested_note: str = ""


class DownAlignGiven(Given):
    """A Down Align: one scope or both. `newer_understood` is the tick for newer repositories."""

    kind: Literal["down_align"]
    systemdb_and_files: bool = False
    data: bool = False
    newer_understood: bool = False


MoveGiven = MoveToStagingGiven | MoveToProductionGiven | DownAlignGiven


class OfferShown(BaseModel):
    """What a Move to Staging can carry now, and what it would do."""

    candidates: list[PackageShown]
    stays: list[InstalledShown]
    staging_loses: list[InstalledShown]


def schedule(tx: Transaction, who: Person, organisation: OrganisationId, given: MoveGiven) -> Move:
    """Hand a wish to the service that fulfils it."""
    at = when(given.at)
    match given:
        case MoveToStagingGiven():
            cleared = frozenset(ModuleCode(code) for code in given.cleared)
            staging = MoveToStagingWish(organisation=organisation, when=at, cleared=cleared)
            return proposals.schedule_move_to_staging(tx, who, staging)
        case MoveToProductionGiven():
            production = MoveToProductionWish(
                organisation=organisation, when=at, tested_note=given.tested_note
            )
            return proposals.schedule_move_to_production(tx, who, production)
        case DownAlignGiven():
            align = DownAlignWish(
                organisation=organisation,
                when=at,
                systemdb_and_files=given.systemdb_and_files,
                data=given.data,
                newer_understood=given.newer_understood,
            )
            return proposals.schedule_down_align(tx, who, align)
        case _:
            assert_never(given)


@router.get("/offer")
def offer(tx: Tx, who: Who, organisation: Of) -> OfferShown:
    """Return what a Move to Staging can carry now."""
    offered = proposals.offer(tx, who, organisation.id)
    return OfferShown(
        candidates=[package_shown(package) for package in offered.candidates],
        stays=installed_shown(offered.stays),
        staging_loses=installed_shown(offered.staging_loses),
    )
