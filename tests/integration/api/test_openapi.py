"""The OpenAPI document is checked in; LIFTLOCK_TEST_RENEW=1 writes it anew."""

import json
import os
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr

from liftlock import bootstrap
from liftlock.books import Books
from liftlock.settings import Settings
from liftlock.store import master_keys

CHECKED_IN = Path(__file__).parent / "openapi.json"


def test_the_document_is_the_one_that_is_checked_in(tmp_path: Path) -> None:
    nowhere = SecretStr("host=/nowhere")
    with closing(Books(nowhere, master_keys.Missing(tmp_path))) as books:
        document = bootstrap.web_app(books, Settings(home=tmp_path)).openapi()
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("LIFTLOCK_TEST_RENEW"):
        _ = CHECKED_IN.write_text(text)
    assert CHECKED_IN.read_text() == text, "run with LIFTLOCK_TEST_RENEW=1 and read the difference"
