import secrets
from collections.abc import Generator

import pytest
from psycopg import connect
from pydantic import SecretStr

from liftlock.domain import policies
from liftlock.domain.environments import DatabaseRole, DataPolicy, Kind
from liftlock.domain.masking_rules import RULES
from liftlock.downalign import tables
from liftlock.downalign.masking import leaks
from liftlock.downalign.masking.compiling import prepare, select_statement
from liftlock.downalign.masking.leaks import Scanned
from liftlock.environments.servers import Database
from postgres import Server, running_server

KEY = SecretStr(secrets.token_hex(32))
PASSWORD = secrets.token_hex(8)
TYPES = {"birth_date": "date", "uuid": "uuid"}
VALUES = {"birth_date": "'1980-05-03'", "uuid": "gen_random_uuid()"}
COLUMNS = [name for name in RULES if name != "null"]
SETUP = (
    f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
    "CREATE TABLE t (id int PRIMARY KEY, "
    + ", ".join(f'"{name}" {TYPES.get(name, "text")}' for name in COLUMNS)
    + ")",
    "INSERT INTO t VALUES (1, "
    + ", ".join(VALUES.get(name, "'Somebody Real'") for name in COLUMNS)
    + ")",
    "GRANT pg_read_all_data TO reader",
)
POLICY = policies.parse(
    'repository = "data"\n[tables."public.t".columns]\nid = "keep"\n'
    + "".join(
        f'{name} = {{ rule = "constant", value = "x" }}\n'
        if name == "constant"
        else f'{name} = "{name}"\n'
        for name in COLUMNS
    )
)


@pytest.fixture
def standby() -> Generator[Server]:
    """A server that was stopped and goes on as a standby: read-only, whoever asks."""
    with running_server(Kind.PRODUCTION) as server:
        server.run_as_superuser(*SETUP)
        server.embedded.stop()
        signal = server.embedded.cluster / "standby.signal"
        _ = signal.write_text("")
        signal.chmod(0o644)
        server.embedded.start()
        yield server


def test_a_hot_standby_serves_as_the_source(standby: Server) -> None:
    way_in = standby.conninfo("reader", PASSWORD)
    with connect(way_in.get_secret_value(), dbname="postgres", autocommit=True) as reader:
        assert reader.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        found = [table for table in tables.read(reader) if table.name == "t"]
        prepare(reader, KEY)
        row = reader.execute(select_statement(found[0], POLICY, DataPolicy.ANONYMIZED)).fetchone()
    assert row is not None
    assert "Somebody Real" not in row
    source = Database(
        label="data", role=DatabaseRole.DATA, name="postgres", keeper=way_in, application=way_in
    )
    scanned = Scanned(source=source, copy=source, policy=POLICY, tables=found)
    report = leaks.scan([scanned], key=KEY, tell=lambda _: None)
    # It was compared with itself: every masked column has its own originals.
    own = {s.column for s in report.survivors if s.where == leaks.OWN_ROW}
    assert own == set(COLUMNS) - {"constant"}
