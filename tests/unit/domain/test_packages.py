"""Modules wherever they are: beside Production's, and where an environment could not be asked."""

from builders import NOON, installed
from liftlock.domain.environments import Kind
from liftlock.domain.modules import Difference, Installed, ModuleCode
from liftlock.domain.packages import PackageNotFound, Shelved, rows
from liftlock.errors import LiftlockError

Found = dict[Kind, tuple[Installed, ...] | LiftlockError]


def everywhere(*modules: Installed) -> Found:
    return dict.fromkeys(Kind, modules)


def test_what_is_the_same_everywhere_does_not_differ() -> None:
    [row] = rows(everywhere(installed("crm")), ())
    assert not row.differs
    assert row.in_(Kind.STAGING) == installed("crm")


def test_each_environment_is_held_against_production() -> None:
    there = everywhere(installed("crm", "2.0")) | {
        Kind.DEVELOPMENT: (installed("crm", "3.0"), installed("new")),
        Kind.STAGING: (installed("crm", "2.0", build="b"),),
    }
    found = {row.code: {p.kind: p.standing for p in row.places} for row in rows(there, ())}
    assert found[ModuleCode("crm")] == {
        Kind.DEVELOPMENT: Difference.UP,
        Kind.STAGING: Difference.REBUILT,
        Kind.PRODUCTION: None,
    }
    assert found[ModuleCode("new")][Kind.DEVELOPMENT] is Difference.NEW


def test_a_version_that_is_none_is_another_build_and_no_crash() -> None:
    there = everywhere(installed("crm", "1.0")) | {Kind.DEVELOPMENT: (installed("crm", "spring"),)}
    [row] = rows(there, ())
    assert row.places[0].standing is Difference.REBUILT


def test_without_production_nothing_is_said_to_differ() -> None:
    there = everywhere(installed("crm")) | {Kind.PRODUCTION: PackageNotFound(package="x")}
    there[Kind.DEVELOPMENT] = (installed("crm", "2.0"),)
    [row] = rows(there, ())
    assert not row.differs
    assert [place.kind for place in row.places] == [Kind.DEVELOPMENT, Kind.STAGING]


def test_what_is_only_in_the_store_is_listed_too() -> None:
    module = installed("crm")
    shelved = Shelved(
        code=module.code,
        title="Customers",
        version=module.version,
        digest=module.digest,
        pushed_by="Pat",
        pushed_at=NOON,
        builds=1,
    )
    [row] = rows(everywhere(), (shelved,))
    assert (row.title, row.differs, row.in_(Kind.PRODUCTION)) == ("Customers", False, None)
