from browsing import Browsers


def test_somebody_signs_in_and_sees_the_overview(browsers: Browsers) -> None:
    page = browsers.of("ana").page
    assert page.url == "/"
    assert "Acme" in page.text

def test_all(browsers: Browsers) -> None:
    b = browsers.of("operator")
    for u in ("/", "/organisations", "/organisations/acme", "/operators", "/settings", "/settings/keys", "/settings/password","/people","/add-person","/nothing"):
        p = b.open(u)
        print(u, p.status, p.url, p.text[:300])
    b.open("/organisations")
    p = b.send("/organisations/acme/choose")
    for u in ("/", "/people","/people/ana%40acme", "/add-person"):
        p = b.open(u)
        print(u, p.status, p.url, p.text[:600])
    b.open("/settings/keys"); p = b.send("/settings/keys", name="hey"); print(p.status, p.url, p.text)
    assert 0
