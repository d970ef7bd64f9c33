"""Long statements that can be stopped, and which databases are on one server."""

import time

import pytest
from psycopg import sql

from liftlock.environments.servers import (
    StatementRefused,
    at_maintenance,
    by_server,
    execute_told,
    server_identity,
)
from places import At, Stopped, silent
from postgres import MakeParts, Server

SLEEP = sql.SQL("SELECT pg_sleep({})")


def test_a_stop_cancels_a_long_statement(development_server: Server, make_parts: MakeParts) -> None:
    parts = make_parts(development_server, labels=["systemdb"])
    begun = time.monotonic()
    with at_maintenance(parts.systemdb) as connection:
        with pytest.raises(Stopped):
            execute_told(connection, SLEEP.format(60), At(nth=1), said="sleeping")
        execute_told(connection, SLEEP.format(0), silent, said="sleeping")
    assert time.monotonic() - begun < 30


def test_what_a_long_statement_raises_comes_through(
    development_server: Server, make_parts: MakeParts
) -> None:
    parts = make_parts(development_server, labels=["systemdb"])
    with (
        pytest.raises(StatementRefused, match="SQLSTATE 42P01"),
        at_maintenance(parts.systemdb) as connection,
    ):
        execute_told(connection, sql.SQL("TABLE {}").format(sql.Identifier("no")), silent, said="x")


def test_databases_are_grouped_by_their_server(
    development_server: Server, staging_server: Server, make_parts: MakeParts
) -> None:
    servers = {"systemdb": development_server, "a": staging_server, "b": development_server}
    parts = make_parts(servers, labels=list(servers))
    groups = [[d.label for d in group] for group in by_server(parts.databases)]
    assert groups == [["systemdb", "b"], ["a"]]
    identities = {d.label: server_identity(d) for d in parts.databases}
    assert identities["systemdb"] == identities["b"] != identities["a"]
