"""How two versions of a masking policy differ in meaning, for whoever approves one. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liftlock.domain.decisions import PathDecision, Policy, Preserver, Script
from liftlock.domain.masking_proposals import decision_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is decided otherwise; None: nobody decided it."""

    what: str
    """`column base.customers.email`, `path attachments/**`, `script neutralize.sql`."""
    was: str | None
    now: str | None

    @property
    def reveals(self) -> bool:
        """Tell whether more of Production may travel than before: a mask or an exclusion went."""
        return self.now == KEPT and self.was not in {None, KEPT}


KEPT = "keep"


def differences(old: Policy | None, new: Policy) -> tuple[Difference, ...]:
    """Return what the later version decides otherwise, in its order; then what it drops."""
    before = dict(_decided(old)) if old else {}
    after = dict(_decided(new))
    changed = [w for w in after if before.get(w) != after[w]]
    dropped = [w for w in before if w not in after]
    found = [Difference(what=w, was=before.get(w), now=after.get(w)) for w in changed + dropped]
    return (*found, *_reordered(before, after))


def _reordered(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Say where paths and scripts are the same in another order: the first match counts."""
    for kind in ("path", "script"):
        old = [w for w in before if w.startswith(f"{kind} ") and w in after]
        new = [w for w in after if w.startswith(f"{kind} ") and w in before]
        if old != new:
            yield Difference(what=f"order of {kind}s", was=_listed(old), now=_listed(new))


def _listed(names: list[str]) -> str:
    return ", ".join(name.partition(" ")[2] for name in names)


def _decided(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield each thing that a policy decides, and how."""
    for name, table in policy.tables.items():
        if table.copy is not None:
            yield f"table {name}", f"copied {table.copy}"
        for column, decision in table.columns.items():
            yield f"column {name}.{column}", decision_text(decision)
    if policy.large_objects is not None:
        yield "large objects", policy.large_objects
    for path in policy.paths:
        yield f"path {path.glob}", _path(path)
    for preserver in policy.preservers:
        yield f"preserver {preserver.table}", _preserver(preserver)
    for kept in policy.preserved_paths:
        yield f"preserved path {kept}", "survives"
    for script in policy.scripts:
        yield f"script {script.name}", _script(script)
    for what, handling in policy.catalog.items():
        yield f"object {what}", handling


def _path(path: PathDecision) -> str:
    renamed = f", renamed to {path.rename}" if path.rename else ""
    unscanned = "" if path.scanned else ", not searched for real values"
    return f"{path.handling}{renamed}{unscanned}"


def _preserver(preserver: Preserver) -> str:
    rows = f"rows where {preserver.rows}" if preserver.rows else "all rows"
    key = f", known by {', '.join(preserver.natural_key)}" if preserver.natural_key else ""
    return f"{rows}{key}, on a clash {preserver.on_clash}"


def _script(script: Script) -> str:
    body = script.sql if script.command is None else " ".join(script.command)
    check = f"\ncheck: {script.check}" if script.check else ""
    return f"{(body or '').strip()}{check}"
