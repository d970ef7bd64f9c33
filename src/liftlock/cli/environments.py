"""`liftlock env …` and `liftlock align …`: environments, and what an alignment takes away."""

from typing import Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, api, say, show
from liftlock.cli.scheduling import Scope
from liftlock.client import environments, losses
from liftlock.errors import Conflict

app = App(name="env", help="Look at environments.")
align = App(name="align", help="Look at what an alignment would do.")

Which: TypeAlias = Annotated[
    Literal["development", "staging", "production"], Parameter(help="Which environment.")
]


@app.command(name="list")
def list_environments(*, as_json: AsJson = False) -> None:
    """List the organisation's environments."""
    with api() as connection:
        found = environments.list_environments(connection)
    columns = ("kind", "data_policy", "files", "databases")
    show(list(found), as_json=as_json, columns=columns)


@app.command(name="show")
def show_environment(which: Which, /, *, as_json: AsJson = False) -> None:
    """Show one environment and the modules that it reports to be installed."""
    with api() as connection:
        show(environments.show(connection, which), as_json=as_json)


@app.command
def check(which: Which, /, *, as_json: AsJson = False) -> int:
    """Look at an environment's servers, rights and files; end with 5 when there is what to mend."""
    with api() as connection:
        found = environments.check(connection, which)
    if found or as_json:
        show(list(found), as_json=as_json, columns=("where", "said"))
    else:
        say("All is well.")
    return EXIT[Conflict] if found else 0


@align.command
def preview(
    which: Annotated[
        Literal["development", "staging"], Parameter(help="The target; Staging is aligned whole.")
    ] = "development",
    /,
    *,
    scope: Scope = ("systemdb-and-files", "data"),
    as_json: AsJson = False,
) -> None:
    """List what an alignment would take away: modules, rows and files that Production lacks."""
    with api() as connection:
        found = losses.preview(
            connection,
            which,
            systemdb_and_files="systemdb-and-files" in scope,
            data="data" in scope,
        )
    show(found, as_json=as_json)
