"""Masking policies in the books: every version ever submitted, one of a repository in force."""

from datetime import datetime
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import PersonId, Signature
from liftlock.domain.policy_versions import PolicyState, PolicyVersion
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO policies (organisation_id, repository, version, document, state, submitted_by,
                          submitted_at)
    SELECT %(organisation)s, %(repository)s, coalesce(max(version), 0) + 1, %(document)s,
           'submitted', %(by)s, %(now)s
      FROM policies
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
 RETURNING version
"""

COLUMNS: LiteralString = """
    SELECT repository, version, document, state, submitted_by, submitted_at, approved_by,
           approved_at
      FROM policies
"""

LOAD: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
           AND version = %(version)s
       FOR UPDATE
"""
)

READ: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
           AND (version = %(version)s OR state = %(state)s)
     ORDER BY version DESC
     LIMIT 1
"""
)

HEADS: LiteralString = """
    SELECT repository, version, '' AS document, state, submitted_by, submitted_at, approved_by,
           approved_at
      FROM policies
     WHERE organisation_id = %(organisation)s AND state IN ('submitted', 'approved')
     ORDER BY repository, version
"""

LATEST: LiteralString = (
    COLUMNS
    + """
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
     ORDER BY version DESC
     LIMIT 1
"""
)

OF_ORGANISATION: LiteralString = (
    COLUMNS + " WHERE organisation_id = %(organisation)s ORDER BY repository, version"
)

IN_FORCE: LiteralString = (
    COLUMNS + " WHERE organisation_id = %(organisation)s AND state = 'approved' ORDER BY repository"
)

WAITING: LiteralString = (
    COLUMNS
    + " WHERE organisation_id = %(organisation)s AND state = 'submitted' ORDER BY repository"
)

# Documents are long, and a list of versions shows none of them.
VERSIONS: LiteralString = """
    SELECT repository, version, '' AS document, state, submitted_by, submitted_at, approved_by,
           approved_at
      FROM policies
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
     ORDER BY version DESC
     LIMIT %(at_most)s
"""

SUPERSEDE: LiteralString = """
    UPDATE policies
       SET state = 'superseded'
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s AND state = %(state)s
"""

APPROVE: LiteralString = """
    UPDATE policies
       SET state = 'approved', approved_by = %(by)s, approved_at = %(now)s
     WHERE organisation_id = %(organisation)s AND repository = %(repository)s
           AND version = %(version)s
       AND state = 'submitted'
"""


class PolicyRow(TypedDict):
    """The columns of `COLUMNS`."""

    repository: str
    version: int
    document: str
    state: str
    submitted_by: int
    submitted_at: datetime
    approved_by: int | None
    approved_at: datetime | None


def as_policy_version(**row: Unpack[PolicyRow]) -> PolicyVersion:
    """Make a version of a policy of a row."""
    by, at = row["approved_by"], row["approved_at"]
    approved = None if by is None or at is None else Signature(by=PersonId(by), at=at)
    return PolicyVersion(
        repository=row["repository"],
        version=row["version"],
        document=row["document"],
        state=PolicyState(row["state"]),
        submitted=Signature(by=PersonId(row["submitted_by"]), at=row["submitted_at"]),
        approved=approved,
    )


def add(
    tx: Transaction,
    organisation: OrganisationId,
    *,
    repository: str,
    document: str,
    by: PersonId,
) -> int:
    """Write a document as the repository's next version, instead of one that waits."""
    fields = {
        "organisation": organisation,
        "repository": repository,
        "document": document,
        "by": by,
        "now": tx.now,
    }
    tx.connection.execute(SUPERSEDE, fields | {"state": PolicyState.SUBMITTED})
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return rows[0][0]


def approve(
    tx: Transaction, organisation: OrganisationId, repository: str, version: int, by: PersonId
) -> None:
    """Put a submitted version in force instead of the one that is."""
    fields = {
        "organisation": organisation,
        "repository": repository,
        "version": version,
        "by": by,
        "now": tx.now,
    }
    tx.connection.execute(SUPERSEDE, fields | {"state": PolicyState.APPROVED})
    _ = constraints.write(tx, APPROVE, fields)


def load(
    tx: Transaction, organisation: OrganisationId, repository: str, version: int
) -> PolicyVersion | None:
    """Lock and return a version of a repository's policy."""
    fields = {"organisation": organisation, "repository": repository, "version": version}
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(LOAD, fields).fetchone()


def latest(tx: Transaction, organisation: OrganisationId, repository: str) -> PolicyVersion | None:
    """Return the latest version of a repository's policy, in force or not."""
    fields = {"organisation": organisation, "repository": repository}
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(LATEST, fields).fetchone()


def of_organisation(tx: Transaction, organisation: OrganisationId) -> list[PolicyVersion]:
    """Return every version of the organisation's policies."""
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(OF_ORGANISATION, {"organisation": organisation}).fetchall()


def in_force(tx: Transaction, organisation: OrganisationId) -> list[PolicyVersion]:
    """Return the approved policies, one a repository."""
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(IN_FORCE, {"organisation": organisation}).fetchall()


def waiting(tx: Transaction, organisation: OrganisationId) -> list[PolicyVersion]:
    """Return the submitted versions that wait for an approval, one a repository."""
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(WAITING, {"organisation": organisation}).fetchall()


def versions(
    tx: Transaction, organisation: OrganisationId, repository: str, at_most: int
) -> list[PolicyVersion]:
    """Return the latest versions of a repository's policy, without their documents."""
    fields = {"organisation": organisation, "repository": repository, "at_most": at_most}
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(VERSIONS, fields).fetchall()


def read(
    tx: Transaction,
    organisation: OrganisationId,
    repository: str,
    *,
    version: int | None = None,
    state: PolicyState | None = None,
) -> PolicyVersion | None:
    """Return one version of a repository's policy: that of a number, or the one in a state."""
    fields = {
        "organisation": organisation,
        "repository": repository,
        "version": version,
        "state": state,
    }
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(READ, fields).fetchone()


def heads(tx: Transaction, organisation: OrganisationId) -> list[PolicyVersion]:
    """Return what is in force and what waits, by repository, without the documents."""
    with tx.connection.cursor(row_factory=kwargs_row(as_policy_version)) as cursor:
        return cursor.execute(HEADS, {"organisation": organisation}).fetchall()
