from dataclasses import replace

import pytest

from aligning import MakeWorld, World, quiet
from liftlock.domain.environments import DataPolicy
from liftlock.domain.moves import Scope
from liftlock.domain.policies import Handling, OnClash, Policy, Preserver
from liftlock.downalign import copying, inspecting, planning, verifying
from liftlock.downalign.roles import role_in
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY, PEOPLE_ROWS
from postgres import Server


@pytest.fixture
def world(production_server: Server, staging_server: Server, make_world: MakeWorld) -> World:
    return make_world(
        production_server, staging_server, script=PEOPLE + PEOPLE_ROWS, labels=("both",)
    )


def reasons(
    world: World, policy: Policy = PEOPLE_POLICY, data_policy: DataPolicy = DataPolicy.REPLICA
) -> str:
    alignment = world.alignment(policy, FILES_POLICY, data_policy=data_policy)
    return "\n".join(inspecting.inspect(alignment))


def reader(world: World) -> str:
    return role_in(world.source.systemdb.keeper)


def keeper(world: World) -> str:
    return role_in(world.target.systemdb.keeper)


def test_an_alignment_that_can_begin_has_no_reason_against_it(world: World) -> None:
    assert reasons(world) == ""


def test_every_reason_is_listed_at_once(world: World) -> None:
    world.on_source(
        "CREATE TABLE boss (a int); CREATE ROLE only_there_9 NOLOGIN; GRANT SELECT ON jobs TO "
        "only_there_9;"
        "CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;"
        "CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE "
        "FUNCTION ev();"
        "CREATE PUBLICATION everything FOR ALL TABLES"
    )
    try:
        found = reasons(world)
    finally:
        world.on_source("DROP OWNED BY only_there_9; DROP ROLE only_there_9")
    assert "table public.boss belongs to superuser" in found
    assert "CREATE ROLE" in found
    assert "only_there_9" in found
    assert "Event trigger watch" in found
    assert "Publication everything" in found


def test_decisions_leave_out_what_a_plain_role_cannot_make(world: World) -> None:
    world.on_source(
        "CREATE TABLE boss (a int); INSERT INTO boss VALUES (1);"
        "CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;"
        "CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE CAST') EXECUTE "
        "FUNCTION ev();"
        "COMMENT ON EVENT TRIGGER watch IS 'watches';"
        "CREATE PUBLICATION everything FOR ALL TABLES; COMMENT ON PUBLICATION everything IS 'all'"
    )
    with world.source_server.superuser() as connection:
        superuser = connection.info.user
    policy = replace(
        PEOPLE_POLICY,
        catalog={
            "event_trigger:watch": Handling.LEAVE_OUT,
            "publication:everything": Handling.LEAVE_OUT,
            f"owner:{superuser}": Handling.KEEP,
        },
    )
    assert reasons(world, policy) == ""
    alignment = world.alignment(policy, FILES_POLICY)
    report = copying.copy_and_mask(alignment, quiet)
    assert report.rows["both"]["public.boss"] == 1
    _ = verifying.verify(alignment, quiet)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER ROLE {reader} SET lo_compat_privileges = on", "lo_compat_privileges"),
        ("ALTER ROLE {reader} SET log_statement = 'all'", "SET log_parameter_max_length = 0"),
        (
            "ALTER ROLE {reader} SET log_parameter_max_length_on_error = -1",
            ("log_parameter_max_length_on_error = 0"),
        ),
        ("ALTER ROLE {reader} NOBYPASSRLS", "ALTER ROLE {reader} BYPASSRLS"),
        ("REVOKE pg_read_all_data FROM {reader}", "GRANT pg_read_all_data TO {reader}"),
    ],
)
def test_what_the_reader_lacks_is_said_with_the_statement_to_run(
    world: World, statement: str, said: str
) -> None:
    owner = world.roles["owner"]
    world.on_source(
        "CREATE ROLE apart NOLOGIN; CREATE SCHEMA apart; CREATE TABLE apart.t (a int);"
        f"GRANT ALL ON SCHEMA apart TO {owner}; ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE jobs FORCE ROW LEVEL SECURITY"
    )
    try:
        world.source_server.run_as_superuser(statement.format(reader=reader(world)))
        found = reasons(world, data_policy=DataPolicy.ANONYMIZED)
    finally:
        world.source_server.run_as_superuser("DROP ROLE apart")
    assert said.format(reader=reader(world)) in found


