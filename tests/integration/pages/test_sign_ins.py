from browsing import Browsers


def test_somebody_signs_in_and_sees_the_overview(browsers: Browsers) -> None:
    page = browsers.of("ana").page
    assert page.url == "/"
    assert "Acme" in page.text
