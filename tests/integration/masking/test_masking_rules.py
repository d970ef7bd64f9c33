import re
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import LiteralString, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, connect, sql
from psycopg.rows import TupleRow
from pydantic import SecretStr

from liftlock.domain.decisions import ColumnDecision, Handling
from liftlock.domain.masking_rules import RULES, TEXT
from liftlock.domain.schemas import Column, Table
from liftlock.downalign.masking.compiling import masked_select, prepare
from liftlock.downalign.masking.lists import entries
from postgres import Server

KEY = SecretStr("0f" * 32)
TEXT_RULES = [n for n, r in RULES.items() if r.types and TEXT & r.types]
LISTED = {
    "first_name": "first_names",
    "last_name": "last_names",
    "city": "cities",
    "company": "companies",
}
A_RUN = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
words = st.text(letters, max_size=30)
names = st.sampled_from([e for name in LISTED.values() for e in entries(name)[:100]])
values = st.lists(
    st.one_of(words, names, names.map(str.upper), st.sampled_from(["", " ", "l", "lorem ipsum "])),
    unique=True,
    max_size=30,
)


@pytest.fixture(scope="module", params=["production_server", "server_15"])
def server(request: pytest.FixtureRequest) -> Server:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Server)
    return found


@pytest.fixture(scope="module")
def session(server: Server) -> Generator[Connection[TupleRow]]:
    """Connect as a plain role to a database for all tests: their tables are temporary."""
    name, password = f"masking_{secrets.token_hex(4)}", secrets.token_hex(8)
    server.run_as_superuser(
        f"CREATE ROLE {name} LOGIN PASSWORD '{password}'", f"CREATE DATABASE {name} OWNER {name}"
    )
    conninfo = server.conninfo(name, password).get_secret_value()
    with connect(conninfo, dbname=name, autocommit=True) as connected:
        yield connected
    server.run_as_superuser(f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


@pytest.fixture
def connection(session: Connection[TupleRow]) -> Connection[TupleRow]:
    _ = session.execute("RESET ALL")
    _ = session.execute("DISCARD TEMP")
    prepare(session, KEY)
    return session


@contextmanager
def a_table(connection: Connection[TupleRow], type_: str, rows: Sequence[object]) -> Generator[str]:
    name = f"t_{secrets.token_hex(4)}"
    table = sql.Identifier("pg_temp", name)
    create = sql.SQL("CREATE TEMPORARY TABLE {} (n int, v {})")
    _ = connection.execute(
        create.format(sql.Identifier(name), sql.SQL(cast("LiteralString", type_)))
    )
    with connection.cursor() as cursor:
        insert = sql.SQL("INSERT INTO {} VALUES (%s, %s)").format(table)
        cursor.executemany(insert, list(enumerate(rows)))
    yield name
    _ = connection.execute(sql.SQL("DROP TABLE {}").format(table))


def masked(
    connection: Connection[TupleRow],
    rule: str,
    rows: Sequence[object],
    *,
    type_: str = "text",
    **options: str | int | bool,
) -> list[object]:
    """Return the masks of these values, in their order."""
    base = re.sub(r"\(\d+\)", "", type_)
    length = re.search(r"\((\d+)\)", type_)
    v = Column(
        name="v",
        type=type_,
        base_type=base,
        not_null=False,
        length=int(length[1]) if length else None,
    )
    n = Column(name="n", type="integer", base_type="integer", not_null=False)
    decision = ColumnDecision(handling=Handling.MASK, rule=rule, options=options)
    with a_table(connection, type_, rows) as name:
        table = Table(schema="pg_temp", name=name, columns=(n, v))
        found = connection.execute(masked_select(table, {"v": decision})).fetchall()
    return [mask for _, mask in sorted(found, key=lambda row: row[0])]


def texts(
    connection: Connection[TupleRow],
    rule: str,
    rows: Sequence[object],
    *,
    type_: str = "text",
    **options: str | int | bool,
) -> list[str]:
    """Return the masks of these texts; none of them may have become nothing."""
    masks = masked(connection, rule, rows, type_=type_, **options)
    found = [mask for mask in masks if isinstance(mask, str)]
    assert len(found) == len(rows)
    return found


def folded(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text.strip(" "))


@pytest.mark.parametrize("rule", TEXT_RULES)
@A_RUN
@given(rows=values)
def test_no_mask_is_its_original_and_nothing_stays_nothing(
    connection: Connection[TupleRow], rule: str, rows: list[str]
) -> None:
    masks = masked(connection, rule, [*rows, None])
    assert masks[-1] is None
    for value, mask in zip(rows, masks, strict=False):
        assert (mask == "") is (value == "")
        assert value == "" or mask != value
        assert mask is not None


@pytest.mark.parametrize("rule", TEXT_RULES)
@A_RUN
@given(rows=values, data=st.data())
def test_the_same_value_has_the_same_mask_in_every_table(
    connection: Connection[TupleRow], rule: str, rows: list[str], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(rows))
    there = dict(zip(order, masked(connection, rule, order), strict=True))
    assert there == dict(zip(rows, masked(connection, rule, rows), strict=True))


@pytest.mark.parametrize("rule", [n for n in TEXT_RULES if RULES[n].unique])
@A_RUN
@given(rows=values)
def test_what_was_unique_stays_unique_also_in_small_letters(
    connection: Connection[TupleRow], rule: str, rows: list[str]
) -> None:
    masks = texts(connection, rule, rows)
    assert len({mask.lower() for mask in masks}) == len(rows)


@pytest.mark.parametrize("rule", [n for n in TEXT_RULES if RULES[n].folds])
@A_RUN
@given(rows=values)
def test_case_and_outer_blanks_make_no_other_person(
    connection: Connection[TupleRow], rule: str, rows: list[str]
) -> None:
    loud = [f"  {row.upper() if row.isascii() else row} " for row in rows if row.strip()]
    quiet = [row for row in rows if row.strip()]
    for one, other, row in zip(
        masked(connection, rule, loud), masked(connection, rule, quiet), quiet, strict=True
    ):
        assert one == other, row


@pytest.mark.parametrize("rule", TEXT_RULES)
@pytest.mark.parametrize("kind", ["character varying", "character"])
@A_RUN
@given(rows=st.lists(words, max_size=20), length=st.integers(1, 60))
def test_a_mask_fits_the_column(
    connection: Connection[TupleRow],
    rule: str,
    kind: str,
    rows: list[str],
    length: int,
) -> None:
    if RULES[rule].shortest({}) > length:
        return
    type_ = f"{kind}({length})"
    cut = [row[:length] for row in rows]
    for value, mask in zip(cut, texts(connection, rule, cut, type_=type_), strict=True):
        assert len(mask.rstrip(" ") if kind == "character" else mask) <= length
        assert mask.rstrip(" ") != value.rstrip(" ") or not value.rstrip(" ")


@pytest.mark.parametrize("rule", LISTED)
@pytest.mark.parametrize("length", [1, 3, None])
def test_an_entry_of_a_list_takes_the_next_one(
    connection: Connection[TupleRow], rule: str, length: int | None
) -> None:
    type_ = f"character varying({length})" if length else "text"
    rows = [entry[:length] for entry in entries(LISTED[rule])]
    for _ in range(4):
        prepare(connection, SecretStr(secrets.token_hex(32)))
        masks = texts(connection, rule, rows, type_=type_)
        assert not [
            row for row, mask in zip(rows, masks, strict=True) if folded(row) == folded(mask)
        ]


@pytest.mark.parametrize("rule", [n for n in TEXT_RULES if RULES[n].hashed])
def test_masks_change_with_the_key_and_only_with_it(
    connection: Connection[TupleRow], rule: str
) -> None:
    rows = [f"value {n}" for n in range(30)]
    before = masked(connection, rule, rows)
    prepare(connection, SecretStr("1f" * 32))
    assert masked(connection, rule, rows) != before
    prepare(connection, KEY)
    assert masked(connection, rule, rows) == before


def test_masks_are_the_same_on_every_server_and_in_every_release(
    connection: Connection[TupleRow],
) -> None:
    def hash_(domain: str, value: str) -> bytes:
        key = bytes.fromhex(KEY.get_secret_value())
        return sha256(key + domain.encode() + b"\0" + value.encode()).digest()

    email = hash_("email", "Anna@Firma.de")[20:30].hex() + "@example.com"
    assert texts(connection, "email", ["Anna@Firma.de"]) == [email]
    name = hash_("full_name", "anna m\u00fcller")
    first, last = ((name[at] * 256 + name[at + 1]) for at in (0, 2))
    picked = [
        entries("first_names")[(first >> 8) * 4 + first % 4],
        entries("last_names")[(last >> 8) * 4 + last % 4],
    ]
    assert texts(connection, "full_name", [" Anna M\u00fcller"]) == [" ".join(picked)]


EMAIL = re.compile(r"[0-9a-f]{16,20}@[a-z0-9.]+")


@A_RUN
@given(rows=values)
def test_an_email_is_one_on_a_reserved_domain(
    connection: Connection[TupleRow], rows: list[str]
) -> None:
    for mask in texts(connection, "email", [r for r in rows if r], at="acme.test"):
        assert EMAIL.fullmatch(mask)
        assert mask.endswith("@acme.test")


@pytest.mark.parametrize(("country", "length"), [("de", 22), ("at", 20), ("lu", 20)])
@A_RUN
@given(rows=values)
def test_an_iban_passes_its_checksum(
    connection: Connection[TupleRow], country: str, length: int, rows: list[str]
) -> None:
    for mask in texts(connection, "iban", [r for r in rows if r], country=country):
        assert len(mask) == length
        assert mask[:2] == country.upper()
        digits = "".join(str(int(sign, 36)) for sign in mask[4:] + mask[:4])
        assert int(digits) % 97 == 1


@pytest.mark.parametrize(
    ("country", "form"),
    [
        ("de", r"\+49 30 23125 \d{3}"),
        ("gb", r"\+44 7700 900\d{3}"),
        ("us", r"\+1 202-555-01\d\d"),
        ("fr", r"\+33 1 99 00 \d{4}"),
        ("au", r"\+61 2 5550 \d{4}"),
    ],
)
def test_a_phone_number_is_one_kept_for_fiction(
    connection: Connection[TupleRow], country: str, form: str
) -> None:
    masks = texts(connection, "phone", [f"0170 {n}" for n in range(50)], country=country)
    assert all(re.fullmatch(form, mask) for mask in masks)
    assert len(set(masks)) > 10
    own = texts(connection, "phone", masks, country=country)
    assert not [1 for one, other in zip(masks, own, strict=True) if one == other]
    compact = texts(connection, "phone", ["x"], country=country, compact=True)
    assert re.fullmatch(r"\+\d+", compact[0])


@pytest.mark.parametrize(
    ("country", "form"),
    [
        ("de", r"\d{5}"),
        ("gb", r"[A-Z]{2}\d \d[A-Z]{2}"),
        ("nl", r"\d{4} [A-Z]{2}"),
        ("pl", r"\d\d-\d{3}"),
        ("pt", r"\d{4}-\d{3}"),
    ],
)
def test_a_postcode_has_its_countrys_form(
    connection: Connection[TupleRow], country: str, form: str
) -> None:
    masks = texts(connection, "postcode", [f"{n:05}" for n in range(50)], country=country)
    assert all(re.fullmatch(form, mask) for mask in masks)
    assert len(set(masks)) > 45


days = st.one_of(
    st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(1920, 1, 1), date(2020, 1, 1))
)


