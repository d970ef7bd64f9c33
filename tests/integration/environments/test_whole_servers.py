"""A server kept whole by commands: stopped, copied, started; put back; killed anywhere between."""

import os
import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from compare import left_over, picture
from liftlock.domain.environments import Kind
from liftlock.domain.statuses import Cause, MoveKind, State
from liftlock.environments import keeping, names, swapping
from liftlock.environments.commands import Command
from liftlock.environments.names import OwnerMark
from liftlock.environments.parts import Keeping, Parts, Runtime
from liftlock.environments.servers import as_application, as_keeper
from liftlock.environments.swapping import OnlyASign
from liftlock.environments.whole_servers import ServerShared, SnapshotFailed, SnapshotNotBack
from liftlock.modules.oci_layout import OciLayout
from liftlock.workflows.registry import TABLES
from liftlock.workflows.run import Broke, Ended, carry_out, put_back
from network import Network
from places import content_of, furnish, silent
from postgres import MakeParts, Server, running_server
from small_moves import NOTHING, MakeSmall, Small, small_store
from trials import Break, Trial

__all__ = ["small_store"]

DOCS = Path(__file__).parents[3] / "docs"
MARK = OwnerMark(installation="test", move=9, attempt=1)
OLD = {"systemdb": "old", "customers": "old", "files": "old"}
DIES = 'dies() { ! grep -qx "$1" "$points/dies" 2> /dev/null || kill -9 $$; }\n'
"""A planted line: the command is killed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A server of its own, and the documented command that keeps it."""

    server: Server
    script: Path
    points: Path
    places: tuple[str, ...]
    """Where the command can be made to die: `take 1`."""

    @property
    def runtime(self) -> Runtime:
        return Runtime(restore_point=self.keeping, own_user_allowed=os.geteuid() != 0)

    @property
    def keeping(self) -> Keeping:
        user = self.server.embedded.user if os.geteuid() == 0 else None

        def command(what: str) -> Command:
            return Command(argv=("/bin/sh", str(self.script), what), user=user)

        return Keeping(take=command("take"), put_back=command("put-back"), drop=command("drop"))

    def dies_at(self, *places: str) -> None:
        _ = (self.points / "dies").write_text("".join(f"{place}\n" for place in places))

    def kept(self) -> list[str]:
        return sorted(p.name for p in self.points.iterdir() if p.name.startswith("ll_"))


@pytest.fixture(scope="module")
def whole() -> Generator[Whole]:
    with running_server(Kind.PRODUCTION) as server:
        yield kept_by_the_documented_command(server)


def kept_by_the_documented_command(server: Server) -> Whole:
    embedded = server.embedded
    points = embedded.data / "points"
    points.mkdir()
    owner = embedded.cluster.stat()
    os.chown(points, owner.st_uid, owner.st_gid)
    found = re.search(r"```sh\n(#!.*?)```", (DOCS / "restore-points.md").read_text(), re.DOTALL)
    assert found is not None
    places: list[str] = []
    script = with_places_to_die(found[1], places)
    for name, value in (
        ("data", embedded.cluster),
        ("points", points),
        ("bin", embedded.program("pg_ctl").parent),
    ):
        script = re.sub(rf"^{name}=.*$", f"{name}={value}", script, flags=re.MULTILINE)
    path = embedded.data / "liftlock-snapshot"
    _ = path.write_text(script)
    settings = {
        "unix_socket_directories": embedded.socket_folder,
        "unix_socket_permissions": "0777",
        "listen_addresses": "",
        "fsync": "off",
    }
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    with (embedded.cluster / "postgresql.conf").open("a") as conf:
        _ = conf.write(lines)
    return Whole(server=server, script=path, points=points, places=tuple(places))


def with_places_to_die(script: str, places: list[str]) -> str:
    """Plant a place to die after each line of the functions that change something."""
    lines: list[str] = []
    inside = ""
    for line in script.splitlines():
        lines.append(line)
        begun = re.match(r"(\w+)\(\) \{$", line)
        inside = begun[1] if begun else "" if line == "}" else inside
        if inside and line.startswith("    "):
            places.append(f"{inside} {len(lines)}")
            lines.append(f'    dies "{places[-1]}"')
    return "\n".join(lines).replace("set -eu\n", f"set -eu\n{DIES}") + "\n"


@pytest.fixture
def live(whole: Whole, make_parts: MakeParts) -> Parts:
    return furnish(make_parts(whole.server, runtime=whole.runtime))


@pytest.fixture
def point(live: Parts) -> Parts:
    return names.restore_point_parts(live, "test", 9)


@pytest.fixture
def discarded(live: Parts) -> Parts:
    return names.discarded_parts(live, "test", 9)


def change(live: Parts) -> None:
    for database in live.databases:
        with as_application(database) as connection:
            _ = connection.execute("UPDATE said SET word = 'new'")
    _ = (live.files / "said").write_text("new")


def test_a_server_is_kept_and_put_back_and_forgotten(
    whole: Whole, live: Parts, point: Parts, discarded: Parts
) -> None:
    _ = keeping.take(live, point, MARK, silent)
    taken = keeping.identity_of_taken(live, point)
    change(live)
    assert keeping.identity_now(live, point) != taken
    for _ in range(2):
        keeping.put_back(live, point, discarded, silent)
        assert content_of(live) == OLD
        assert keeping.identity_now(live, point) == taken
    for _ in range(2):
        keeping.drop_replaced(point, discarded, silent)
    assert (whole.kept(), left_over(live, whole.server)) == ([], [])
    assert not keeping.abandon(live, point, MARK, silent)


