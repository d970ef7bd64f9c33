"""Trees: copied whole or as decided, compared; what could lead out is refused."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liftlock.domain.progress import Progress
from liftlock.environments import entries, trees
from liftlock.environments.entries import FilesNotFound, FilesUnreachable, UnsafeEntry
from liftlock.environments.trees import FileWillNotHoldStill, Placed, TreeInTheWay, keep
from places import At, Stopped, silent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tree with what real ones have."""
    tree = tmp_path / "files"
    (tree / "deep" / "er").mkdir(parents=True)
    (tree / "empty").mkdir(mode=0o750)
    _ = (tree / "readme").write_text("hello")
    _ = (tree / "deep" / "er" / "größe ü.txt").write_bytes(os.urandom(10_000))
    (tree / "deep" / "run").touch(mode=0o754)
    (tree / "deep" / "run").chmod(0o754)
    (tree / "latest").symlink_to("deep/er")
    (tree / "deep" / "up").symlink_to("../readme")
    os.utime(tree / "readme", ns=(10**18, 10**18))
    return tree


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "ll_test_1_1_abcdef"


def test_a_whole_copy_is_equal_in_content_links_modes_and_times(source: Path, target: Path) -> None:
    copied = trees.copy_tree(source, target, keep, silent)
    assert trees.digest_tree(target) == trees.digest_tree(source)
    assert trees.tree_digest(target) == trees.tree_digest(source)
    assert (copied.files, copied.left_out) == (5, 0)
    assert copied.size_bytes == 10_005
    for path in (".", "deep", "deep/run", "empty", "readme"):
        one, other = (source / path).stat(), (target / path).stat()
        assert (one.st_mode, one.st_mtime_ns) == (other.st_mode, other.st_mtime_ns), path


def test_nothing_is_shared_with_the_original(source: Path, target: Path) -> None:
    os.link(source / "readme", source / "twin")
    _ = trees.copy_tree(source, target, keep, silent)
    assert (target / "readme").stat().st_nlink == 1
    with (target / "readme").open("r+") as file:
        _ = file.write("J")
    assert (source / "readme").read_text() == "hello"
    assert (target / "twin").read_text() == "hello"


def test_decisions_leave_out_replace_and_rename(source: Path, target: Path) -> None:
    def decide(path: str) -> Placed | None:
        match path:
            case "readme":
                return Placed(path="was/readme")
            case "deep/run":
                return Placed(path=path, content=b"placeholder")
            case "empty/":
                return Placed(path=path)
            case _:
                return None

    copied = trees.copy_tree(source, target, decide, silent)
    assert set(trees.digest_tree(target)) == {"was/readme", "deep/run", "empty/"}
    assert (target / "deep" / "run").read_bytes() == b"placeholder"
    assert copied.left_out == 3


@pytest.mark.parametrize("path", ["../out", "/etc/out", "a/../../out"])
def test_no_decision_places_anything_outside(source: Path, target: Path, path: str) -> None:
    with pytest.raises(UnsafeEntry, match="placed outside the tree"):
        _ = trees.copy_tree(source, target, lambda _: Placed(path=path), silent)
    assert not target.exists()


def test_two_entries_in_one_place_are_refused(source: Path, target: Path) -> None:
    with pytest.raises(TreeInTheWay, match="same"):
        _ = trees.copy_tree(source, target, lambda _: Placed(path="same"), silent)


LEADING_OUT: dict[str, Callable[[Path], None]] = {
    "absolute": lambda tree: (tree / "x").symlink_to("/etc/passwd"),
    "absolute into the tree itself": lambda tree: (tree / "x").symlink_to(tree / "readme"),
    "upwards": lambda tree: (tree / "x").symlink_to("../secret"),
    "upwards from below": lambda tree: (tree / "deep" / "x").symlink_to("../../secret"),
    "through another link": lambda tree: _links(tree, here=".", x="here/../secret"),
    "in and out again": lambda tree: (tree / "x").symlink_to("deep/../../secret"),
    "a pipe": lambda tree: os.mkfifo(tree / "x"),
    "a socket": lambda tree: _socket(tree / "x"),
}


