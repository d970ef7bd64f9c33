"""Undos: who may, what is refused by name, what is shown before, what becomes of other moves."""

from dataclasses import replace
from datetime import timedelta
from typing import LiteralString, cast

import pytest
from psycopg.types.json import Jsonb

from acme_books import Acme
from aligning import quiet
from journeys import begin, end, now, to_production, validate
from liftlock.domain.contents import Scope
from liftlock.domain.environments import Kind
from liftlock.domain.move_refusals import DateIsFixed, MoveNotFound, NotWaiting, OwnProposal
from liftlock.domain.moves import Move, MoveId
from liftlock.domain.prerequisites import DelegatedAdministratorMissing
from liftlock.domain.proposals import NothingTested
from liftlock.domain.restore_points import KEPT_FOR
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.domain.undos import (
    ModulesNewer,
    NothingToGoBackTo,
    NotUndoable,
    OthersFall,
    ReplacedSince,
    RestorePointNotWhole,
    UndoLosses,
    UndoOutdated,
    UndoWaits,
)
from liftlock.environments import restore_points as kept
from liftlock.environments.servers import as_application
from liftlock.identity.who_may import NotAllowed
from liftlock.modules import readback
from liftlock.services import moves, organisations, restore_points, steps, undos
from liftlock.services.slots import Soon
from undoing import completed, place, undo, undone

DATA_ALONE = Scope(systemdb_and_files=False, data=True)
SYSTEM_ALONE = Scope(systemdb_and_files=True, data=False)
DOWN, UP = MoveKind.DOWN_ALIGN, MoveKind.MOVE_TO_STAGING


def preview(acme: Acme, move: Move) -> UndoLosses:
    with acme.books.transaction() as tx:
        return undos.preview(tx, acme.dora, move.id)


def codes(acme: Acme, kind: Kind) -> list[str]:
    return [str(m.code) for m in readback.installed(acme.parts[kind])]


def test_an_undo_of_development_or_staging_is_scheduled_at_once(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, UP)
    booked = undo(acme, move, who=acme.ben)
    assert booked.status == "ScheduledUndo"
    assert (booked.source, booked.target) == (acme.staging.id, acme.staging.id)
    assert booked.digest != replace(booked, content=replace(booked.content, undoing=None)).digest
    with acme.books.transaction() as tx, pytest.raises(NotWaiting):
        _ = moves.validate(tx, acme.ben, booked.id, booked.digest)
    with acme.books.transaction() as tx, pytest.raises(DateIsFixed):
        _ = moves.modify_date(tx, acme.dora, booked.id, Soon())
    with acme.books.transaction() as tx:
        assert moves.withdraw(tx, acme.ben, booked.id).status == "UndoCanceled"
    booked = undo(acme, completed(acme, DOWN), who=acme.ana)
    with acme.books.transaction() as tx:
        canceled = moves.cancel(tx, acme.ana, booked.id, "It was right after all")
    assert (booked.status, canceled.status) == ("ScheduledUndo", "UndoCanceled")


def test_an_undo_of_production_is_proposed_and_validated_by_another(own_acme: Acme) -> None:
    acme = own_acme
    _ = completed(acme, UP)
    move = completed(acme, MoveKind.MOVE_TO_PRODUCTION)
    with acme.books.transaction() as tx:
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=True)
    booked = undo(acme, move, who=acme.cem)
    assert booked.status == "ProposedUndo"
    assert begin(acme) == []
    with pytest.raises(OwnProposal):
        _ = validate(acme, booked, acme.cem)
    assert validate(acme, booked, acme.dora).status == "ScheduledUndo"


def test_only_the_targets_administrators_undo(acme: Acme) -> None:
    move = completed(acme, DOWN)
    try:
        for who in (acme.ben, acme.cem):
            with pytest.raises(DelegatedAdministratorMissing):
                _ = undo(acme, move, who=who)
        for who in (acme.eve, acme.pat):
            with pytest.raises(DelegatedAdministratorMissing):
                _ = undo(acme, move, who=who)
        with pytest.raises(NotAllowed):
            _ = undo(acme, move, who=acme.operator)
        with acme.books.transaction() as tx, pytest.raises(MoveNotFound):
            _ = undos.preview(tx, acme.dora, MoveId(999_999))
    finally:
        kept.drop(place(acme, move)[0], quiet)


