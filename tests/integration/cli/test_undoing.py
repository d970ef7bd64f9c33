"""`liftlock restore-point list|undo`: what would go is said first, and nobody undoes by mistake."""

import json

from commands import Command, Ran
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind
from liftlock.environments.servers import as_application
from undoing import completed


def fine(ran: Ran) -> Ran:
    assert ran.code == 0, ran
    return ran


def test_what_would_go_is_said_and_nothing_is_scheduled_without_a_yes(own_command: Command) -> None:
    command, served = own_command, own_command.served
    assert served is not None
    move = completed(served.acme, MoveKind.MOVE_TO_STAGING)
    with as_application(served.acme.parts[Kind.STAGING].database("customers")) as connection:
        _ = connection.execute("INSERT INTO base.customers (name, email) VALUES ('x', 'x@y')")
    listed = fine(command("restore-point", "list", who="ben"))
    for words in ("move_to_staging", "staging", "undoable", "yes"):
        assert words in listed.out
    undo = ("restore-point", "undo", move.id, "--soon")
    unsaid = command(*undo, who="ben", typed="yes\n")
    assert (unsaid.code, unsaid.out) == (2, "")
    for words in (
        "modules: acme.crm 1.0", "1 writes of rows in customers: base.customers", "files as they",
        "becomes a restore point itself", f"liftlock restore-point undo {move.id} --yes",
    ):  # fmt: skip
        assert words in unsaid.err, words
    assert "Nothing to show." in fine(command("move", "list", "--status", "ScheduledUndo")).err
    booked = fine(command(*undo, "--yes", who="ben"))
    for words in ("Undo", "ScheduledUndo", f"move {move.id}"):
        assert words in booked.out
    assert command(*undo, "--yes", who="ben").code == 5
    assert command(*undo, "--yes", who="ana").code == 3


def test_a_held_time_is_taken_for_an_undo(own_command: Command) -> None:
    command, served = own_command, own_command.served
    assert served is not None
    first = completed(served.acme, MoveKind.DOWN_ALIGN)
    second = completed(served.acme, MoveKind.DOWN_ALIGN)
    hold = ("move", "hold", "undo", "--at", "2027-05-14 09:00", "--undone-in", "development")
    fine(command(*hold))
    booked = fine(command("restore-point", "undo", first.id, "--yes", "--json"))
    assert f"Down Align {second.id} (undone, too)" in booked.err
    document = json.loads(booked.out)
    assert document["scheduled_for"] == "Friday, May 14, 2027 at 09:00"
    assert (document["undoes"], document["falls"]) == (first.id, [second.id])
