"""The stage on which scenes are set: Acme's books, standing still, and its console in a browser."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from acme_books import Acme
from chromium import Windows, windows_on
from liftlock import bootstrap
from liftlock.settings import Settings
from liftlock.store.master_keys import MasterKey
from postgres import MakeParts
from scenes import Ids
from screens import Scene
from served import listening
from still_acme import StillPlaces, furnished, still_books


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a test sets the scene that it is about."""

    browser: Browser
    url: SecretStr
    key: MasterKey
    make_parts: MakeParts
    places: StillPlaces

    @contextmanager
    def set(self, scene: Scene) -> Generator[tuple[Windows, Ids]]:
        """Set a scene and open windows on it."""
        with self.acme(tested=scene.tested) as acme:
            ids = scene.prepare(acme)
            with self.windows(acme) as windows:
                yield windows, ids

    @contextmanager
    def acme(self, *, tested: bool = False) -> Generator[Acme]:
        """Make Acme in books that stand still."""
        with still_books(self.url, self.key) as books:
            yield furnished(self.url, self.key, books, self.make_parts, self.places, tested=tested)

    @contextmanager
    def windows(self, acme: Acme) -> Generator[Windows]:
        """Serve a console and open windows on it."""
        settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
        with (
            listening(bootstrap.web_app(acme.books, settings)) as url,
            windows_on(self.browser, acme, url) as windows,
        ):
            yield windows


@pytest.fixture
def stage(
    chromium: Browser,
    books_url: SecretStr,
    master_key: MasterKey,
    make_parts: MakeParts,
    still_places: StillPlaces,
) -> Stage:
    return Stage(
        browser=chromium,
        url=books_url,
        key=master_key,
        make_parts=make_parts,
        places=still_places,
    )