def test_a_completed_undo_undoes_the_move_and_what_fell_and_can_be_undone(own_acme: Acme) -> None:
    acme = own_acme
    first, second = completed(acme, UP), completed(acme, UP)
    assert codes(acme, Kind.STAGING) == ["acme.base", "acme.crm"]
    with pytest.raises(OthersFall, match=f"Move to Staging {second.id}"):
        _ = undo(acme, first)
    assert [m.id for m in preview(acme, first).falls] == [second.id]
    booked = undone(acme, first, second)
    assert booked.status == "UndoCompleted"
    assert codes(acme, Kind.STAGING) == ["acme.base"]
    assert [now(acme, m).status for m in (first, second)] == ["StagingUndone"] * 2
    assert {now(acme, m).undone_by for m in (first, second)} == {booked.id}
    with pytest.raises(NotUndoable, match="is StagingUndone"):
        _ = undo(acme, first)
    again = undone(acme, booked)
    assert codes(acme, Kind.STAGING) == ["acme.base", "acme.crm"]
    assert now(acme, booked).status == "UndoUndone"
    assert [now(acme, m).status for m in (first, second)] == ["MovedToStaging"] * 2
    assert now(acme, again).status == "UndoCompleted"


def test_what_an_undo_took_back_does_not_go_to_production(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, UP)
    booked = undone(acme, move)
    with pytest.raises(NothingTested):
        _ = to_production(acme)
    _ = undone(acme, booked)
    assert to_production(acme).status == "ProposedMoveToProduction"


