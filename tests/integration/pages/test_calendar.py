"""The organisation's calendar: maintenance and freezes, entered by those who may."""

import re
from datetime import date, datetime, time, timedelta
from html import unescape

from acme_books import Acme
from browsing import Browsers
from journeys import to_staging
from liftlock.domain.wall_times import instants
from liftlock.services import freezes, slots
from liftlock.services.slots import At


def in_days(acme: Acme, days: int) -> date:
    with acme.books.transaction() as tx:
        return (tx.now + timedelta(days=days)).date()


def test_maintenance_is_booked_seen_and_canceled(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    day = str(in_days(acme, 2))
    _ = ben.open("/calendar")
    booked = ben.send(
        "/calendar/maintenance", from_day=day, from_hour="6", hours="3", reason="New disks"
    )
    assert booked.url == "/calendar"
    assert "Maintenance of Staging is booked for" in booked.text
    assert "New disks" in booked.text
    seen = browsers.of("ana").open(f"/development/move-to-staging/schedule?day={day}&hour=7")
    assert "Maintenance (New disks), booked by Ben" in seen.text
    assert "This time is taken" in seen.text
    _ = ben.open("/calendar")
    action = next(f.action for f in ben.page.forms if f.action.endswith("/cancel"))
    assert "None is booked." in ben.send(action).text


def test_what_is_typed_stays_when_maintenance_is_refused(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    _ = ben.open("/calendar")
    yesterday = str(in_days(acme, -1))
    refused = ben.send("/calendar/maintenance", from_day=yesterday, hours="6", reason="New disks")
    assert refused.status == 422
    assert "is past" in refused.text
    form = refused.form("/calendar/maintenance")
    assert (form.value("from_day"), form.value("hours")) == (yesterday, "6")
    assert form.value("reason") == "New disks"
    for wrong in ({"reason": " "}, {"from_day": ""}, {"from_hour": "31"}, {"environment": "moon"}):
        _ = ben.open("/calendar")
        given = {"from_day": str(in_days(acme, 2)), "reason": "x"} | wrong
        assert ben.send("/calendar/maintenance", **given).status == 422, wrong


def test_a_freeze_names_the_moves_that_it_is_laid_over(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    day = in_days(acme, 3)
    move = to_staging(acme, At(day=day, hour=10, minute=0))
    _ = ben.open("/calendar")
    entered = ben.send(
        "/calendar/freezes", from_day=str(day), from_hour="8", to_day=str(day), to_hour="20",
        reason="Month-end closing",
    )  # fmt: skip
    assert f"It lies over Move to Staging {move.id}" in entered.text
    assert "Month-end closing" in entered.text
    free = browsers.of("ana").open(f"/development/move-to-staging/schedule?day={day}&hour=17")
    assert "A freeze (Month-end closing), entered by Ben" in free.text
    assert "This time is frozen" in free.text
    _ = ben.open("/calendar")
    action = next(f.action for f in ben.page.forms if f.action.endswith("/end"))
    assert "None is entered." in ben.send(action).text


def test_a_freeze_that_ends_first_is_refused_with_what_was_typed(browsers: Browsers) -> None:
    acme, dora = browsers.served.acme, browsers.of("dora")
    _ = dora.open("/calendar")
    first, second = str(in_days(acme, 3)), str(in_days(acme, 4))
    refused = dora.send("/calendar/freezes", from_day=second, to_day=first, reason="Audit")
    assert refused.status == 422
    assert refused.form("/calendar/freezes").value("from_day") == second


def test_only_those_who_may_are_offered_the_forms(browsers: Browsers) -> None:
    assert not [f for f in browsers.of("eve").open("/calendar").forms if "/calendar/" in f.action]
    ben = browsers.of("ben").open("/calendar")
    choices = [
        value for name, value in ben.form("/calendar/freezes").fields if name == "environment"
    ]
    assert choices == ["staging"]
    refused = browsers.of("eve").open("/calendar?day=nonsense")
    assert refused.status == 422


def test_the_calendar_shows_other_months_and_days(browsers: Browsers) -> None:
    acme, eve = browsers.served.acme, browsers.of("eve")
    day = in_days(acme, 40)
    page = eve.open(f"/calendar?month={day:%Y-%m}&day={day}")
    assert f"{day:%B %Y}" in page.text


def twice_ahead(acme: Acme) -> datetime:
    """Let the platform's clocks be set back within the year; return a time that they show twice."""
    with acme.books.transaction() as tx:
        zone, wall = next(
            (zone, wall)
            for days in range(2, 300)
            for zone in ("Europe/Paris", "Australia/Sydney")
            for wall in [datetime.combine(tx.now.date() + timedelta(days=days), time(2, 30))]
            if len(instants(wall, zone)) > 1
        )
        _ = tx.connection.execute("UPDATE installations SET zone = %s", [zone])
    return wall


def test_maintenance_in_the_hour_that_comes_twice_is_asked_about(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    wall = twice_ahead(acme)
    _ = ben.open("/calendar")
    when = {"from_day": str(wall.date()), "from_hour": "2", "from_minute": "30"}
    asked = ben.send("/calendar/maintenance", **when, reason="New disks")
    assert asked.status == 422
    assert "The clocks show this time twice on that day. Which one?" in asked.text
    assert "fold" not in asked.text
    second = ben.send("/calendar/maintenance", from_fold="1")
    assert second.url == "/calendar"
    with acme.books.transaction() as tx:
        booked = slots.list_maintenance(tx, acme.eve, acme.organisation.id)[0].slot
        zone = slots.zone(tx)
    assert (booked.wall, booked.interval.begin) == (wall, instants(wall, zone)[1])


def test_a_freeze_in_the_hour_that_comes_twice_is_asked_about(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    wall = twice_ahead(acme)
    day = str(wall.date())
    _ = ben.open("/calendar")
    asked = ben.send(
        "/calendar/freezes", from_day=day, from_hour="2", from_minute="30", to_day=day,
        to_hour="9", reason="Closing",
    )  # fmt: skip
    assert asked.status == 422
    assert "Which one?" in asked.text
    assert ben.send("/calendar/freezes", from_fold="1").url == "/calendar"
    with acme.books.transaction() as tx:
        entered = freezes.list_all(tx, acme.eve, acme.organisation.id)[0].freeze
    assert entered.interval.begin == instants(wall, entered.zone)[1]


def test_maintenance_is_booked_at_a_free_time_that_a_refusal_offers(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    day = in_days(acme, 3)
    _ = to_staging(acme, At(day=day, hour=9, minute=0))
    _ = ben.open("/calendar")
    when = {"from_day": str(day), "from_hour": "9", "from_minute": "0"}
    refused = ben.send("/calendar/maintenance", **when, hours="2", reason="New disks")
    assert refused.status == 422
    assert "Book it at a free time instead" in refused.text
    form = refused.form("/calendar/maintenance")
    offered = re.findall(r'formaction="(/calendar/maintenance\?[^"]+)"', refused.html)
    form.action = unescape(offered[0])
    booked = ben.send_form(form)
    assert booked.url == "/calendar"
    assert "Maintenance of Staging is booked for" in booked.text
