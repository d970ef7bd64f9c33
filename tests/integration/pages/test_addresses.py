"""Addresses that only forms are sent to: opened by hand, they lead to the page above."""

import pytest

from browsing import Browsers
from journeys import begin, to_staging, validate
from liftlock.web import console


def test_every_address_that_forms_are_sent_to_leads_to_its_page(
    browsers: Browsers, subtests: pytest.Subtests
) -> None:
    move = to_staging(browsers.served.acme)
    dora, operator = browsers.of("dora"), browsers.of("operator")
    names = {
        "move": move.id, "repository": "systemdb", "code": "acme", "login": "ana@acme", "freeze": 1,
        "maintenance": 1, "session": 1, "notification": 1, "key": 1,
    }  # fmt: skip
    assert "/calendar/maintenance" in console.only_sent_to()
    for path in console.only_sent_to():
        with subtests.test(path):
            address = path.format(**names)
            of_operators = ("/operators", "/organisations")
            opened = (operator if address.startswith(of_operators) else dora).open(address)
            assert opened.status not in {404, 405}
            assert address.startswith(opened.url.rstrip("/") + "/")


def test_a_proposal_that_was_not_validated_can_be_opened_again(browsers: Browsers) -> None:
    acme, ben = browsers.served.acme, browsers.of("ben")
    move = to_staging(acme)
    _ = ben.open("/staging/move-to-production")
    _ = validate(acme, move)
    refused = ben.send(f"/moves/{move.id}/validate")
    assert (refused.status, refused.url) == (422, f"/moves/{move.id}/validate")
    again = ben.open(refused.url)
    assert (again.status, again.url) == (200, f"/moves/{move.id}")


def test_a_form_that_comes_too_late_leads_to_the_move(browsers: Browsers) -> None:
    acme, ana = browsers.served.acme, browsers.of("ana")
    move = to_staging(acme)
    _ = validate(acme, move)
    _ = begin(acme)
    late = ana.open(f"/moves/{move.id}/withdraw")
    assert late.status == 409
    assert ("See the move", f"/moves/{move.id}") in late.links
    missing = ana.open("/moves/999999/withdraw")
    assert (missing.status, "See the move" in missing.text) == (404, False)
