"""Module packages through the API: push, install into Development, look."""

from typing import IO, cast

from liftlock.client.connection import Connection, Document, part


def push(api: Connection, archive: bytes | IO[bytes]) -> Document:
    """Put a package (an OCI image layout as a tar archive) into the server's module store."""
    return cast("Document", api.upload("/packages", archive))


def install(api: Connection, digest: str) -> list[Document]:
    """Install a pushed package into Development and return what is installed there now."""
    return cast("list[Document]", api.post(f"/packages/{part(digest)}/install"))


def list_packages(api: Connection) -> list[Document]:
    """Return the packages of the organisation, by code."""
    return api.every("/packages")


def show(api: Connection, digest: str) -> Document:
    """Return one package."""
    return cast("Document", api.get(f"/packages/{part(digest)}"))