@pytest.mark.parametrize("case", LEADING_OUT)
def test_what_leads_out_or_is_no_file_is_refused_by_name(
    source: Path, target: Path, case: str
) -> None:
    LEADING_OUT[case](source)
    with pytest.raises(UnsafeEntry, match=r"x cannot be copied"):
        _ = trees.copy_tree(source, target, keep, silent)
    assert not target.exists()
    assert [p for p in trees.entries(source) if trees.why_unsafe(source, p)]


@pytest.mark.parametrize("case", LEADING_OUT)
def test_what_is_left_out_by_decision_does_not_hinder(
    source: Path, target: Path, case: str
) -> None:
    LEADING_OUT[case](source)

    def decide(path: str) -> Placed | None:
        return None if Path(path).name == "x" else Placed(path=path)

    assert trees.copy_tree(source, target, decide, silent).left_out == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_refused_by_name(source: Path, target: Path) -> None:
    os.mknod(source / "null", 0o600 | 0o020000, os.makedev(1, 3))
    with pytest.raises(UnsafeEntry, match="null cannot be copied: it is a device"):
        _ = trees.copy_tree(source, target, keep, silent)


@pytest.mark.usefixtures("told_at_each_chunk")
@pytest.mark.parametrize("nth", [1, 4, 7])
def test_a_stopped_copy_leaves_no_target_and_is_made_again(
    source: Path, target: Path, nth: int
) -> None:
    with pytest.raises(Stopped):
        _ = trees.copy_tree(source, target, keep, At(nth=nth))
    assert not target.exists()
    _ = trees.copy_tree(source, target, keep, silent)
    assert trees.digest_tree(target) == trees.digest_tree(source)
    assert not target.with_name(f"{target.name}.part").exists()


def test_a_target_that_is_there_is_not_touched(source: Path, target: Path) -> None:
    target.mkdir()
    with pytest.raises(TreeInTheWay, match=target.name):
        _ = trees.copy_tree(source, target, keep, silent)
    assert list(target.iterdir()) == []


def test_a_missing_tree_is_named(tmp_path: Path, target: Path) -> None:
    with pytest.raises(FilesNotFound, match="nowhere"):
        _ = trees.copy_tree(tmp_path / "nowhere", target, keep, silent)


@pytest.fixture
def told_at_each_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liftlock.environments.entries._TELL_EVERY_S", -1.0)


@dataclass(slots=True, kw_only=True)
class Scribbling:
    """A `tell` that writes to a file while it is being copied, so many times."""

    path: Path
    times: int

    def __call__(self, progress: Progress, /) -> None:
        if self.times > 0:
            self.times -= 1
            with self.path.open("a") as file:
                _ = file.write(progress.said)


@pytest.mark.usefixtures("told_at_each_chunk")
def test_a_file_that_changes_while_it_is_copied_is_copied_again(source: Path, target: Path) -> None:
    _ = trees.copy_tree(source, target, keep, Scribbling(path=source / "readme", times=6))
    assert (target / "readme").read_text() == (source / "readme").read_text() != "hello"


@pytest.mark.usefixtures("told_at_each_chunk")
def test_a_file_that_will_not_hold_still_is_named(source: Path, target: Path) -> None:
    always = Scribbling(path=source / "readme", times=1_000_000)
    with pytest.raises(FileWillNotHoldStill, match="readme changed each of 5 times"):
        _ = trees.copy_tree(source, target, keep, always)
    assert not target.exists()


def test_a_file_removed_meanwhile_is_not_missed(source: Path, target: Path) -> None:
    def decide(path: str) -> Placed:
        (source / "readme").unlink(missing_ok=True)
        return Placed(path=path)

    _ = trees.copy_tree(source, target, decide, silent)
    assert "readme" not in trees.digest_tree(target)


