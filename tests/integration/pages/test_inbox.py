"""The inbox: what waits, read one by one or at once, and how much is unread on every page."""

import pytest

from browsing import Browser, Browsers, Form, Page
from journeys import to_staging
from liftlock.domain.audit_events import Tag
from liftlock.services import notifications


def tell_ben(browsers: Browsers, count: int) -> None:
    acme, tag = browsers.served.acme, Tag.POLICY_SUBMITTED
    with acme.books.transaction() as tx:
        for number in range(1, count + 1):
            said = f"Version {number}."
            notifications.tell_of_policy(tx, tag, acme.staging, "files", said, to=acme.ben.id)


def messages(page: Page) -> list[Form]:
    """Return the form of each message on a page."""
    every = [form for form in page.forms if form.action.endswith("/read")]
    return [form for form in every if form.action != "/inbox/read"]


def unread(browser: Browser) -> int:
    """Return what the navigation says, on whatever page."""
    html = browser.page.html
    found = html.partition('href="/inbox"')[2].partition("</a>")[0]
    number = found.partition('class="badge">')[2].partition("<")[0]
    return int(number.replace(",", "")) if number else 0


def test_an_empty_inbox_says_what_will_come(browsers: Browsers) -> None:
    page = browsers.of("pat").open("/inbox")
    assert page.status == 200
    assert "No message yet" in page.text
    assert not page.has_form("/inbox/read")


def test_a_waiting_proposal_is_in_the_inbox_and_leads_to_its_page(browsers: Browsers) -> None:
    move = to_staging(browsers.served.acme)
    ben = browsers.of("ben")
    assert unread(ben) == 1
    page = ben.open("/inbox")
    assert f"Move to Staging {move.id} waits for a validation" in page.text
    assert "Ana scheduled it for" in page.text
    (form,) = messages(page)
    assert ben.send_form(form).url == f"/moves/{move.id}"
    _ = ben.open("/inbox")
    assert unread(ben) == 0
    assert not ben.page.has_form("/inbox/read")


def test_all_is_marked_as_read_at_once_but_what_came_meanwhile(browsers: Browsers) -> None:
    tell_ben(browsers, 3)
    ben = browsers.of("ben")
    assert ben.open("/inbox").text.count("waits for an approval") >= 3
    tell_ben(browsers, 1)
    page = ben.send("/inbox/read")
    assert "Everything is marked as read." in page.text
    assert unread(ben) == 1


def test_many_messages_are_shown_a_page_at_a_time(browsers: Browsers) -> None:
    tell_ben(browsers, 65)
    ben = browsers.of("ben")
    seen: list[str] = []
    page = ben.open("/inbox")
    while True:
        seen += [form.action for form in messages(page)]
        earlier = [address for text, address in page.links if text == "Earlier"]
        if not earlier:
            break
        page = ben.open(earlier[0])
        assert not page.has_form("/inbox/read")  # "all" would be more than is seen
    assert len(seen) == len(set(seen)) == 65
    assert unread(ben) == 65
    assert "This is the end of your inbox" in ben.open("/inbox?before=1").text


def test_somebody_elses_message_is_not_found_and_stays_unread(browsers: Browsers) -> None:
    tell_ben(browsers, 1)
    ben, ana = browsers.of("ben"), browsers.of("ana")
    form = messages(ben.open("/inbox"))[0]
    own = next(f for f in ana.open("/inbox").forms if "csrf" in dict(f.fields))
    form.fields = own.fields
    assert ana.send_form(form).status == 404
    _ = ben.open("/inbox")
    assert unread(ben) == 1


@pytest.mark.parametrize("up_to", ["", "-1", "1e9", "9" * 40, "\N{ARABIC-INDIC DIGIT ONE}", "drop"])
def test_nonsense_in_the_form_marks_nothing(browsers: Browsers, up_to: str) -> None:
    tell_ben(browsers, 1)
    ben = browsers.of("ben")
    _ = ben.open("/inbox")
    assert ben.send("/inbox/read", up_to=up_to).status == 200
    assert unread(ben) == 1


@pytest.mark.parametrize("address", ["/inbox?before=0", "/inbox?before=x", "/inbox/x"])
def test_an_address_that_cannot_be_is_not_served(browsers: Browsers, address: str) -> None:
    assert browsers.of("ben").open(address).status == 404


def test_what_people_wrote_is_text_and_never_markup(browsers: Browsers) -> None:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        said = "<script>alert(1)</script> \u202eevil 🚀"
        notifications.tell_of_policy(
            tx, Tag.POLICY_SUBMITTED, acme.staging, "files", said, to=acme.ben.id
        )
    page = browsers.of("ben").open("/inbox")
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.text


def test_an_operator_has_an_inbox_without_having_chosen_an_organisation(
    browsers: Browsers,
) -> None:
    assert browsers.of("operator").open("/inbox").status == 200
