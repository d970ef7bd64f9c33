"""Selections: which modules a move carries, whether Production can take them, the order. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from liftlock.domain.modules import (
    Digest,
    Installed,
    ModuleCode,
    Package,
    UnreadableVersion,
    after,
    by_code,
    changes,
    version_of,
)
from liftlock.errors import Conflict, Invalid, NotFound


class UnknownModule(NotFound):
    """A module that cannot be chosen here."""

    code = "module.unknown"
    sentence = "There is no module {module} to choose. Those that differ from Production: {known}."


class EmptySelection(Invalid):
    """Nothing would be moved."""

    code = "module.empty_selection"
    sentence = "No module is selected. Select at least one that differs from Production."


class MissingRequirement(Conflict):
    """What a selected module requires is neither in Production nor selected."""

    code = "module.missing_requirement"
    sentence = "Requirements are not met: {missing}. Select what is missing as well."


class NeededByAnother(Conflict):
    """A cleared module that a selected one requires."""

    code = "module.needed_by_another"
    sentence = "Module {module} cannot be cleared: {needed_by} needs it. Clear that one, too."


class WouldBreakAnother(Conflict):
    """A module that stays in Production requires what the selection takes away from it."""

    code = "module.would_break_another"
    sentence = "Modules that stay in Production would break: {broken}. Select newer ones as well."


class CircularDependency(Conflict):
    """Modules that require each other have no order of installing."""

    code = "module.circular_dependency"
    sentence = "These modules require each other in a circle: {circle}. Clear one or repair them."


class VersionGoesDown(Conflict):
    """Production has a newer version."""

    code = "module.version_goes_down"
    sentence = (
        "Module {module} would go down from {present} to {wanted}. "
        "Clear it, or install a newer version into Development."
    )


class NotReallyRun(Conflict):
    """Development does not run the package that a move should carry."""

    code = "module.not_really_run"
    sentence = (
        "Development does not run {module} {version} of this build: {found}. "
        "Install it there first, or schedule what Development runs."
    )


def candidates(
    development: Sequence[Installed],
    production: Sequence[Installed],
    packages: Mapping[Digest, Package],
) -> tuple[Package, ...]:
    """Return the packages that make Development differ from Production: all selected at first.

    `packages` are those that the module store holds, by digest.

    Raises:
        NotReallyRun: Development reports a build that the module store does not hold.
        UnreadableVersion: a version is no version.
    """
    below = [c.development for c in changes(development, production) if c.development is not None]
    return tuple(_package_of(module, packages) for module in below)


def _package_of(module: Installed, packages: Mapping[Digest, Package]) -> Package:
    found = packages.get(module.digest)
    if found is None or found.installed != module:
        raise NotReallyRun(
            module=module.code,
            version=module.version,
            found="the module store does not hold what it reports",
        )
    return found


def require_really_run(wanted: Iterable[Installed], development: Iterable[Installed]) -> None:
    """Refuse packages that Development, read back, does not run.

    Raises:
        NotReallyRun: names the first, and what Development has instead.
    """
    below = by_code(development)
    for module in wanted:
        found = below.get(module.code)
        if found != module:
            raise NotReallyRun(
                module=module.code, version=module.version, found=_found_instead(module, found)
            )


def _found_instead(wanted: Installed, found: Installed | None) -> str:
    if found is None:
        return "it has no such module"
    if found.version == wanted.version:
        return f"it has another build of {found.version}"
    return f"it has {found.version}"


def select(
    candidates: Sequence[Package],
    production: Sequence[Installed],
    cleared: Collection[ModuleCode] = (),
    staying: Sequence[Package] = (),
) -> tuple[Package, ...]:
    """Return what is left of the candidates without the cleared ones, in the order of installing.

    Requirements are checked against Production plus the selection. `staying` are packages that
    Production has; the requirements of those that are not replaced are checked as well.

    Raises:
        UnknownModule: a cleared one is no candidate.
        EmptySelection: nothing is left.
        VersionGoesDown: Production has a newer one.
        NeededByAnother: a cleared one is required by a selected one.
        MissingRequirement: lists every requirement that nothing meets.
        WouldBreakAnother: lists what stays and would no longer have what it requires.
        CircularDependency: names the circle.
        UnreadableVersion: a version or range cannot be read.
    """
    offered = {p.code: p for p in candidates}
    for code in sorted(cleared):
        if code not in offered:
            raise UnknownModule(module=code, known=sorted(offered) or ["none"])
    selected = [p for p in candidates if p.code not in cleared]
    left_out = [p for p in candidates if p.code in cleared]
    require_selectable(selected, production, left_out, staying)
    return in_install_order(selected)


def require_selectable(
    selected: Sequence[Package],
    production: Sequence[Installed],
    left_out: Sequence[Package] = (),
    staying: Sequence[Package] = (),
) -> None:
    """Refuse a selection that Production could not take; see `select` for the refusals."""
    if not selected:
        raise EmptySelection
    present = by_code(production)
    for package in selected:
        _require_not_down(package, present.get(package.code))
    afterwards = by_code(after(production, [p.installed for p in selected]))
    _require_met(selected, afterwards, {p.code: p.installed for p in left_out})
    _require_none_broken(selected, afterwards, staying)


def _require_not_down(package: Package, present: Installed | None) -> None:
    if present is not None and version_of(package.installed) < version_of(present):
        raise VersionGoesDown(module=package.code, present=present.version, wanted=package.version)


def _require_met(
    selected: Sequence[Package],
    afterwards: Mapping[ModuleCode, Installed],
    left_out: Mapping[ModuleCode, Installed],
) -> None:
    unmet = [(p, code) for p in selected for code in _unmet(p, afterwards)]
    for package, code in unmet:
        if not _unmet_one(package, code, left_out):
            raise NeededByAnother(module=code, needed_by=f"{package.code} {package.version}")
    if unmet:
        raise MissingRequirement(missing=[_unmet_said(p, c, afterwards) for p, c in unmet])


def _require_none_broken(
    selected: Sequence[Package],
    afterwards: Mapping[ModuleCode, Installed],
    staying: Sequence[Package],
) -> None:
    moved = {p.code for p in selected}
    unmet = [
        (p, code)
        for p in staying
        if p.installed == afterwards.get(p.code)
        for code in _unmet(p, afterwards)
        if code in moved
    ]
    if unmet:
        raise WouldBreakAnother(broken=[_unmet_said(p, c, afterwards) for p, c in unmet])


def _unmet(package: Package, available: Mapping[ModuleCode, Installed]) -> list[ModuleCode]:
    return [code for code in sorted(package.requires) if _unmet_one(package, code, available)]


def _unmet_one(
    package: Package, code: ModuleCode, available: Mapping[ModuleCode, Installed]
) -> bool:
    found = available.get(code)
    wanted = range_of(package, code)
    return found is None or not wanted.contains(version_of(found), prereleases=True)


def _unmet_said(
    package: Package, code: ModuleCode, available: Mapping[ModuleCode, Installed]
) -> str:
    found = available.get(code)
    there = f"{found.version} would be there" if found else "it would not be there"
    wanted = f"{code} {package.requires[code]}".strip()
    return f"{package.code} {package.version} needs {wanted}, {there}"


def in_install_order(selected: Sequence[Package]) -> tuple[Package, ...]:
    """Return each package after those that it requires; by code where that leaves a choice.

    Raises:
        CircularDependency: names the circle, each member requiring the next.
    """
    of_code = {p.code: p for p in sorted(selected, key=lambda p: p.code)}
    graph = {c: sorted(p.requires.keys() & of_code.keys()) for c, p in of_code.items()}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[ModuleCode] = error.args[1]
        raise CircularDependency(circle=" → ".join(reversed(circle))) from None
    return tuple(of_code[code] for code in _drained(sorter))


def _drained(sorter: TopologicalSorter[ModuleCode]) -> list[ModuleCode]:
    order: list[ModuleCode] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return order


def range_of(package: Package, code: ModuleCode) -> SpecifierSet:
    """Return the versions of another module that a package accepts; an empty text means any.

    Raises:
        UnreadableVersion: it is not a set of PEP 440 specifiers.
    """
    try:
        return SpecifierSet(package.requires[code])
    except InvalidSpecifier:
        raise UnreadableVersion(module=package.code, text=package.requires[code]) from None
