"""The roles have what they need, and each right that is missing is named with its statement."""

import os
from dataclasses import replace

import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from liftlock.domain.environments import Kind
from liftlock.environments import missing_rights, properties, rights
from liftlock.environments.parts import Parts
from liftlock.environments.refused_logins import LoginRefused
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
    "a tablespace of others": (
        "ALTER DATABASE {database} SET TABLESPACE far_away",
        "may not use tablespace far_away",
    ),
    "inherits nothing": ("{inherits_nothing}", "no member of app_"),
    "unknown setting": (
        "ALTER ROLE {application} IN DATABASE {database} SET acme.key = '1'",
        "may not set acme.key",
    ),
}


@pytest.fixture(params=["newest", "15"])
def server(request: pytest.FixtureRequest, development_server: Server, server_15: Server) -> Server:
    """The newest server that there is, and one that knows neither SET nor INHERIT of a grant."""
    return server_15 if request.param == "15" else development_server


@pytest.fixture(autouse=True, scope="module")
def far_away(development_server: Server, server_15: Server) -> None:
    """A tablespace on each server, which only its superuser may use."""
    for server in (development_server, server_15):
        folder = server.embedded.data / "far_away"
        folder.mkdir()
        owner = server.embedded.cluster.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        server.run_as_superuser(f"CREATE TABLESPACE far_away LOCATION '{folder}'")


@pytest.mark.parametrize("case", TAKEN_AWAY)
def test_what_is_missing_is_named_and_its_statement_cures_it(
    server: Server, make_parts: MakeParts, case: str
) -> None:
    parts = make_parts(server, Kind.PRODUCTION, ["systemdb"])
    take_away, named = TAKEN_AWAY[case]
    server.run_as_superuser(take_away.format(**_names(parts), **_by_version(parts, server)))
    reasons = missing_rights.missing(parts)
    assert any(named in reason for reason in reasons), reasons
    _cure(server, reasons)
    assert missing_rights.missing(parts) == []


@pytest.mark.parametrize("case", TAKEN_AWAY)
def test_all_statements_together_give_what_a_role_can_lack(
    server: Server, make_parts: MakeParts, case: str
) -> None:
    parts = make_parts(server, Kind.PRODUCTION, ["systemdb"])
    places = missing_rights.places(parts)
    take_away, _ = TAKEN_AWAY[case]
    server.run_as_superuser(take_away.format(**_names(parts), **_by_version(parts, server)))
    for place in places:
        server.run_as_superuser(*rights.setup_statements(place))
    left = missing_rights.missing(parts)
    assert (left == []) is (case not in BEYOND_ROLES), left


def test_row_security_that_hides_rows_is_named_and_cured(
    server: Server, make_parts: MakeParts
) -> None:
    parts = make_parts(server, Kind.PRODUCTION, ["systemdb"])
    with as_application(parts.systemdb) as connection:
        _ = connection.execute("CREATE TABLE hidden (id int)")
        _ = connection.execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY")
    assert missing_rights.missing(parts) == []
    server.run_as_superuser("ALTER ROLE {keeper} NOBYPASSRLS".format(**_names(parts)))
    reasons = missing_rights.missing(parts)
    assert "Row security hides rows" in reasons[0]
    _cure(server, reasons)
    assert missing_rights.missing(parts) == []


NOT_LET_IN = {
    "no CONNECT to where copies are made": (
        "REVOKE CONNECT ON DATABASE {maintenance} FROM PUBLIC",
        "not let into {maintenance} .* no right to connect",
    ),
    "no LOGIN": ("ALTER ROLE {keeper} NOLOGIN", "may not log in at all"),
}


@pytest.mark.parametrize("case", NOT_LET_IN)
def test_a_keeper_who_is_not_let_in_is_told_the_statement(
    server: Server, make_database: MakeDatabase, make_parts: MakeParts, case: str
) -> None:
    maintenance = make_database(server, label="maintenance").name
    parts = make_parts(server, Kind.PRODUCTION, ["systemdb"])
    there = replace(parts.systemdb, maintenance=maintenance)
    parts = replace(parts, databases=(there,))
    server.run_as_superuser(
        f"ALTER DATABASE {maintenance} OWNER TO postgres",
        f"REVOKE CONNECT ON DATABASE {maintenance} FROM {user_of(there.keeper)}",
    )
    take_away, said = NOT_LET_IN[case]
    names = {**_names(parts), "maintenance": maintenance}
    server.run_as_superuser(take_away.format(**names))
    with pytest.raises(LoginRefused, match=said.format(**names)) as refusal:
        _ = missing_rights.missing(parts)
    _cure(server, [str(refusal.value)])
    assert missing_rights.missing(parts) == []


def test_another_password_is_named_and_not_shown(
    server: Server, make_database: MakeDatabase
) -> None:
    database = make_database(server)
    wrong = SecretStr(make_conninfo(database.keeper.get_secret_value(), password="hush-hush"))  # noqa: S106
    with (
        pytest.raises(LoginRefused, match="its password is another") as refusal,
        as_keeper(replace(database, keeper=wrong)),
    ):
        pass
    assert "hush" not in str(refusal.value)


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


BEYOND_ROLES = {
    "owned by a superuser",
    "setting of a superuser",
    "superuser's setting",
    "unknown setting",
    "a tablespace of others",
}
"""What `setup_statements` cannot know beforehand: `missing` names each with its statement."""


def _cure(server: Server, reasons: list[str]) -> None:
    for reason in reasons:
        server.run_as_superuser(reason.partition("Run as superuser: ")[2])


def _by_version(parts: Parts, server: Server) -> dict[str, str]:
    """Since 16 it is the grant that inherits, before that the role."""
    role, group = user_of(parts.systemdb.keeper), user_of(parts.systemdb.application)
    by_grant = f"GRANT {group} TO {role} WITH INHERIT FALSE"
    by_role = f"ALTER ROLE {role} NOINHERIT"
    return {"inherits_nothing": by_grant if server.major >= 16 else by_role}


def _names(parts: Parts) -> dict[str, str]:
    return {
        "keeper": user_of(parts.systemdb.keeper),
        "application": user_of(parts.systemdb.application),
        "database": parts.systemdb.name,
    }
