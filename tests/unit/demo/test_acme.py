"""The story's content holds together: modules, policies, touched tables, names no rule makes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from acme import LABELS, settle
from liftlock.demo import acme as story
from liftlock.demo.data.people import COMPANIES, COUNTRIES
from liftlock.domain import policies
from liftlock.domain.environments import DatabaseRole
from liftlock.domain.policies import Policy, TableCopy
from liftlock.downalign import tables
from liftlock.downalign.catalogs import settled
from liftlock.downalign.masking import lists
from liftlock.environments import trees
from liftlock.environments.parts import Parts
from liftlock.modules.contents import PackageContent
from liftlock.modules.oci_layout import OciLayout
from postgres import MakeParts, Server

WRITES = re.compile(r"(?:ALTER TABLE|UPDATE|INSERT INTO|CREATE TABLE)\s+(\w+)")
ROLES: dict[str, DatabaseRole | None] = {
    "systemdb": DatabaseRole.SYSTEMDB,
    "customers": DatabaseRole.DATA,
    "orders": DatabaseRole.DATA,
    "files": None,
}


def packed(names: tuple[str, ...], store: OciLayout) -> list[PackageContent]:
    return [store.read(digest) for digest in story.pack(names, store)]


def merged(repository: str, contents: list[PackageContent]) -> Policy:
    modules = {
        str(c.manifest.code): c.manifest.policy_for(repository, ROLES[repository], c.scripts)
        for c in contents
    }
    return policies.merge(modules, policies.parse(story.policy(repository)))


@pytest.fixture
def store(tmp_path: Path) -> OciLayout:
    return OciLayout(tmp_path / "store")


@pytest.fixture
def production(make_parts: MakeParts, production_server: Server) -> Parts:
    parts = make_parts(production_server, labels=LABELS)
    _ = settle(parts)
    return parts


@pytest.mark.parametrize("repository", LABELS)
def test_modules_and_policies_together_decide_every_column(
    repository: str, production: Parts, store: OciLayout
) -> None:
    policy = merged(repository, packed(story.INSTALLED, store))
    with settled(production.database(repository)) as connection:
        there = tables.read(connection)
    assert policies.undecided(policy, there) == ()
    assert policies.refusals(policy, there) == ()
    assert policies.idle(policy, there) == ()


def test_the_policy_for_files_decides_every_path(production: Parts, store: OciLayout) -> None:
    policy = merged("files", packed(story.INSTALLED, store))
    paths = trees.entries(production.files)
    assert paths
    assert policies.undecided(policy, (), paths=paths) == ()


def test_what_the_moves_touch_is_what_modules_write_and_policies_except(store: OciLayout) -> None:
    contents = packed(story.INSTALLED, store)
    touched = {label: set[str]() for label in LABELS}
    for label in LABELS:
        policy = merged(label, contents)
        excepted = {name for name, table in policy.tables.items() if table.copy is TableCopy.EMPTY}
        preserved = {preserver.table for preserver in policy.preservers}
        touched[label] |= {name.removeprefix("public.") for name in excepted | preserved}
        for script in policy.scripts:
            touched[label] |= set(WRITES.findall(script.sql or ""))
    for label, table in written_by_developed():
        touched[label].add(table)
    assert {label: found for label, found in touched.items() if found} == story.TOUCHED


def written_by_developed() -> Iterator[tuple[str, str]]:
    had = {path.name for name in story.INSTALLED for path in story.source(name).glob("sql/*")}
    for name in story.DEVELOPED:
        for path in story.source(name).glob("sql/*.sql"):
            if not (name.startswith("acme.crm") and path.name in had):
                yield from (("customers", table) for table in WRITES.findall(path.read_text()))


def test_no_masking_rule_can_make_a_name_of_acmes_people() -> None:
    made = [
        entry.lower()
        for name in ("last_names", "streets", "cities", "companies")
        for entry in lists.entries(name)
    ]
    real = [
        *COMPANIES,
        *(name for country in COUNTRIES for name in (*country.last_names, *country.streets)),
        *(city for country in COUNTRIES for city, _ in country.cities),
    ]
    assert [name for name in real if any(name.lower() in entry for entry in made)] == []
