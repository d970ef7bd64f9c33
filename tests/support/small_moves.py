"""The smallest whole environments that every move can be carried out between, and break in.

Production runs `acme.base` 1.0, Development 2.0 of it and `acme.crm` 2.0. Each has rows, files and
an application whose state a file tells: drained, running, open.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from aligning import KEY, quiet
from liftlock.domain.contents import Scope
from liftlock.domain.environments import DataPolicy, Kind
from liftlock.domain.modules import Package
from liftlock.domain.moves import TARGET, MoveId
from liftlock.domain.policies import (
    KEEP,
    ColumnDecision,
    Handling,
    PathDecision,
    Policy,
    Preserver,
    Script,
    TablePolicy,
)
from liftlock.domain.statuses import MoveKind
from liftlock.environments import restore_points
from liftlock.environments.commands import Command
from liftlock.environments.parts import Parts, Runtime
from liftlock.environments.servers import as_application
from liftlock.modules import installing
from liftlock.modules.oci_layout import OciLayout
from liftlock.workflows.run import Run
from network import Network
from postgres import MakeParts, Server
from sample_modules import sample

EVERYTHING = Scope(systemdb_and_files=True, data=True)
SYSTEM_ALONE = Scope(systemdb_and_files=True, data=False)
DATA_ALONE = Scope(systemdb_and_files=False, data=True)
NOTHING = Scope(systemdb_and_files=False, data=False)
MOVE, UNDO = MoveId(7), MoveId(8)


def undone(scope: Scope) -> MoveKind:
    """Return the kind of move of this scope that an Undo takes back in these tests."""
    return MoveKind.MOVE_TO_PRODUCTION if scope == NOTHING else MoveKind.DOWN_ALIGN


def target_of(kind: MoveKind, scope: Scope) -> Kind:
    """Return what a move changes."""
    return TARGET[undone(scope) if kind is MoveKind.UNDO else kind]


APPLICATION = """
state="$1"
held() { while test -e "$state.hold-$1"; do sleep 0.02; done; }
test "$2" = health || echo "$2" >> "$state.log"
test "$2" = health || echo "$2 $(date +%s.%N)" >> "$state.times"
test -e "$state.fail-$2" && exit 1
test -e "$state.fail-once-$2" && rm "$state.fail-once-$2" && exit 1
case "$2" in
    drain) held drain; echo drained > "$state" ;;
    start) held start; test "$(cat "$state")" = open || echo running > "$state" ;;
    health) grep -q open "$state" && held health-when-open; grep -qE 'running|open' "$state" ;;
    open) echo open > "$state" ;;
esac
"""
"""It waits, or fails, where a test makes it: while there is a file beside the one of its state."""
SYSTEM_ROWS = "INSERT INTO base.settings VALUES ('title', 'Acme of {kind}')"
ENDPOINT = "INSERT INTO base.settings VALUES ('endpoint', '{kind}')"
CUSTOMERS = """
INSERT INTO base.customers (name, email)
SELECT format('Zoltan Quibblesworth %s', n), format('zoltan.%s@quibble-{kind}.hu', n)
FROM generate_series(1, 20) n
"""
OWN_TABLE = """
CREATE TABLE base.only_in_{kind} AS
SELECT n, repeat('{kind}', 5) AS said FROM generate_series(1, 9) n
"""


def masked(rule: str) -> ColumnDecision:
    return ColumnDecision(handling=Handling.MASK, rule=rule)


POLICIES = (
    Policy(
        repository="systemdb",
        tables={"base.settings": TablePolicy(columns={"name": KEEP, "value": KEEP})},
        preservers=(
            Preserver(table="base.settings", rows="name = 'endpoint'", natural_key=("name",)),
        ),
        scripts=(
            Script(
                name="no mail",
                sql="UPDATE base.settings SET value = 'off' WHERE name = 'mail'",
                check="SELECT value = 'off' FROM base.settings WHERE name = 'mail'",
            ),
        ),
    ),
    Policy(
        repository="customers",
        tables={
            "base.customers": TablePolicy(
                columns={"id": KEEP, "name": masked("full_name"), "email": masked("email")}
            )
        },
    ),
    Policy(repository="files", paths=(PathDecision(glob="**", handling=Handling.KEEP),)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Three environments and what moves between them."""

    parts: dict[Kind, Parts]
    servers: dict[Kind, Server]
    store: OciLayout
    packages: tuple[Package, ...]
    """What Development has and Production lacks, in the order of installing."""
    states: dict[Kind, Path]

    def run(self, kind: MoveKind, scope: Scope) -> Run:
        """Return a move between them as a step gets it; for an Undo there is a restore point."""
        if kind is not MoveKind.UNDO:
            return self._run(kind, scope)
        taken_back = self._run(undone(scope), scope)
        at, mark = taken_back.restore_point, taken_back.mark
        _ = restore_points.take_by_template(taken_back.replaced, at, mark, quiet)
        self._change(taken_back.target)
        return replace(taken_back, move=UNDO, packages=(), policies={}, undoes=MOVE)

    def _change(self, parts: Parts) -> None:
        """Let an environment be another one than its restore point."""
        with as_application(parts.database("customers")) as connection:
            _ = connection.execute("DELETE FROM base.customers WHERE id < 4")
        _ = (parts.files / "logo.txt").write_text("another logo")

    def _run(self, kind: MoveKind, scope: Scope) -> Run:
        target = TARGET[kind]
        return Run(
            installation="t1",
            move=MOVE,
            attempt=0,
            scope=scope,
            packages=tuple(p.installed for p in self._moving(kind)),
            source=self.parts[Kind.PRODUCTION],
            target=self.parts[target],
            data_policy=DataPolicy.REPLICA if target is Kind.STAGING else DataPolicy.ANONYMIZED,
            policies={policy.repository: policy for policy in POLICIES},
            key=KEY,
            store=self.store,
            reports={},
            tell=quiet,
        )

    def _moving(self, kind: MoveKind) -> tuple[Package, ...]:
        return () if kind is MoveKind.DOWN_ALIGN else self.packages

    def through(self, network: Network, run: Run) -> Run:
        """Return the same move with the target's servers behind a network that can be cut."""
        databases = tuple(network.through(d) for d in run.target.databases)
        return replace(run, target=replace(run.target, databases=databases))

    def fail_once(self, kind: Kind, what: str) -> None:
        """Make an environment's application fail the next time that it is told to do this."""
        Path(f"{self.states[kind]}.fail-once-{what}").touch()

    def starts_at_work(self, kind: Kind) -> list[str]:
        """Return what came right before a start, where the application had not been drained."""
        log = Path(f"{self.states[kind]}.log")
        told = log.read_text().split() if log.exists() else []
        starts = [before for before, what in pairwise(told) if what == "start"]
        return [before for before in starts if before not in {"drain", "open"}]

    def is_open(self, kind: Kind) -> bool:
        """Say whether an environment's application lets people in."""
        return self.states[kind].read_text().strip() == "open"


