"""What people are told, where its link leads, and how its mail is written and tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, a_move
from liftlock.domain.audit_events import Tag
from liftlock.domain.mailings import GIVEN_UP_AFTER, LONGEST_PAUSE, Mailing
from liftlock.domain.moves import MoveId
from liftlock.domain.notifications import (
    NotificationId,
    page_about,
    title_of_move,
    title_of_policy,
)
from liftlock.domain.statuses import MoveKind, State

MAILING = Mailing(
    notification=NotificationId(41),
    address="ben@acme.example",
    organisation="Acme",
    title="Move to Staging 7 waits for a validation",
    said="Ana scheduled it for Friday, May 29 at 22:00.",
    page="/moves/7",
    zone="Europe/Paris",
    installation="l1abcd",
    told_at=NOON,
    tries=0,
)


@pytest.mark.parametrize(
    ("tag", "state", "title"),
    [
        (Tag.MOVE_PROPOSED, State.PROPOSED, "Move to Staging 7 waits for a validation"),
        (Tag.MOVE_EXPIRY_NEARED, State.PROPOSED, "Move to Staging 7 is about to expire"),
        (Tag.MOVE_ENDED, State.COMPLETED, "Move to Staging 7 is completed"),
        (Tag.MOVE_ENDED, State.FAILED, "Move to Staging 7 failed"),
        (Tag.MOVE_ENDED, State.ERRORED, "Move to Staging 7 needs a person"),
    ],
)
def test_the_title_says_what_has_happened(tag: Tag, state: State, title: str) -> None:
    assert title_of_move(tag, a_move(state=state)) == title


def test_nobody_validates_a_down_align() -> None:
    move = a_move(MoveKind.DOWN_ALIGN, State.VALIDATED)
    assert title_of_move(Tag.MOVE_PROPOSED, move) == "Down Align 7 is scheduled"


def test_a_link_leads_to_what_the_message_is_about() -> None:
    assert page_about(MoveId(7), None) == "/moves/7"
    assert page_about(None, "customers") == "/policies/customers"
    assert page_about(None, None) == "/inbox"
    said = title_of_policy(Tag.POLICY_SUBMITTED, "customers")
    assert said == "Masking policy customers waits for an approval"


def test_a_mail_says_what_the_inbox_says_with_a_link_to_the_page() -> None:
    text = MAILING.text("https://liftlock.acme.example/")
    assert MAILING.said in text
    assert "\nhttps://liftlock.acme.example/moves/7\n" in text
    assert "Times are those of Europe/Paris" in text


def test_a_subject_is_one_line_whatever_the_organisation_is_called() -> None:
    nasty = replace(MAILING, organisation="Acme\r\nBcc: eve@acme.example")
    assert nasty.subject == (
        "[Acme Bcc: eve@acme.example] Move to Staging 7 waits for a validation"
    )


def test_each_try_in_vain_makes_the_next_pause_longer_up_to_a_quarter_of_an_hour() -> None:
    pauses = [replace(MAILING, tries=tries).next_try_at(NOON) - NOON for tries in range(100)]
    assert pauses[:4] == [timedelta(seconds=s) for s in (10, 20, 40, 80)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_after_three_days_nobody_is_helped_by_it() -> None:
    assert not MAILING.is_too_old(NOON + GIVEN_UP_AFTER - timedelta(seconds=1))
    assert MAILING.is_too_old(NOON + GIVEN_UP_AFTER)
