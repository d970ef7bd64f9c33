from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders import a_person
from liftlock.domain.passwords import (
    LEAST_LETTERS,
    MOST_LETTERS,
    PasswordTooLong,
    PasswordTooPlain,
    PasswordTooShort,
    plain,
    why_bad,
)
from liftlock.domain.people import PersonId
from liftlock.domain.sessions import Lifetime, Session, SessionId
from liftlock.domain.sign_ins import WITHIN, too_many

NOW = datetime(2026, 5, 29, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PASTS = st.lists(st.timedeltas(timedelta(), 2 * WITHIN), max_size=12)


def test_the_fifth_wrong_try_in_a_quarter_of_an_hour_is_one_too_many() -> None:
    tries = [NOW - 3 * MINUTE] * 4
    assert too_many(tries, 5, NOW) is None
    refusal = too_many([*tries, NOW], 5, NOW)
    assert refusal is not None
    assert refusal.fields["minutes"] == 12


@given(PASTS, st.integers(1, 6))
def test_after_the_minutes_that_were_said_one_may_try_again(
    pasts: list[timedelta], most: int
) -> None:
    tries = [NOW - past for past in pasts]
    refusal = too_many(tries, most, NOW)
    lately = sum(past < WITHIN for past in pasts)
    assert (refusal is not None) == (lately >= most)
    if refusal is not None:
        minutes = refusal.fields["minutes"]
        assert isinstance(minutes, int)
        assert minutes >= 1
        assert too_many(tries, most, NOW + minutes * MINUTE) is None


def test_a_password_is_long_enough_and_not_what_others_try_first() -> None:
    ana = a_person()
    assert why_bad(ana, "twelve long!") is None
    assert isinstance(why_bad(ana, "x" * (LEAST_LETTERS - 1)), PasswordTooShort)
    assert isinstance(why_bad(ana, "abcd" * MOST_LETTERS), PasswordTooLong)
    assert isinstance(why_bad(ana, "121212121212"), PasswordTooPlain)
    long = replace(ana, login="ana.longname@acme")
    assert isinstance(why_bad(long, "Ana.Longname@ACME"), PasswordTooPlain)


def test_a_password_is_the_same_however_a_keyboard_composed_it() -> None:
    assert plain("é") == plain("e\u0301")


def test_a_session_ends_when_idle_and_in_any_case() -> None:
    lifetime = Lifetime(idle=timedelta(hours=2), whole=timedelta(hours=24))

    def session(begun: timedelta, seen: timedelta) -> Session:
        return Session(
            id=SessionId(1),
            person=PersonId(1),
            must_set_password=False,
            organisation=None,
            browser="",
            address="",
            begun_at=NOW - begun,
            seen_at=NOW - seen,
        )

    hour = timedelta(hours=1)
    assert not session(3 * hour, hour).is_over(NOW, lifetime)
    assert session(3 * hour, 2 * hour).is_over(NOW, lifetime)
    assert session(24 * hour, timedelta()).is_over(NOW, lifetime)
    assert session(3 * hour, hour).ends_at(lifetime) == NOW + hour
    assert session(23 * hour, timedelta()).ends_at(lifetime) == NOW + hour