class MakeSmall:
    """Makes what a move of some kind needs: Production and its target."""

    def __init__(
        self, make_parts: MakeParts, servers: dict[Kind, Server], store: OciLayout, folder: Path
    ) -> None:
        self._make_parts = make_parts
        self._servers = servers
        self._store = store
        self._folder = folder

    def __call__(self, kind: MoveKind, scope: Scope = EVERYTHING) -> Small:
        base, *packages = (sample(self._store, code, version) for code, version in PACKAGES)
        kinds = sorted({Kind.PRODUCTION, target_of(kind, scope)})
        states = {kind: self._folder / f"{kind}.state" for kind in kinds}
        small = Small(
            parts={kind: self._parts(kind, states[kind]) for kind in kinds},
            servers=self._servers,
            store=self._store,
            packages=tuple(packages),
            states=states,
        )
        for kind_, parts in small.parts.items():
            self._settle(kind_, parts, base, packages)
        return small

    def _parts(self, kind: Kind, state: Path) -> Parts:
        _ = state.write_text("open")
        return self._make_parts(self._servers[kind], kind, runtime=an_application(state))

    def _settle(self, kind: Kind, parts: Parts, base: Package, packages: list[Package]) -> None:
        wanted = packages if kind is Kind.DEVELOPMENT else [base]
        _ = installing.install(parts, [p.digest for p in wanted], self._store, quiet)
        _ = (parts.files / "logo.txt").write_text(f"logo of {kind}")
        system, customers = parts.database("systemdb"), parts.database("customers")
        rows = [SYSTEM_ROWS] if kind is Kind.PRODUCTION else [SYSTEM_ROWS, ENDPOINT]
        for database, statements in ((system, rows), (customers, [CUSTOMERS, OWN_TABLE])):
            with as_application(database) as connection:
                for statement in statements:
                    if kind is not Kind.PRODUCTION or statement is not OWN_TABLE:
                        _ = connection.execute(statement.format(kind=kind).encode())


PACKAGES = (("acme.base", "1.0"), ("acme.base", "2.0"), ("acme.crm", "2.0"))


def an_application(state: Path) -> Runtime:
    """Return an application that only writes down what it is told."""

    def command(what: str) -> Command:
        return Command(argv=("/bin/sh", "-c", APPLICATION, "application", str(state), what))

    return Runtime(
        drain=command("drain"),
        start=command("start"),
        health=command("health"),
        open=command("open"),
        own_user_allowed=True,
    )


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> OciLayout:
    return OciLayout(tmp_path_factory.mktemp("store") / "modules")


@pytest.fixture
def make_small(
    make_parts: MakeParts, servers: dict[Kind, Server], small_store: OciLayout, tmp_path: Path
) -> MakeSmall:
    return MakeSmall(make_parts, servers, small_store, tmp_path)
