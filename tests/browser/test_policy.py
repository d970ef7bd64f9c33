"""What a page may do in a browser: nothing that is not ours."""

from playwright.sync_api import expect

from acme_books import Acme
from browsing import PASSWORD, give_password
from chromium import Windows
from screens import UP
from walking import sign_in

SET = """
() => { try { document.createElement('p').innerHTML = '<b>x</b>'; return 'set' }
        catch (e) { return e.name } }
"""


def test_strings_do_not_become_elements_or_scripts(windows: Windows) -> None:
    page = windows.of("ana", f"{UP}/schedule")
    assert page.evaluate(SET) == "TypeError"
    page.evaluate(
        "try { const s = document.createElement('script'); s.textContent = 'window.taken = 1';"
        " document.head.append(s) } catch (e) {}"
    )
    assert page.evaluate("window.taken") is None
    assert windows.complaints
    assert all("Trusted" in said or "policy" in said for said in windows.complaints)
    windows.complaints.clear()


def test_cookies_are_out_of_reach_of_scripts(acme: Acme, windows: Windows) -> None:
    give_password(acme, acme.ana)
    page = windows.stranger("/settings")
    sign_in(page, acme.ana.login, PASSWORD)
    expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    kept = page.context.cookies()
    assert kept
    assert all(each.get("httpOnly") and each.get("sameSite") == "Lax" for each in kept)
