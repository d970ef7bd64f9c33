"""Scheduling over JSON: what a move would carry, and the wish that becomes one."""

from typing import Annotated, Literal, TypeAlias, assert_never

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from liftlock.books import Transaction
from liftlock.domain.modules import ModuleCode
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Person
from liftlock.services import proposals, undos
from liftlock.services.proposals import DownAlignWish, MoveToProductionWish, MoveToStagingWish
from liftlock.services.undos import UndoWish
from liftlock.web.api.packages import InstalledShown, PackageShown, installed_shown
from liftlock.web.api.packages import shown as package_shown
from liftlock.web.api.wall_times import TimeGiven, when
from liftlock.web.edge import Of, Tx, Who
from liftlock.web.fields import Code, Given, Whole, Words, with_examples
from liftlock.web.once import OnceRoute

router = APIRouter(prefix="/proposals", tags=["moves"], route_class=OnceRoute)


class WishGiven(Given):
    """When; without `at`, it is the time that the caller holds."""

    at: TimeGiven | None = None


class MoveToStagingGiven(WishGiven):
    """A Move to Staging: all modules that differ from Production, but those that are cleared."""

    model_config = with_examples(
        {"kind": "move_to_staging", "at": {"wall": "2030-05-29T22:00"}, "cleared": ["acme.crm"]}
    )

    kind: Literal["move_to_staging"]
    cleared: Annotated[tuple[Code, ...], Field(max_length=1000)] = ()


class MoveToProductionGiven(WishGiven):
    """A Move to Production: exactly what Staging was tested with."""

    model_config = with_examples(
        {"kind": "move_to_production", "at": {"soon": True}, "tested_note": "all pages"}
    )

    kind: Literal["move_to_production"]
    tested_note: Words = ""


class DownAlignGiven(WishGiven):
    """A Down Align: one scope or both. `newer_understood` is the tick for newer repositories."""

    kind: Literal["down_align"]
    systemdb_and_files: bool = False
    data: bool = False
    newer_understood: bool = False


class UndoGiven(WishGiven):
    """An Undo of a completed move. `falls` are the later moves that were shown to fall with it."""

    kind: Literal["undo"]
    move: Whole
    falls: Annotated[tuple[Whole, ...], Field(max_length=1000)] = ()


MoveGiven: TypeAlias = Annotated[
    MoveToStagingGiven | MoveToProductionGiven | DownAlignGiven | UndoGiven,
    Field(discriminator="kind"),
]


class OfferShown(BaseModel):
    """What a Move to Staging can carry now, and what it would do."""

    candidates: list[PackageShown]
    """Development's modules that differ from Production: all selected at first."""
    stays: list[InstalledShown]
    """What Production has and Development lacks."""
    staging_loses: list[InstalledShown]
    """What Staging holds today and will not have after it."""


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
        case UndoGiven():
            falls = frozenset(MoveId(number) for number in given.falls)
            undo = UndoWish(move=MoveId(given.move), when=at, falls=falls)
            return undos.schedule(tx, who, undo)
        case _:
            assert_never(given)


@router.get("/offer")
def offer(
    tx: Tx,
    who: Who,
    organisation: Of,
    cleared: Annotated[tuple[Code, ...], Query(max_length=1000)] = (),
) -> OfferShown:
    """Return what a Move to Staging can carry now, and what it would do without `cleared`."""
    codes = frozenset(ModuleCode(code) for code in cleared)
    offered = proposals.offer(tx, who, organisation.id, codes)
    return OfferShown(
        candidates=[package_shown(package) for package in offered.candidates],
        stays=installed_shown(offered.stays),
        staging_loses=installed_shown(offered.staging_loses),
    )
