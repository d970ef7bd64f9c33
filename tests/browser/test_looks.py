"""Every page in every state: readable by those who cannot see it, in both themes, on a phone, too."""

import pytest

import axe
from chromium import PHONE, Windows
from screens import SCENES
from staging import Stage

@pytest.mark.parametrize("name", SCENES)
def test_nothing_on_a_page_keeps_anybody_out(stage: Stage, name: str) -> None:
    scene = SCENES[name]
    with stage.set(scene) as (windows, ids):
        found = {}
        for screen in scene.screens:
            print(screen.name)
            page = windows.show(screen, ids)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                if wrong := axe.violations(page):
                    found[f"{screen.name}, {theme}"] = wrong
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            if wrong := axe.violations(page):
                found[f"{screen.name}, phone"] = wrong
            page.context.close()
        assert found == {}
