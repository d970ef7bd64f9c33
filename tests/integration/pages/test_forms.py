"""What was typed is not lost, and what was sent twice happens once."""

from concurrent.futures import ThreadPoolExecutor

from browsing import PASSWORD, Browser, Browsers
from liftlock.services import people

NAME = "A name that took a while to think of"


def operator_at_acme(browsers: Browsers) -> Browser:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    _ = browser.send("/organisations/acme/choose")
    return browser


def end_sessions(browsers: Browsers) -> None:
    with browsers.served.acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE sessions SET ended_at = now()")


def logins(browsers: Browsers) -> list[str]:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        return [p.login for p in people.list_all(tx, acme.operator, acme.organisation.id)]


def test_a_form_sent_after_the_session_ended_comes_back_filled(browsers: Browsers) -> None:
    browser = operator_at_acme(browsers)
    _ = browser.open("/add-person")
    end_sessions(browsers)
    page = browser.send("/add-person", name=NAME, login="zoe", grant=["auditor", "publisher"])
    assert page.status == 401
    assert "Nothing that you typed is lost" in page.text
    page = browser.send("/sign-in", login="olga", password=PASSWORD)
    assert page.url == "/add-person"
    form = page.form("/add-person")
    assert form.value("name") == NAME
    assert [v for n, v in form.fields if n == "grant"] == ["auditor", "publisher"]
    assert "zoe" not in logins(browsers)
    _ = browser.send("/add-person")
    assert "zoe" in logins(browsers)


def test_what_was_typed_survives_a_wrong_password_in_between(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    end_sessions(browsers)
    _ = browser.send("/settings/keys", name=NAME)
    _ = browser.send("/sign-in", login="ana@acme", password="wrong")  # noqa: S106  of nobody
    page = browser.send("/sign-in", login="ana@acme", password=PASSWORD)
    assert page.url == "/settings/keys"
    assert page.form("/settings/keys").value("name") == NAME
    assert browser.open("/settings/keys").form("/settings/keys").value("name") == ""


def test_passwords_are_never_carried_past_the_sign_in(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/password")
    end_sessions(browsers)
    page = browser.send(
        "/settings/password",
        present_password=PASSWORD,
        new_password="something else again",  # noqa: S106  of nobody
        new_password_again="something else again",  # noqa: S106  of nobody
    )
    assert "something else" not in page.html
    assert PASSWORD not in page.html


def test_a_page_from_before_signing_in_anew_loses_nothing_and_does_nothing(
    browsers: Browsers,
) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    stale = browser.page.form("/settings/keys")
    _ = browser.sign_in("ana@acme")
    page = browser.send_form(stale, name=NAME)
    assert page.status == 403
    assert "Nothing has been done yet" in page.text
    page = browser.send("/form-again")
    assert page.form("/settings/keys").value("name") == NAME
    assert NAME in browser.send("/settings/keys").text


def test_a_form_sent_twice_does_it_once_and_answers_alike(browsers: Browsers) -> None:
    browser = operator_at_acme(browsers)
    _ = browser.open("/add-person")
    form = browser.page.form("/add-person")
    first = browser.send_form(form, name="Zoe", login="zoe")
    second = browser.send_form(form, name="Zoe", login="zoe")
    assert first.url == second.url == "/people/zoe"
    assert second.status == 200
    assert logins(browsers).count("zoe") == 1


def test_a_form_sent_many_times_at_once_does_it_once(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    form = browser.page.form("/settings/keys")
    data = dict(form.fields) | {"name": "pipeline"}
    own = {"Origin": browser.url}

    def send(_: int) -> int:
        return browser.http.post(
            form.action, data=data, headers=own, follow_redirects=False
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert answers == [303] * 4
    assert browser.open("/settings").text.count("pipelinecreated") == 1


def test_a_refused_form_comes_back_as_it_was_typed_and_may_be_sent_again(
    browsers: Browsers,
) -> None:
    browser = operator_at_acme(browsers)
    _ = browser.open("/add-person")
    page = browser.send("/add-person", name="Zoe", login="Not A Login", grant="auditor")
    assert page.status == 422
    assert "cannot be a login" in page.text
    form = page.form("/add-person")
    assert form.value("login") == "Not A Login"
    assert form.value("grant") == "auditor"
    page = browser.send("/add-person", login="zoe")
    assert page.url == "/people/zoe"


def test_of_a_refused_form_nothing_is_left_in_the_books(browsers: Browsers) -> None:
    browser = operator_at_acme(browsers)
    _ = browser.open("/add-person")
    page = browser.send("/add-person", name="Zoe", login="zoe", grant=["auditor", "emperor"])
    assert page.status == 422
    assert "zoe" not in logins(browsers)
