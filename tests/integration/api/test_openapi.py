"""The OpenAPI document is checked in; LIFTLOCK_TEST_RENEW=1 writes it anew."""

import json
import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from liftlock import bootstrap
from liftlock.books import Books
from liftlock.settings import Settings
from liftlock.store import master_keys
from liftlock.web import reference
from served import listening

CHECKED_IN = Path(__file__).parent / "openapi.json"


@pytest.fixture
def app(tmp_path: Path) -> Generator[FastAPI]:
    """The application over books that are nowhere: only to be described."""
    with closing(Books(SecretStr("host=/nowhere"), master_keys.Missing(tmp_path))) as books:
        yield bootstrap.web_app(books, Settings(home=tmp_path))


def test_the_document_is_the_one_that_is_checked_in(app: FastAPI) -> None:
    document = app.openapi()
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get("LIFTLOCK_TEST_RENEW"):
        _ = CHECKED_IN.write_text(text)
    assert CHECKED_IN.read_text() == text, "run with LIFTLOCK_TEST_RENEW=1 and read the difference"


def test_every_route_says_what_it_does_and_how_it_refuses(app: FastAPI) -> None:
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            assert str(operation["description"]).endswith(".")
            assert len(str(operation["summary"]).split()) >= 3
            assert not str(operation["summary"]).endswith(".")
            for status in ("401", "403", "404", "422", "default"):
                assert "application/problem+json" in operation["responses"][status]["content"]


def test_the_page_of_the_api_has_every_route_and_runs_nothing(app: FastAPI) -> None:
    with listening(app) as url:
        got = httpx.get(f"{url}/api")
    assert got.headers["content-security-policy"] == "default-src 'none'"
    assert "<script" not in got.text
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {path}</code>" in got.text
    assert "newer_understood" in got.text


def test_the_page_takes_nothing_for_markup() -> None:
    operation = {"description": "<b>bold</b>.", "parameters": [{"in": "query", "name": "<i>"}]}
    page = reference.written({"paths": {"/<x>": {"get": operation}}}, "/a?b&c")
    assert "<b>" not in page
    assert "<i>" not in page
    assert "GET /&lt;x&gt;" in page
