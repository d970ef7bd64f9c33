"""Headers, cookies, foreign forms, and that no page is open to strangers."""

import re
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from pydantic import SecretStr

from browsing import Browsers, give_password
from liftlock import bootstrap
from liftlock.books import Books
from liftlock.settings import Settings
from liftlock.web import console, edge
from served import listening

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

OPEN = {"/sign-in", "/theme"}
ROUTES = [cast("APIRoute", route) for router in console.routers() for route in router.routes]
PAGES = sorted({r.path for r in ROUTES if "GET" in (r.methods or ())} - OPEN)
FORMS = sorted({r.path for r in ROUTES if "POST" in (r.methods or ())} - OPEN)


def address(path: str) -> str:
    return re.sub(r"{[^}]+}", "1", path)


def test_pages_and_forms_are_found() -> None:
    assert {"/", "/settings", "/people"} <= set(PAGES)
    assert {"/sign-out", "/settings/keys"} <= set(FORMS)


@pytest.mark.parametrize("forms_too", [False, True])
def test_nothing_is_shown_or_done_to_strangers(browsers: Browsers, *, forms_too: bool) -> None:
    with httpx.Client(base_url=browsers.served.url) as http:
        if not forms_too:
            answers = {path: http.get(address(path)) for path in PAGES}
            assert [p for p, a in answers.items() if a.status_code not in {303, 401}] == []
            went = [a.headers["location"] for a in answers.values() if a.status_code == 303]
            assert all(where.startswith("/sign-in") for where in went)
            return
        answers = {path: http.post(address(path)) for path in FORMS}
        assert {a.status_code for a in answers.values()} <= {303, 401, 403}
        assert not [p for p, a in answers.items() if "session" in str(a.headers.get("set-cookie"))]


def test_no_form_is_taken_without_the_token_of_its_page(browsers: Browsers) -> None:
    browser = browsers.of("dora")
    own = {"Origin": browser.url, "Sec-Fetch-Site": "same-origin"}
    for path in FORMS:
        for data in ({}, {"csrf": "0" * 64, "name": "x", "reason": "x"}):
            got = browser.http.post(address(path), data=data, headers=own, follow_redirects=False)
            went_back = got.status_code == 303 and "set-cookie" in got.headers
            assert got.status_code == 403 or went_back, path


@pytest.mark.parametrize(
    "sent_by",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_token(
    browsers: Browsers, sent_by: dict[str, str]
) -> None:
    browser = browsers.of("ana")
    _ = browser.open("/settings/keys")
    data = dict(browser.page.form("/settings/keys").fields) | {"name": "stolen"}
    got = browser.http.post("/settings/keys", data=data, headers=sent_by)
    assert got.status_code == 403
    assert "was not sent by a page of this console" in got.text
    assert "stolen" not in browser.open("/settings").html


def test_a_foreign_sign_in_is_refused(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    browser = browsers.stranger()
    got = browser.http.post("/sign-in", data={"login": "ana@acme", "password": "x"})
    assert "liftlock-session" not in browser.http.cookies
    assert got.url.path == "/sign-in"


def test_every_answer_has_the_strict_headers(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    for path in ("/", "/settings", "/nothing", "/people/nobody", "/organisations"):
        page = browser.open(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"


def test_no_page_has_a_script_or_a_style_of_its_own(browsers: Browsers) -> None:
    browser = browsers.of("operator")
    _ = browser.open("/organisations")
    _ = browser.send("/organisations/acme/choose")
    for path in (p for p in PAGES if "{" not in p):
        html = browser.open(path).html
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html), path


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browsers: Browsers) -> None:
    give_password(browsers.served.acme, browsers.served.acme.ana)
    browser = browsers.stranger()
    _ = browser.open("/sign-in")
    data = dict(browser.page.form("/sign-in").fields) | {
        "login": "ana@acme", "password": "correct horse battery staple",
    }  # fmt: skip
    got = browser.http.post("/sign-in", data=data, follow_redirects=False)
    given = got.headers.get_list("set-cookie")
    assert any(each.startswith("liftlock-session=") for each in given)
    for each in given:
        assert "HttpOnly" in each
        assert "SameSite=lax" in each
        assert "Secure" not in each


def test_behind_tls_cookies_are_secure_and_of_this_host_alone(browsers: Browsers) -> None:
    acme = browsers.served.acme
    settings = Settings(
        home=acme.store.root.parent, module_store=acme.store.root,
        public_url="https://liftlock.example",
    )  # fmt: skip
    with listening(bootstrap.web_app(acme.books, settings)) as url:
        got = httpx.get(f"{url}/sign-in")
    (cookie,) = got.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-liftlock-visit=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_the_token_in_the_cookie_is_not_in_the_books(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    token = browser.http.cookies["liftlock-session"]
    with browsers.served.acme.books.transaction() as tx:
        rows = tx.connection.execute("SELECT sessions::text FROM sessions").fetchall()
    assert rows
    assert token not in str(rows)


def test_files_are_served_and_nothing_beside_them(browsers: Browsers) -> None:
    browser = browsers.stranger()
    assert browser.open("/static/css/tokens.css").status == 200
    assert browser.open("/static/vendor/htmx.LICENSE.txt").status == 200
    assert browser.http.get("/static/..%2fpages%2fframe.py").status_code == 404


def test_odd_requests_get_a_page_and_never_a_trace(browsers: Browsers) -> None:
    browser = browsers.of("dora")
    assert browser.open("/people/%00").status == 404
    assert browser.open("/people/" + "x" * 500).status == 404
    assert browser.open("/settings?x=%ff%00").status == 200
    assert browser.http.put("/settings").status_code == 405
    own = {"Origin": browser.url}
    large = browser.http.post("/settings/keys", data={"name": "x" * 3_000_000}, headers=own)
    assert large.status_code == 413
    file = browser.http.post("/settings/keys", files={"name": b"x"}, headers=own)
    assert file.status_code in {400, 403}
    document = browser.http.post("/settings/keys", json={"name": "x"}, headers=own)
    assert document.url.path == "/settings/keys"
    assert file.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in file.headers


def test_when_the_books_are_away_the_page_says_so(browsers: Browsers) -> None:
    acme = browsers.served.acme
    away = Books(
        SecretStr("host=127.0.0.1 port=9 dbname=none connect_timeout=1"), acme.key, patience_s=0.2
    )
    settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
    with listening(bootstrap.web_app(away, settings)) as url:
        got = httpx.get(url, cookies={"liftlock-session": "x"})
    away.close()
    assert got.status_code == 503
    assert "Not reachable right now" in got.text
    assert "Try again" in got.text


def test_a_bug_is_a_page_without_its_words(browsers: Browsers) -> None:
    acme = browsers.served.acme
    settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
    app = bootstrap.web_app(acme.books, settings)

    def broken() -> None:
        said = "a value of somebody's data"
        raise RuntimeError(said)

    app.dependency_overrides[edge.transaction] = broken
    with listening(app) as url:
        got = httpx.get(url, cookies={"liftlock-session": "x"})
    assert got.status_code == 500
    assert "Something unexpected happened." in got.text
    assert "somebody's data" not in got.text


def test_the_api_answers_as_before(browsers: Browsers) -> None:
    browser = browsers.of("ana")
    for path in ("/api/v1/nothing", "/api/v1/people/me"):
        page = browser.open(path)
        assert page.headers["content-type"] == "application/problem+json"
    assert browser.open("/api/v1/nothing").status == 404
    assert browser.open("/api/v1/people/me").status == 401  # a session is no key
    assert browser.http.post("/api/v1/people").status_code == 405
