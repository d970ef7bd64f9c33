"""The roles have what they need, and each right that is missing is named with its statement."""

from dataclasses import replace

import pytest

from liftlock.domain.environments import Kind
from liftlock.environments import missing_rights, properties, rights
from liftlock.environments.parts import Parts
from liftlock.environments.servers import as_application, as_keeper, at_maintenance, user_of
from postgres import MakeDatabase, MakeParts, Server

IS_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


def test_nothing_connects_as_superuser(
    development_server: Server, make_database: MakeDatabase
) -> None:
    database = make_database(development_server)
    for way in (as_keeper, as_application, at_maintenance):
        with way(database) as connection:
            assert connection.execute(IS_SUPERUSER).fetchone() == (False,)


@pytest.mark.parametrize("kind", Kind)
def test_after_the_statements_nothing_is_missing(
    development_server: Server, make_parts: MakeParts, kind: Kind
) -> None:
    parts = make_parts(development_server, kind)
    assert missing_rights.missing(parts) == []


def test_the_statements_may_be_repeated(development_server: Server, make_parts: MakeParts) -> None:
    parts = make_parts(development_server, Kind.PRODUCTION)
    for place in missing_rights.places(parts):
        development_server.run_as_superuser(*rights.setup_statements(place))
    assert missing_rights.missing(parts) == []


def test_places_name_every_owner(
    development_server: Server, make_database: MakeDatabase, make_parts: MakeParts
) -> None:
    database = make_database(development_server, owner="landlord")
    with as_keeper(database) as connection:
        _ = connection.execute("CREATE TABLE rooms (id int)")
    parts = replace(make_parts(development_server, labels=["systemdb"]), databases=(database,))
    (place,) = missing_rights.places(parts)
    assert set(place.owners) == {"landlord", user_of(database.keeper)}
    assert place.major == development_server.major


TAKEN_AWAY = {
    "no CREATEDB": ("ALTER ROLE {keeper} NOCREATEDB", "may not create databases"),
    "no member of the owner": ("REVOKE {application} FROM {keeper}", "no member of app_"),
    "cannot end sessions": ("REVOKE pg_signal_backend FROM {keeper}", "pg_signal_backend"),
    "no CONNECT": (
        "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC, {application}, {keeper}",
        "may not connect to",
    ),
    "reads not all": ("REVOKE pg_read_all_data FROM {keeper}", "no member of pg_read_all_data"),
    "superuser as keeper": ("ALTER ROLE {keeper} SUPERUSER", "is a superuser"),
    "superuser as application": ("ALTER ROLE {application} SUPERUSER", "is a superuser"),
    "owned by a superuser": ("ALTER DATABASE {database} OWNER TO postgres", "to a superuser"),
    "setting of a superuser": (
        "ALTER ROLE postgres IN DATABASE {database} SET work_mem = '8MB'",
        "Superuser postgres has settings",
    ),
    "superuser's setting": (
        "ALTER DATABASE {database} SET log_min_messages = 'error'",
        "may not set log_min_messages",
    ),
    "unknown setting": (
        "ALTER ROLE {application} IN DATABASE {database} SET acme.key = '1'",
        "may not set acme.key",
    ),
}


@pytest.mark.parametrize("case", TAKEN_AWAY)
def test_what_is_missing_is_named_and_its_statement_cures_it(
    development_server: Server, make_parts: MakeParts, case: str
) -> None:
    parts = make_parts(development_server, Kind.PRODUCTION, ["systemdb"])
    take_away, named = TAKEN_AWAY[case]
    development_server.run_as_superuser(take_away.format(**_names(parts)))
    reasons = missing_rights.missing(parts)
    assert any(named in reason for reason in reasons), reasons
    for reason in reasons:
        development_server.run_as_superuser(reason.partition("Run as superuser: ")[2])
    assert missing_rights.missing(parts) == []


def test_row_security_that_hides_rows_is_named(
    development_server: Server, make_parts: MakeParts
) -> None:
    parts = make_parts(development_server, Kind.PRODUCTION, ["systemdb"])
    with as_application(parts.systemdb) as connection:
        _ = connection.execute("CREATE TABLE hidden (id int)")
        _ = connection.execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY")
    assert missing_rights.missing(parts) == []
    development_server.run_as_superuser("ALTER ROLE {keeper} NOBYPASSRLS".format(**_names(parts)))
    (reason,) = missing_rights.missing(parts)
    assert "Row security hides rows" in reason


def test_on_15_membership_needs_no_options(server_15: Server, make_parts: MakeParts) -> None:
    parts = make_parts(server_15)
    assert missing_rights.missing(parts) == []
    (place,) = missing_rights.places(parts)
    assert not any("SET TRUE" in statement for statement in rights.setup_statements(place))


def test_rights_given_as_told_are_enough_to_carry_settings(
    development_server: Server, make_parts: MakeParts
) -> None:
    parts = make_parts(development_server, labels=["systemdb"])
    names = _names(parts)
    development_server.run_as_superuser(
        "ALTER DATABASE {database} SET acme.key = 'x'".format(**names),
        "ALTER ROLE {application} IN DATABASE {database} SET log_min_messages = 'error'".format(
            **names
        ),
    )
    for reason in missing_rights.missing(parts):
        development_server.run_as_superuser(reason.partition("Run as superuser: ")[2])
    carried = properties.read(parts.systemdb)
    development_server.run_as_superuser(
        "ALTER DATABASE {database} RESET ALL".format(**names),
        "ALTER ROLE {application} IN DATABASE {database} RESET ALL".format(**names),
    )
    properties.apply(parts.systemdb, carried)
    assert properties.read(parts.systemdb) == carried
    assert len(carried.settings) == 2


def _names(parts: Parts) -> dict[str, str]:
    return {
        "keeper": user_of(parts.systemdb.keeper),
        "application": user_of(parts.systemdb.application),
        "database": parts.systemdb.name,
    }
