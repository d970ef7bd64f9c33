"""An Undo over JSON: what would go, what is refused, what is booked and how it is shown."""

from typing import cast

from acme_books import Acme
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import MoveKind
from served import Served
from undoing import completed, undone

UP = MoveKind.MOVE_TO_STAGING
SOON = {"soon": True}


def test_an_undo_from_its_preview_to_the_move_that_it_undid(own_served: Served) -> None:
    acme = own_served.acme
    first, second = completed(acme, UP), completed(acme, UP)
    lost = own_served.ask("ben", "GET", f"/moves/{first.id}/undo").body
    assert [fallen["id"] for fallen in rows(lost, "falls")] == [second.id]
    assert [(m["code"], m["becomes"]) for m in rows(lost, "modules")] == [("acme.crm", None)]
    assert (lost["written"], lost["written_at_least"]) == ([], False)
    assert lost["files_total"] == len(rows(lost, "files")) > 0
    wish = {"kind": "undo", "move": first.id, "at": SOON}
    unseen = own_served.ask("ben", "POST", "/moves", wish)
    assert (unseen.status, unseen.code) == (412, "undo.others_fall")
    booked = own_served.ask("ben", "POST", "/moves", wish | {"falls": [second.id]})
    assert booked.status == 201
    assert (booked.body["status"], booked.body["target"]) == ("ScheduledUndo", "staging")
    assert (booked.body["undoes"], booked.body["falls"]) == (first.id, [second.id])
    again = own_served.ask("ben", "POST", "/moves", wish | {"falls": [second.id]})
    assert (again.status, again.code) == (409, "undo.waits")


def test_an_undone_move_says_by_which_undo(own_served: Served) -> None:
    acme = own_served.acme
    move = completed(acme, UP)
    booked = undone(acme, move)
    shown = own_served.ask("eve", "GET", f"/moves/{move.id}").body
    assert (shown["status"], shown["undone_by"]) == ("StagingUndone", booked.id)
    [point] = own_served.ask("eve", "GET", "/restore-points").rows()
    assert (point["move"], point["before"], point["undoable"]) == (booked.id, "undo", True)
    refused = own_served.ask("ben", "GET", f"/moves/{move.id}/undo")
    assert (refused.status, refused.code) == (409, "undo.not_completed")


def test_a_time_is_held_for_an_undo_of_an_environment(served: Served) -> None:
    wish = {"kind": "undo", "at": SOON}
    unsaid = served.ask("ben", "POST", "/slots/hold", wish)
    assert (unsaid.status, unsaid.code) == (422, "move.undone_environment_missing")
    assert served.ask("ana", "POST", "/slots/hold", wish | {"undone_in": "staging"}).status == 403
    held = served.ask("ben", "POST", "/slots/hold", wish | {"undone_in": "staging"})
    assert held.status == 201
    assert held_for(served.acme) == Kind.STAGING


def held_for(acme: Acme) -> Kind:
    with acme.books.transaction() as tx:
        [(kind,)] = tx.connection.execute(
            "SELECT kind FROM environments JOIN slots ON environment_id = environments.id"
            " WHERE purpose = 'hold' AND live"
        ).fetchall()
    return Kind(kind)


def rows(body: dict[str, object], name: str) -> list[dict[str, object]]:
    found = body[name]
    assert isinstance(found, list)
    return cast("list[dict[str, object]]", found)
