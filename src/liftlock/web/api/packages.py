"""Module packages over JSON; a package itself travels as a tar archive of an OCI image layout."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from pydantic import BaseModel

from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest, Installed, Package
from liftlock.domain.progress import Progress
from liftlock.modules import transfers
from liftlock.services import contents, environments, packages
from liftlock.web import bodies
from liftlock.web.edge import Of, Store, Tx, Who
from liftlock.web.fields import CodeInPath
from liftlock.web.once import OnceRoute
from liftlock.web.paging import PAGED, Paging, instant

router = APIRouter(prefix="/packages", tags=["packages"], route_class=OnceRoute)
ARCHIVE: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class InstalledShown(BaseModel):
    """A module as an environment reports it."""

    code: str
    version: str
    digest: str


class PackageShown(InstalledShown):
    """A package in the module store."""

    title: str
    requires: dict[str, str]


def shown(package: Package) -> PackageShown:
    """Return what a caller sees of a package."""
    return PackageShown(
        code=package.code,
        version=package.version,
        digest=package.digest,
        title=package.title,
        requires={str(code): wanted for code, wanted in package.requires.items()},
    )


def installed_shown(installed: Sequence[Installed]) -> list[InstalledShown]:
    """Return what a caller sees of what is installed."""
    return [
        InstalledShown(code=each.code, version=each.version, digest=each.digest)
        for each in installed
    ]


def _unheard(progress: Progress) -> None:
    """Nobody watches an install by request; its answer says what came of it."""
    del progress


@router.post("", status_code=201, max_body_size=bodies.MOST_PACKAGE_BYTES, openapi_extra=ARCHIVE)
def push(tx: Tx, who: Who, organisation: Of, store: Store, request: Request) -> PackageShown:
    """Take a package into the module store; each digest in it is checked."""
    packages.require_may_push(tx, who, organisation.id)
    received = transfers.receive(bodies.arriving(request), store)
    return shown(packages.push(tx, who, organisation.id, store.read(received.digest)))


@router.get("", responses=PAGED)
def list_packages(tx: Tx, who: Who, organisation: Of, page: Paging) -> list[PackageShown]:
    """Return the organisation's packages by code, earliest first."""
    found = page.cut(
        packages.list_all(tx, who, organisation.id),
        lambda each: (each.package.code, instant(each.pushed.at), each.package.digest),
    )
    return [shown(pushed.package) for pushed in found]


@router.get("/{digest}")
def show(tx: Tx, who: Who, organisation: Of, digest: CodeInPath) -> PackageShown:
    """Return one package."""
    return shown(packages.show(tx, who, organisation.id, Digest(digest)).package)


@router.post("/{digest}/install")
def install(
    tx: Tx, who: Who, organisation: Of, store: Store, digest: CodeInPath
) -> list[InstalledShown]:
    """Install a package into Development, and return what Development reports then."""
    _ = packages.install_into_development(
        tx, who, organisation.id, [Digest(digest)], store=store, tell=_unheard
    )
    development = environments.of_kind(tx, organisation.id, Kind.DEVELOPMENT)
    return installed_shown(contents.installed(tx, development))
