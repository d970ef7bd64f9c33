"""`liftlock notification …`, `restore-point …`, `worker …`: what is kept, to be read."""

from cyclopts import App

from liftlock.cli.output import AsJson, Limit, api, show
from liftlock.client import notifications, restore_points, workers

notification = App(name="notification", help="Read what you were told.")
restore_point = App(name="restore-point", help="Look at what was kept of targets before moves.")
worker = App(name="worker", help="Look at the processes that carry moves out.")


@notification.command(name="list")
def list_notifications(*, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List what you were told, latest first.

    Args:
        limit: At most so many; 50 when nothing is said.
    """
    with api() as connection:
        found = notifications.list_notifications(connection, at_most=limit)
    show(list(found), as_json=as_json, columns=("at", "title", "said"))


@restore_point.command(name="list")
def list_restore_points(*, as_json: AsJson = False) -> None:
    """List the restore points that exist, by environment, latest first."""
    with api() as connection:
        found = restore_points.list_restore_points(connection)
    columns = ("move", "environment", "taken_at", "bytes")
    show(list(found), as_json=as_json, columns=columns)


@worker.command(name="list")
def list_workers(*, as_json: AsJson = False) -> None:
    """List the workers of this installation, and when each last showed that it lives."""
    with api() as connection:
        found = workers.list_workers(connection)
    show(list(found), as_json=as_json, columns=("worker", "version", "started_at", "beat_at"))
