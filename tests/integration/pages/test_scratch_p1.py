from pathlib import Path
from playwright.sync_api import sync_playwright
from browsing import Browsers, PASSWORD, give_password
def test_shots(browsers: Browsers):
    out = Path("/tmp/p1shots"); out.mkdir(exist_ok=True)
    acme = browsers.served.acme
    for p in (acme.operator, acme.ana): give_password(acme, p)
    said = []
    with sync_playwright() as pw:
        b = pw.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for theme, size in (("light", (1440, 900)), ("dark", (390, 844))):
            ctx = b.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
            page = ctx.new_page()
            page.on("console", lambda m: said.append(m.text)); page.on("pageerror", lambda m: said.append(str(m)))
            u = browsers.served.url
            page.goto(u + "/sign-in"); page.screenshot(path=out / f"signin-{theme}.png")
            page.fill("#login", "olga"); page.fill("#password", "wrong one"); page.click("button.wide"); page.screenshot(path=out / f"signin-bad-{theme}.png")
            page.fill("#password", PASSWORD); page.click("button.wide")
            page.screenshot(path=out / f"organisations-{theme}.png", full_page=True)
            page.goto(u + "/organisations/acme"); page.screenshot(path=out / f"organisation-{theme}.png", full_page=True)
            page.click("text=Look at it")
            for n in ("people", "add-person", "people/ana@acme", "settings", "settings/keys", "settings/password", "operators", "nothing"):
                page.goto(f"{u}/{n}"); page.screenshot(path=out / f"{n.replace('/', '-')}-{theme}.png", full_page=True)
                w = page.evaluate("document.documentElement.scrollWidth")
                if w > size[0]: said.append(f"{n} {w} > {size[0]}")
            page.goto(u + "/settings/keys"); page.fill("#f-name", "pipeline" + theme); page.click("main button.primary"); page.screenshot(path=out / f"new-key-{theme}.png", full_page=True)
            page.goto(u + "/add-person"); page.fill("#f-name", "Zoe <script>"); page.fill("#f-login", "zoe" + theme); page.click("main button.primary"); page.screenshot(path=out / f"added-{theme}.png", full_page=True)
            page.goto(u + "/add-person"); page.fill("#f-name", "Zoe"); page.fill("#f-login", "Zoe Q"); page.click("main button.primary"); page.screenshot(path=out / f"refused-{theme}.png", full_page=True)
            ctx.close()
        ctx = b.new_context(); page = ctx.new_page()
        with acme.books.transaction() as tx:
            tx.connection.execute("UPDATE organisations SET plan='essential'")
        page.goto(u + "/sign-in"); page.fill("#login", "ana@acme"); page.fill("#password", PASSWORD); page.click("button.wide")
        page.goto(u+"/people"); page.screenshot(path=out / "missing.png")
        b.close()
    Path("/tmp/p1shots/said.txt").write_text("\n".join(said))
    pass
