"""Servers behind TLS: who cannot prove who it is, or wants more than SCRAM, gets nothing."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
import trustme
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from liftlock import placement
from liftlock.domain.environments import Kind, Tls
from liftlock.domain.statuses import MoveKind, State
from liftlock.environments import missing_rights, runtimes
from liftlock.environments.safe_connections import (
    VERIFIED,
    Demand,
    RootCertificateUnreadable,
    for_program,
    strict,
)
from liftlock.environments.servers import (
    Database,
    ServerUnreachable,
    as_application,
    as_keeper,
    demands_tls,
)
from liftlock.environments.unsafe_servers import (
    CertificateExpired,
    CertificateOfAnother,
    CertificateUnknown,
    LoginUnsafe,
    RootCertificateMissing,
    ServerUnsafe,
    ServerWithoutTls,
)
from liftlock.modules.oci_layout import OciLayout
from liftlock.settings import Settings
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import carry_out
from network import Network
from postgres import MakeDatabase, MakeParts, Server, database_maker
from small_moves import EVERYTHING, MakeSmall, small_store
from tls_servers import SCRAM, Authority, authority, certificates_home
from trials import Trial

__all__ = ["authority", "certificates_home", "small_store"]
pytestmark = pytest.mark.usefixtures("certificates_home")

HOW: str = """
SELECT ssl, version, current_setting('password_encryption')
FROM pg_stat_ssl WHERE pid = pg_backend_pid()
"""
Make: TypeAlias = Callable[[Authority], trustme.LeafCert]


@pytest.fixture(scope="module")
def tls_server(authority: Authority) -> Generator[Server]:
    with authority.server(Kind.STAGING, authority.good()) as server:
        yield server


@pytest.fixture
def database(tls_server: Server, make_database: MakeDatabase) -> Database:
    return make_database(tls_server)


def test_both_ways_into_a_database_are_encrypted(database: Database) -> None:
    for way in (as_keeper, as_application):
        with way(database) as connection:
            row = connection.execute(HOW.encode()).fetchone()
            assert row is not None
            assert row[0] is True
    assert demands_tls(database)


UNPROVEN: dict[str, tuple[Make, type[ServerUnsafe], str]] = {
    "expired": (Authority.expired, CertificateExpired, "not valid at this time. Give the server"),
    "another host's": (Authority.of_another_host, CertificateOfAnother, "is another host's. Name"),
    "of an unknown authority": (
        Authority.of_another_authority,
        CertificateUnknown,
        "not from the authority that is trusted",
    ),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_a_server_that_cannot_prove_who_it_is_is_refused_by_name(
    authority: Authority, case: str
) -> None:
    certificate, refusal, said = UNPROVEN[case]
    with served(authority, certificate(authority)) as database:
        require_refused(database, refusal, said)


LOGINS = {
    "md5": "an MD5 of the password",
    "password": "the password itself",
    "trust": "no password at all",
}


@pytest.mark.parametrize(
    ("login", "encrypted"), [*((login, True) for login in LOGINS), ("password", False)]
)
def test_a_server_that_asks_for_less_than_scram_learns_nothing(
    authority: Authority, login: str, *, encrypted: bool
) -> None:
    certificate = authority.good() if encrypted else None
    with served(authority, certificate, login=login) as database:
        clear = replace(database, demand=Demand(tls=Tls.NONE))
        require_refused(database if encrypted else clear, LoginUnsafe, LOGINS[login])


def test_a_server_without_tls_is_refused_unless_the_operator_says_so(authority: Authority) -> None:
    with served(authority, None) as database:
        require_refused(database, ServerWithoutTls, "does not offer TLS. Switch it on there")
        with as_keeper(replace(database, demand=Demand(tls=Tls.NONE))):
            pass


def test_without_a_root_certificate_nobody_is_trusted(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    rootless = at(replace(database, demand=VERIFIED), sslrootcert=str(tmp_path / "none.pem"))
    require_refused(rootless, RootCertificateMissing, "Register its root certificate")


def test_a_string_cannot_ask_for_less(database: Database) -> None:
    for mode in ("disable", "prefer", "require"):
        with as_keeper(at(database, sslmode=mode)) as connection:
            row = connection.execute(HOW.encode()).fetchone()
            assert row is not None
            assert row[0] is True


def test_on_a_socket_a_login_without_a_password_is_refused(
    books_server: Server, database: Database
) -> None:
    way_in = books_server.embedded.superuser_conninfo()
    by_peer = replace(database, name="postgres", keeper=SecretStr(way_in), demand=VERIFIED)
    require_refused(by_peer, LoginUnsafe, "no password at all")


def test_what_stays_on_this_machine_needs_no_certificate() -> None:
    for host in ("/run/postgresql", "127.0.0.1", "::1", "localhost", "localhost,/tmp"):
        assert "sslmode" not in conninfo_to_dict(strict(f"host={host} user=x", VERIFIED))
    for there in ("host=db1", "hostaddr=10.0.0.1", "host=localhost,db1", "service=main"):
        given = conninfo_to_dict(strict(f"{there} user=x sslmode=prefer", VERIFIED))
        assert given["sslmode"] == "verify-full"
        assert given["require_auth"] == "scram-sha-256"


def test_older_client_programs_are_told_what_they_know() -> None:
    way_in = strict("host=db1 user=x", VERIFIED)
    assert "require_auth" in for_program(way_in, 16)
    older = conninfo_to_dict(for_program(way_in, 15))
    assert older["channel_binding"] == "require"
    assert "require_auth" not in older


def test_a_root_certificate_is_one_and_no_key(database: Database, authority: Authority) -> None:
    key = authority.good().private_key_pem.bytes().decode()
    for wrong in ("", "ca.pem", key, authority.root + key, "-----BEGIN CERTIFICATE-----\nx"):
        with pytest.raises(RootCertificateUnreadable):
            replace(database, demand=Demand(root_certificate=wrong)).require_readable()
    database.require_readable()


def test_an_application_command_gets_a_way_in_that_is_verified(
    tls_server: Server, make_parts: MakeParts, certificates_home: Path
) -> None:
    parts = make_parts(tls_server, labels=("systemdb",))
    url = runtimes.environment_variables(parts)["LIFTLOCK_DATABASE_SYSTEMDB"]
    with psycopg.connect(url) as connection:
        row = connection.execute(HOW.encode()).fetchone()
    assert row is not None
    assert row[0] is True
    assert "sslmode=verify-full" in url
    (kept,) = (certificates_home / "certificates").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o644


def test_rights_are_looked_at_over_tls(tls_server: Server, make_parts: MakeParts) -> None:
    assert missing_rights.missing(make_parts(tls_server)) == []


def test_the_way_to_the_books_is_verified_too(
    database: Database, authority: Authority, tmp_path: Path
) -> None:
    url = SecretStr(make_conninfo(database.application.get_secret_value(), dbname=database.name))
    root = tmp_path / "root.pem"
    _ = root.write_text(authority.root)
    rooted = Settings(database_url=url, database_root_certificate=root)
    with placement.database_url(rooted) as way_in:
        with psycopg.connect(way_in.get_secret_value()) as connection:
            row = connection.execute(HOW.encode()).fetchone()
        assert row is not None
        assert row[0] is True
    _ = root.write_text(trustme.CA().cert_pem.bytes().decode())
    with (
        pytest.raises(CertificateUnknown, match="server of the books"),
        placement.database_url(rooted),
    ):
        pass


def test_a_whole_move_goes_over_tls(
    tls_server: Server,
    make_parts: MakeParts,
    small_store: OciLayout,
    tmp_path: Path,
    network: Network,
) -> None:
    make_small = MakeSmall(make_parts, dict.fromkeys(Kind, tls_server), small_store, tmp_path)
    small = make_small(MoveKind.MOVE_TO_STAGING)
    run = small.run(MoveKind.MOVE_TO_STAGING, EVERYTHING)
    for database in (*run.source.databases, *run.target.databases):
        assert demands_tls(database)
    ended = carry_out(TABLES[MoveKind.MOVE_TO_STAGING], Trial(run=run, network=network))
    assert ended.state is State.COMPLETED, ended.said
    assert small.is_open(Kind.STAGING)


@contextmanager
def served(
    authority: Authority, certificate: trustme.LeafCert | None, *, login: str = SCRAM
) -> Generator[Database]:
    encryption = "md5" if login == "md5" else SCRAM
    with ExitStack() as stack:
        running = authority.server(Kind.STAGING, certificate, login=login, encryption=encryption)
        server = stack.enter_context(running)
        yield stack.enter_context(database_maker())(server)


def require_refused(database: Database, refusal: type[ServerUnsafe], said: str) -> None:
    with pytest.raises(refusal, match=said) as refused, as_keeper(database):
        pass
    assert not isinstance(refused.value, ServerUnreachable)
    password = conninfo_to_dict(database.keeper.get_secret_value()).get("password")
    assert str(password) not in str(refused.value)


def at(database: Database, **given: str) -> Database:
    keeper = make_conninfo(database.keeper.get_secret_value(), **given)
    return replace(database, keeper=SecretStr(keeper))
