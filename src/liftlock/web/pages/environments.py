"""The organisation at a glance; and its environments: what they are made of, and how they are."""

from fastapi import APIRouter, Request, Response

from liftlock.domain.environments import Kind
from liftlock.domain.histories import Wanted
from liftlock.identity.who_may import Action
from liftlock.services import (
    calendars,
    consoles,
    environments,
    findings,
    histories,
    restore_points,
    tasks,
)
from liftlock.web.edge import Tx
from liftlock.web.pages.frame import Of, Signed, render, see_other

router = APIRouter()

SHOWN = 5
"""How many bookings, and how many moves, the overview shows."""


@router.get("/")
def overview(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show the overview; to a publisher, who may not read it, the modules."""
    if not signed.may(Action.READ) and signed.may(Action.READ_PACKAGES):
        return see_other(request, "/modules")
    around = consoles.situation(tx, signed.person, of.id)
    planned = consoles.all_planned(tx, signed.person, around)
    return render(
        request, signed, "environments/overview.html",
        situation=around,
        planned=planned,
        planned_for={m.target: m for m in reversed(around.planned) if m.holds_slot},
        planned_at={move.slot.interval.begin: move for move in around.planned},
        tasks=tasks.of_person(tx, signed.person, around, planned),
        kept=restore_points.kept(tx, signed.person, of.id),
        next=calendars.of_organisation(tx, signed.person, of.id).busy[:SHOWN],
        last=histories.show(tx, signed.person, of.id, Wanted(is_over=True), SHOWN).lines,
    )  # fmt: skip


@router.get("/environments")
def show(request: Request, tx: Tx, signed: Signed, of: Of) -> Response:
    """Show what the environments are made of; no server is asked."""
    known = environments.list_all(tx, signed.person, of.id)
    shown = [(each, environments.show(tx, signed.person, each.id)) for each in known]
    return render(
        request, signed, "environments/page.html",
        shown=shown,
        missing=[kind for kind in Kind if kind not in {each.kind for each in known}],
    )  # fmt: skip


@router.get("/environments/{kind}")
def show_one(request: Request, tx: Tx, signed: Signed, of: Of, kind: Kind) -> Response:
    """Show how an environment is: its servers are asked, and its files looked at."""
    environment = environments.of_kind(tx, of.id, kind)
    return render(
        request, signed, "environments/one.html",
        environment=environment,
        registration=environments.show(tx, signed.person, environment.id),
        findings=findings.of_environment(tx, signed.person, environment.id),
    )  # fmt: skip
