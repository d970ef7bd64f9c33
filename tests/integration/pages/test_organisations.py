"""The operator's pages; and the three prerequisites: seen missing, given, gone again."""

import pytest

from browsing import Browser, Browsers
from liftlock.services import organisations


def chosen(browsers: Browsers) -> Browser:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    _ = browser.send("/organisations/acme/choose")
    return browser


def test_an_operator_chooses_an_organisation_and_comes_to_its_overview(
    browsers: Browsers,
) -> None:
    browser = browsers.of("operator")
    assert browser.page.url == "/organisations"
    assert "Choose the organisation" in browser.page.text
    page = browser.send("/organisations/acme/choose")
    assert page.url == "/"
    assert "You look at Acme now." in page.text
    assert "You look at Acme now." not in browser.open("/").text


@pytest.mark.parametrize("name", ["dora", "eve", "pat"])
def test_nobody_else_sees_or_changes_organisations(browsers: Browsers, name: str) -> None:
    browser = browsers.of(name)
    assert browser.open("/organisations").status == 403
    assert browser.open("/organisations/acme").status == 403
    assert browser.open("/operators").status == 403
    token = browser.open("/settings/keys").form("/settings/keys").value("csrf")
    got = browser.http.post("/organisations/acme", data={"csrf": token, "plan": "essential"})
    assert got.status_code in {403, 422}
    got = browser.http.post("/organisations/acme/choose", data={"csrf": token})
    assert got.status_code == 403


def test_each_prerequisite_is_seen_missing_and_given(browsers: Browsers) -> None:
    operator, ana = chosen(browsers), browsers.of("ana")
    for cleared, named in (
        ({"self_service": list[str]()}, "Self-service is not configured for acme"),
        ({"plan": ["essential"]}, "The plan of acme is essential"),
    ):
        _ = operator.open("/organisations/acme")
        assert operator.send("/organisations/acme", **cleared).status == 200
        assert "Missing." in operator.page.text
        page = ana.open("/people")
        assert page.status == 403
        assert "Self-service is not available yet" in page.text
        assert named in page.text
        assert page.text.count("In place.") == 2
        assert "The platform operator can" in page.text
        _ = operator.send("/organisations/acme", self_service="yes", plan="enterprise")
        assert ana.open("/people").status == 200
    _ = operator.open("/people/ana@acme")
    _ = operator.send("/people/ana%40acme", grant=[])
    page = ana.open("/people")
    assert "You are not a Delegated Administrator" in page.text
    _ = operator.send("/people/ana%40acme", grant="development")
    assert ana.open("/people").status == 200


def test_four_eyes_cannot_be_on_while_nobody_else_could_validate(browsers: Browsers) -> None:
    acme = browsers.served.acme
    browser = chosen(browsers)
    page = browser.open("/organisations/acme")
    assert "2 in Staging and 2 in Production" in page.text
    assert browser.send("/organisations/acme", four_eyes="yes").status == 200
    _ = browser.open("/people/ben@acme")
    page = browser.send("/people/ben%40acme", grant=[])
    assert page.status == 422
    assert "Four-eyes cannot be on in acme: fewer than two people" in page.text
    with acme.books.transaction() as tx:
        assert organisations.show(tx, acme.operator, "acme").four_eyes


def test_an_organisation_is_set_up_and_lacks_everything_at_first(browsers: Browsers) -> None:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    page = browser.send("/organisations", title="Umbrella & <b>Söhne</b>", code="umbrella")
    assert page.url == "/organisations/umbrella"
    assert "Umbrella & <b>Söhne</b>" in page.text
    assert page.text.count("Missing.") == 3
    _ = browser.open("/organisations")
    page = browser.send("/organisations", title="Again", code="umbrella")
    assert page.status == 422
    assert "The code umbrella is taken." in page.text
    assert page.form("/organisations").value("title") == "Again"


def test_an_operator_of_a_new_organisation_sees_its_empty_pages(browsers: Browsers) -> None:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    _ = browser.send("/organisations", title="Umbrella", code="umbrella")
    _ = browser.send("/organisations/umbrella/choose")
    assert browser.open("/people").status == 200
