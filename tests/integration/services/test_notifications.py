"""Who is told what: whoever must act or is concerned, each once, and never what they did."""

from datetime import timedelta

import pytest

from acme_books import Acme
from journeys import begin, down_align, end, moved_to_staging, now, to_production, to_staging
from journeys import validate as validated
from liftlock.domain.moves import Move
from liftlock.domain.notifications import NotificationId, NotificationNotFound
from liftlock.domain.resolutions import How
from liftlock.domain.statuses import Cause, State
from liftlock.services import moves, notifications, organisations, policies, runs
from liftlock.services.slots import At

EVERYBODY = ("operator", "ana", "ben", "cem", "dora", "eve", "pat")


def told(acme: Acme, title: str) -> dict[str, str]:
    """Return who was told something with this title, and what it said."""
    found: dict[str, str] = {}
    with acme.books.transaction() as tx:
        for name in EVERYBODY:
            every = notifications.list_all(tx, getattr(acme, name))
            said = [told.said for told in every if told.title == title]
            assert len(said) <= 1, (name, said)
            if said:
                found[name] = said[0]
    return found


def in_two_days(acme: Acme, hour: int = 9) -> At:
    with acme.books.transaction() as tx:
        return At(day=(tx.now + timedelta(days=2)).date(), hour=hour, minute=0)


def test_a_proposal_is_told_to_those_who_could_validate_it(acme: Acme) -> None:
    move = to_staging(acme)
    found = told(acme, f"Move to Staging {move.id} waits for a validation")
    assert set(found) == {"ben", "dora"}
    assert found["ben"].startswith("Ana scheduled it for ")


def test_a_down_align_is_told_to_the_others_of_development(acme: Acme) -> None:
    move = down_align(acme)
    assert set(told(acme, f"Down Align {move.id} is scheduled")) == {"dora"}


def test_a_validation_is_told_to_the_proposer_and_the_others_who_could_have(acme: Acme) -> None:
    move = validated(acme, to_staging(acme, in_two_days(acme)))
    found = told(acme, f"Move to Staging {move.id} is validated")
    assert set(found) == {"ana", "dora"}
    assert found["ana"].startswith("Ben validated it. It begins by itself on ")


def test_another_date_is_told_to_the_proposer_who_may_withdraw_and_to_other_validators(
    acme: Acme,
) -> None:
    move = to_staging(acme, in_two_days(acme))
    with acme.books.transaction() as tx:
        _ = moves.modify_date(tx, acme.ben, move.id, in_two_days(acme, 15))
    found = told(acme, f"Move to Staging {move.id} has another date")
    assert found["ana"].endswith("at 15:00. You may withdraw it.")
    assert found["dora"].endswith("at 15:00. It waits for a validation.")
    assert set(found) == {"ana", "dora"}


def test_with_four_eyes_another_date_names_who_does_not_validate(acme: Acme) -> None:
    with acme.books.transaction() as tx:
        _ = organisations.change(tx, acme.operator, acme.organisation.id, four_eyes=True)
    move = to_staging(acme, in_two_days(acme))
    with acme.books.transaction() as tx:
        _ = moves.modify_date(tx, acme.ben, move.id, in_two_days(acme, 15))
    found = told(acme, f"Move to Staging {move.id} has another date")
    assert found["dora"].endswith("It waits for a validation by somebody else than Ben.")


def test_a_cancellation_is_told_with_its_reason(acme: Acme) -> None:
    move = to_staging(acme)
    with acme.books.transaction() as tx:
        _ = moves.cancel(tx, acme.ben, move.id, "not this week")
    found = told(acme, f"Move to Staging {move.id} is canceled")
    assert found == dict.fromkeys(("ana", "dora"), "Ben canceled it: not this week")


def test_a_withdrawal_is_told_to_the_target_and_whoever_validated(acme: Acme) -> None:
    move = validated(acme, to_staging(acme, in_two_days(acme)))
    with acme.books.transaction() as tx:
        _ = moves.withdraw(tx, acme.dora, move.id)
    found = told(acme, f"Move to Staging {move.id} is withdrawn")
    assert set(found) == {"ana", "ben"}


@pytest.mark.parametrize(
    ("state", "happened"),
    [
        (State.COMPLETED, "is completed"),
        (State.FAILED, "failed"),
        (State.ERRORED, "needs a person"),
    ],
)
def test_begin_and_end_are_told_to_everybody_concerned(
    acme: Acme, state: State, happened: str
) -> None:
    move = validated(acme, to_staging(acme))
    assert begin(acme)
    assert set(told(acme, f"Move to Staging {move.id} has begun")) == {"ana", "ben", "dora"}
    _ = end(acme, move, state)
    assert set(told(acme, f"Move to Staging {move.id} {happened}")) == {"ana", "ben", "dora"}


