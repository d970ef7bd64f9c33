from browsing import Browsers
from acme_books import Acme
from datetime import timedelta
from liftlock.services import proposals
def test_x(browsers: Browsers, acme: Acme):
    b = browsers.of("ana")
    for u in ("/moves", "/moves?kind=undo", "/moves?kind=x", "/moves?state=", "/moves/5"):
        p = b.open(u); print(u, p.status, p.text[:300])
    assert 0
