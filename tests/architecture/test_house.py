"""What import-linter cannot say about the house."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "liftlock"
FILES = sorted(HOUSE.rglob("*.py"))
SPEAKS_SQL = {"books", "connections", "store", "environments", "modules", "downalign", "demo"}
SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|COPY\s|ALTER\s+[A-Z]+\s)"
)
FLOORS = ("store", "services", "web/api", "web/pages", "client")
NO_NOUNS = {"__init__", "migrations", "constraints", "connection", "frame", "security", "words"}
MOST_LINES = 400
MOST_FUNCTION_LINES = 50
MOST_HANDLER_LINES = 15
FORBIDDEN_NAMES = {"manager", "helper", "helpers", "utils", "util", "common", "info"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def floor(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_sql_is_written_only_where_sql_is_spoken(path: Path) -> None:
    strings = [
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    speaks = floor(path) in SPEAKS_SQL or path == HOUSE / "workflows" / "engine.py"
    assert speaks or not [s for s in strings if SQL.match(s)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_file_and_its_functions_stay_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES
    long = [
        f"{f.name}: {(f.end_lineno or 0) - f.lineno + 1}"
        for f in functions(path)
        if (f.end_lineno or 0) - f.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert not long


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_module_says_what_a_newcomer_finds_there(path: Path) -> None:
    assert ast.get_docstring(tree(path))
    assert not set(path.stem.split("_")) & FORBIDDEN_NAMES


@pytest.mark.parametrize(
    "path", sorted((HOUSE / "web").rglob("*.py")), ids=lambda p: str(p.relative_to(HOUSE))
)
def test_a_handler_only_translates(path: Path) -> None:
    handlers = [f for f in functions(path) if f.decorator_list]
    assert not [f.name for f in handlers if body_lines(f) > MOST_HANDLER_LINES]


def test_a_noun_has_one_file_name_on_every_floor() -> None:
    nouns = {path.stem for path in (HOUSE / "domain").glob("*.py")} | NO_NOUNS
    for name in FLOORS:
        assert {path.stem for path in (HOUSE / name).glob("*.py")} <= nouns, name


def test_the_domain_needs_python_and_packaging_alone() -> None:
    graph = grimp.build_graph("liftlock", include_external_packages=True, cache_dir=None)
    allowed = sys.stdlib_module_names | {"liftlock", "packaging", "typing_extensions"}
    for module in {"liftlock.domain", *graph.find_descendants("liftlock.domain")}:
        needs = graph.find_modules_directly_imported_by(module)
        assert {name.partition(".")[0] for name in needs} <= allowed, module


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def test_no_tracked_file_names_a_package_index_or_a_place_of_one_machine() -> None:
    home = "/" + "root/"
    here = re.escape(f"{ROOT}/")
    place = re.compile(rf"({here}|{home}|--(extra-)?index-url|\"resolved\": *\"http)")
    for path in tracked():
        found = place.search(path.read_bytes().decode("utf-8", "replace"))
        assert not found or path == Path(__file__), path
