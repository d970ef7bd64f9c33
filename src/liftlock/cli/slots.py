"""`liftlock calendar` and `liftlock maintenance …`."""

from typing import Literal

from cyclopts import App

from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.times import wall
from liftlock.client import maintenance, slots

app = App(name="maintenance", help="Book time for work on servers, and give it back.")


@app.command
def book(
    *,
    at: str,
    minutes: int,
    reason: str,
    environment: Literal["development", "staging", "production"],
    as_json: AsJson = False,
) -> None:
    """Book maintenance; it takes a slot like a move.

    Args:
        at: The time, such as "2026-05-29 22:00".
        minutes: How long.
        reason: What for; the calendar shows it.
        environment: Which environment.
        as_json: Print JSON.
    """
    with api() as connection:
        booked = maintenance.book(
            connection, wall=wall(at), minutes=minutes, reason=reason, environment=environment
        )
    show(booked, as_json=as_json)


@app.command
def cancel(booking: int, /) -> None:
    """Give the time of a maintenance booking free again."""
    with api() as connection:
        maintenance.cancel(connection, booking)
    say(f"Maintenance {booking} is canceled; its time is free.")


def calendar(*, as_json: AsJson = False) -> None:
    """Show what is booked, held or frozen from now on."""
    with api() as connection:
        busy = slots.calendar(connection)
    show(list(busy), as_json=as_json, columns=("begin", "end", "what", "said"))
