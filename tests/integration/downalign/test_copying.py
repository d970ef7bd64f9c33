from dataclasses import replace

from aligning import MakeWorld, quiet, rows
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.downalign import copying, inspecting, verifying
from liftlock.downalign.roles import role_in
from people_schema import FILES_POLICY, PEOPLE, PEOPLE_POLICY, PEOPLE_ROWS
from postgres import MakeDatabase, Server


def test_an_older_production_comes_down_to_a_newer_server(
    server_15: Server, staging_server: Server, make_world: MakeWorld
) -> None:
    world = make_world(server_15, staging_server)
    alignment = world.alignment()
    assert inspecting.inspect(alignment) == ()
    report = copying.copy_and_mask(alignment, quiet)
    assert report.rows["data"]["shop.customers"] == 500
    assert verifying.verify(alignment, quiet).rows == report.rows_total


def test_fifteen_comes_down_to_fifteen(server_15: Server, make_world: MakeWorld) -> None:
    world = make_world(server_15, server_15)
    alignment = world.alignment()
    assert inspecting.inspect(alignment) == ()
    _ = copying.copy_and_mask(alignment, quiet)
    assert verifying.verify(alignment, quiet).shared_with_production


def test_bytes_that_are_no_text_come_down_as_they_are(
    production_server: Server,
    staging_server: Server,
    make_world: MakeWorld,
    make_database: MakeDatabase,
) -> None:
    made = make_world(production_server, staging_server, script="")
    options = "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    ascii_ = make_database(production_server, label="data", kind=Kind.PRODUCTION, options=options)
    world = replace(made, source=replace(made.source, databases=(made.source.systemdb, ascii_)))
    world.on_source(
        f"SET ROLE {world.roles['owner']}; CREATE TABLE odd (a text);"
        "INSERT INTO odd VALUES (E'\\xff\\xfe\\\\ \\t'), ('é')"
    )
    alignment = world.alignment()
    assert inspecting.inspect(alignment) == ()
    _ = copying.copy_and_mask(alignment, quiet)
    _ = verifying.verify(alignment, quiet)
    query = (
        "SELECT encode(a::bytea, 'hex'), current_setting('server_encoding') FROM (SELECT "
        "replace(a, chr(92), '/') AS a FROM odd) o"
    )
    there = rows(production_server, ascii_, query)
    assert rows(staging_server, alignment.copy.database("data"), query) == there


def test_a_source_that_refuses_every_write_serves(
    production_server: Server, staging_server: Server, make_world: MakeWorld
) -> None:
    world = make_world(production_server, staging_server, script=PEOPLE + PEOPLE_ROWS)
    keeper = role_in(world.source.systemdb.keeper)
    production_server.run_as_superuser(
        f"ALTER ROLE {keeper} SET default_transaction_read_only = on"
    )
    alignment = world.alignment(
        replace(PEOPLE_POLICY, repository="data"), FILES_POLICY, data_policy=DataPolicy.ANONYMIZED
    )
    _ = copying.copy_and_mask(alignment, quiet)
    assert verifying.verify(alignment, quiet).survivors_total == 0
