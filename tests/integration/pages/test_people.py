"""Roles are given and taken on the people page by those who may."""

import re

import pytest

from browsing import Browser, Browsers
from liftlock.domain.people import Person
from liftlock.services import people

SCRIPT = "<script>alert(1)</script>"
STRANGE = [SCRIPT, "🚢 Ada & Söhne", "ن" * 200, "אבג דהו", 'quote" onmouseover="x']


def chosen(browsers: Browsers) -> Browser:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    _ = browser.send("/organisations/acme/choose")
    return browser


def found(browsers: Browsers, login: str) -> Person:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        return people.named(tx, acme.operator, acme.organisation.id, login)


def ticked(browser: Browser, address: str) -> list[str]:
    form = browser.page.form(address)
    return [value for name, value in form.fields if name == "grant"]


def test_an_administrator_appoints_for_their_own_environment_and_no_other(
    browsers: Browsers,
) -> None:
    browser = browsers.of("ben")
    page = browser.open("/people/ana@acme")
    assert ticked(browser, "/people/ana%40acme") == []
    assert "Delegated Administrator of Development held, not yours to change" in page.text
    page = browser.send("/people/ana%40acme", grant="staging")
    assert "The roles of Ana are changed." in page.text
    acme = browsers.served.acme
    assert found(browsers, "ana@acme").administers(acme.staging.id)
    assert found(browsers, "ana@acme").administers(acme.development.id)


@pytest.mark.parametrize("role", ["production", "auditor", "publisher", "previewer", "operator"])
def test_what_is_not_theirs_to_give_is_refused_whatever_the_form_says(
    browsers: Browsers, role: str
) -> None:
    browser = browsers.of("ben")
    _ = browser.open("/people/ana@acme")
    page = browser.send("/people/ana%40acme", grant=["staging", role])
    assert page.status == 422
    assert len(found(browsers, "ana@acme").grants) == 1


def test_taking_a_role_away_counts_from_the_next_click(browsers: Browsers) -> None:
    ana, dora = browsers.of("ana"), browsers.of("dora")
    assert ana.open("/people").status == 200
    _ = dora.open("/people/ana@acme")
    _ = dora.send("/people/ana%40acme", grant=[])
    page = ana.open("/people")
    assert page.status == 403
    assert "role Delegated Administrator" in page.text


def test_two_who_change_one_person_at_once_both_get_what_they_changed(
    browsers: Browsers,
) -> None:
    dora, ben = browsers.of("dora"), browsers.of("ben")
    _ = dora.open("/people/ana@acme")
    _ = ben.open("/people/ana@acme")
    _ = ben.send("/people/ana%40acme", grant="staging")
    _ = dora.send("/people/ana%40acme", grant=["development", "production"])
    acme = browsers.served.acme
    ana = found(browsers, "ana@acme")
    for environment in (acme.development, acme.staging, acme.production):
        assert ana.administers(environment.id)


def test_an_auditor_reads_and_has_no_button(browsers: Browsers) -> None:
    browser = browsers.of("eve")
    assert browser.open("/people").status == 200
    page = browser.open("/people/ana@acme")
    assert "Save the roles" not in page.text
    assert not page.has_form("/people/ana%40acme/sign-in-code")


def test_the_operator_adds_a_person_who_signs_in_by_the_code_shown_once(
    browsers: Browsers,
) -> None:
    browser = chosen(browsers)
    _ = browser.open("/add-person")
    page = browser.send("/add-person", name="Zoe", login="zoe", grant=["staging", "auditor"])
    code = re.search(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", page.text)
    assert code
    assert code[0] not in browser.open("/people/zoe").text
    zoe = browsers.stranger()
    assert zoe.sign_in("zoe", code[0]).url == "/settings/password"


@pytest.mark.parametrize("name", ["ben", "eve", "pat"])
def test_others_cannot_add_people_or_give_codes(browsers: Browsers, name: str) -> None:
    browser = browsers.of(name)
    _ = browser.open("/settings/keys")
    token = browser.page.form("/settings/keys").value("csrf")
    fields = {"csrf": token, "name": "Zoe", "login": "zoe", "page": "/add-person"}
    for path in ("/add-person", "/people/ana@acme/sign-in-code", "/operators"):
        got = browser.http.post(path, data=fields)
        assert got.status_code in {403, 422}, path
        assert "zoe" not in browser.open("/people").text


def test_another_organisations_person_is_not_found(browsers: Browsers) -> None:
    acme = browsers.served.acme
    browser = browsers.of("dora")
    assert browser.open(f"/people/{acme.operator.login}").status == 404
    assert browser.open("/people/nobody").status == 404


def test_strange_names_are_shown_as_they_are(browsers: Browsers) -> None:
    browser = chosen(browsers)
    for number, name in enumerate(STRANGE):
        _ = browser.open("/add-person")
        _ = browser.send("/add-person", name=name, login=f"zoe{number}")
        for path in (f"/people/zoe{number}", "/people"):
            page = browser.open(path)
            assert name in page.text
            assert SCRIPT not in page.html
            assert 'onmouseover="x' not in page.html
        assert "<bdi>" in page.html


def test_two_hundred_letters_are_enough_for_a_name(browsers: Browsers) -> None:
    browser = chosen(browsers)
    _ = browser.open("/add-person")
    page = browser.send("/add-person", name="n" * 201, login="zoe")
    assert page.status == 422
    assert "Name: " in page.text


def test_operators_add_operators_and_the_last_one_stays(browsers: Browsers) -> None:
    browser = browsers.of("operator")
    _ = browser.open("/operators")
    page = browser.send("/operators/olga/revoke")
    assert page.status == 422
    assert "This is the last platform operator." in page.text
    page = browser.send("/operators", name="Oscar", login="oscar")
    assert "Oscar" in page.text
    page = browser.send("/operators/oscar/revoke")
    assert "Oscar is no platform operator any more." in page.text