@pytest.mark.parametrize("years", [1, 5, 20])
@A_RUN
@given(rows=st.lists(days, max_size=30))
def test_a_birth_date_stays_in_its_age_band(
    connection: Connection[TupleRow], years: int, rows: list[date]
) -> None:
    kept = [row for row in rows if row.year < 9998]  # Python knows no later ones
    masks = masked(connection, "birth_date", [*kept, None], type_="date", band_years=years)
    assert masks[-1] is None
    for row, mask in zip(kept, masks, strict=False):
        assert isinstance(mask, date)
        assert mask != row
        if 100 <= row.year < 9899:
            assert row.year // years == mask.year // years


@pytest.mark.parametrize("edge", ["infinity", "-infinity", "4713-11-24 BC", "5874897-12-31"])
def test_the_ends_of_the_calendar_break_nothing(
    connection: Connection[TupleRow], edge: str
) -> None:
    _ = connection.execute("CREATE TEMPORARY TABLE edges (v date)")
    _ = connection.execute("INSERT INTO edges VALUES (%s::text::date)", (edge,))
    column = Column(name="v", type="date", base_type="date", not_null=False)
    table = Table(schema="pg_temp", name="edges", columns=(column,))
    decision = ColumnDecision(handling=Handling.MASK, rule="birth_date")
    select = masked_select(table, {"v": decision})
    same = sql.SQL("SELECT m.v::text = e.v::text FROM ({}) AS m, edges AS e").format(select)
    assert connection.execute(same).fetchone() == ("infinity" in edge,)


