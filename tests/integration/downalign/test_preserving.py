import threading
from dataclasses import replace

import pytest

from aligning import MakeWorld, World, quiet, rows
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.domain.policies import Policy, Preserver, Script
from liftlock.domain.progress import Progress
from liftlock.downalign import copying, inspecting, preserving, scripting, verifying
from liftlock.downalign.alignments import Alignment
from liftlock.downalign.preserved_rows import PreservedRowClashes, PreservedTableReferenced
from liftlock.downalign.preserving import PreserveReport
from liftlock.downalign.roles import role_in
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY, PEOPLE_ROWS
from postgres import Server

TARGET_ROWS = r"""
INSERT INTO customers VALUES (9001, 'tester@test.example', 'Tester', NULL, NULL, NULL, 'tester');
INSERT INTO orders OVERRIDING SYSTEM VALUE VALUES (9001, 9001, 'tester@test.example', 1);
INSERT INTO logins VALUES ('tester', 'test-secret', 7);
UPDATE logins SET seen = 7;
INSERT INTO mail VALUES ('smtp.test.example', false);
"""


@pytest.fixture
def world(production_server: Server, development_server: Server, make_world: MakeWorld) -> World:
    made = make_world(
        production_server,
        development_server,
        script=PEOPLE + PEOPLE_ROWS,
        kind=Kind.DEVELOPMENT,
        labels=("both",),
    )
    owner = made.target.database("both")
    script = PEOPLE.format(owner=owner_of(made), other="", reader="")
    made.on_target(script + TARGET_ROWS, owner.label)
    return made


def owner_of(world: World) -> str:
    return role_in(world.target.systemdb.application)


def preserved(
    world: World,
    *,
    preservers: tuple[Preserver, ...] = (),
    scripts: tuple[Script, ...] = (),
    files: Policy = FILES_POLICY,
) -> tuple[Alignment, PreserveReport]:
    alignment = copied(world, preservers=preservers, scripts=scripts, files=files)
    return alignment, preserving.preserve(alignment, quiet)


def copied(
    world: World,
    *,
    preservers: tuple[Preserver, ...] = (),
    scripts: tuple[Script, ...] = (),
    files: Policy = FILES_POLICY,
) -> Alignment:
    policy = replace(PEOPLE_POLICY, preservers=preservers, scripts=scripts)
    alignment = world.alignment(policy, files, data_policy=DataPolicy.ANONYMIZED)
    assert inspecting.inspect(alignment) == ()
    _ = copying.copy_and_mask(alignment, quiet)
    _ = verifying.verify(alignment, quiet)
    return alignment


def found(world: World, alignment: Alignment, query: str) -> list[tuple[object, ...]]:
    return rows(world.target_server, alignment.copy.database("both"), query)


def test_rows_that_must_survive_are_added_in_the_order_of_their_keys(world: World) -> None:
    alignment, report = preserved(
        world,
        preservers=(
            Preserver(table="public.orders", rows="customer >= 9000"),
            Preserver(table="public.customers", rows="kind = 'tester'"),
        ),
    )
    assert report.rows["both"] == {"public.customers": 1, "public.orders": 1}
    assert found(world, alignment, "SELECT email FROM customers WHERE id > 9000") == [
        ("tester@test.example",)
    ]
    assert found(world, alignment, "SELECT count(*) FROM customers") == [(201,)]
    assert report.masking.survivors_total == 0
    assert set(report.touched["both"]) >= {"public.customers", "public.orders"}


def test_a_whole_table_is_the_targets_and_triggers_stay_off_meanwhile(world: World) -> None:
    alignment, _ = preserved(world, preservers=(Preserver(table="public.logins"),))
    assert found(world, alignment, "SELECT * FROM logins") == [("tester", "test-secret", 8)]
    enabled = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'count_up'"
    assert found(world, alignment, enabled) == [("O",)]


def test_a_clash_names_the_key_and_no_value(world: World) -> None:
    world.on_target(
        "INSERT INTO customers VALUES (7, 'seven@test.example', 'x', NULL, NULL, NULL, 'tester')"
    )
    alignment = copied(
        world, preservers=(Preserver(table="public.customers", rows=("kind = 'tester'")),)
    )
    with pytest.raises(PreservedRowClashes) as clash:
        _ = preserving.preserve(alignment, quiet)
    assert "customers_pkey (id)" in str(clash.value)
    assert "(7)" not in str(clash.value)
    assert "seven" not in str(clash.value)
    assert found(world, alignment, "SELECT count(*) FROM customers") == [(200,)]


def test_a_row_that_is_there_alike_is_no_clash(world: World) -> None:
    world.on_target("INSERT INTO jobs VALUES (1, 'send'), (2, 'more')")
    alignment, report = preserved(world, preservers=(Preserver(table="public.jobs", rows="true"),))
    assert found(world, alignment, "SELECT id FROM jobs ORDER BY id") == [(1,), (2,)]
    assert report.rows["both"]["public.jobs"] == 2


