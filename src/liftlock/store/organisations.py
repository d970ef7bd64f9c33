"""Organisations in the books; bookings, freezes and begins of one queue for its row's lock."""

from typing import LiteralString, TypedDict, Unpack

from psycopg.rows import kwargs_row
from pydantic import SecretStr

from liftlock.books import Transaction
from liftlock.domain.environments import Kind
from liftlock.domain.organisations import Organisation, OrganisationId, Plan
from liftlock.store import constraints

ADD: LiteralString = """
    INSERT INTO organisations (code, title, plan, self_service, four_eyes, masking_key, created_at)
    VALUES (%(code)s, %(title)s, %(plan)s, %(self_service)s, false, %(masking_key)s, %(now)s)
 RETURNING id
"""

SAVE: LiteralString = """
    UPDATE organisations
       SET title = %(title)s, plan = %(plan)s, self_service = %(self_service)s,
           four_eyes = %(four_eyes)s
     WHERE id = %(id)s
"""

COLUMNS: LiteralString = """
    SELECT id, code, title, plan, self_service, four_eyes
      FROM organisations
"""

LOAD: LiteralString = COLUMNS + " WHERE id = %(id)s"

LOCK: LiteralString = LOAD + " FOR UPDATE"

LOCK_UNLESS_LOCKED: LiteralString = LOAD + " FOR UPDATE SKIP LOCKED"

BY_CODE: LiteralString = COLUMNS + " WHERE code = %(code)s"

ALL: LiteralString = COLUMNS + " ORDER BY code"

MASKING_KEY: LiteralString = "SELECT masking_key FROM organisations WHERE id = %(id)s"

ADMINISTRATORS: LiteralString = """
    SELECT environments.kind, count(grants.id)
      FROM environments
      LEFT JOIN grants ON grants.environment_id = environments.id AND grants.role = 'administrator'
     WHERE environments.organisation_id = %(id)s
     GROUP BY environments.kind
"""


class OrganisationRow(TypedDict):
    """The columns of `COLUMNS`."""

    id: int
    code: str
    title: str
    plan: str
    self_service: bool
    four_eyes: bool


def as_organisation(**row: Unpack[OrganisationRow]) -> Organisation:
    """Make an organisation of a row."""
    return Organisation(
        id=OrganisationId(row["id"]),
        code=row["code"],
        title=row["title"],
        plan=Plan(row["plan"]),
        self_service=row["self_service"],
        four_eyes=row["four_eyes"],
    )


def add(
    tx: Transaction,
    *,
    code: str,
    title: str,
    plan: Plan,
    self_service: bool,
    masking_key: SecretStr,
) -> Organisation:
    """Write a new organisation; its masking key is kept locked.

    Raises:
        OrganisationCodeTaken, OrganisationCodeUnfit.
    """
    fields = {
        "code": code,
        "title": title,
        "plan": plan,
        "self_service": self_service,
        "masking_key": tx.secrets.lock(masking_key),
        "now": tx.now,
    }
    rows: list[tuple[int]] = constraints.write(tx, ADD, fields).fetchall()
    return Organisation(
        id=OrganisationId(rows[0][0]),
        code=code,
        title=title,
        plan=plan,
        self_service=self_service,
        four_eyes=False,
    )


def save(tx: Transaction, organisation: Organisation) -> None:
    """Write what may change of an organisation."""
    fields = {
        "id": organisation.id,
        "title": organisation.title,
        "plan": organisation.plan,
        "self_service": organisation.self_service,
        "four_eyes": organisation.four_eyes,
    }
    _ = constraints.write(tx, SAVE, fields)


def load(tx: Transaction, id_: OrganisationId) -> Organisation | None:
    """Return an organisation."""
    return _one(tx, LOAD, {"id": id_})


def lock(tx: Transaction, id_: OrganisationId) -> Organisation | None:
    """Return an organisation; its other bookings, freezes and begins wait until `tx` ends."""
    return _one(tx, LOCK, {"id": id_})


def lock_unless_locked(tx: Transaction, id_: OrganisationId) -> Organisation | None:
    """Lock and return an organisation; None when somebody else has the lock."""
    return _one(tx, LOCK_UNLESS_LOCKED, {"id": id_})


def by_code(tx: Transaction, code: str) -> Organisation | None:
    """Return the organisation with this code."""
    return _one(tx, BY_CODE, {"code": code})


def load_all(tx: Transaction) -> list[Organisation]:
    """Return all organisations, by code."""
    with tx.connection.cursor(row_factory=kwargs_row(as_organisation)) as cursor:
        return cursor.execute(ALL).fetchall()


def masking_key(tx: Transaction, id_: OrganisationId) -> SecretStr:
    """Return the organisation's masking key: 64 hexadecimal digits."""
    rows: list[tuple[bytes]] = tx.connection.execute(MASKING_KEY, {"id": id_}).fetchall()
    return tx.secrets.unlock(rows[0][0])


def administrators(tx: Transaction, id_: OrganisationId) -> dict[Kind, int]:
    """Return how many people administer each environment that is registered."""
    rows: list[tuple[str, int]] = tx.connection.execute(ADMINISTRATORS, {"id": id_}).fetchall()
    return {Kind(kind): count for kind, count in rows}


def _one(
    tx: Transaction, statement: LiteralString, fields: dict[str, object]
) -> Organisation | None:
    with tx.connection.cursor(row_factory=kwargs_row(as_organisation)) as cursor:
        return cursor.execute(statement, fields).fetchone()
