"""The modules' own checks after installing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from liftlock import clock
from liftlock.domain.progress import Progress
from liftlock.environments.commands import CommandHung
from liftlock.environments.parts import Parts, Runtime
from liftlock.environments.servers import as_application
from liftlock.modules.checking import check
from liftlock.modules.installing import install
from liftlock.modules.oci_layout import OciLayout
from liftlock.modules.packing import build
from liftlock.modules.refusals import CheckBroke, CheckSaidNo, NoSuchRepository
from places import silent
from postgres import MakeParts, Server
from sample_modules import a_module, sample


@pytest.fixture
def store(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "store")


@pytest.fixture
def parts(development_server: Server, make_parts: MakeParts) -> Parts:
    labels = ("systemdb", "customers", "orders")
    return make_parts(development_server, labels=labels, runtime=Runtime(own_user_allowed=True))


@pytest.fixture
def ask(tmp_path: Path, parts: Parts, store: OciLayout) -> Callable[[str], int]:
    def ask_one(question: str) -> int:
        source = a_module(tmp_path / "source", f"[[checks]]\n{question}\n")
        return check(parts, [build(source, store).digest], store, silent)

    return ask_one


def test_modules_that_work_say_yes(parts: Parts, store: OciLayout) -> None:
    digests = [sample(store, code, "2.0").digest for code in ("acme.base", "acme.crm")]
    _ = install(parts, digests, store, silent)
    said: list[str] = []
    assert check(parts, digests, store, lambda progress: said.append(progress.said)) == 2
    assert said == ["acme.base: settings are there", "acme.crm: notes can be read"]


@pytest.mark.parametrize(
    "answer", ["false", "NULL", "1", "'t'", "true, true", "true UNION ALL SELECT true",
               "true WHERE false"]
)  # fmt: skip
def test_anything_but_one_true_is_a_no(ask: Callable[[str], int], answer: str) -> None:
    with pytest.raises(CheckSaidNo, match=r"Check alive of module acme.test said no in customers"):
        _ = ask(f'name = "alive"\ndatabase = "customers"\nsql = "SELECT {answer}"')


def test_each_repository_is_asked(parts: Parts, ask: Callable[[str], int]) -> None:
    for database in parts.databases:
        with as_application(database) as connection:
            _ = connection.execute("CREATE TABLE t (ok bool)")
            _ = connection.execute("INSERT INTO t VALUES (%s)", [database.label != "orders"])
    question = 'database = "{}"\nsql = "SELECT ok FROM t"'
    assert ask(question.format("systemdb")) == 1
    assert ask(question.format("customers")) == 1
    with pytest.raises(CheckSaidNo, match="said no in orders"):
        _ = ask(question.format("data"))
    with pytest.raises(NoSuchRepository, match="stock"):
        _ = ask(question.format("stock"))


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("SELECT true FROM nowhere", "42P01"),
        ("CREATE TABLE here AS SELECT true", "25006"),
        ("SELECT nextval('counter') = 1", "25006"),
        ("SELECT 'Quux'::int = 1", "22P02"),
    ],
)
def test_a_check_that_breaks_or_writes_is_refused(
    parts: Parts, ask: Callable[[str], int], sql: str, state: str
) -> None:
    with as_application(parts.systemdb) as connection:
        _ = connection.execute("CREATE SEQUENCE counter")
    with pytest.raises(CheckBroke, match=f"in systemdb: SQLSTATE {state}") as caught:
        _ = ask(f'database = "systemdb"\nsql = "{sql}"')
    assert "Quux" not in str(caught.value) + repr(caught.value.fields)


def test_a_command_says_yes_by_its_exit_code(ask: Callable[[str], int]) -> None:
    assert ask('command = ["test", "1", "=", "1"]') == 1
    with pytest.raises(CheckSaidNo, match=r"check 1 .* said no \(exit code 1\)"):
        _ = ask('command = ["test", "1", "=", "2"]')


def test_a_command_that_hangs_is_killed(ask: Callable[[str], int]) -> None:
    with pytest.raises(CommandHung):
        _ = ask('command = ["sleep", "60"]\ntimeout_s = 1')


def test_a_stop_is_heard_while_a_check_runs(tmp_path: Path, parts: Parts, store: OciLayout) -> None:
    def tell(progress: Progress) -> None:
        heard.append(progress)
        if len(heard) > 1:
            raise InterruptedError

    heard: list[Progress] = []
    question = '[[checks]]\ndatabase = "systemdb"\nsql = "SELECT pg_sleep(60) IS NULL"\n'
    digest = build(a_module(tmp_path / "source", question), store).digest
    begun = clock.monotonic_s()
    with pytest.raises(InterruptedError):
        _ = check(parts, [digest], store, tell)
    assert clock.monotonic_s() - begun < 20
