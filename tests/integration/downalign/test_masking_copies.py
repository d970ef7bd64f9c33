from dataclasses import replace

import pytest

from aligning import MakeWorld, World, quiet, rows
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.domain.policies import Handling, PathDecision, Policy, TableCopy, TablePolicy
from liftlock.downalign import copying, inspecting, planning, verifying
from liftlock.downalign.alignments import Alignment
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY, PEOPLE_ROWS, keep, with_table
from postgres import Server

LARGE_OBJECT = (
    "SET ROLE {owner}; SELECT lo_from_bytea(70001, 'a real scan of a passport'); RESET ROLE;"
)


@pytest.fixture
def world(production_server: Server, development_server: Server, make_world: MakeWorld) -> World:
    return make_world(
        production_server,
        development_server,
        script=PEOPLE + PEOPLE_ROWS,
        kind=Kind.DEVELOPMENT,
        labels=("both",),
    )


def anonymized(
    world: World, policy: Policy = PEOPLE_POLICY, files: Policy = FILES_POLICY
) -> Alignment:
    return world.alignment(policy, files, data_policy=DataPolicy.ANONYMIZED)


def test_no_real_value_is_left_and_the_report_says_what_was_done(world: World) -> None:
    alignment = anonymized(world)
    assert inspecting.inspect(alignment) == ()
    _ = copying.copy_and_mask(alignment, quiet)
    report = verifying.verify(alignment, quiet)
    assert report.survivors_total == 0
    assert report.originals > 0
    by_name = {c.column: c for c in report.columns}
    assert by_name["public.customers.email"].rule == "email"
    assert by_name["public.customers.email"].rows == 200
    assert by_name["public.customers.email"].distinct_before == 200
    assert by_name["public.customers.email"].distinct_after == 200
    copy = alignment.copy.database("both")
    found = rows(
        world.target_server,
        copy,
        ("SELECT c::text FROM customers c UNION SELECT p::text FROM people p"),
    )
    assert not [row for (row,) in found if "real" in str(row) or "Surname" in str(row)]
    joined = (
        "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer AND c.email = o.email"
    )
    assert rows(world.target_server, copy, joined) == [(500,)]


@pytest.mark.parametrize(
    "leak",
    [
        "UPDATE customers SET note = 'write to real.person7@production.example' WHERE id = 3",
        "UPDATE customers SET email = 'real.person3@production.example' WHERE id = 3",
        "COMMENT ON TABLE customers IS 'real.person7@production.example'",
        (
            "SELECT lo_from_bytea(70009, 'real.person7@production.example'); GRANT SELECT ON LARGE "
            "OBJECT 70009 TO PUBLIC"
        ),
    ],
)
def test_a_planted_real_value_is_found(world: World, leak: str) -> None:
    alignment = anonymized(world)
    _ = copying.copy_and_mask(alignment, quiet)
    world.on_copy(alignment, leak)
    with pytest.raises((verifying.RealValuesSurvive, verifying.CopyDiffers)) as refused:
        _ = verifying.verify(alignment, quiet)
    assert "real.person" not in str(refused.value)


def test_what_nobody_decided_stops_it_before_it_starts_by_name(world: World) -> None:
    world.on_source("ALTER TABLE customers ADD COLUMN shoe_size integer")
    world.on_source(LARGE_OBJECT.format(**world.roles))
    _ = (world.source.files / "attachments").mkdir()
    _ = (world.source.files / "attachments" / "scan.pdf").write_bytes(b"x")
    alignment = anonymized(world, files=Policy(repository="files"))
    reasons = "\n".join(inspecting.inspect(alignment))
    assert "column public.customers.shoe_size" in reasons
    assert "large objects" in reasons
    assert "attachments" in reasons
    with pytest.raises(planning.CannotAlign):
        _ = copying.copy_and_mask(alignment, quiet)
    assert (
        rows(
            world.target_server,
            world.target.database("both"),
            "SELECT datname FROM pg_database WHERE datname LIKE 'll_t1_7_%'",
        )
        == []
    )


