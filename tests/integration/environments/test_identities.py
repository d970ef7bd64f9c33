"""What a target is stays what it is through every renaming."""

from liftlock.environments import identities, names, properties, swapping
from liftlock.environments.servers import at_maintenance
from places import furnish, make_copy, silent
from postgres import MakeParts, Server


def test_identity_follows_databases_and_directory_through_a_swap(
    staging_server: Server, make_parts: MakeParts
) -> None:
    live = furnish(make_parts(staging_server))
    copy, aside = make_copy(live, move=3), names.restore_point_parts(live, "test", 3)
    was, copied = identities.identity(live), identities.identity(copy)
    swapping.swap_in(live, copy, aside, silent)
    assert identities.identity(live) == copied
    assert identities.identity(aside) == was
    assert set(identities.identity(copy).values()) == {identities.MISSING}
    swapping.swap_back(live, copy, aside, silent)
    assert identities.differing(was, identities.identity(live)) == []


def test_what_differs_is_named_by_label(staging_server: Server, make_parts: MakeParts) -> None:
    live = make_parts(staging_server)
    was = identities.properties_digests(live)
    with at_maintenance(live.systemdb) as connection:
        names.write_comment(connection, live.systemdb.name, "new words")
    now = identities.properties_digests(live)
    assert identities.differing(was, now) == ["systemdb"]
    assert properties.read(live.systemdb).comment == "new words"