def test_unreadable_large_objects_are_counted(world: World) -> None:
    world.on_source("SELECT lo_from_bytea(0, 'a'), lo_from_bytea(0, 'b')")
    assert "2 large objects" in reasons(world)
    policy = replace(PEOPLE_POLICY, large_objects=Handling.LEAVE_OUT)
    assert "large objects" not in reasons(world, policy)


def test_what_the_keeper_lacks_is_said_with_the_statement_to_run(world: World) -> None:
    world.on_source(
        f"SET ROLE {world.roles['owner']}; CREATE TABLE closed (a int); REVOKE ALL ON closed "
        f"FROM {world.roles['owner']}"
    )
    world.target_server.run_as_superuser(
        f"ALTER ROLE {keeper(world)} NOCREATEDB", f"REVOKE pg_read_all_data FROM {keeper(world)}"
    )
    found = reasons(world)
    assert "CREATEDB" in found
    assert "public.closed may not be read by its owner" in found


def test_what_hangs_on_the_target_is_named(world: World) -> None:
    with world.target_server.superuser(world.target.database("both").name):
        found = reasons(world)
    assert "A session of superuser" in found


def test_a_target_older_than_its_source_is_refused(
    production_server: Server, server_15: Server, make_world: MakeWorld
) -> None:
    world = make_world(production_server, server_15, script=PEOPLE, labels=("both",))
    is_older = server_15.major < production_server.major
    assert ("older than Production's" in reasons(world)) == is_older


def test_an_untrusted_extension_is_named(world: World) -> None:
    world.on_source("CREATE EXTENSION file_fdw; CREATE SERVER far FOREIGN DATA WRAPPER file_fdw")
    world.on_source(
        f"ALTER SERVER far OWNER TO {world.roles['owner']}; CREATE USER MAPPING FOR PUBLIC "
        "SERVER far"
    )
    found = reasons(world)
    assert "Extension file_fdw is not trusted" in found
    assert "Foreign server far" in found
    assert "User mapping public@far" in found
    policy = replace(
        PEOPLE_POLICY,
        catalog={"extension:file_fdw": Handling.LEAVE_OUT, "server:far": Handling.LEAVE_OUT},
    )
    assert reasons(world, policy) == ""
    alignment = world.alignment(policy, FILES_POLICY)
    _ = copying.copy_and_mask(alignment, quiet)
    _ = verifying.verify(alignment, quiet)


def test_a_file_that_leaves_the_tree_is_refused_by_name(world: World) -> None:
    (world.source.files / "out").symlink_to("/etc/passwd")
    assert "out cannot be copied" in reasons(world)


def test_renumbering_is_not_known_yet(world: World) -> None:
    preserver = Preserver(table="public.jobs", natural_key=("id",), on_clash=OnClash.RENUMBER)
    assert "on_clash = renumber" in reasons(world, replace(PEOPLE_POLICY, preservers=(preserver,)))


def test_one_database_with_both_roles_is_never_aligned_by_halves(world: World) -> None:
    for scope in (
        Scope(systemdb_and_files=True, data=False),
        Scope(systemdb_and_files=False, data=True),
    ):
        alignment = world.alignment(PEOPLE_POLICY, FILES_POLICY, scope=scope)
        assert "the two scopes go only together" in inspecting.inspect(alignment)[0]
        with pytest.raises(planning.CannotAlign):
            _ = planning.plan(alignment)
    assert inspecting.inspect(world.alignment(PEOPLE_POLICY, FILES_POLICY)) == ()


def test_data_alone_leaves_systemdb_and_files_alone(
    production_server: Server, staging_server: Server, make_world: MakeWorld
) -> None:
    world = make_world(production_server, staging_server, script=PEOPLE)
    policy = replace(PEOPLE_POLICY, repository="data")
    scope = Scope(systemdb_and_files=False, data=True)
    alignment = world.alignment(policy, FILES_POLICY, scope=scope)
    report = copying.copy_and_mask(alignment, quiet)
    assert set(report.rows) == {"data"}
    assert report.files == 0
    assert verifying.verify(alignment, quiet).paths == ()
