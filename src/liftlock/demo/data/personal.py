"""Which columns of Acme's tables hold what is nobody else's business: the data's author says so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """The personal columns of one table."""

    label: str
    table: str
    columns: tuple[str, ...]
    anybodys: tuple[str, ...] = ()
    """Personal columns whose values, apart from their row, say nothing: a birthday, a postcode."""
    key: str | None
    """A column that travels as it is, by which a row is found again; None when there is none."""


PERSONAL = (
    Personal(
        label="customers",
        table="customers",
        columns=(
            "last_name", "search_name", "company", "email", "phone", "street", "city",
            "iban", "notes",
        ),
        anybodys=("first_name", "birth_date", "postcode"),
        key="number",
    ),
    Personal(
        label="customers",
        table="logins",
        columns=("user_name", "password_hash"),
        key="customer_id",
    ),
    Personal(
        label="orders",
        table="orders",
        columns=(
            "customer_name", "contact_email", "ship_street", "ship_city", "comment",
        ),
        anybodys=("ship_postcode",),
        key="number",
    ),
    Personal(
        label="orders",
        table="invoices",
        columns=("billed_to", "iban"),
        key="number",
    ),
    Personal(
        label="systemdb",
        table="users",
        columns=("login", "name", "password_hash"),
        key=None,
    ),
    Personal(
        label="systemdb",
        table="mail_queue",
        columns=("recipient", "body"),
        key=None,
    ),
)  # fmt: skip
