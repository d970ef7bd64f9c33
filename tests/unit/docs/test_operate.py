"""The operator's page and the files of `deploy/` say what the code does."""

import configparser
import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path
from typing import cast

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from liftlock.domain.environments import Kind
from liftlock.domain.metrics import Beat, KeptPoints, Metrics, Outbox, Total, Waits
from liftlock.domain.statuses import MoveKind, State
from liftlock.settings import Settings
from liftlock.web import exposition

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs/operate.md").read_text()
ROW = re.compile(r"^\| `LIFTLOCK_(\w+)` \| (.+?) \| .+ \|$", re.MULTILINE)
SAID_OTHERWISE = {"home", "master_key_file", "signing_key_file", "audit_heads", "module_store"}
UNITS = sorted(DEPLOY.glob("*.service"))
MUST_HAVE = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict",
    "User": "liftlock", "PrivateDevices": "yes", "EnvironmentFile": "/etc/liftlock/liftlock.env",
}  # fmt: skip
EXAMPLE = Metrics(
    moves={(MoveKind.UNDO, State.RUNNING): 1},
    waits=Waits(validation_s=1, begin_s=0, resolution_s=0, errored=0),
    held_up={MoveKind.UNDO: Total(times=1, seconds=2)},
    steps={(MoveKind.UNDO, "drain"): Total(times=1, seconds=2)},
    beats=(Beat(host="a", place=1, ago_s=1),),
    restore_points={Kind.STAGING: KeptPoints(points=1, size_bytes=2)},
    outbox=Outbox(waiting=0, oldest_s=0, given_up=0),
)


def families() -> set[str]:
    text = exposition.text(EXAMPLE).decode()
    return {family.name for family in text_string_to_metric_families(text)}


def test_the_table_has_every_setting_with_its_default() -> None:
    said = {name.lower(): default.strip("`") for name, default in ROW.findall(PAGE)}
    assert said.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        if name not in SAID_OTHERWISE:
            default: object = field.default
            expected = "-" if default in {None, ()} else str(default)
            assert said[name] == expected, name


def test_the_example_of_settings_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (DEPLOY / "liftlock.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name, value in given.items():
        assert name.removeprefix("LIFTLOCK_").lower() in Settings.model_fields
        monkeypatch.setenv(name, value.strip('"'))
    assert Settings().trusted_proxies == ("127.0.0.1",)


def test_every_metric_of_the_page_exists_and_every_one_is_told() -> None:
    section = PAGE.partition("| Metric |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(liftlock_\w+)`", section)) == families()


def test_every_alert_asks_for_a_metric_that_exists() -> None:
    document = cast("dict[str, list[dict[str, list[dict[str, str]]]]]", parsed("alerts.yaml"))
    rules = list(chain.from_iterable(group["rules"] for group in document["groups"]))
    assert len(rules) >= 8
    for rule in rules:
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
        named = re.findall(r"liftlock_\w+", rule["expr"])
        assert named
        assert set(named) <= families(), rule["alert"]


def test_containers_run_commands_that_exist_with_settings_that_exist() -> None:
    document = cast("dict[str, dict[str, dict[str, object]]]", parsed("compose.yaml"))
    services = document["services"]
    assert services.keys() == {"books", "init", "serve", "work"}
    for name in ("init", "serve", "work"):
        assert services[name]["command"] == [name]
        for variable in cast("dict[str, str]", services[name]["environment"]):
            assert variable.removeprefix("LIFTLOCK_").lower() in Settings.model_fields
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert "requirements/run.txt" in dockerfile
    assert (ROOT / "requirements/run.txt").exists()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened_and_runs_a_command_that_exists(unit: Path) -> None:
    found = read_unit(unit)
    assert {key: found["Service"].get(key) for key in MUST_HAVE} == MUST_HAVE
    word = unit.stem.removeprefix("liftlock-")
    assert found["Service"]["ExecStart"] == f"/opt/liftlock/bin/liftlock {word}"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_in_a_unit_and_rates_it_as_the_page_says(
    unit: Path, tmp_path: Path
) -> None:
    """Where there is no systemd, its syntax alone is read."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert read_unit(unit).sections() == ["Unit", "Service", "Install"]
        return
    there = tmp_path / unit.name
    _ = there.write_text(unit.read_text().replace("/opt/liftlock/bin/liftlock", "/bin/true"))
    verified = asked(analyze, "verify", str(there))
    assert (verified.returncode, verified.stderr) == (0, "")
    exposure = asked(analyze, "security", "--offline=yes", "--threshold=20", str(there))
    assert exposure.returncode == 0, exposure.stdout
    if "systemd 252" in asked(analyze, "--version").stdout:
        rating = re.findall(r"exposure level .*: ([\d.]+)", exposure.stdout)[0]
        assert f"{rating} (`{unit.stem}`)" in PAGE


def asked(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def read_unit(unit: Path) -> configparser.RawConfigParser:
    found = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    found.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    _ = found.read(unit)
    return found


def parsed(name: str) -> object:
    return yaml.safe_load((DEPLOY / name).read_text())