def test_digests_tell_content_links_and_empty_directories(source: Path) -> None:
    digests = trees.digest_tree(source)
    assert digests["latest"] == "link:deep/er"
    assert digests["empty/"] == ""
    before = trees.tree_digest(source)
    _ = (source / "readme").write_text("hellO")
    assert trees.tree_digest(source) != before


def test_names_that_are_no_text_travel_too(source: Path, target: Path) -> None:
    strange = os.fsdecode(b"caf\xe9")
    _ = (source / strange).write_text("x")
    _ = trees.copy_tree(source, target, keep, silent)
    assert (target / strange).read_text() == "x"
    assert trees.tree_digest(source) == trees.tree_digest(target)
    assert entries.shown(strange) == "caf\ufffd"


def test_directories_are_swapped_and_a_repeat_finds_it_done(tmp_path: Path) -> None:
    live, coming, away = (tmp_path / name for name in ("live", "coming", "away"))
    for path in (live, coming):
        path.mkdir()
        _ = (path / "was").write_text(path.name)
    for _ in range(2):
        trees.swap_directories(live, coming=coming, away=away)
    assert (live / "was").read_text() == "coming"
    assert (away / "was").read_text() == "live"
    for _ in range(2):
        trees.swap_directories(live, coming=away, away=coming)
    assert (live / "was").read_text() == "live"


def test_a_swap_killed_between_its_renames_goes_on_or_back(tmp_path: Path) -> None:
    live, coming, away = (tmp_path / name for name in ("live", "coming", "away"))
    for path in (away, coming):
        path.mkdir()
        _ = (path / "was").write_text(path.name)
    trees.swap_directories(live, coming=away, away=coming)
    assert (live / "was").read_text() == "away"
    _ = live.rename(away)
    trees.swap_directories(live, coming=coming, away=away)
    assert (live / "was").read_text() == "coming"


def test_nothing_is_overwritten_and_nothing_is_lost(tmp_path: Path) -> None:
    live, coming, away = (tmp_path / name for name in ("live", "coming", "away"))
    for path in (live, coming, away):
        path.mkdir()
    with pytest.raises(TreeInTheWay, match="away"):
        trees.swap_directories(live, coming=coming, away=away)
    for path in (live, coming):
        path.rmdir()
    with pytest.raises(FilesNotFound, match="coming"):
        trees.swap_directories(live, coming=coming, away=away)


def test_only_directories_of_ours_are_removed(tmp_path: Path, target: Path) -> None:
    target.mkdir()
    target.with_name(f"{target.name}.part").mkdir()
    for _ in range(2):
        trees.remove_tree(target)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "files").mkdir()
    with pytest.raises(TreeInTheWay, match="files"):
        trees.remove_tree(tmp_path / "files")


def test_the_file_systems_refusal_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(
            FilesUnreachable, match="nowhere cannot be read, written or renamed: No such"
        ),
        entries.named_errors(tmp_path),
    ):
        _ = (tmp_path / "nowhere").read_text()


Content: TypeAlias = "bytes | dict[str, Content]"
NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8)
CONTENT: st.SearchStrategy[Content] = st.recursive(
    st.binary(max_size=50),
    lambda children: st.dictionaries(
        NAMES.filter(lambda name: name not in {".", ".."}), children, max_size=4
    ),
    max_leaves=12,
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(content=st.dictionaries(st.sampled_from(["a", "b", "c"]), CONTENT))
def test_any_tree_is_copied_whole(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Content]
) -> None:
    home = tmp_path_factory.mktemp("any")
    _grow(home / "files", content)
    _ = trees.copy_tree(home / "files", home / "copy", keep, silent)
    assert trees.digest_tree(home / "copy") == trees.digest_tree(home / "files")


def _grow(path: Path, content: Content) -> None:
    if isinstance(content, bytes):
        _ = path.write_bytes(content)
        return
    path.mkdir()
    for name, inner in content.items():
        _grow(path / name, inner)


def _links(tree: Path, **links: str) -> None:
    for name, to in links.items():
        (tree / name).symlink_to(to)


def _socket(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()
