"""One's own settings: theme, sessions, password, keys."""

import re

import httpx

from browsing import PASSWORD, Browsers
from liftlock.domain.sign_ins import MOST_TRIES_A_LOGIN
from liftlock.settings import Settings


def test_the_theme_is_kept_in_the_browser(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    assert 'data-theme="system"' in browser.page.html
    _ = browser.open("/settings")
    assert browser.send("/theme", theme="dark").url == "/settings"
    assert 'data-theme="dark"' in browser.page.html
    assert 'data-theme="dark"' in browser.open("/").html
    _ = browser.send("/theme", theme='"><script>')
    assert 'data-theme="dark"' in browser.page.html


def test_strangers_choose_a_theme_too(browsers: Browsers) -> None:
    browser = browsers.stranger()
    _ = browser.open("/sign-in")
    page = browser.send("/theme", theme="light")
    assert page.url == "/sign-in"
    assert 'data-theme="light"' in page.html


def test_signing_out_everywhere_else_leaves_this_browser(browsers: Browsers) -> None:
    here, there = browsers.of("ana"), browsers.of("ana")
    page = here.open("/settings")
    assert page.text.count("last seen") == 2
    page = here.send("/settings/sessions/end-others")
    assert "Signed out elsewhere: 1." in page.text
    assert there.open("/settings").url.startswith("/sign-in")
    assert here.open("/settings").status == 200


def test_signing_out_everywhere_ends_this_session_too(browsers: Browsers) -> None:
    here, there = browsers.of("ana"), browsers.of("ana")
    _ = here.open("/settings")
    assert here.send("/settings/sessions/end-all").url == "/sign-in"
    assert here.open("/settings").url.startswith("/sign-in")
    assert there.open("/settings").url.startswith("/sign-in")


def test_one_session_is_ended_and_nobody_elses(browsers: Browsers) -> None:
    here, there, ben = browsers.of("ana"), browsers.of("ana"), browsers.of("ben")
    page = here.open("/settings")
    (other,) = [f.action for f in page.forms if re.search(r"sessions/\d+/end$", f.action)]
    assert here.send(other).status == 200
    assert there.open("/settings").url.startswith("/sign-in")
    mine = re.search(r"\d+", ben.open("/settings").html)
    assert mine
    token = here.open("/settings").form("/settings/sessions/end-all").value("csrf")
    for number in range(1, 12):
        _ = here.http.post(f"/settings/sessions/{number}/end", data={"csrf": token})
    assert ben.open("/settings").status == 200


def test_changing_the_password_ends_all_other_sessions(browsers: Browsers) -> None:
    here, there = browsers.of("ana"), browsers.of("ana")
    before = here.http.cookies["liftlock-session"]
    _ = here.open("/settings/password")
    new = "another sentence for tests"
    page = here.send(
        "/settings/password",
        present_password=PASSWORD, new_password=new, new_password_again=new,
    )  # fmt: skip
    assert "Your password is set." in page.text
    assert here.http.cookies["liftlock-session"] != before
    assert here.open("/settings").status == 200
    assert there.open("/settings").url.startswith("/sign-in")
    assert there.sign_in("ana@acme", new).status == 200


def test_whoever_finds_an_open_screen_cannot_guess_the_present_password(
    browsers: Browsers,
) -> None:
    browser = browsers.of("ana")
    new = "another sentence for tests"
    for tried in range(MOST_TRIES_A_LOGIN):
        _ = browser.open("/settings/password")
        page = browser.send(
            "/settings/password",
            present_password=f"guess {tried}", new_password=new, new_password_again=new,
        )  # fmt: skip
        assert page.status == 422
    assert "Try again in" in browser.page.text
    page = browser.send(
        "/settings/password",
        present_password=PASSWORD, new_password=new, new_password_again=new,
    )  # fmt: skip
    assert "Try again in" in page.text


def test_a_key_is_shown_once_works_and_is_revoked(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    page = browser.send("/settings/keys", name="pipeline 🚢")
    key = re.search(r"llk_[\w-]+", page.text)
    assert key
    assert key[0] not in browser.open("/settings").text
    asked = {"Authorization": f"Bearer {key[0]}"}
    assert httpx.get(f"{browser.url}/api/v1/people/me", headers=asked).status_code == 200
    newest = [f.action for f in browser.page.forms if f.action.endswith("/revoke")][-1]
    assert "The key is revoked." in browser.send(newest).text
    assert httpx.get(f"{browser.url}/api/v1/people/me", headers=asked).status_code == 401


def test_a_key_that_has_its_name_already_is_refused(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    page = browser.send("/settings/keys", name="first")
    assert page.status == 422
    assert "You have a key of this name already." in page.text
    assert page.form("/settings/keys").value("name") == "first"
    assert browser.send("/settings/keys", name="\x00").status == 422
    assert browser.send("/settings/keys", name="").status == 422


def test_a_session_ends_when_idle_and_in_any_case(browsers: Browsers) -> None:
    settings = Settings()
    browser = browsers.of("ana")
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        _ = tx.connection.execute(
            "UPDATE sessions SET seen_at = now() - make_interval(mins => %s)",
            [settings.session_idle_min],
        )
    assert browser.open("/settings").url.startswith("/sign-in")
    _ = browser.sign_in("ana@acme")
    with acme.books.transaction() as tx:
        _ = tx.connection.execute(
            "UPDATE sessions SET begun_at = now() - make_interval(hours => %s)",
            [settings.session_hours],
        )
    assert browser.open("/settings").url.startswith("/sign-in")


def test_where_messages_go_is_kept_or_refused(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings")
    page = browser.send("/settings", email="not an address")
    assert page.status == 422
    assert "not an address is no e-mail address" in page.text
    assert browser.send("/settings", email="ana@example.org").status == 200
    assert browser.open("/settings").form("/settings").value("email") == "ana@example.org"
    assert browser.send("/settings", email="").status == 200
