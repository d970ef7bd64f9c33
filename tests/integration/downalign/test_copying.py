from aligning import MakeWorld, quiet
from postgres import Server

from liftlock.downalign import copying, inspecting, verifying


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
