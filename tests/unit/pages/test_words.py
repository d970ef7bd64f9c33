from datetime import UTC, datetime, timedelta

import pytest

from builders import a_move
from liftlock.domain.statuses import MoveKind, State
from liftlock.web.pages.frame import TEMPLATES

NOW = datetime(2026, 5, 29, 18, 0, tzinfo=UTC)
PARIS = "Europe/Paris"


def written(expression: str, **context: object) -> str:
    return TEMPLATES.from_string("{{ " + expression + " }}").render(
        {"zone": PARIS, "now": NOW} | context
    )


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 5, 29, 20, 0, tzinfo=UTC), "Friday, May 29 at 22:00"),
        (datetime(2027, 1, 4, 8, 5, tzinfo=UTC), "Monday, January 4, 2027 at 09:05"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sunday, October 25 at 02:30 (UTC+02:00)"),
    ],
)
def test_times_are_written_in_the_platforms_zone(at: datetime, said: str) -> None:
    assert written("at|plain_when", at=at) == said
    html = written("at|when", at=at)
    assert html == f'<time datetime="{at.isoformat(timespec="seconds")}">{said}</time>'


def test_a_time_cannot_be_written_without_the_platforms_zone() -> None:
    with pytest.raises(KeyError):
        _ = TEMPLATES.from_string("{{ at|when }}").render(at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("kind", "state", "is_stale", "said"),
    [
        (MoveKind.MOVE_TO_STAGING, State.PROPOSED, False, "proposed"),
        (MoveKind.MOVE_TO_STAGING, State.PROPOSED, True, "proposed"),
        (MoveKind.MOVE_TO_STAGING, State.VALIDATED, True, "stale"),
        (MoveKind.MOVE_TO_PRODUCTION, State.PROPOSED, True, "outdated"),
        (MoveKind.DOWN_ALIGN, State.VALIDATED, True, "validated"),
        (MoveKind.MOVE_TO_STAGING, State.RUNNING, True, "running"),
        (MoveKind.MOVE_TO_STAGING, State.EXPIRED, True, "expired"),
    ],
)
def test_only_what_was_validated_has_a_stale_validation(
    kind: MoveKind, state: State, said: str, *, is_stale: bool
) -> None:
    move = a_move(kind, state, changed=("module crm is gone",) if is_stale else ())
    assert written("move|standing", move=move) == said


def test_short_times() -> None:
    assert ">May 29, 20:00<" in written("at|moment", at=NOW)
    assert ">May 29, 2025, 20:00<" in written("at|moment", at=NOW.replace(year=2025))
    assert ">20:00<" in written("at|clock", at=NOW)
    assert written("at|day", at=NOW) == "Friday, May 29"
    assert written("at|day", at=NOW.date().replace(year=2027)) == "Saturday, May 29, 2027"
    assert written("at|offset", at=NOW) == "Europe/Paris (UTC+02:00)"


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=5), "5 s ago"),
        (timedelta(minutes=3, seconds=59), "3 min ago"),
        (timedelta(hours=5, minutes=5), "5 h 05 min ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(minutes=-3), "in 3 min"),
    ],
)
def test_how_long_it_is_past(past: timedelta, said: str) -> None:
    assert written("at|ago", at=NOW - past) == said


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0|size", "0 bytes"),
        ("1023|size", "1023 bytes"),
        ("1024|size", "1.0 KiB"),
        ("41017278464|size", "38.2 GiB"),
        ("12000|count", "12,000"),
        ("('sha256:' ~ 'ab' * 32)|digest", "ababababABAB".lower()),
        ("1|many('module')", "1 module"),
        ("3|many('module')", "3 modules"),
        ("2|many('person', 'people')", "2 people"),
        ("'Ada Lovelace'|initials", "AL"),
        ("'Ada'|initials", "A"),
        ("' '|initials", "?"),
    ],
)
def test_numbers_and_names(expression: str, said: str) -> None:
    assert written(expression) == said


def test_what_people_typed_is_escaped() -> None:
    assert written("x", x="<script>") == "&lt;script&gt;"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/143.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("curl/8", "Another program"),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, said: str) -> None:
    assert written("agent|browser", agent=agent) == said
