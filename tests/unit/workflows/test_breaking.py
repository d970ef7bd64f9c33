"""What each kind of breakage means to a running move."""

import pytest

from liftlock.domain.statuses import Cause
from liftlock.environments.servers import ServerUnreachable
from liftlock.errors import Conflict, Forbidden, Invalid, LiftlockError, NotFound
from liftlock.modules.refusals import CheckSaidNo
from liftlock.workflows.attempts import Patience
from liftlock.workflows.breaking import Stopped, broke
from liftlock.workflows.run import Act, NeverOpened, Report, Run

UNREACHABLE = ServerUnreachable(database="d", label="data", reason="OperationalError")


def work(run: Run) -> Report:
    del run
    return Report(said="done")


STEP = Act(name="swap", work=work)
PATIENT = Act(name="attest", work=work, patient=True)


def an_error(kind: type[LiftlockError]) -> LiftlockError:
    class Refusal(kind):
        code = "test.refusal"
        sentence = "No {reason}."

    return Refusal(reason="room")


def test_what_did_not_answer_is_worth_another_try() -> None:
    assert broke(UNREACHABLE, STEP).may_pass


@pytest.mark.parametrize("kind", [Invalid, Forbidden, NotFound, Conflict])
def test_a_refusal_puts_the_target_back_at_once(kind: type[LiftlockError]) -> None:
    broken = broke(an_error(kind), STEP)
    assert (broken.cause, broken.said, broken.may_pass) == (Cause.BROKE, "No room.", False)


def test_behind_the_point_of_no_return_every_refusal_is_tried_again() -> None:
    assert broke(an_error(Conflict), PATIENT).may_pass


def test_a_stop_and_a_check_that_said_no_have_causes_of_their_own() -> None:
    assert broke(Stopped(), STEP).cause is Cause.STOPPED
    said_no = CheckSaidNo(check="totals", module="acme.crm", where=" in orders")
    assert broke(said_no, STEP).cause is Cause.CHECK_SAID_NO


def test_a_target_that_was_never_opened_can_still_be_put_back() -> None:
    broken = broke(NeverOpened(said="no answer"), PATIENT)
    assert broken.never_opened
    assert not broken.may_pass


@pytest.mark.parametrize("act", [STEP, PATIENT], ids=["before", "behind"])
def test_a_bug_is_never_tried_again_and_its_words_go_nowhere(
    act: Act, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = broke(KeyError("ana@example.org"), act)
    assert not broken.may_pass
    assert "KeyError" in broken.said
    assert "ana@example.org" not in broken.said + capsys.readouterr().out


def test_pauses_grow_up_to_a_longest_one() -> None:
    patience = Patience(first_pause_s=1, longest_pause_s=5)
    assert [patience.pause_s(tried) for tried in range(6)] == [0, 1, 2, 4, 5, 5]