def test_an_instant_of_birth_becomes_a_midnight_in_utc(
    connection: Connection[TupleRow],
) -> None:
    born = datetime(1980, 5, 3, 23, 30, tzinfo=UTC)
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        _ = connection.execute("SELECT set_config('TimeZone', %s, false)", (zone,))
        (mask,) = masked(connection, "birth_date", [born], type_="timestamp with time zone")
        (day,) = masked(connection, "birth_date", [born.date()], type_="date")
        assert isinstance(mask, datetime)
        assert isinstance(day, date)
        assert mask.astimezone(UTC) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@A_RUN
@given(rows=st.lists(words, max_size=20))
def test_free_text_has_the_length_and_no_word_of_the_original(
    connection: Connection[TupleRow], rows: list[str]
) -> None:
    for row, mask in zip(rows, texts(connection, "free_text", rows), strict=True):
        assert len(mask) == len(row)
        assert set(re.findall(r"\w{4,}", row)).isdisjoint(
            re.findall(r"\w{4,}", mask) if row else []
        )


@A_RUN
@given(rows=st.lists(st.uuids(), max_size=20, unique=True))
def test_a_uuid_stays_one(connection: Connection[TupleRow], rows: list[UUID]) -> None:
    masks = masked(connection, "uuid", [*rows, None], type_="uuid")
    assert masks.pop() is None
    assert len(set(masks) | set(rows)) == 2 * len(rows)
    assert all(isinstance(mask, UUID) and mask.version == 4 for mask in masks)
    assert texts(connection, "uuid", [str(row) for row in rows]) == [str(mask) for mask in masks]


