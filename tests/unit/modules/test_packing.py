import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from liftlock.domain.manifests import UnreadableManifest
from liftlock.domain.packages import SourceRefused
from liftlock.modules.artifacts import Artifact
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.packing import build
from sample_modules import SAMPLES, a_module, sample

FILES = '\n[files]\nroot = "files"\n'
BUILD = """
import os, sys, time
from pathlib import Path
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.packing import build
time.tzset()
print(build(Path(sys.argv[1]), OciLayout(Path(sys.argv[2]))).digest)
"""


@pytest.fixture
def store(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "store")


def copied(source: Path, to: Path, *, backwards: bool) -> Path:
    """Copy file by file, in one order or the other, so that the folders list differently."""
    names = sorted(p.relative_to(source) for p in source.rglob("*") if not p.is_dir())
    for name in reversed(names) if backwards else names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        _ = shutil.copyfile(source / name, to / name, follow_symlinks=False)
    return to


def many_files(folder: Path) -> Path:
    names = [f"files/{letter}/{n}.txt" for letter in "zyaé" for n in range(20)]
    source = a_module(folder, FILES, {name: name for name in names})
    (source / "files/run").write_text("#!/bin/sh\n")
    (source / "files/run").chmod(0o755)
    (source / "files/link").symlink_to("./a/../run")
    return source


def test_the_same_sources_make_the_same_package_anywhere(tmp_path: Path) -> None:
    source = many_files(tmp_path / "source")
    digests: list[str] = []
    for number, (zone, umask) in enumerate([("Asia/Tokyo", 0o077), ("America/Lima", 0o002)]):
        place = copied(source, tmp_path / f"{'deep/' * number}place", backwards=number > 0)
        for path in place.rglob("*"):
            if not path.is_symlink():
                executable = path.name == "run" or path.is_dir()
                path.chmod((0o777 if executable else 0o666) & ~umask)
                os.utime(path, (number, number))
        finished = subprocess.run(
            [sys.executable, "-c", BUILD, place, tmp_path / f"store{number}"],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": str(number), "LC_ALL": "C"},
            umask=umask,
            check=True,
            capture_output=True,
            text=True,
        )
        digests.append(finished.stdout.strip())
    assert digests[0] == digests[1]
    first, second = (sorted((tmp_path / f"store{n}/blobs/sha256").iterdir()) for n in (0, 1))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def change_content(files: Path) -> None:
    _ = (files / "a.txt").write_text("other")


def make_executable(files: Path) -> None:
    (files / "a.txt").chmod(0o744)


def rename(files: Path) -> None:
    _ = (files / "a.txt").rename(files / "b.txt")


def add_an_empty_file(files: Path) -> None:
    (files / "more").touch()


@pytest.mark.parametrize("change", [change_content, make_executable, rename, add_an_empty_file])
def test_another_content_name_or_right_is_another_package(
    tmp_path: Path, store: OciLayout, change: Callable[[Path], None]
) -> None:
    source = a_module(tmp_path / "source", FILES, {"files/a.txt": "a"})
    before = build(source, store)
    change(source / "files")
    assert build(source, store).digest != before.digest


def test_empty_folders_and_excluded_files_do_not_count(tmp_path: Path, store: OciLayout) -> None:
    manifest = FILES + 'exclude = ["**/*.pyc", "cache"]\n'
    source = a_module(tmp_path / "source", manifest, {"files/a.txt": "a"})
    before = build(source, store)
    (source / "files/empty").mkdir()
    (source / "files/cache").mkdir()
    (source / "files/cache/x").write_text("x")
    (source / "files/a.pyc").write_text("x")
    assert build(source, store).digest == before.digest