def test_the_restore_points_change_places_in_the_books(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    booked = undone(acme, move)
    with acme.books.transaction() as tx:
        points = restore_points.kept(tx, acme.dora, acme.organisation.id)
    assert [(k.point.move, k.undoable) for k in points] == [(booked.id, True)]
    assert kept.exists(*place(acme, booked))
    assert not kept.exists(*place(acme, move))


def test_without_a_restore_point_nothing_is_undone(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    kept.drop(place(acme, move)[0], quiet)
    with pytest.raises(RestorePointNotWhole, match="does not have its whole restore point"):
        _ = undo(acme, move)
    with acme.books.transaction() as tx:
        restore_points.gone(tx, move.id)
    with pytest.raises(NothingToGoBackTo, match="Retention drops"):
        _ = undo(acme, move)


def test_one_undo_of_an_environment_at_a_time(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    booked = undo(acme, move)
    with pytest.raises(UndoWaits, match=rf"Undo {booked.id} \(ScheduledUndo\)"):
        _ = undo(acme, move)


def test_only_what_was_completed_is_undone(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    failed = undo(acme, move)
    assert [m.id for m in begin(acme)] == [failed.id]
    assert end(acme, failed, State.FAILED).status == "UndoFailed"
    with pytest.raises(NotUndoable, match="is UndoFailed"):
        _ = undo(acme, failed)
    assert now(acme, move).status == "Completed"
    assert undo(acme, move).status == "ScheduledUndo"


def test_a_part_is_not_undone_under_what_replaced_more(own_acme: Acme) -> None:
    acme = own_acme
    part = completed(acme, DOWN, DATA_ALONE)
    whole = completed(acme, DOWN)
    with pytest.raises(ReplacedSince, match=f"Undo Down Align {whole.id} first"):
        _ = undo(acme, part)


def test_parts_beside_each_other_do_not_fall_together(own_acme: Acme) -> None:
    acme = own_acme
    data = completed(acme, DOWN, DATA_ALONE)
    system = completed(acme, DOWN, SYSTEM_ALONE)
    assert preview(acme, data).falls == ()
    assert preview(acme, system).newer == ()
    acme.install(Kind.DEVELOPMENT, acme.push("acme.base", "2.0"))
    assert preview(acme, system).newer == ("customers",)


def test_data_alone_does_not_go_back_behind_the_modules(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN, DATA_ALONE)
    acme.install(Kind.DEVELOPMENT, acme.push("acme.base", "2.0"))
    with pytest.raises(ModulesNewer, match=r"acme\.base 2\.0"):
        _ = undo(acme, move)


def test_the_preview_counts_what_was_written_and_names_modules_and_files(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    parts = acme.parts[Kind.DEVELOPMENT]
    assert preview(acme, move).writes.rows == ()
    with as_application(parts.database("customers")) as connection:
        _ = connection.execute(
            "INSERT INTO base.customers (name, email) SELECT 'x', 'x@y' FROM generate_series(1, 7)"
        )
        _ = connection.execute("UPDATE base.customers SET name = 'y' WHERE id IN (1, 2)")
    two = acme.push("acme.base", "2.0")
    acme.install(Kind.DEVELOPMENT, two)
    _ = (parts.files / "report.txt").write_text("new")
    found = preview(acme, move)
    written = {(w.repository, w.table): w.writes for w in found.writes.rows}
    assert written["customers", "base.customers"] == 9
    assert not found.writes.at_least
    assert [(g.module.code, g.module.version, g.becomes) for g in found.modules] == [
        ("acme.base", "2.0", "1.0")
    ]
    assert "report.txt" in found.files


def test_after_a_reset_of_statistics_the_writes_are_the_least_that_they_can_be(
    own_acme: Acme,
) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    parts = acme.parts[Kind.DEVELOPMENT]
    with as_application(parts.database("customers")) as connection:
        _ = connection.execute("INSERT INTO base.customers (name, email) VALUES ('x', 'x@y')")
    note = {label: dict(each) for label, each in _noted(acme, move).items()}
    note["customers"]["age"] = "another server's life"
    with acme.books.transaction() as tx:
        tx.connection.execute(SET_NOTE, {"note": Jsonb(note), "move": move.id})
    assert preview(acme, move).writes.at_least


def test_an_undo_is_outdated_when_something_was_completed_since(own_acme: Acme) -> None:
    acme = own_acme
    _ = completed(acme, UP)
    move = completed(acme, MoveKind.MOVE_TO_PRODUCTION)
    booked = undo(acme, move, who=acme.cem)
    later = _completed_behind_its_back(acme, move)
    with pytest.raises(UndoOutdated, match=f"Move to Production {later} was completed since"):
        _ = validate(acme, booked, acme.dora)


def test_an_outdated_undo_expires_and_says_so(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    booked = undo(acme, move)
    later = _completed_behind_its_back(acme, move)
    assert begin(acme) == []
    expired = now(acme, booked)
    assert (expired.status, expired.cause) == ("UndoExpired", Cause.STALE)
    assert f"Down Align {later} was completed since" in expired.cause_said


def test_what_an_undo_waits_for_is_not_dropped_meanwhile(own_acme: Acme) -> None:
    acme = own_acme
    move = completed(acme, DOWN)
    booked = undo(acme, move)
    with acme.later(KEPT_FOR + timedelta(hours=1)) as tx:
        assert restore_points.due(tx) == ()
    with acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.dora, booked.id)
    with acme.later(KEPT_FOR + timedelta(hours=1)) as tx:
        assert [point.move for point in restore_points.due(tx)] == [move.id]


SET_NOTE: LiteralString = """
    UPDATE steps SET facts = jsonb_build_object('writes', %(note)s::jsonb)
     WHERE move_id = %(move)s AND name = 'check'
"""
# As if a worker had completed another one meanwhile: the same row again, ended later.
COPY: LiteralString = """
    INSERT INTO moves (organisation_id, kind, state, source_id, source_kind, target_id, target_kind,
                       slot_id, content, submitted_by, submitted_at, validated_by, validated_at,
                       begun_at, ended_at, steps)
    SELECT organisation_id, kind, state, source_id, source_kind, target_id, target_kind,
           %(slot)s, content, submitted_by, submitted_at, validated_by, validated_at, begun_at,
           ended_at + interval '1 second', steps
      FROM moves WHERE id = %(move)s
 RETURNING id
"""
COPY_SLOT: LiteralString = """
    INSERT INTO slots (organisation_id, purpose, person_id, environment_id, slot, zone, wall, soon,
                       live, said, booked_at)
    SELECT organisation_id, purpose, person_id, environment_id, slot, zone, wall, soon, false, said,
           booked_at
      FROM slots WHERE id = (SELECT slot_id FROM moves WHERE id = %(move)s)
 RETURNING id
"""


def _noted(acme: Acme, move: Move) -> dict[str, dict[str, object]]:
    with acme.books.transaction() as tx:
        facts = steps.facts_of(tx, move.id)["check"]
    return cast("dict[str, dict[str, object]]", facts["writes"])


def _completed_behind_its_back(acme: Acme, move: Move) -> int:
    with acme.books.transaction() as tx:
        [(slot,)] = tx.connection.execute(COPY_SLOT, {"move": move.id}).fetchall()
        [(id_,)] = tx.connection.execute(COPY, {"move": move.id, "slot": slot}).fetchall()
    return int(id_)
