"""`liftlock module …`: build packages, push them, install them into Development."""

import tempfile
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import App, Parameter

from liftlock.cli.output import AsJson, api, show
from liftlock.client import packages
from liftlock.client.connection import Document
from liftlock.domain.modules import Digest, Package
from liftlock.modules import packing, transfers
from liftlock.modules.oci_layout import OciLayout
from liftlock.settings import settings

app = App(name="module", help="Build module packages, push and install them.")

Which: TypeAlias = Annotated[str, Parameter(help="The package's digest: sha256:…")]
_COLUMNS = ("code", "version", "digest", "title")


def _local_store() -> OciLayout:
    return OciLayout(settings().module_store_path)


def _document(package: Package) -> Document:
    return {
        "code": package.code,
        "version": package.version,
        "digest": package.digest,
        "title": package.title,
    }


@app.command
def build(source: Path, /, *, as_json: AsJson = False) -> None:
    """Pack a module's folder into the local module store (LIFTLOCK_MODULE_STORE); asks no API.

    Args:
        source: The folder that holds module.toml.
    """
    show(_document(packing.build(source, _local_store())), as_json=as_json)


@app.command
def push(package: str, /, *, as_json: AsJson = False) -> None:
    """Send a package to the server's module store.

    Args:
        package: The digest of a built package, or a module's folder, which is built first.
    """
    store, folder = _local_store(), Path(package)
    digest = packing.build(folder, store).digest if folder.is_dir() else Digest(package)
    with tempfile.TemporaryFile() as archive, api() as connection:
        transfers.send(store, digest, archive)
        _ = archive.seek(0)
        show(packages.push(connection, archive), as_json=as_json)


@app.command
def install(digest: Which, /, *, as_json: AsJson = False) -> None:
    """Install a pushed package into Development, and list what Development reports then."""
    with api() as connection:
        installed = packages.install(connection, digest)
    show(list(installed), as_json=as_json, columns=("code", "version", "digest"))


@app.command(name="list")
def list_packages(*, as_json: AsJson = False) -> None:
    """List the packages that the organisation has pushed."""
    with api() as connection:
        found = packages.list_packages(connection)
    show(list(found), as_json=as_json, columns=_COLUMNS)


@app.command(name="show")
def show_package(digest: Which, /, *, as_json: AsJson = False) -> None:
    """Show one pushed package and what it requires."""
    with api() as connection:
        show(packages.show(connection, digest), as_json=as_json)
