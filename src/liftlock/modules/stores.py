"""Where packages are kept: what every module store does, whatever it is made of."""

from typing import Protocol

from liftlock.domain.modules import Digest, Package
from liftlock.modules import contents
from liftlock.modules.artifacts import Artifact
from liftlock.modules.blobs import Blobs
from liftlock.modules.contents import PackageContent


class ModuleStore(Blobs, Protocol):
    """Packages by digest; whatever is read from it is checked against its digest."""

    def add_package(self, artifact: Artifact) -> Digest:
        """List a package, whose blobs are there already; return its digest. May be repeated."""
        ...

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of all packages, sorted."""
        ...

    def read(self, digest: Digest) -> PackageContent:
        """Read a package whole.

        Raises: PackageNotFound, TamperedPackage, UnreadablePackage.
        """
        return contents.read(self, digest)

    def packages(self) -> tuple[Package, ...]:
        """Return all packages, sorted by code, version as text, digest.

        Raises: TamperedPackage, UnreadablePackage.
        """
        found = (contents.read_package(self, digest) for digest in self.digests())
        return tuple(sorted(found, key=lambda p: (p.code, p.version, p.digest)))
