"""What people see, as HTML: the environment and its modules, customers, one customer, orders."""

from collections.abc import Sequence
from html import escape

from liftlock.demo.application.databases import Databases, Row
from liftlock.demo.application.extensions import Extension

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>{title} · Acme {kind}</title>
<style>body{{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse}}
td,th{{text-align:left;padding:.2rem .8rem;border-bottom:1px solid #ddd}}
nav a{{margin-right:1rem}}</style>
<nav><strong>Acme · {kind}</strong> {menu}</nav><h1>{title}</h1>{body}</html>"""

_MENU = "SELECT title, path FROM menu ORDER BY position"
_INSTALLED = "SELECT code, version, digest FROM liftlock.installed_modules ORDER BY code"
_CUSTOMERS = """
SELECT number, first_name, last_name, email, city FROM customers ORDER BY number LIMIT 50
"""
_CUSTOMER = """
SELECT number, first_name, last_name, company, email, phone, street, postcode, city, country,
       iban, birth_date, notes
  FROM customers WHERE number = %(number)s
"""
_ORDERS = """
SELECT number, customer_number, customer_name, status, placed_at FROM orders
 ORDER BY placed_at DESC, number LIMIT 50
"""
_ORDERS_OF = """
SELECT number, status, placed_at FROM orders WHERE customer_number = %(number)s ORDER BY placed_at
"""


class Pages:
    """The pages of one environment."""

    def __init__(self, kind: str, databases: Databases, extensions: tuple[Extension, ...]) -> None:
        self._kind = kind
        self._databases = databases
        self._extensions = extensions

    def page(self, path: str) -> str | None:
        """Return the page at a path, None when there is none. Raises: psycopg.Error."""
        match path.strip("/").split("/"):
            case [""]:
                return self._laid_out("Modules", self._modules())
            case ["customers"]:
                rows = self._databases.ask("customers", _CUSTOMERS)
                return self._laid_out("Customers", _table(rows))
            case ["customers", number]:
                return self._customer(number)
            case ["orders"]:
                return self._laid_out("Orders", _table(self._databases.ask("orders", _ORDERS)))
            case _:
                return None

    def missing(self) -> list[str]:
        """Return why this application is not well: modules installed whose code is not here."""
        here = {extension.CODE: extension.VERSION for extension in self._extensions}
        rows = self._databases.ask("systemdb", _INSTALLED)
        return [
            f"{row['code']} {row['version']} is installed, its code here is {here.get(code)}"
            for row in rows
            if here.get(code := str(row["code"])) != row["version"]
        ]

    def _modules(self) -> str:
        rows = self._databases.ask("systemdb", _INSTALLED)
        code = [{"code": e.CODE, "version": e.VERSION, "title": e.TITLE} for e in self._extensions]
        return f"{_table(rows)}<h2>Code</h2>{_table(code)}"

    def _customer(self, number: str) -> str | None:
        rows = self._databases.ask("customers", _CUSTOMER, {"number": number})
        if not rows:
            return None
        orders = self._databases.ask("orders", _ORDERS_OF, {"number": number})
        sections = "".join(self._section(extension, number) for extension in self._extensions)
        facts = [{"what": name, "is": value} for name, value in rows[0].items()]
        return self._laid_out(
            f"Customer {number}", f"{_table(facts)}{sections}<h2>Orders</h2>{_table(orders)}"
        )

    def _section(self, extension: Extension, number: str) -> str:
        facts = extension.section(self._databases, number)
        rows = [{"what": what, "is": value} for what, value in facts]
        return f"<h2>{escape(extension.TITLE)}</h2>{_table(rows)}" if rows else ""

    def _laid_out(self, title: str, body: str) -> str:
        menu = " ".join(
            f'<a href="{escape(str(row["path"]))}">{escape(str(row["title"]))}</a>'
            for row in self._databases.ask("systemdb", _MENU)
        )
        return _PAGE.format(title=escape(title), kind=escape(self._kind), menu=menu, body=body)


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    lines = "".join(f"<tr>{''.join(_cell(value) for value in row.values())}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _cell(value: object) -> str:
    return f"<td>{'' if value is None else escape(str(value))}</td>"
