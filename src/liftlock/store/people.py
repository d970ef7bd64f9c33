"""People in the books, with what they were granted."""

from collections.abc import Iterable
from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row

from liftlock.books import Transaction
from liftlock.domain.environments import EnvironmentId
from liftlock.domain.organisations import OrganisationId
from liftlock.domain.people import Grant, Person, PersonId, Role
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO people (organisation_id, login, name, email, created_at)
    VALUES (%(organisation)s, %(login)s, %(name)s, %(email)s, %(now)s)
 RETURNING id
"""

COLUMNS: LiteralString = """
    SELECT people.id, people.organisation_id, people.login, people.name,
           array_agg(grants.role ORDER BY grants.id)
               FILTER (WHERE grants.id IS NOT NULL) AS roles,
           array_agg(grants.environment_id ORDER BY grants.id)
               FILTER (WHERE grants.id IS NOT NULL) AS environments
      FROM people
      LEFT JOIN grants ON grants.person_id = people.id
"""

LOAD: LiteralString = COLUMNS + " WHERE people.id = %(id)s GROUP BY people.id"

OF_ORGANISATION: LiteralString = (
    COLUMNS
    + """
     WHERE people.organisation_id IS NOT DISTINCT FROM %(organisation)s
     GROUP BY people.id
     ORDER BY people.login
"""
)

ADMINISTRATORS: LiteralString = (
    COLUMNS
    + """
     GROUP BY people.id
    HAVING bool_or(grants.role = 'administrator' AND grants.environment_id = %(environment)s)
     ORDER BY people.login
"""
)

GRANT: LiteralString = """
    INSERT INTO grants (person_id, role, environment_id, granted_by, granted_at)
    VALUES (%(person)s, %(role)s, %(environment)s, %(by)s, %(now)s)
    ON CONFLICT ON CONSTRAINT grants_unique DO NOTHING
"""

REVOKE: LiteralString = """
    DELETE FROM grants
     WHERE person_id = %(person)s AND role = %(role)s
           AND environment_id IS NOT DISTINCT FROM %(environment)s
"""

EMAIL: LiteralString = "SELECT email FROM people WHERE id = %(id)s"

CHANGE_EMAIL: LiteralString = "UPDATE people SET email = %(email)s WHERE id = %(id)s"

NAMES: LiteralString = "SELECT id, name FROM people WHERE id = ANY (%(ids)s)"

ANY_OPERATOR: LiteralString = "SELECT EXISTS (SELECT FROM grants WHERE role = 'operator')"


class PersonRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    organisation_id: int | None
    login: str
    name: str
    roles: list[str] | None
    environments: list[int | None] | None


def as_person(**row: Unpack[PersonRow]) -> Person:
    """Make a person of a row."""
    organisation = row["organisation_id"]
    granted = zip(row["roles"] or (), row["environments"] or (), strict=True)
    return Person(
        id=PersonId(row["id"]),
        organisation=None if organisation is None else OrganisationId(organisation),
        login=row["login"],
        name=row["name"],
        grants=tuple(
            Grant(role=Role(role), environment=None if where is None else EnvironmentId(where))
            for role, where in granted
        ),
    )


def add(
    tx: Transaction, organisation: OrganisationId | None, *, login: str, name: str, email: str
) -> PersonId:
    """Write a new person; operators belong to no organisation.

    Raises:
        LoginTaken, LoginUnfit.
    """
    fields = {
        "organisation": organisation,
        "login": login,
        "name": name,
        "email": email,
        "now": tx.now,
    }
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return PersonId(rows[0][0])


def load(tx: Transaction, id_: PersonId) -> Person | None:
    """Return a person."""
    with tx.connection.cursor(row_factory=kwargs_row(as_person)) as cursor:
        return cursor.execute(LOAD, {"id": id_}).fetchone()


def of_organisation(tx: Transaction, organisation: OrganisationId | None) -> list[Person]:
    """Return an organisation's people by login; None: the operators."""
    with tx.connection.cursor(row_factory=kwargs_row(as_person)) as cursor:
        return cursor.execute(OF_ORGANISATION, {"organisation": organisation}).fetchall()


def administrators(tx: Transaction, environment: EnvironmentId) -> list[Person]:
    """Return the Delegated Administrators of an environment."""
    with tx.connection.cursor(row_factory=kwargs_row(as_person)) as cursor:
        return cursor.execute(ADMINISTRATORS, {"environment": environment}).fetchall()


def email(tx: Transaction, id_: PersonId) -> str:
    """Return where a person's mail goes; empty: nowhere."""
    row: tuple[str] | None = tx.connection.execute(EMAIL, {"id": id_}).fetchone()
    return row[0] if row else ""


def change_email(tx: Transaction, id_: PersonId, to: str) -> None:
    """Write where a person's mail goes."""
    tx.connection.execute(CHANGE_EMAIL, {"id": id_, "email": to})


def names(tx: Transaction, ids: Iterable[PersonId]) -> dict[PersonId, str]:
    """Return the names of these people."""
    rows: list[tuple[int, str]] = tx.connection.execute(NAMES, {"ids": list(ids)}).fetchall()
    return {PersonId(id_): name for id_, name in rows}


def grant(tx: Transaction, person: PersonId, given: Grant, by: PersonId | None) -> None:
    """Write a grant; one that the person has already stays as it is."""
    fields = _columns(person, given) | {"by": by, "now": tx.now}
    _ = constraints.write(tx, GRANT, fields)


def revoke(tx: Transaction, person: PersonId, taken: Grant) -> None:
    """Take a grant away."""
    tx.connection.execute(REVOKE, _columns(person, taken))


def any_operator(tx: Transaction) -> bool:
    """Tell whether there is an operator already."""
    rows: list[tuple[bool]] = tx.connection.execute(ANY_OPERATOR).fetchall()
    return rows[0][0]


def _columns(person: PersonId, given: Grant) -> dict[str, object]:
    return {"person": person, "role": given.role, "environment": given.environment}
