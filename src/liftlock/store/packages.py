"""Packages in the books: what was pushed, by whom; their content is in the module store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from liftlock.books import Transaction
from liftlock.domain import manifests
from liftlock.domain.manifests import Manifest
from liftlock.domain.modules import Digest, ModuleCode, Package
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.packages import Shelved
from liftlock.domain.people import PersonId, Signature
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO packages (organisation_id, digest, code, version, title, manifest, scripts,
                          pushed_by, pushed_at)
    VALUES (%(organisation)s, %(digest)s, %(code)s, %(version)s, %(title)s, %(manifest)s,
            %(scripts)s, %(by)s, %(now)s)
    ON CONFLICT ON CONSTRAINT packages_digest_unique DO NOTHING
"""

COLUMNS: LiteralString = """
    SELECT digest, manifest, scripts, pushed_by, pushed_at
      FROM packages
"""

LOAD: LiteralString = COLUMNS + " WHERE organisation_id = %(organisation)s AND digest = %(digest)s"

OF_ORGANISATION: LiteralString = (
    COLUMNS + " WHERE organisation_id = %(organisation)s ORDER BY code, pushed_at, id"
)

WITH_DIGESTS: LiteralString = (
    COLUMNS
    + " WHERE organisation_id = %(organisation)s AND digest = ANY (%(digests)s) ORDER BY code"
)

# The latest build of each module; what its manifest says is not read.
SHELF: LiteralString = """
    SELECT latest.code, latest.title, latest.version, latest.digest, people.name AS pushed_by,
           latest.pushed_at, counted.builds
      FROM (SELECT code, count(*) AS builds, max(id) AS id
              FROM packages
             WHERE organisation_id = %(organisation)s
             GROUP BY code) AS counted
      JOIN packages AS latest ON latest.id = counted.id
      JOIN people ON people.id = latest.pushed_by
     ORDER BY latest.code
"""

BUILDS: LiteralString = """
    SELECT packages.code, packages.title, packages.version, packages.digest,
           people.name AS pushed_by, packages.pushed_at, 1 AS builds
      FROM packages
      JOIN people ON people.id = packages.pushed_by
     WHERE packages.organisation_id = %(organisation)s AND packages.code = %(code)s
     ORDER BY packages.id DESC
     LIMIT %(at_most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A package with what its author wrote, and who pushed it."""

    package: Package
    manifest: Manifest
    scripts: Mapping[str, str]
    """The text of each neutralize script, by its file."""
    pushed: Signature


class PackageRow(TypedDict):
    """The columns of `COLUMNS`."""

    digest: str
    manifest: str
    scripts: dict[str, str]
    pushed_by: int
    pushed_at: datetime


def as_pushed(**row: Unpack[PackageRow]) -> Pushed:
    """Make a pushed package of a row."""
    manifest = manifests.parse(row["manifest"])
    return Pushed(
        package=Package(
            code=manifest.code,
            version=manifest.version,
            digest=Digest(row["digest"]),
            title=manifest.title,
            requires=manifest.requires,
        ),
        manifest=manifest,
        scripts=row["scripts"],
        pushed=Signature(by=PersonId(row["pushed_by"]), at=row["pushed_at"]),
    )


class ShelvedRow(TypedDict):
    """The columns of `SHELF`."""

    code: str
    title: str
    version: str
    digest: str
    pushed_by: str
    pushed_at: datetime
    builds: int


def as_shelved(**row: Unpack[ShelvedRow]) -> Shelved:
    """Make a build on the shelf of a row."""
    return Shelved(
        code=ModuleCode(row["code"]),
        title=row["title"],
        version=row["version"],
        digest=Digest(row["digest"]),
        pushed_by=row["pushed_by"],
        pushed_at=row["pushed_at"],
        builds=row["builds"],
    )


def add(
    tx: Transaction,
    organisation: OrganisationId,
    package: Package,
    *,
    manifest: str,
    scripts: Mapping[str, str],
    by: PersonId,
) -> None:
    """Write a package; one that is there already stays as it is."""
    fields = {
        "organisation": organisation,
        "digest": package.digest,
        "code": package.code,
        "version": package.version,
        "title": package.title,
        "manifest": manifest,
        "scripts": Jsonb(dict(scripts)),
        "by": by,
        "now": tx.now,
    }
    _ = constraints.write(tx, ADD, fields)


def load(tx: Transaction, organisation: OrganisationId, digest: Digest) -> Pushed | None:
    """Return a package of this organisation."""
    with tx.connection.cursor(row_factory=kwargs_row(as_pushed)) as cursor:
        return cursor.execute(LOAD, {"organisation": organisation, "digest": digest}).fetchone()


def of_organisation(tx: Transaction, organisation: OrganisationId) -> list[Pushed]:
    """Return the organisation's packages by code, earliest first."""
    with tx.connection.cursor(row_factory=kwargs_row(as_pushed)) as cursor:
        return cursor.execute(OF_ORGANISATION, {"organisation": organisation}).fetchall()


def with_digests(
    tx: Transaction, organisation: OrganisationId, digests: Iterable[Digest]
) -> list[Pushed]:
    """Return those of these packages that the organisation has, by code."""
    fields = {"organisation": organisation, "digests": list(digests)}
    with tx.connection.cursor(row_factory=kwargs_row(as_pushed)) as cursor:
        return cursor.execute(WITH_DIGESTS, fields).fetchall()


def shelf(tx: Transaction, organisation: OrganisationId) -> list[Shelved]:
    """Return the latest build of each of the organisation's modules, by code."""
    with tx.connection.cursor(row_factory=kwargs_row(as_shelved)) as cursor:
        return cursor.execute(SHELF, {"organisation": organisation}).fetchall()


def builds(
    tx: Transaction, organisation: OrganisationId, code: ModuleCode, at_most: int
) -> list[Shelved]:
    """Return the latest builds of a module, latest first."""
    fields = {"organisation": organisation, "code": code, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_shelved)) as cursor:
        return cursor.execute(BUILDS, fields).fetchall()
