"""`liftlock calendar` and `liftlock maintenance …`."""

from typing import Literal

from cyclopts import App

from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.times import Fold, wall
from liftlock.client import maintenance, slots

app = App(name="maintenance", help="Book time for work on servers, and give it back.")


@app.command
def book(
    *,
    at: str,
    minutes: int,
    reason: str,
    environment: Literal["development", "staging", "production"],
    fold: Fold = None,
    as_json: AsJson = False,
) -> None:
    """Book maintenance; it takes a slot like a move.

    Args:
        at: The time, such as "2026-05-29 22:00".
        minutes: How long.
        reason: What for; the calendar shows it.
        environment: Which environment.
    """
    when = wall(at, fold)
    with api() as connection:
        booked = maintenance.book(
            connection, at=when, minutes=minutes, reason=reason, environment=environment
        )
    columns = ("id", "scheduled_for", "reason")
    show(booked, as_json=as_json, columns=() if as_json else columns)


@app.command(name="list")
def list_maintenance(*, as_json: AsJson = False) -> None:
    """List the maintenance that is booked."""
    with api() as connection:
        found = maintenance.list_maintenance(connection)
    show(list(found), as_json=as_json, columns=("id", "scheduled_for", "reason"))


@app.command
def cancel(booking: int, /, *, as_json: AsJson = False) -> None:
    """Give the time of a maintenance booking free again.

    Args:
        booking: Its number, as `maintenance list` shows it.
    """
    with api() as connection:
        maintenance.cancel(connection, booking)
    show({"canceled": booking} if as_json else None, as_json=as_json)
    say(f"Maintenance {booking} is canceled; its time is free.")


def calendar(*, as_json: AsJson = False) -> None:
    """Show what is booked, held or frozen from now on."""
    with api() as connection:
        found = slots.calendar(connection)
    if as_json:
        show(found, as_json=True)
        return
    say(f"Times of {found['zone']}.")
    show(found["busy"], as_json=False, columns=("begins", "ends", "what", "said"))