def test_nothing_and_a_constant_are_what_they_say(
    connection: Connection[TupleRow],
) -> None:
    assert masked(connection, "null", ["a", None]) == [None, None]
    assert masked(connection, "constant", ["a", None], value="b") == ["b", None]
    assert masked(connection, "constant", [5, None], type_="smallint", value=7) == [7, None]
    assert masked(connection, "constant", [True], type_="boolean", value=False) == [False]


def test_columns_that_follow_one_column_are_one_person(
    connection: Connection[TupleRow],
) -> None:
    _ = connection.execute("CREATE TEMPORARY TABLE people (id int, f text, l text, whole text)")
    _ = connection.execute(
        "INSERT INTO people SELECT i, 'f' || i, 'l' || i, 'w' || i FROM generate_series(1, 50) i"
    )
    id_ = Column(name="id", type="integer", base_type="integer", not_null=True)
    names = [
        Column(name=n, type="text", base_type="text", not_null=False) for n in ("f", "l", "whole")
    ]
    table = Table(schema="pg_temp", name="people", columns=(id_, *names))
    rules = {"f": "first_name", "l": "last_name", "whole": "full_name"}
    masked_ = {
        name: ColumnDecision(
            handling=Handling.MASK, rule=rule, options={"by": "id", "domain": "person"}
        )
        for name, rule in rules.items()
    }
    select = masked_select(table, masked_)
    assert select.as_string(connection).count("sha256") == 1
    rows = connection.execute(select).fetchall()
    assert all(whole == f"{first} {last}" for _, first, last, whole in rows)
    assert len({whole for *_, whole in rows}) > 45
