"""`liftlock audit …`, `notification …`, `worker …`: what is kept, to be read."""

from cyclopts import App

from liftlock.cli.exits import EXIT
from liftlock.cli.output import AsJson, Limit, api, say, show
from liftlock.client import audit_events, notifications, workers
from liftlock.errors import Conflict

audit = App(name="audit", help="Read the audit record.")
notification = App(name="notification", help="Read what you were told.")
worker = App(name="worker", help="Look at the processes that carry moves out.")


@audit.command(name="list")
def list_audit_events(*, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List who did what, latest first.

    Args:
        limit: At most so many; 100 when nothing is said.
    """
    with api() as connection:
        found = audit_events.list_audit_events(connection, at_most=limit)
    columns = ("position", "at", "tag", "by", "move", "fields")
    show(list(found), as_json=as_json, columns=columns)


@audit.command
def check(*, as_json: AsJson = False) -> int:
    """Say whether anybody has changed the record; end with 5 when it was."""
    with api() as connection:
        broken = audit_events.check(connection)
    if broken or as_json:
        show(list(broken), as_json=as_json, columns=("organisation", "position"))
    else:
        say("Nobody has changed the audit record.")
    return EXIT[Conflict] if broken else 0


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