def test_the_package_is_an_oci_artifact_with_sorted_and_normal_entries(
    tmp_path: Path, store: OciLayout
) -> None:
    package = build(many_files(tmp_path / "source"), store)
    index = json.loads((store.root / "index.json").read_bytes())
    assert json.loads((store.root / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert [entry["digest"] for entry in index["manifests"]] == [package.digest]
    manifest = json.loads(store.read_manifest(package.digest))
    assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert manifest["artifactType"] == "application/vnd.liftlock.module.v1"
    payload = store.root / "blobs/sha256" / manifest["layers"][1]["digest"][7:]
    with tarfile.open(payload) as archive:
        members = archive.getmembers()
    assert [m.name for m in members] == sorted(m.name for m in members)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}
    assert {m.name for m in members if m.mode == 0o755} == {"run"}
    assert {m.mode for m in members} == {0o644, 0o755}
    assert [m.linkname for m in members if m.issym()] == ["run"]


def test_what_was_built_is_read_back(store: OciLayout) -> None:
    base, crm = sample(store, "acme.base", "1.0"), sample(store, "acme.crm", "2.0")
    assert store.packages() == (base, crm)
    content = store.read(crm.digest)
    assert content.package == crm
    assert content.package.requires == {"acme.base": ">=2.0,<3"}
    assert content.manifest_text == (SAMPLES / "acme-crm-2.0/module.toml").read_text()
    assert content.sql("sql/002-index.sql").startswith("CREATE INDEX CONCURRENTLY")
    assert store.read(base.digest).scripts == {
        "sql/neutralize.sql": "UPDATE base.settings SET value = 'off' WHERE name = 'mail';\n"
    }


def test_a_link_out_of_the_files_is_refused(tmp_path: Path, store: OciLayout) -> None:
    for number, target in enumerate(
        ["/etc/passwd", "../module.toml", "../../x", "gone", "l", ".."]
    ):
        source = a_module(tmp_path / str(number), FILES, {"files/a": ""})
        (source / "files/l").symlink_to(target)
        with pytest.raises(SourceRefused, match=r"^l is a link that"):
            _ = build(source, store)
    assert store.packages() == ()


def test_a_link_through_a_link_is_refused(tmp_path: Path, store: OciLayout) -> None:
    source = a_module(tmp_path / "source", FILES, {"files/folder/a": ""})
    (source / "files/short").symlink_to("folder")
    (source / "files/through").symlink_to("short/a")
    with pytest.raises(SourceRefused, match="through is a link"):
        _ = build(source, store)


def test_files_that_are_no_files_are_refused(tmp_path: Path, store: OciLayout) -> None:
    source = a_module(tmp_path / "s", FILES, {"files/a": ""})
    os.mkfifo(source / "files/pipe")
    with pytest.raises(SourceRefused, match="pipe is neither"):
        _ = build(source, store)
    (source / "files/pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "files/sock"))
        with pytest.raises(SourceRefused, match="sock is neither"):
            _ = build(source, store)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["A.txt", "a.txt"], "but for case"),
        (["a\\b"], "backslash"),
        (["a\nb"], "control character"),
        (["e\u0301"], "NFC"),
        ([".liftlock-package.json"], "but for case"),
    ],
)
def test_names_that_mean_something_else_elsewhere_are_refused(
    tmp_path: Path, store: OciLayout, names: list[str], said: str
) -> None:
    source = a_module(tmp_path / "s", FILES, {f"files/{name}": "" for name in names})
    with pytest.raises(SourceRefused, match=said):
        _ = build(source, store)


def test_bytes_that_are_no_name_are_refused(tmp_path: Path, store: OciLayout) -> None:
    source = a_module(tmp_path / "s", FILES, {"files/a": ""})
    _ = Path(os.fsdecode(os.fsencode(source) + b"/files/\xff")).write_text("x")
    with pytest.raises(SourceRefused, match="UTF-8"):
        _ = build(source, store)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1;\nCOMMIT;", "statement 2 \\(line 2\\)"),
        ("SELECT 1;\0", "not UTF-8"),
        (None, "is not there"),
    ],
)
def test_sql_that_could_not_be_applied_is_refused_when_building(
    tmp_path: Path, store: OciLayout, sql: str | None, said: str
) -> None:
    manifest = '[[migrations]]\ndatabase = "data"\nfile = "a.sql"\n'
    source = a_module(tmp_path / "s", manifest, {} if sql is None else {"a.sql": sql})
    with pytest.raises(SourceRefused, match=f"^a.sql .*{said}"):
        _ = build(source, store)


def test_sql_outside_the_source_folder_is_refused(tmp_path: Path, store: OciLayout) -> None:
    manifest = '[[migrations]]\ndatabase = "data"\nfile = "a.sql"\n'
    source = a_module(tmp_path / "s", manifest)
    (tmp_path / "secret.sql").write_text("SELECT 1")
    (source / "a.sql").symlink_to("../secret.sql")
    with pytest.raises(SourceRefused, match=r"a\.sql leads out"):
        _ = build(source, store)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path, store: OciLayout) -> None:
    with pytest.raises(SourceRefused, match=r"has no module\.toml"):
        _ = build(tmp_path, store)


def test_a_manifest_that_is_not_utf_8_is_refused_with_its_place(
    tmp_path: Path, store: OciLayout
) -> None:
    (tmp_path / "module.toml").write_bytes(b'code = "a"\ntitle = "\xff"\n')
    with pytest.raises(UnreadableManifest, match="line 2, column 10: a byte that is not UTF-8"):
        _ = build(tmp_path, store)


def test_a_manifest_that_is_wrong_builds_nothing(tmp_path: Path, store: OciLayout) -> None:
    with pytest.raises(UnreadableManifest, match="line 4, column 1: unknown key colour"):
        _ = build(a_module(tmp_path / "s", "colour = 1\n"), store)
    assert store.packages() == ()


def test_the_documents_of_a_package_have_one_form_only(store: OciLayout) -> None:
    package = sample(store, "acme.base", "1.0")
    artifact = Artifact.parse(store.read_manifest(package.digest), package.digest)
    assert artifact.to_bytes() == store.read_manifest(package.digest)
