"""`liftlock notification …`, `worker …`: what is kept, to be read."""

from cyclopts import App

from liftlock.cli.output import AsJson, Limit, api, show
from liftlock.client import notifications, workers

notification = App(name="notification", help="Read what you were told.")
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


@worker.command(name="list")
def list_workers(*, as_json: AsJson = False) -> None:
    """List the workers of this installation, and when each last showed that it lives."""
    with api() as connection:
        found = workers.list_workers(connection)
    show(list(found), as_json=as_json, columns=("worker", "version", "started_at", "beat_at"))
