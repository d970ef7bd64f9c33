"""Modules and packages: what differs between environments, what is lost, what has drifted. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from packaging.version import InvalidVersion, Version

from liftlock.errors import Invalid

ModuleCode = NewType("ModuleCode", str)
Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits: of the package's OCI manifest."""


class UnreadableVersion(Invalid):
    """A version, or a range of versions, that does not follow PEP 440."""

    code = "module.unreadable_version"
    sentence = (
        "Module {module}: {text} is not a version or a range of versions, as in 2.1 or >=2,<3."
    )


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Installed:
    """A module as an environment itself reports it."""

    code: ModuleCode
    version: str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One immutable build of a module, as the module store holds it."""

    code: ModuleCode
    version: str
    digest: Digest
    title: str
    requires: Mapping[ModuleCode, str] = field(default_factory=dict[ModuleCode, str])
    """Code to version range (PEP 440 specifiers)."""

    @property
    def installed(self) -> Installed:
        """Return what an environment reports once it has this package."""
        return Installed(code=self.code, version=self.version, digest=self.digest)


class Difference(StrEnum):
    """How a module in Development differs from Production's."""

    NEW = "new"
    UP = "up"
    DOWN = "down"
    REBUILT = "rebuilt"
    """The same version, another build."""
    STAYS = "stays"
    """Only Production has it: a move does not remove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One module that is not the same in Development and Production."""

    code: ModuleCode
    difference: Difference
    development: Installed | None
    production: Installed | None


def changes(
    development: Iterable[Installed], production: Iterable[Installed]
) -> tuple[Change, ...]:
    """Return what differs, by code: what can be moved, and what stays because Development lacks it.

    Raises:
        UnreadableVersion: a version is no version.
    """
    below, above = by_code(development), by_code(production)
    codes = sorted(below.keys() | above.keys())
    return tuple(
        Change(
            code=code,
            difference=difference(below.get(code), above.get(code)),
            development=below.get(code),
            production=above.get(code),
        )
        for code in codes
        if below.get(code) != above.get(code)
    )


def difference(below: Installed | None, above: Installed | None) -> Difference:
    """Return how a module differs from Production's, where both are not the same.

    Raises:
        UnreadableVersion: a version is no version.
    """
    if below is None:
        return Difference.STAYS
    if above is None:
        return Difference.NEW
    new, old = version_of(below), version_of(above)
    if new == old:
        return Difference.REBUILT
    return Difference.UP if new > old else Difference.DOWN


def after(production: Iterable[Installed], packages: Iterable[Installed]) -> tuple[Installed, ...]:
    """Return what Production's modules and the packages installed over them make, by code."""
    return tuple(sorted((by_code(production) | by_code(packages)).values()))


def staging_loses(
    staging: Iterable[Installed], production: Iterable[Installed], selected: Iterable[Installed]
) -> tuple[Installed, ...]:
    """Return what Staging will not have after the move: neither selected nor Production's."""
    chosen = by_code(selected)
    kept = set(production)
    return tuple(sorted(m for m in staging if m not in kept and m.code not in chosen))


def drift(expected: Iterable[Installed], found: Iterable[Installed]) -> tuple[str, ...]:
    """Say, by code, what an environment reports that it should not; nothing when all agrees."""
    should, has = by_code(expected), by_code(found)
    return tuple(
        _drift_said(code, should.get(code), has.get(code))
        for code in sorted(should.keys() | has.keys())
        if should.get(code) != has.get(code)
    )


def _drift_said(code: ModuleCode, should: Installed | None, has: Installed | None) -> str:
    if has is None:
        return f"{code} {should.version if should else ''} is missing"
    if should is None:
        return f"{code} {has.version} should not be there"
    if has.version == should.version:
        return f"{code} {has.version} is another build"
    return f"{code} is {has.version} instead of {should.version}"


def version_of(module: Installed) -> Version:
    """Return a module's version, comparable.

    Raises:
        UnreadableVersion: it does not follow PEP 440.
    """
    try:
        return Version(module.version)
    except InvalidVersion:
        raise UnreadableVersion(module=module.code, text=module.version) from None


def by_code(modules: Iterable[Installed]) -> dict[ModuleCode, Installed]:
    """Return the modules by their codes; an environment has each code once."""
    return {m.code: m for m in modules}