def test_who_vouched_for_stagings_test_is_told_what_became_of_it(own_acme: Acme) -> None:
    acme = own_acme
    _ = moved_to_staging(acme)
    move = validated(acme, to_production(acme))
    found = told(acme, f"Move to Production {move.id} is validated")
    assert set(found) == {"ben", "dora"}


def errored(acme: Acme) -> Move:
    move = down_align(acme)
    assert begin(acme)
    with acme.books.transaction() as tx:
        return runs.end(tx, move.id, State.ERRORED, cause=Cause.BROKE, said="It broke.")


def test_a_stop_and_a_repair_are_told(acme: Acme) -> None:
    move = down_align(acme)
    assert begin(acme)
    with acme.books.transaction() as tx:
        _ = moves.stop(tx, acme.dora, move.id)
        _ = moves.stop(tx, acme.dora, move.id)
    assert set(told(acme, f"Down Align {move.id} is being stopped")) == {"ana"}
    with acme.books.transaction() as tx:
        _ = runs.end(tx, move.id, State.ERRORED, cause=Cause.BROKE, said="It broke.")
        _ = moves.resolve(tx, acme.dora, move.id, How.MARK_AS_REPAIRED, "by hand")
    found = told(acme, f"Down Align {move.id} is resolved")
    assert found == {"ana": "Dora marked it as repaired: by hand"}


def test_a_put_back_is_told_whichever_way_it_goes(acme: Acme) -> None:
    move = errored(acme)
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.dora, move.id, How.PUT_BACK_AGAIN)
        _ = runs.end_put_back(tx, move.id, succeeded=False, said="It broke again.")
    failed = told(acme, f"Down Align {move.id} could not be put back")
    assert set(failed) == {"ana", "dora"}
    with acme.books.transaction() as tx:
        _ = moves.resolve(tx, acme.dora, move.id, How.PUT_BACK_AGAIN)
        _ = runs.end_put_back(tx, move.id, succeeded=True, said="")
    assert now(acme, move).resolved
    assert set(told(acme, f"Down Align {move.id} is resolved")) == {"ana", "dora"}


def test_a_policy_waits_for_productions_and_its_author_hears_of_the_approval(acme: Acme) -> None:
    document = 'repository = "customers"\n'
    with acme.books.transaction() as tx:
        submitted = policies.submit(tx, acme.ana, acme.organisation.id, document)
    found = told(acme, "Masking policy customers waits for an approval")
    assert set(found) == {"cem", "dora"}
    assert found["cem"].startswith("Ana submitted version 1.")
    with acme.books.transaction() as tx:
        waiting = notifications.list_all(tx, acme.cem)[0]
        assert waiting.page == "/policies/customers"
        _ = policies.approve(tx, acme.cem, acme.organisation.id, "customers", submitted.version)
    assert told(acme, "Masking policy customers is in force") == {"ana": "Cem approved version 1."}


def test_what_was_read_stays_read_and_what_came_later_is_unread(acme: Acme) -> None:
    first = to_staging(acme, in_two_days(acme))
    with acme.books.transaction() as tx:
        (shown,) = [n for n in notifications.list_all(tx, acme.ben) if n.move == first.id]
    second = to_staging(acme, in_two_days(acme, 15))
    with acme.books.transaction() as tx:
        before = notifications.unread(tx, acme.ben)
        assert notifications.read_all(tx, acme.ben, shown.id) == before - 1
        assert notifications.unread(tx, acme.ben) == 1
        latest = notifications.list_all(tx, acme.ben, at_most=1)[0]
        assert (latest.move, latest.read_at) == (second.id, None)
        read = notifications.read(tx, acme.ben, latest.id)
        assert notifications.unread(tx, acme.ben) == 0
    with acme.later(timedelta(hours=1)) as tx:
        assert notifications.read(tx, acme.ben, latest.id) == read
        earlier = notifications.list_all(tx, acme.ben, before=latest.id, at_most=1)
        assert [n.id for n in earlier] == [shown.id]


def test_another_persons_message_is_not_found(acme: Acme) -> None:
    _ = to_staging(acme)
    with acme.books.transaction() as tx:
        of_ben = notifications.list_all(tx, acme.ben)[0]
    for who, id_ in ((acme.ana, of_ben.id), (acme.ben, NotificationId(4711))):
        with pytest.raises(NotificationNotFound), acme.books.transaction() as tx:
            _ = notifications.read(tx, who, id_)
    with acme.books.transaction() as tx:
        assert notifications.read_all(tx, acme.dora, of_ben.id) <= 1
        assert notifications.unread(tx, acme.ben) > 0
