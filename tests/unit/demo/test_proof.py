"""The table of proof: one changed row, one missing row, one other digest are each seen."""

from dataclasses import replace

import pytest

from acme import LABELS, settle
from aligning import quiet
from liftlock.demo import proof
from liftlock.demo.proof import Proof
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Digest, Installed, ModuleCode
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_application
from liftlock.modules import records
from postgres import MakeParts, Server


@pytest.fixture
def production(make_parts: MakeParts, production_server: Server) -> Parts:
    parts = make_parts(production_server, labels=LABELS)
    _ = settle(parts)
    return parts


@pytest.fixture
def staging(make_parts: MakeParts, staging_server: Server) -> Parts:
    parts = make_parts(staging_server, labels=LABELS)
    _ = settle(parts)
    with as_application(parts.systemdb) as connection:
        _ = connection.execute("DELETE FROM users WHERE local")
    return parts


TOUCHED: proof.Touched = {"systemdb": frozenset({"local_settings"})}


def change(parts: Parts, label: str, statement: str) -> None:
    with as_application(parts.database(label)) as connection:
        _ = connection.execute(statement.encode())


def test_equal_rows_are_equal_whatever_their_order(production: Parts, staging: Parts) -> None:
    change(staging, "customers", "UPDATE customers SET notes = notes WHERE id % 2 = 0")
    assert proof.tables_with_other_rows(production, staging, TOUCHED) == []


def test_one_changed_row_is_seen(production: Parts, staging: Parts) -> None:
    change(staging, "orders", "UPDATE orders SET comment = '' WHERE id = 1")
    other = proof.tables_with_other_rows(production, staging, TOUCHED)
    assert other == ["orders.public.orders"]
    assert proof.tables_with_other_counts(production, staging, TOUCHED) == []


def test_one_row_twice_and_another_missing_are_seen(production: Parts, staging: Parts) -> None:
    change(staging, "customers", "DELETE FROM consents WHERE customer_id = 1")
    other = proof.tables_with_other_counts(production, staging, TOUCHED)
    assert other == ["customers.public.consents"]


def test_a_touched_table_does_not_count(production: Parts, staging: Parts) -> None:
    change(staging, "customers", "UPDATE customers SET notes = 'changed'")
    touched = {**TOUCHED, "customers": frozenset({"customers"})}
    assert proof.tables_with_other_rows(production, staging, touched) == []


def test_a_table_that_one_side_lacks_is_seen(production: Parts, staging: Parts) -> None:
    change(staging, "orders", "CREATE TABLE more (id int)")
    assert proof.tables_with_other_rows(production, staging, TOUCHED) == ["orders.public.more"]
    assert proof.tables_with_other_counts(production, staging, TOUCHED) == ["orders.public.more"]


def report(parts: Parts, code: str, digest: str) -> None:
    records.record_installed(
        parts.systemdb,
        Installed(code=ModuleCode(code), version="1.0", digest=Digest(f"sha256:{digest * 64}")),
        quiet,
    )


def test_the_same_digests_in_all_places_are_equal_and_one_other_is_seen(
    production: Parts, staging: Parts
) -> None:
    for parts in (production, staging):
        records.prepare(parts.systemdb)
        report(parts, "acme.base", "a")
        report(parts, "acme.crm", "b")
    assert proof.modules_equal((production, staging))
    report(staging, "acme.crm", "c")
    assert not proof.modules_equal((production, staging))


def test_places_without_any_module_prove_nothing(production: Parts, staging: Parts) -> None:
    assert not proof.modules_equal((production, staging))


@pytest.mark.parametrize(
    "spoiled",
    [
        {"modules_equal": False},
        {"other_rows": ("orders.public.orders",)},
        {"other_counts": ("orders.public.orders",)},
        {"masking_survivors": 1},
    ],
)
def test_each_figure_can_make_the_proof_fail(spoiled: dict[str, object]) -> None:
    sound = Proof(
        modules_equal=True,
        other_rows=(),
        other_counts=(),
        masking_survivors=0,
        downtime_ms={Kind.STAGING: 700},
    )
    assert sound.holds
    assert not replace(sound, **spoiled).holds
