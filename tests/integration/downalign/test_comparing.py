from collections.abc import Generator
from dataclasses import dataclass

import psycopg
import pytest

from aligning import World, quiet, world_maker
from liftlock.downalign import comparing, copying, fingerprints
from liftlock.downalign.alignments import Alignment
from liftlock.downalign.catalogs import settle
from liftlock.downalign.filled import Filled
from liftlock.environments.names import read_mark
from planted import FAULTS, Planted
from postgres import Server, database_maker, parts_maker

LARGE_OBJECTS = """
SET ROLE {owner};
SELECT lo_from_bytea(70001, 'real bytes'),
  lo_from_bytea(70002, decode(repeat('00ff', 700000), 'hex'));
GRANT SELECT ON LARGE OBJECT 70001 TO {reader};
COMMENT ON LARGE OBJECT 70001 IS 'a scan';
RESET ROLE;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    world: World
    alignment: Alignment
    filled: Filled

    def connect(self) -> psycopg.Connection:
        """Connect to the copy as superuser, who may plant anything."""
        connection = self.world.target_server.superuser(self.alignment.copy.database("data").name)
        settle(connection)
        return connection


@pytest.fixture(scope="module")
def copied(production_server: Server, staging_server: Server) -> Generator[Copied]:
    with database_maker() as make_database, parts_maker(make_database) as make_parts:
        world = world_maker(make_parts)(production_server, staging_server)
        world.on_source(LARGE_OBJECTS.format(**world.roles))
        alignment = world.alignment()
        _ = copying.copy_and_mask(alignment, quiet)
        mark = read_mark(alignment.copy.database("data"))
        assert mark is not None
        yield Copied(world=world, alignment=alignment, filled=Filled.from_facts(mark.facts))


def test_a_copy_differs_in_nothing(copied: Copied) -> None:
    with copied.connect() as copy:
        source = copied.world.source.database("data")
        assert comparing.schema_differences(copy, copied.filled, source) == ()
        assert list(comparing.row_differences(copy, copied.filled, quiet)) == []
        assert list(comparing.sequence_differences(copy, copied.filled.sequences)) == []
        assert list(comparing.large_object_differences(copy, copied.filled, quiet)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_difference_is_found_and_has_another_fingerprint(
    copied: Copied, fault: Planted
) -> None:
    source = copied.world.source.database("data")
    with copied.connect() as copy, copy.transaction(force_rollback=True):
        before = fingerprints.digest_of(copy)
        _ = copy.execute(fault.statement.format(**copied.world.roles).encode())
        found = comparing.schema_differences(copy, copied.filled, source)
        assert [d for d in found if fault.named in d], found
        assert (fingerprints.digest_of(copy) != before) == fault.schema


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("DELETE FROM shop.log", "shop.log"),
        ("INSERT INTO shop.derived VALUES (1)", "shop.derived"),
        ("TRUNCATE shop.orders_2024, shop.order_lines", "shop.orders_2024"),
    ],
)
def test_a_missing_row_is_found(copied: Copied, fault: str, named: str) -> None:
    with copied.connect() as copy, copy.transaction(force_rollback=True):
        _ = copy.execute(fault.encode())
        found = list(comparing.row_differences(copy, copied.filled, quiet))
        assert [d for d in found if named in d]


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("SELECT nextval('shop.order_numbers')", "shop.order_numbers"),
        ("SELECT setval('shop.customers_id_seq', 1)", "shop.customers_id_seq"),
    ],
)
def test_a_sequence_that_goes_on_elsewhere_is_found(copied: Copied, fault: str, named: str) -> None:
    with copied.connect() as copy:
        before = copy.execute(
            f"SELECT last_value, is_called FROM {fault.split(chr(39))[1]}".encode()
        ).fetchone()
        _ = copy.execute(fault.encode())
        found = list(comparing.sequence_differences(copy, copied.filled.sequences))
        assert before is not None
        _ = copy.execute("SELECT setval(%s::regclass, %s, %s)", (fault.split("'")[1], *before))
        assert [d for d in found if named in d]


@pytest.mark.parametrize(
    "fault",
    [
        "SELECT lo_unlink(70001)",
        "SELECT lo_put(70002, 1048577, '\\x01')",
        "SELECT lo_create(70003)",
        "REVOKE SELECT ON LARGE OBJECT 70001 FROM {reader}",
        "ALTER LARGE OBJECT 70001 OWNER TO {other}",
        "COMMENT ON LARGE OBJECT 70001 IS NULL",
    ],
)
def test_a_changed_large_object_is_found(copied: Copied, fault: str) -> None:
    with copied.connect() as copy, copy.transaction(force_rollback=True):
        _ = copy.execute(fault.format(**copied.world.roles).encode())
        assert list(comparing.large_object_differences(copy, copied.filled, quiet))


def test_a_fingerprint_survives_dump_and_restore_and_data(copied: Copied) -> None:
    with (
        copied.connect() as copy,
        copied.world.source_server.superuser(copied.world.source.database("data").name) as source,
    ):
        settle(source)
        ours = copied.world.roles["owner"]
        theirs = fingerprints.digest_of(copy, rename=lambda r: ours if r.startswith("app_") else r)
        assert fingerprints.digest_of(source) == theirs


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shop.customers SET note = 'other'",
        "ALTER SEQUENCE shop.order_numbers RESTART WITH 70",
        (
            "CREATE TABLE shop.orders_2022 PARTITION OF shop.orders FOR VALUES FROM ('2022-01-01') "
            "TO ('2023-01-01')"
        ),
        "CREATE SCHEMA liftlock; CREATE TABLE liftlock.migrations (id int)",
        (
            "CREATE TABLE shop.tmp_1 (id serial PRIMARY KEY, b text CHECK (b <> '')); COMMENT ON "
            "TABLE shop.tmp_1 IS 'x'"
        ),
        "ANALYZE shop.customers",
    ],
)
def test_a_fingerprint_overlooks_what_is_not_schema(copied: Copied, change: str) -> None:
    with copied.connect() as copy, copy.transaction(force_rollback=True):
        before = fingerprints.digest_of(copy, ("shop.tmp_*",))
        _ = copy.execute(change.encode())
        assert fingerprints.digest_of(copy, ("shop.tmp_*",)) == before
