"""`liftlock restore-point …`."""

from cyclopts import App

from liftlock.cli.output import AsJson, api, show
from liftlock.client import restore_points

app = App(name="restore-point", help="Look at what was kept of targets before moves.")


@app.command(name="list")
def list_restore_points(*, as_json: AsJson = False) -> None:
    """List the restore points that exist, newest first."""
    with api() as connection:
        found = restore_points.list_restore_points(connection)
    columns = ("move", "environment", "taken_at", "bytes")
    show(list(found), as_json=as_json, columns=columns)
