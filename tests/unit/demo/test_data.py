"""Acme's data: the same each time, enough of it, and with the shapes that real data has."""

from collections import Counter

from liftlock.demo.data import customers, orders, systemdb
from liftlock.demo.data.people import person
from liftlock.demo.environments import WORLDS
from liftlock.domain.environments import Kind

PRODUCTION = WORLDS[Kind.PRODUCTION]


def test_the_same_world_has_the_same_people_each_time() -> None:
    assert person("acme", 7) == person("acme", 7)
    assert person("acme", 7) != person("invented", 7)
    first, again = (list(customers.tables("acme", 50)[0].rows) for _ in range(2))
    assert first == again


def test_a_smaller_environment_is_the_beginning_of_a_larger_one() -> None:
    small, large = (list(customers.tables("acme", count)[0].rows) for count in (20, 50))
    assert large[:20] == small


def test_production_has_two_hundred_thousand_rows() -> None:
    tables = (
        *customers.tables(PRODUCTION.name, PRODUCTION.customers),
        *orders.tables(PRODUCTION.name, PRODUCTION.customers),
        *systemdb.tables(PRODUCTION.name, Kind.PRODUCTION),
    )
    assert sum(sum(1 for _ in table.rows) for table in tables) >= 200_000


def test_customers_have_missing_values_accents_long_texts_and_people_entered_twice() -> None:
    table = customers.tables("acme", 3_000)[0]
    rows = [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]
    for column in ("email", "phone", "iban", "birth_date", "notes", "company"):
        missing = sum(row[column] is None for row in rows)
        assert 100 < missing < 2_900, column
    assert any(not str(row["last_name"]).isascii() for row in rows)
    assert max(len(str(row["notes"])) for row in rows) > 2_000
    people = Counter((row["first_name"], row["email"]) for row in rows if row["email"])
    assert any(count > 1 for count in people.values())


def test_account_numbers_pass_their_checksum() -> None:
    ibans = [iban for number in range(1, 400) if (iban := person("acme", number).iban)]
    assert {iban[:2] for iban in ibans} == {"FR", "DE", "PL", "ES", "NO"}
    for iban in ibans:
        digits = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])
        assert int(digits) % 97 == 1


def test_an_order_names_its_customer_as_the_other_repository_does() -> None:
    table = orders.tables("acme", 300)[0]
    for cells in table.rows:
        order = dict(zip(table.columns, cells, strict=True))
        customer = int(str(order["customer_number"]).removeprefix("C-"))
        assert order["customer_name"] == customers.person_of("acme", customer).full_name


def test_only_environments_below_production_have_accounts_of_their_own() -> None:
    def local(kind: Kind) -> int:
        users = next(t for t in systemdb.tables("acme", kind) if t.name == "users")
        return sum(bool(cells[users.columns.index("local")]) for cells in users.rows)

    assert local(Kind.PRODUCTION) == 0
    assert local(Kind.STAGING) > 0
