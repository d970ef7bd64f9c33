"""`liftlock module …`: build packages, push them, install them into Development."""

import io
from pathlib import Path

from cyclopts import App

from liftlock.cli.output import AsJson, api, show
from liftlock.client import packages
from liftlock.client.connection import Document
from liftlock.domain.modules import Digest, Package
from liftlock.modules import packing, transfers
from liftlock.modules.oci_layout import OciLayout
from liftlock.settings import settings

app = App(name="module", help="Build module packages, push and install them.")


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
    """Pack a module's folder into the local module store; asks no server.

    Args:
        source: The folder that holds module.toml.
        as_json: Print JSON.
    """
    show(_document(packing.build(source, _local_store())), as_json=as_json)


@app.command
def push(package: str, /, *, as_json: AsJson = False) -> None:
    """Send a package to the server's module store.

    Args:
        package: The digest of a built package, or a module's folder, which is built first.
        as_json: Print JSON.
    """
    store, archive = _local_store(), io.BytesIO()
    folder = Path(package)
    digest = packing.build(folder, store).digest if folder.is_dir() else Digest(package)
    transfers.send(store, digest, archive)
    with api() as connection:
        show(packages.push(connection, archive.getvalue()), as_json=as_json)


@app.command
def install(digest: str, /, *, as_json: AsJson = False) -> None:
    """Install a pushed package into Development."""
    with api() as connection:
        show(packages.install(connection, digest), as_json=as_json)


@app.command(name="list")
def list_packages(*, as_json: AsJson = False) -> None:
    """List the packages in the server's module store."""
    with api() as connection:
        found = packages.list_packages(connection)
    show(list(found), as_json=as_json, columns=("code", "version", "digest", "title"))


@app.command(name="show")
def show_package(digest: str, /, *, as_json: AsJson = False) -> None:
    """Show one package with its manifest."""
    with api() as connection:
        show(packages.show(connection, digest), as_json=as_json)