def test_the_next_number_lies_above_the_preserved_rows(world: World) -> None:
    world.on_target(
        "INSERT INTO orders OVERRIDING SYSTEM VALUE VALUES (7777, 9001, 'tester@test.example', 1)"
    )
    alignment, _ = preserved(
        world,
        preservers=(
            Preserver(table="public.customers", rows="kind = 'tester'"),
            Preserver(table="public.orders", rows="id = 7777"),
        ),
    )
    assert found(world, alignment, "SELECT nextval('orders_id_seq')") == [(7778,)]


def test_a_whole_table_is_refused_where_rows_of_others_would_go_with_it(world: World) -> None:
    alignment = copied(world, preservers=(Preserver(table="public.customers"),))
    with pytest.raises(PreservedTableReferenced, match="orders_customer_fkey"):
        _ = preserving.preserve(alignment, quiet)


def test_a_preserved_table_that_changes_meanwhile_stops_the_move(world: World) -> None:
    alignment = copied(world, preservers=(Preserver(table="public.logins"),))
    # The copy is locked for a moment, and a writer commits in the target meanwhile.
    told = threading.Event()

    def writing(progress: Progress, /) -> None:
        if progress.said.startswith("preserving rows") and not told.is_set():
            told.set()
            world.on_target("INSERT INTO logins VALUES ('late', 'x')")

    locker = world.target_server.superuser(alignment.copy.database("both").name)
    _ = locker.execute("BEGIN; LOCK TABLE logins")
    release = threading.Timer(1.5, lambda: locker.execute("COMMIT"))
    release.start()
    with pytest.raises(preserving.PreservedTableChanged, match=r"public\.logins"):
        _ = preserving.preserve(alignment, writing)
    release.join()
    locker.close()
    assert found(world, alignment, "SELECT login FROM logins") == [("production-admin",)]


def test_scripts_run_in_order_on_the_copy_as_the_application(world: World) -> None:
    alignment, report = preserved(
        world,
        scripts=(
            Script(
                name="neutralize",
                sql="UPDATE mail SET active = false",
                check=("SELECT NOT bool_or(active) FROM mail"),
            ),
            Script(
                name="where",
                sql=("CREATE TABLE place AS SELECT current_database() AS db, current_user AS who"),
            ),
            Script(name="empty", sql="DELETE FROM jobs"),
        ),
    )
    assert report.scripts == ("both: neutralize", "both: where", "both: empty")
    assert found(world, alignment, "SELECT active FROM mail") == [(False,)]
    name = alignment.copy.database("both").name
    assert found(world, alignment, "SELECT * FROM place") == [(name, owner_of(world))]
    assert rows(
        world.target_server, world.target.database("both"), "SELECT to_regclass('place')"
    ) == [(None,)]


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        (
            Script(name="bad", sql="INSERT INTO jobs VALUES (1, 'private words')"),
            scripting.ScriptBroke,
        ),
        (Script(name="no", sql="SELECT 1", check="SELECT false"), scripting.ScriptSaidNo),
        (Script(name="ends", sql="COMMIT"), scripting.ScriptLeftItsTransaction),
    ],
    ids=["broken", "check", "commit"],
)
def test_a_script_that_breaks_is_named_and_leaves_nothing(
    world: World, script: Script, refusal: type[Exception]
) -> None:
    first = Script(name="first", sql="DELETE FROM mail")
    broken = replace(script, sql=f"DELETE FROM logins; {script.sql}")
    alignment = copied(world, scripts=(first, broken))
    with pytest.raises(refusal) as broke:
        _ = preserving.preserve(alignment, quiet)
    assert script.name in str(broke.value)
    assert "private" not in str(broke.value)
    if refusal is not scripting.ScriptLeftItsTransaction:
        assert found(world, alignment, "SELECT count(*) FROM logins") == [(1,)]


def test_a_repeat_preserves_and_runs_nothing_twice(world: World) -> None:
    alignment = copied(
        world,
        preservers=(Preserver(table="public.logins"),),
        scripts=(Script(name="once", sql="INSERT INTO jobs SELECT 100 + count(*), 'x' FROM jobs"),),
    )
    for _ in range(2):
        assert preserving.preserve(alignment, quiet).masking.survivors_total == 0
    assert found(world, alignment, "SELECT count(*) FROM jobs WHERE id >= 100") == [(1,)]
    assert found(world, alignment, "SELECT login FROM logins") == [("tester",)]


def test_preserved_files_take_the_place_of_productions(world: World) -> None:
    for files, content in ((world.source.files, b"production"), (world.target.files, b"test")):
        (files / "secrets").mkdir()
        _ = (files / "secrets" / "licence").write_bytes(content)
        _ = (files / "app.conf").write_bytes(content)
    _ = (world.source.files / "secrets" / "only-production").write_bytes(b"production")
    alignment, report = preserved(
        world, files=replace(FILES_POLICY, preserved_paths=(("secrets/**"),))
    )
    copy = alignment.copy.files
    assert report.files == 1
    assert (copy / "secrets" / "licence").read_bytes() == b"test"
    assert not (copy / "secrets" / "only-production").exists()
    assert (copy / "app.conf").read_bytes() == b"production"
