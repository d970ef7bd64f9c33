"""The contract of a module store, and what is special of the one on disk."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest
from typing_extensions import override

from liftlock.domain.modules import Digest, ModuleCode, Package
from liftlock.domain.packages import PackageNotFound, TamperedPackage, UnreadablePackage
from liftlock.environments.entries import FilesUnreachable
from liftlock.modules import archives, artifacts, transfers
from liftlock.modules.artifacts import Artifact, Summary
from liftlock.modules.blobs import Descriptor
from liftlock.modules.oci_layout import BrokenModuleStore, OciLayout
from liftlock.modules.packing import build
from liftlock.modules.stores import ModuleStore
from liftlock.modules.transfers import UnreadableTransfer
from places import silent
from sample_modules import a_module, sample

STORES: dict[str, Callable[[Path], ModuleStore]] = {"oci layout": OciLayout}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ModuleStore:
    return STORES[request.param](tmp_path / "store")


@pytest.fixture
def disk(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "disk")


def blob_paths(store: OciLayout, package: Package) -> dict[str, Path]:
    manifest = json.loads(store.read_manifest(package.digest))
    digests = {
        "manifest": package.digest,
        "config": manifest["config"]["digest"],
        "definition": manifest["layers"][0]["digest"],
        "payload": manifest["layers"][1]["digest"],
    }
    folder = store.root / "blobs/sha256"
    return {name: folder / digest.removeprefix("sha256:") for name, digest in digests.items()}


def test_an_empty_store_has_nothing(store: ModuleStore) -> None:
    assert store.packages() == ()
    for digest in ("sha256:" + "0" * 64, "sha256:../../../etc/passwd", "latest", ""):
        with pytest.raises(PackageNotFound):
            _ = store.read(Digest(digest))


def test_a_package_is_found_by_its_digest_alone(store: ModuleStore, tmp_path: Path) -> None:
    first = build(a_module(tmp_path / "s"), store)
    second = build(a_module(tmp_path / "s", "[[checks]]\ncommand = ['true']\n"), store)
    assert (first.code, first.version) == (second.code, second.version)
    assert first.digest != second.digest
    assert {p.digest for p in store.packages()} == {first.digest, second.digest}
    assert store.read(first.digest).manifest.checks == ()


def test_adding_twice_changes_nothing(store: ModuleStore) -> None:
    assert sample(store, "acme.crm", "1.0") == sample(store, "acme.crm", "1.0")
    assert len(store.packages()) == 1


def test_a_package_travels_as_a_stream(store: ModuleStore, disk: OciLayout) -> None:
    package = sample(disk, "acme.crm", "1.0")
    _ = sample(disk, "acme.base", "1.0")
    stream = io.BytesIO()
    transfers.send(disk, package.digest, stream)
    _ = stream.seek(0)
    assert transfers.receive(stream, store) == package
    assert store.packages() == (package,)
    assert store.read(package.digest).manifest_text == disk.read(package.digest).manifest_text


@pytest.mark.parametrize("blob", ["manifest", "config", "definition", "payload"])
@pytest.mark.parametrize("how", ["changed", "longer", "shorter", "gone", "empty"])
def test_a_tampered_blob_is_noticed(disk: OciLayout, blob: str, how: str) -> None:
    package = sample(disk, "acme.crm", "1.0")
    path = blob_paths(disk, package)[blob]
    content = path.read_bytes()
    match how:
        case "changed":
            _ = path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        case "longer":
            _ = path.write_bytes(content + b"\0")
        case "shorter":
            _ = path.write_bytes(content[:-1])
        case "empty":
            _ = path.write_bytes(b"")
        case _:
            path.unlink()
    with pytest.raises(TamperedPackage, match=package.digest):
        _ = disk.read(package.digest)


def test_building_again_heals_a_tampered_package(disk: OciLayout) -> None:
    package = sample(disk, "acme.crm", "1.0")
    _ = blob_paths(disk, package)["definition"].write_bytes(b"x")
    assert sample(disk, "acme.crm", "1.0") == package
    assert disk.read(package.digest).package == package


def test_files_tampered_with_after_reading_are_noticed_while_they_are_written(
    disk: OciLayout, tmp_path: Path
) -> None:
    package = sample(disk, "acme.crm", "1.0")
    payload = disk.read(package.digest).payload()
    path = blob_paths(disk, package)["payload"]
    content = path.read_bytes()
    assert b"Customers 1.0" in content
    _ = path.write_bytes(content.replace(b"Customers 1.0", b"Customers 9.9"))
    assert payload is not None
    with pytest.raises(TamperedPackage), payload as stream:
        _ = archives.extract(stream, tmp_path / "out", package.digest, silent)


def test_files_that_are_no_archive_any_more_are_called_tampered_with(
    disk: OciLayout, tmp_path: Path
) -> None:
    package = sample(disk, "acme.crm", "1.0")
    payload = disk.read(package.digest).payload()
    path = blob_paths(disk, package)["payload"]
    _ = path.write_bytes(b"no tar at all".ljust(path.stat().st_size, b"!"))
    assert payload is not None
    with pytest.raises(TamperedPackage), payload as stream:
        _ = archives.extract(stream, tmp_path / "out", package.digest, silent)


def test_a_broken_index_is_named(disk: OciLayout) -> None:
    _ = sample(disk, "acme.crm", "1.0")
    for content in (b"", b"{}", b"[]", b'{"manifests": [3]}'):
        _ = (disk.root / "index.json").write_bytes(content)
        with pytest.raises(BrokenModuleStore, match=r"index\.json"):
            _ = disk.packages()


def test_what_others_keep_in_the_layout_is_left_alone(disk: OciLayout) -> None:
    package = sample(disk, "acme.crm", "1.0")
    index = json.loads((disk.root / "index.json").read_bytes())
    foreign = {"mediaType": "x/y", "digest": "sha256:" + "a" * 64, "size": 3}
    index["manifests"].append(foreign)
    _ = (disk.root / "index.json").write_text(json.dumps(index))
    assert disk.packages() == (package,)
    _ = sample(disk, "acme.base", "1.0")
    assert foreign in json.loads((disk.root / "index.json").read_bytes())["manifests"]


def test_a_write_that_broke_off_leaves_nothing(disk: OciLayout) -> None:
    class Breaking(io.BytesIO):
        @override
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(ENOSPC, "No space left on device")
            return super().read(size)

    _ = sample(disk, "acme.crm", "1.0")
    before = sorted(p.name for p in disk.root.rglob("*"))
    with pytest.raises(FilesUnreachable, match="No space left"):
        _ = disk.add_blob(Breaking(b"x" * 10))
    assert sorted(p.name for p in disk.root.rglob("*")) == before


def crafted(store: OciLayout, payload: bytes, manifest: str = "") -> Digest:
    """Put a package into a store whose payload no builder would make."""
    text = 'code = "acme.test"\nversion = "1.0"\ntitle = "Test"\n' + manifest
    definition = io.BytesIO()
    archives.write_texts({"module.toml": text.encode()}, definition)
    summary = Summary(code=ModuleCode("acme.test"), version="1.0", title="Test", requires={})

    def add(media_type: str, content: bytes) -> Descriptor:
        digest, size = store.add_blob(io.BytesIO(content))
        return Descriptor(media_type=media_type, digest=digest, size=size)

    artifact = Artifact(
        config=add(artifacts.CONFIG_TYPE, summary.to_bytes()),
        definition=add(artifacts.DEFINITION_TYPE, definition.getvalue()),
        payload=add(artifacts.PAYLOAD_TYPE, payload),
        code="acme.test",
        version="1.0",
    )
    return store.add_package(artifact)


def tar_of(*members: tuple[str, bytes, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            content = b"x" if kind == tarfile.REGTYPE else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


F, L = tarfile.REGTYPE, tarfile.SYMTYPE


@pytest.mark.parametrize(
    "payload",
    [
        tar_of(("../out", F, "")),
        tar_of(("/tmp/out", F, "")),  # noqa: S108
        tar_of(("a/../../out", F, "")),
        tar_of(("a", F, ""), ("A", F, "")),
        tar_of(("a", F, ""), ("a", F, "")),
        tar_of(("a", F, ""), ("a/b", F, "")),
        tar_of(("l", L, ".."), ("l/out", F, "")),
        tar_of(("l", L, "..")),
        tar_of(("l", L, "/etc"), ("x", F, "")),
        tar_of(("l", L, "gone")),
        tar_of(("a", F, ""), ("l", L, "x/../a")),
        tar_of(("d", tarfile.CHRTYPE, "")),
        tar_of(("p", tarfile.FIFOTYPE, "")),
        tar_of(("a", F, ""), ("h", tarfile.LNKTYPE, "a")),
        tar_of(("d", tarfile.DIRTYPE, "")),
        tar_of(("e\u0301", F, "")),
        b"no tar at all" * 100,
        tar_of(("a", F, ""))[:700],
    ],
)
def test_a_package_made_by_an_enemy_writes_nothing_outside(
    disk: OciLayout, tmp_path: Path, payload: bytes
) -> None:
    digest = crafted(disk, payload)
    content = disk.read(digest).payload()
    into = tmp_path / "in/folder"
    into.mkdir(parents=True)
    before = {p for p in tmp_path.rglob("*") if not p.is_relative_to(into)}
    assert content is not None
    with pytest.raises(UnreadablePackage, match=digest), content as stream:
        _ = archives.extract(stream, into, digest, silent)
    assert {p for p in tmp_path.rglob("*") if not p.is_relative_to(into)} == before
    assert not [p for p in into.rglob("*") if p.is_symlink()]


def test_an_artifact_of_other_media_types_is_not_one_of_ours(disk: OciLayout) -> None:
    package = sample(disk, "acme.crm", "1.0")
    artifact = Artifact.parse(disk.read_manifest(package.digest), package.digest)
    strange = replace(artifact, config=replace(artifact.config, media_type="application/json"))
    with pytest.raises(UnreadablePackage, match="manifest is not one of ours"):
        _ = disk.read(disk.add_package(strange))


def test_parts_that_speak_of_different_modules_are_refused(disk: OciLayout) -> None:
    with pytest.raises(UnreadablePackage, match=r"module\.toml"):
        _ = disk.read(crafted(disk, b"", "unknown = 1\n"))
    with pytest.raises(UnreadablePackage, match="different modules"):
        _ = disk.read(crafted(disk, b"", '[requires]\n"acme.x" = ""\n'))


def pushed(members: dict[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    _ = stream.seek(0)
    return stream


def members_of(store: OciLayout) -> dict[str, bytes]:
    names = ["oci-layout", "index.json", *(f"blobs/sha256/{p.name}" for p in blobs_of(store))]
    return {name: (store.root / name).read_bytes() for name in names}


def blobs_of(store: OciLayout) -> list[Path]:
    return sorted((store.root / "blobs/sha256").iterdir())


def with_a_stranger(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, "../../evil": b"x"}


def with_a_way_out(members: dict[str, bytes]) -> dict[str, bytes]:
    return {**members, "blobs/sha256/../../evil": b"x"}


def without_its_index(members: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in members.items() if name != "index.json"}


@pytest.mark.parametrize("break_it", [with_a_stranger, with_a_way_out, without_its_index])
def test_a_stream_that_is_no_package_is_refused(
    disk: OciLayout, store: ModuleStore, break_it: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> None:
    _ = sample(disk, "acme.crm", "1.0")
    with pytest.raises(UnreadableTransfer):
        _ = transfers.receive(pushed(break_it(members_of(disk))), store)
    assert store.packages() == ()


def test_a_stream_with_a_changed_blob_is_refused(disk: OciLayout, store: ModuleStore) -> None:
    _ = sample(disk, "acme.crm", "1.0")
    for name, content in members_of(disk).items():
        if name.startswith("blobs/"):
            with pytest.raises(TamperedPackage):
                _ = transfers.receive(pushed({**members_of(disk), name: content + b"x"}), store)
            missing = {n: c for n, c in members_of(disk).items() if n != name}
            with pytest.raises(TamperedPackage):
                _ = transfers.receive(pushed(missing), store)
    assert store.packages() == ()


def test_a_stream_that_is_too_long_or_broken_is_refused(
    disk: OciLayout, store: ModuleStore
) -> None:
    _ = sample(disk, "acme.crm", "1.0")
    with pytest.raises(UnreadableTransfer, match="larger than 1000 bytes"):
        _ = transfers.receive(pushed(members_of(disk)), store, most_bytes=1000)
    whole = pushed(members_of(disk)).getvalue()
    for content in (b"", b"x" * 2000, whole[: len(whole) // 2]):
        with pytest.raises((UnreadableTransfer, TamperedPackage)):
            _ = transfers.receive(io.BytesIO(content), store)
    assert store.packages() == ()


def test_many_builders_at_once_lose_no_package(disk: OciLayout, tmp_path: Path) -> None:
    sources = [a_module(tmp_path / str(n), f'[requires]\n"acme.x" = ">{n}"\n') for n in range(12)]
    with ThreadPoolExecutor(6) as threads:
        built = {package.digest for package in threads.map(build, sources, [disk] * 12)}
    assert set(disk.digests()) == built
    assert len(built) == 12


def test_digests_are_those_of_the_files(disk: OciLayout) -> None:
    _ = sample(disk, "acme.crm", "1.0")
    for path in blobs_of(disk):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