def test_development_is_never_a_replica_and_production_never_a_target(world: World) -> None:
    replica = world.alignment(PEOPLE_POLICY, FILES_POLICY)
    assert "always anonymized" in inspecting.inspect(replica)[0]
    production = replace(anonymized(world), target=world.source)
    assert "never the target" in inspecting.inspect(production)[0]


def test_large_objects_and_paths_are_handled_as_decided(world: World) -> None:
    world.on_source(LARGE_OBJECT.format(**world.roles))
    files = world.source.files
    for path in ("code/a.py", "scans/1/p.png", "tmp/x", f"store/{world.source.systemdb.name}/f"):
        (files / path).parent.mkdir(parents=True, exist_ok=True)
        _ = (files / path).write_bytes(b"real bytes")
    policy = replace(PEOPLE_POLICY, large_objects=Handling.PLACEHOLDER)
    decided = Policy(
        repository="files",
        paths=(
            PathDecision(glob="code/**", handling=Handling.KEEP),
            PathDecision(glob="scans/**", handling=Handling.PLACEHOLDER),
            PathDecision(glob="tmp/**", handling=Handling.LEAVE_OUT),
            PathDecision(
                glob=f"store/{world.source.systemdb.name}/**",
                handling=Handling.KEEP,
                rename="store/{database}/**",
            ),
        ),
    )
    alignment = anonymized(world, policy, decided)
    report = copying.copy_and_mask(alignment, quiet)
    assert report.files_left_out == 1
    copy = alignment.copy.files
    assert (copy / "code/a.py").read_bytes() == b"real bytes"
    assert b"real" not in (copy / "scans/1/p.png").read_bytes()
    assert not (copy / "tmp").exists()
    assert (copy / "store" / world.target.systemdb.name / "f").exists()
    objects = rows(world.target_server, alignment.copy.database("both"), "SELECT lo_get(70001)")
    assert b"passport" not in bytes(objects[0][0])  # pyright: ignore[reportArgumentType]
    assert verifying.verify(alignment, quiet).large_objects[0].count in {0, 1}
    _ = (copy / "code/a.py").write_bytes(b"changed")
    with pytest.raises(verifying.CopyDiffers):
        _ = verifying.verify(alignment, quiet)


def test_excluded_tables_come_empty_or_not_at_all(world: World) -> None:
    policy = with_table(PEOPLE_POLICY, "public.jobs", TablePolicy(copy=TableCopy.EMPTY))
    policy = with_table(policy, "public.orders", TablePolicy(copy=TableCopy.ABSENT))
    alignment = anonymized(world, policy)
    _ = copying.copy_and_mask(alignment, quiet)
    copy = alignment.copy.database("both")
    found = (
        "SELECT (SELECT count(*) FROM jobs), to_regclass('orders'), to_regclass('orders_id_seq')"
    )
    assert rows(world.target_server, copy, found) == [(0, None, None)]
    _ = verifying.verify(alignment, quiet)


def test_an_absent_table_that_a_view_reads_is_refused_by_name(world: World) -> None:
    policy = with_table(PEOPLE_POLICY, "public.customers", TablePolicy(copy=TableCopy.ABSENT))
    reasons = "\n".join(inspecting.inspect(anonymized(world, policy)))
    assert "public.people reads public.customers" in reasons


def test_a_mask_is_the_same_in_every_run(world: World) -> None:
    found: list[list[tuple[object, ...]]] = []
    for attempt in (1, 2):
        alignment = world.alignment(
            PEOPLE_POLICY, FILES_POLICY, data_policy=DataPolicy.ANONYMIZED, attempt=attempt
        )
        _ = copying.copy_and_mask(alignment, quiet)
        copy = alignment.copy.database("both")
        found.append(rows(world.target_server, copy, "SELECT * FROM customers ORDER BY id"))
    assert found[0] == found[1]


def test_keys_of_another_table_stay_undecided_when_new(world: World) -> None:
    world.on_source("CREATE TABLE secrets (id integer, what text)")
    policy = with_table(PEOPLE_POLICY, "public.secrets", TablePolicy(columns=keep("id")))
    reasons = "\n".join(inspecting.inspect(anonymized(world, policy)))
    assert "column public.secrets.what" in reasons
    assert "public.secrets.id" not in reasons
