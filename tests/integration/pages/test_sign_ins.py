import re

from browsing import PASSWORD, Browser, Browsers, give_password
from liftlock.domain.passwords import CODE_LASTS
from liftlock.domain.sign_ins import MOST_TRIES_A_LOGIN
from liftlock.services import passwords

ANOTHER = "a quite different sentence"


def issued_code(browsers: Browsers, name: str) -> str:
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        code = passwords.issue_code(tx, acme.operator, getattr(acme, name).id)
    return code.get_secret_value()


def set_password(browser: Browser, password: str = ANOTHER) -> None:
    _ = browser.send("/settings/password", new_password=password, new_password_again=password)


def test_somebody_signs_in_and_sees_the_overview(browsers: Browsers) -> None:
    page = browsers.of("ana").page
    assert page.url == "/"
    assert "Acme" in page.text


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    wrong = [("ana@acme", "wrong"), ("nobody", PASSWORD), ("", ""), ("ana@acme", "x" * 10_000)]
    for login, password in wrong:
        page = browsers.stranger().sign_in(login, password)
        assert page.status == 401
        assert "The sign-in name and the password do not match." in page.text
        assert page.form("/sign-in").value("login") == login


def test_a_name_may_be_typed_with_capitals_and_spaces(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    assert browsers.stranger().sign_in(" Ana@Acme ").url == "/"


def test_after_some_wrong_tries_even_the_right_password_is_refused_for_a_while(
    browsers: Browsers,
) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    browser = browsers.stranger()
    for _ in range(MOST_TRIES_A_LOGIN):
        _ = browser.sign_in("ana@acme", "wrong")
    assert browser.page.status == 429
    page = browser.sign_in("ana@acme")
    assert page.status == 429
    assert "Try again in 15 min" in page.text
    give_password(browsers.served.acme, browsers.served.acme.ben)
    assert browser.sign_in("ben@acme").url == "/"


def test_a_person_comes_back_to_the_page_that_was_asked_for(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    browser = browsers.stranger()
    assert browser.open("/people?x=1").url.startswith("/sign-in?next=")
    page = browser.send("/sign-in", login="ana@acme", password=PASSWORD)
    assert page.url == "/people?x=1"


ELSEWHERE = (
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "javascript:alert(1)",
    "/\t/elsewhere.example",
    "elsewhere.example",
    "",
)


def test_nobody_is_sent_elsewhere_after_signing_in(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    for elsewhere in ELSEWHERE:
        browser = browsers.stranger()
        _ = browser.open("/sign-in")
        page = browser.send("/sign-in", login="ana@acme", password=PASSWORD, next=elsewhere)
        assert page.url == "/", elsewhere


def test_a_first_code_lets_one_in_to_set_a_password_and_nothing_else(browsers: Browsers) -> None:
    code = issued_code(browsers, "ana")
    assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", code)
    browser = browsers.stranger()
    assert browser.sign_in("ana@acme", code.upper()).url == "/settings/password"
    assert browser.open("/people").url == "/settings/password"
    assert "Choose your password" in browser.page.text
    set_password(browser)
    assert browser.page.url == "/"
    assert browser.open("/people").status == 200


def test_a_code_is_used_up_once_a_password_is_set(browsers: Browsers) -> None:
    code = issued_code(browsers, "ana")
    browser = browsers.stranger()
    _ = browser.sign_in("ana@acme", code)
    set_password(browser)
    other = browsers.stranger()
    assert other.sign_in("ana@acme", code).status == 401
    assert other.sign_in("ana@acme", ANOTHER).url == "/"


def test_a_code_ends(browsers: Browsers) -> None:
    code = issued_code(browsers, "ana")
    acme = browsers.served.acme
    with acme.books.transaction() as tx:
        _ = tx.connection.execute("UPDATE passwords SET code_until = code_until - %s", [CODE_LASTS])
    assert browsers.stranger().sign_in("ana@acme", code).status == 401


def test_a_new_code_ends_password_and_sessions(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    _ = issued_code(browsers, "ana")
    assert browser.open("/people").url.startswith("/sign-in")
    assert browser.sign_in("ana@acme").status == 401


BAD = (
    ("elevenchars", "elevenchars", "at least 12 characters"),
    ("x" * 201, "x" * 201, "at most 200 characters"),
    ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", "would be tried first"),
    (ANOTHER, ANOTHER + " ", "The two new passwords differ"),
)


def test_a_bad_new_password_is_refused_and_says_why(browsers: Browsers) -> None:
    browser = browsers.stranger()
    _ = browser.sign_in("ana@acme", issued_code(browsers, "ana"))
    for first, second, said in BAD:
        page = browser.send("/settings/password", new_password=first, new_password_again=second)
        assert page.status == 422
        assert said in page.text
        assert first not in page.html
    set_password(browser)
    assert browser.page.url == "/"


def test_signing_out_ends_the_session_for_good(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    before = dict(browser.http.cookies)
    assert browser.send("/sign-out").url == "/sign-in"
    browser.http.cookies.set("liftlock-session", before["liftlock-session"])
    assert browser.open("/people").url.startswith("/sign-in")


def test_every_sign_in_gets_a_session_of_its_own(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    first = browser.http.cookies["liftlock-session"]
    _ = browser.sign_in("ana@acme")
    second = browser.http.cookies["liftlock-session"]
    assert first != second


def test_a_session_that_somebody_planted_is_not_taken_over(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    browser = browsers.stranger()
    browser.http.cookies.set("liftlock-session", "planted-by-somebody", domain="127.0.0.1")
    assert browser.sign_in("ana@acme").url == "/"
    assert browser.http.cookies["liftlock-session"] != "planted-by-somebody"
    thief = browsers.stranger()
    thief.http.cookies.set("liftlock-session", "planted-by-somebody", domain="127.0.0.1")
    assert thief.open("/people").url.startswith("/sign-in")


def test_a_part_of_a_page_asked_for_too_late_sends_the_whole_page_to_sign_in(
    browsers: Browsers,
) -> None:
    stranger = browsers.stranger()
    asked = {"HX-Request": "true", "HX-Current-URL": f"{stranger.url}/people?month=2026-05"}
    got = stranger.http.get("/people?month=2026-06", headers=asked)
    assert got.status_code == 401
    assert got.headers["hx-redirect"] == "/sign-in?next=%2Fpeople%3Fmonth%3D2026-05"
    elsewhere = asked | {"HX-Current-URL": "https://elsewhere.example//evil.example"}
    got = stranger.http.get("/people", headers=elsewhere)
    assert got.headers["hx-redirect"] == "/sign-in"


def test_the_code_that_the_api_gives_with_a_new_person_signs_in(browsers: Browsers) -> None:
    served = browsers.served
    body = {"name": "Zoe", "grants": [{"role": "auditor"}]}
    put = served.ask("operator", "PUT", "/people/zoe?organisation=acme", body)
    assert put.status == 200
    first = str(put.body["sign_in_code"])
    again = served.ask("operator", "POST", "/people/zoe/sign-in-code?organisation=acme")
    assert again.status == 201
    zoe = browsers.stranger()
    assert zoe.sign_in("zoe", first).status == 401
    assert zoe.sign_in("zoe", str(again.body["sign_in_code"])).url == "/settings/password"
    for name in ("dora", "eve", "pat"):
        refused = served.ask(name, "POST", "/people/ana@acme/sign-in-code")
        assert refused.status == 403
    put = served.ask("operator", "PUT", "/people/zoe?organisation=acme", body)
    assert put.body["sign_in_code"] is None