def test_a_complete_one_is_kept_by_an_undo_and_dropped_by_retention(
    whole: Whole, live: Parts, point: Parts
) -> None:
    first = keeping.take(live, point, MARK, silent)
    assert keeping.take(live, point, MARK, silent) == first
    assert keeping.abandon(live, point, MARK, silent)
    assert whole.kept() == [point.databases[0].name]
    keeping.drop(point, silent)
    assert (whole.kept(), left_over(live, whole.server)) == ([], [])
    assert content_of(live) == OLD


def test_taking_may_die_anywhere_and_be_taken_back_or_repeated(
    whole: Whole, live: Parts, point: Parts
) -> None:
    died = 0
    for place in [place for place in whole.places if place.startswith(("take", "copy"))]:
        whole.dies_at(place)
        with pytest.raises(SnapshotFailed, match="take the restore point"):
            _ = keeping.take(live, point, MARK, silent)
        died += 1
        whole.dies_at()
        if died % 2:
            assert not keeping.abandon(live, point, MARK, silent)
            assert (whole.kept(), left_over(live, whole.server)) == ([], [])
        else:
            _ = keeping.take(live, point, MARK, silent)
            keeping.drop(point, silent)
        assert content_of(live) == OLD
    assert died >= 8


def test_putting_back_may_die_anywhere_and_goes_on(
    whole: Whole, live: Parts, point: Parts, discarded: Parts
) -> None:
    _ = keeping.take(live, point, MARK, silent)
    taken = keeping.identity_of_taken(live, point)
    change(live)
    died = 0
    for place in [place for place in whole.places if place.startswith(("put_back", "copy"))]:
        whole.dies_at(place)
        try:
            keeping.put_back(live, point, discarded, silent)
        except SnapshotFailed:
            died += 1
        whole.dies_at()
    keeping.put_back(live, point, discarded, silent)
    assert died >= 10
    assert content_of(live) == OLD
    assert keeping.identity_now(live, point) == taken
    keeping.drop_replaced(point, discarded, silent)


def test_a_command_that_only_says_so_is_not_believed(
    whole: Whole, live: Parts, point: Parts, discarded: Parts
) -> None:
    _ = keeping.take(live, point, MARK, silent)
    lies = replace(whole.keeping, put_back=replace(whole.keeping.take, argv=("/bin/true",)))
    lying = replace(live, runtime=replace(live.runtime, restore_point=lies))
    with pytest.raises(SnapshotNotBack, match="is still there"):
        keeping.put_back(lying, point, discarded, silent)
    keeping.drop(point, silent)


def test_a_server_with_others_databases_is_refused_before_anything(
    whole: Whole, live: Parts, point: Parts, make_parts: MakeParts
) -> None:
    other = make_parts(whole.server, labels=("systemdb",)).systemdb
    with pytest.raises(ServerShared, match=f"cannot be kept whole: it has {other.name}"):
        _ = keeping.take(live, point, MARK, silent)
    assert whole.kept() == []


def test_a_sign_never_becomes_the_target(live: Parts, point: Parts, discarded: Parts) -> None:
    _ = keeping.take(live, point, MARK, silent)
    with pytest.raises(OnlyASign, match="only says that its server was kept whole"):
        swapping.swap_back(replace(live, has_files=False), discarded, point, silent)
    assert content_of(live) == OLD
    with as_keeper(live.systemdb):
        pass
    keeping.drop(point, silent)


STANDING_STILL = "the command dies while the server stands still"
BREAKS: dict[str, tuple[Break, ...]] = {
    "nothing": (),
    "after installing": (Break(act="install", after=True),),
    STANDING_STILL: (Break(act="check", after=True),),
}


@pytest.fixture
def small(whole: Whole, make_parts: MakeParts, small_store: OciLayout, tmp_path: Path) -> Small:
    servers = {Kind.PRODUCTION: whole.server}
    return MakeSmall(make_parts, servers, small_store, tmp_path)(MoveKind.MOVE_TO_PRODUCTION)


@pytest.mark.parametrize("case", BREAKS)
def test_a_move_to_production_is_as_promised_or_as_before(
    whole: Whole, small: Small, network: Network, case: str
) -> None:
    run = small.run(MoveKind.MOVE_TO_PRODUCTION, NOTHING)
    runtime = replace(run.target.runtime, restore_point=whole.keeping)
    run = replace(run, target=replace(run.target, runtime=runtime))
    before = picture(run.target, whole.server)
    trial = Trial(run=run, network=network, breaks=BREAKS[case])
    place = next(p for p in reversed(whole.places) if p.startswith("put_back"))
    whole.dies_at(*((place,) if case == STANDING_STILL else ()))
    ended = carry_out(TABLES[MoveKind.MOVE_TO_PRODUCTION], trial)
    if case == STANDING_STILL:
        assert ended.state is State.ERRORED
        whole.dies_at()
        ended = put_back_later(trial, ended)
    if case == "nothing":
        assert ended.state is State.COMPLETED, ended.said
        assert whole.kept() == [run.restore_point.databases[0].name]
        keeping.drop(run.restore_point, silent)
    else:
        assert ended.state is State.FAILED, ended.said
        assert picture(run.target, whole.server) == before
    assert (whole.kept(), left_over(run.target, whole.server)) == ([], [])
    assert small.is_open(Kind.PRODUCTION)


def put_back_later(trial: Trial, ended: Ended) -> Ended:
    begun, trial.breaks = tuple(trial.acts), ()
    because = Broke(cause=ended.cause or Cause.BROKE, said=ended.said)
    return put_back(TABLES[MoveKind.MOVE_TO_PRODUCTION], begun, trial, because=because)
