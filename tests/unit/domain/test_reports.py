"""Reports: what steps have left is read back, and what an older release left out is not there."""

from datetime import timedelta

from builders import installed
from liftlock.domain.reports import Facts, report
from past_moves import FACTS


def module_facts(code: str, version: str) -> Facts:
    module = installed(code, version)
    return {"code": module.code, "version": module.version, "digest": module.digest}


def test_everything_that_the_steps_left_is_shown() -> None:
    found = report(FACTS)
    assert found.copied is not None
    assert (found.copied.rows, found.copied.held_for) == (1_234_567, timedelta(seconds=95))
    assert found.masking is not None
    assert [column.column for column in found.masking.columns] == ["base.customers.email"]
    assert [(o.what, o.count) for o in found.masking.large_objects] == [("customers", 17)]
    assert [(p.what, p.handling) for p in found.masking.paths] == [("attachments/**", "leave_out")]
    assert found.preserved is not None
    assert found.preserved.rows == (("systemdb", "base.settings", 2),)
    assert [session.count for session in found.sessions] == [2]
    assert (found.checks, found.is_empty) == (4, False)


def test_the_masking_is_of_what_went_live_else_of_the_copy() -> None:
    verified: Facts = {"columns": [], "rows": 5, "survivors_total": 0}
    only_verified = report({"verify": verified}).masking
    assert only_verified is not None
    assert only_verified.rows == 5
    both = report({"verify": verified, "preserve": FACTS["preserve"]}).masking
    assert both is not None
    assert both.rows == 1_234_567


def test_nothing_left_is_nothing_shown() -> None:
    found = report({})
    assert found.is_empty
    assert (found.copied, found.masking, found.checks, found.lost) == (None, None, None, ())


def test_facts_of_another_form_are_passed_over() -> None:
    found = report({"copy_and_mask": {"rows": "many"}, "drain": {"sessions_ended": "none"}})
    assert found.copied is not None
    assert (found.copied.rows, found.copied.taken_at, found.sessions) == (0, None, ())


def test_what_the_target_has_no_longer_is_lost() -> None:
    base, crm = installed("base", "1.0"), installed("crm", "2.0")
    before: Facts = {
        "modules": {m.code: f"{m.version} {m.digest}" for m in (base, crm)},
    }
    after: Facts = {"modules": [dict(module_facts("base", "1.0"))]}
    assert report({"before": before, "attest": after}).lost == (crm,)
    assert report({"before": before}).lost == ()
