"""`liftlock organisation …`: set up by platform operators."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from liftlock.cli.output import AsJson, api, show
from liftlock.client import organisations

app = App(name="organisation", help="Look at organisations, and set them up.")
_COLUMNS = ("code", "title", "plan", "self_service", "four_eyes")


@app.command(name="list")
def list_organisations(*, as_json: AsJson = False) -> None:
    """List all organisations, or your own."""
    with api() as connection:
        found = organisations.list_organisations(connection)
    show(list(found), as_json=as_json, columns=_COLUMNS)


@app.command(name="show")
def show_organisation(code: str, /, *, as_json: AsJson = False) -> None:
    """Show one organisation."""
    with api() as connection:
        show(organisations.show(connection, code), as_json=as_json)


@app.command(name="set")
def set_(
    code: str,
    /,
    *,
    title: str | None = None,
    plan: Literal["enterprise", "essential"] | None = None,
    self_service: Annotated[bool | None, Parameter(negative="--no-self-service")] = None,
    four_eyes: Annotated[bool | None, Parameter(negative="--no-four-eyes")] = None,
    as_json: AsJson = False,
) -> None:
    """Set up an organisation, or change what is said of a present one.

    Args:
        code: Its short name in addresses and commands.
        title: What people read.
        plan: Self-service needs enterprise.
        self_service: Whether its administrators may help themselves.
        four_eyes: Whether somebody else than the submitter must validate.
    """
    said = {"title": title, "plan": plan, "self_service": self_service, "four_eyes": four_eyes}
    given = {name: value for name, value in said.items() if value is not None}
    with api() as connection:
        show(organisations.put(connection, code, given), as_json=as_json)
