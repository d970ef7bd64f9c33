"""Rows of the orders repository: orders, their lines, invoices.

It knows customers by their number alone, and names them in texts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from liftlock.demo.data.customers import number_of, person_of
from liftlock.demo.data.draws import Draw
from liftlock.demo.data.tables import Cells, Table

_FIRST_DAY = datetime(2019, 1, 7, 6, tzinfo=UTC)
_MINUTES = 3_600_000
_STATUSES = ("new", "packed", "sent", "delivered", "returned")
_PRODUCTS = ("Schraube M4", "Câble 3 m", "Łożysko 6204", "Bisagra 80", "Støpsel", "Flansch DN50")
_LINES_EACH = (1, 2, 3, 2)
_INVOICED_IN_THREE = 2
_DUE_DAYS = 30


def tables(world: str, customers: int) -> tuple[Table, ...]:
    """Return the tables of this repository: four orders for every three of the customers."""
    orders = customers * 4 // 3
    return (
        Table(name="orders", columns=_ORDER, rows=_orders(world, customers, orders)),
        Table(name="order_lines", columns=_LINE, rows=_lines(world, orders)),
        Table(name="invoices", columns=_INVOICE, rows=_invoices(world, customers, orders)),
    )


_ORDER = (
    "id", "number", "customer_number", "customer_name", "contact_email", "ship_street",
    "ship_city", "ship_postcode", "status", "comment", "placed_at",
)  # fmt: skip
_LINE = ("order_id", "position", "product", "quantity", "price")
_INVOICE = (
    "id", "number", "order_id", "customer_number", "billed_to", "iban", "amount", "due_on",
)  # fmt: skip


def _orders(world: str, customers: int, orders: int) -> Iterator[Cells]:
    for number in range(1, orders + 1):
        draw = Draw(f"{world} order", number)
        customer = _customer(world, number, customers)
        who = person_of(world, customer)
        comment = f"Leave it with {who.last_name}, {who.street}; ring {who.phone or 'twice'}."
        yield (
            number, f"O-{number:07}", number_of(customer), who.full_name, who.email, who.street,
            who.city, who.postcode, draw.of(_STATUSES), comment if draw.percent(30) else None,
            _FIRST_DAY + timedelta(minutes=draw.below(_MINUTES)),
        )  # fmt: skip


def _lines(world: str, orders: int) -> Iterator[Cells]:
    for number in range(1, orders + 1):
        draw = Draw(f"{world} lines", number)
        for position in range(1, 1 + _LINES_EACH[number % len(_LINES_EACH)]):
            price = Decimal(100 + draw.below(90_000)) / 100
            yield number, position, draw.of(_PRODUCTS), 1 + draw.below(20), price


def _invoices(world: str, customers: int, orders: int) -> Iterator[Cells]:
    for number in range(1, orders + 1):
        if number % 3 < _INVOICED_IN_THREE:
            draw = Draw(f"{world} invoice", number)
            customer = _customer(world, number, customers)
            who = person_of(world, customer)
            due = _FIRST_DAY.date() + timedelta(days=_DUE_DAYS + draw.below(2500))
            amount = Decimal(500 + draw.below(900_000)) / 100
            yield (
                number, f"R-{number:07}", number, number_of(customer), who.full_name, who.iban,
                amount, due,
            )  # fmt: skip


def _customer(world: str, order: int, customers: int) -> int:
    return 1 + Draw(f"{world} order's customer", order).below(customers)
