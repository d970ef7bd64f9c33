"""`liftlock policy …`: masking policies."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from liftlock.cli.output import AsJson, api, say, show
from liftlock.client import policies as client
from liftlock.domain import policies

app = App(name="policy", help="Check, submit and approve masking policies.")


@app.command
def check(
    file: Path,
    /,
    *,
    alone: Annotated[bool, Parameter(negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a policy leaves undecided for Production as it is now, with a proposal for each.

    Args:
        file: The document.
        alone: Only read it and say what is wrong in it; asks no server.
        as_json: Print JSON.
    """
    policy = policies.parse(file.read_text())
    if alone:
        say(f"{file} can be read: a policy for {policy.repository}.")
        return
    with api() as connection:
        show(client.check(connection, file.read_text()), as_json=as_json)


@app.command
def submit(file: Path, /, *, as_json: AsJson = False) -> None:
    """Submit a policy document; Production's administrators approve it."""
    with api() as connection:
        show(client.submit(connection, file.read_text()), as_json=as_json)


@app.command
def approve(repository: str, version: int, /, *, as_json: AsJson = False) -> None:
    """Put a submitted version in force, as Production's administrator."""
    with api() as connection:
        show(client.approve(connection, repository, version), as_json=as_json)


@app.command(name="show")
def show_policy(repository: str, /, *, as_json: AsJson = False) -> None:
    """Show the newest version of a policy, and which one is in force."""
    with api() as connection:
        show(client.show(connection, repository), as_json=as_json)
