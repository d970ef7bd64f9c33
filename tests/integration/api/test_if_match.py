"""What is done to a move is done to what was seen: `ETag`, `If-Match`, 428 and 412."""

from datetime import timedelta

import pytest

from acme_books import Acme
from journeys import to_staging
from liftlock.domain.moves import Move
from liftlock.domain.wall_times import wall_at
from liftlock.services.slots import At
from own_books import ZONE
from refusing import pages
from served import Answer, Served


def in_days(acme: Acme, days: int) -> At:
    with acme.later(timedelta(days=days)) as tx:
        wall = wall_at(tx.now, ZONE)
    return At(day=wall.date(), hour=9, minute=0)


def wall(acme: Acme, days: int) -> dict[str, object]:
    return {"at": {"wall": f"{in_days(acme, days).day}T10:00"}}


@pytest.fixture
def move(served: Served) -> Move:
    return to_staging(served.acme, in_days(served.acme, 3))


def act(
    served: Served, who: str, move: Move, what: str, body: object = None, *, seen: str | None = None
) -> Answer:
    headers = {} if seen is None else {"If-Match": seen}
    content: dict[str, object] = {"headers": headers}
    if body is not None:
        content["json"] = body
    return served.send(who, "POST", f"/moves/{move.id}/{what}", content)


def tag(served: Served, move: Move) -> str:
    return served.ask("ben", "GET", f"/moves/{move.id}").headers["etag"]


def test_a_move_has_a_version_which_reading_does_not_change(served: Served, move: Move) -> None:
    shown = served.ask("ben", "GET", f"/moves/{move.id}")
    again = served.ask("ana", "GET", f"/moves/{move.id}")
    reviewed = served.ask("ben", "POST", f"/moves/{move.id}/review")
    assert shown.headers["etag"] == f'"{shown.body["etag"]}"'
    assert shown.headers["etag"] == again.headers["etag"] == reviewed.headers["etag"]
    assert str(shown.body["digest"]) in str(shown.body["etag"])


ACTS: tuple[tuple[str, str], ...] = (("validate", ""), ("modify", "at"), ("cancel", "reason"))


@pytest.mark.parametrize(("what", "field"), ACTS)
def test_nothing_is_done_to_what_nobody_says_to_have_seen(
    served: Served, move: Move, what: str, field: str
) -> None:
    bodies = {"": None, "at": wall(served.acme, 4), "reason": {"reason": "no"}}
    before = pages(served.acme)
    answer = act(served, "ben", move, what, bodies[field])
    assert (answer.status, answer.code) == (428, "move.seen_unsaid")
    assert "If-Match" in answer.detail
    assert pages(served.acme) == before


@pytest.mark.parametrize("what", ["validate", "modify", "cancel", "withdraw"])
def test_nothing_is_done_to_what_has_changed_and_it_is_said_what_has(
    served: Served, move: Move, what: str
) -> None:
    seen = tag(served, move)
    modified = act(served, "ben", move, "modify", wall(served.acme, 4), seen=seen)
    assert modified.status == 200
    bodies = {"modify": wall(served.acme, 5), "cancel": {"reason": "no"}}
    who = "ana" if what == "withdraw" else "ben"
    before = pages(served.acme)
    answer = act(served, who, move, what, bodies.get(what), seen=seen)
    assert (answer.status, answer.code) == (412, "move.seen_changed")
    assert "Date of a move modified by Ben" in answer.detail
    assert pages(served.acme) == before
    assert modified.headers["etag"] == tag(served, move) != seen


@pytest.mark.parametrize(
    "seen", ['"1.sha256:' + "0" * 64 + '"', '"x"', 'W/"x"', "," * 50, '"' + "9" * 18 + ".x"]
)
def test_what_was_never_a_version_of_it_is_refused(served: Served, move: Move, seen: str) -> None:
    answer = act(served, "ben", move, "cancel", {"reason": "no"}, seen=seen)
    assert (answer.status, answer.code) == (412, "move.seen_changed")


def test_what_was_seen_is_validated_by_its_version_alone(served: Served, move: Move) -> None:
    seen = tag(served, move)
    validated = act(served, "ben", move, "validate", seen=f'"other", {seen}')
    assert (validated.status, validated.body["status"]) == (200, "ValidatedMoveToStaging")


def test_a_validation_is_never_of_whatever_it_is_by_now(served: Served, move: Move) -> None:
    refused = act(served, "ben", move, "validate", seen="*")
    assert (refused.status, refused.code) == (428, "move.seen_unsaid")
    digest = {"seen": move.digest}
    assert act(served, "ben", move, "validate", digest, seen="*").status == 200


def test_other_things_may_be_done_to_whatever_it_is_by_now(served: Served, move: Move) -> None:
    assert act(served, "ben", move, "modify", wall(served.acme, 4), seen="*").status == 200
    assert act(served, "ben", move, "cancel", {"reason": "no"}, seen="*").status == 200


def test_who_may_not_hears_that_first(served: Served, move: Move) -> None:
    answer = act(served, "eve", move, "cancel", {"reason": "no"}, seen='"x"')
    assert answer.status == 403
