"""Pages that repeat what the code says are compared with it; their examples are read by it."""

import re
from pathlib import Path

import pytest

from liftlock.cli import set_ups
from liftlock.cli.main import app
from liftlock.domain import manifests, policies
from liftlock.domain.statuses import MoveKind, State, states_of, status_word
from liftlock.identity import who_may

DOCS = Path(__file__).parents[3] / "docs"
COMMAND = re.compile(
    r"^(?:LIFTLOCK_\w+=\S* |/opt/liftlock/bin/)*liftlock ([a-z-]+)(?: ([a-z-]+))?", re.MULTILINE
)


def page(name: str) -> str:
    return (DOCS / name).read_text()


def examples(name: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)


def test_who_may_is_the_table_that_services_ask() -> None:
    assert page("who-may.md").endswith("\n\n" + who_may.as_markdown())


def statuses() -> str:
    """Return the statuses as the manual shows them."""
    kinds = tuple(MoveKind)
    lines = ["| State | " + " | ".join(kind.title for kind in kinds) + " |", "|---" * 5 + "|"]
    for state in State:
        words = [f"`{status_word(k, state)}`" if state in states_of(k) else "-" for k in kinds]
        lines.append(f"| {state} | " + " | ".join(words) + " |")
    return "\n".join(lines)


def test_the_manual_has_every_status_to_the_letter() -> None:
    assert statuses() in page("manual.md"), statuses()


def test_the_example_of_apply_can_be_applied(tmp_path: Path) -> None:
    (document,) = examples("apply.md")
    (tmp_path / "policies").mkdir()
    for repository in ("customers", "files"):
        _ = (tmp_path / f"policies/{repository}.toml").write_text(f'repository = "{repository}"\n')
    file = tmp_path / "acme.toml"
    _ = file.write_text(document)
    read = set_ups.read(file)
    assert (read.code, len(read.environments), len(read.people)) == ("acme", 3, 6)
    assert set(read.policies) == {"customers", "files"}


def test_the_example_of_a_module_can_be_read() -> None:
    (document,) = examples("modules.md")
    manifest = manifests.parse(document)
    assert manifest.install is not None
    assert len(manifest.checks) == len(manifest.migrations) == 2


def test_the_examples_of_policies_can_be_read() -> None:
    assert [policies.parse(text).repository for text in examples("policies.md")] == [
        "customers",
        "files",
    ]


@pytest.mark.parametrize(
    "name", ["manual.md", "apply.md", "modules.md", "policies.md", "operate.md"]
)
def test_every_command_of_a_page_exists(name: str) -> None:
    blocks = "".join(re.findall(r"```sh[^\n]*\n(.*?)```", page(name), re.DOTALL))
    for word, second in COMMAND.findall(blocks):
        group = app[word]
        if any(not known.startswith("-") for known in group):
            assert second in group, (word, second)


@pytest.mark.parametrize("file", sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", file.read_text()):
        assert (file.parent / target).exists(), target
