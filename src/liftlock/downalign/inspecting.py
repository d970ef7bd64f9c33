"""Looks for every reason to refuse an alignment, read-only.

Asked when it is scheduled, when it is validated, and first of all in copying.

Each reason names the thing and the next step; all are listed at once.
"""

from collections.abc import Iterator

from liftlock.domain import policies
from liftlock.domain.environments import DatabaseRole, DataPolicy, Kind
from liftlock.domain.policies import Handling, OnClash, Policy
from liftlock.downalign import large_objects, source_reasons, tables, target_reasons
from liftlock.downalign.alignments import Alignment, Pair
from liftlock.downalign.catalogs import settled
from liftlock.downalign.preserved_files import is_preserved
from liftlock.environments import disk, entries, missing_rights
from liftlock.environments.entries import UnsafeEntry
from liftlock.environments.servers import server_of


def inspect(alignment: Alignment) -> tuple[str, ...]:
    """Return every reason to refuse, none twice; nothing when the alignment can begin.

    Raises: ServerUnreachable, FilesUnreachable: nobody can tell then.
    """
    fundamental = tuple(_fundamental(alignment))
    return fundamental or tuple(dict.fromkeys(_reasons(alignment)))


def shared_with_production(alignment: Alignment) -> tuple[str, ...]:
    """Return the target's databases whose server holds Production's real values, too.

    There original values are in the server's WAL, whatever the copy holds.
    """
    real = {server_of(d) for d in alignment.source.databases}
    return tuple(p.target.name for p in alignment.pairs if server_of(p.target) in real)


def _fundamental(alignment: Alignment) -> Iterator[str]:
    target = alignment.target.kind
    if target is Kind.PRODUCTION:
        yield "Production is never the target of a down alignment. Choose Staging or Development."
    if target is Kind.DEVELOPMENT and alignment.data_policy is not DataPolicy.ANONYMIZED:
        yield "Development is always anonymized. Set its data policy to anonymized."
    if not alignment.copy.databases and not alignment.copy.has_files:
        yield "Nothing is chosen to align. Choose at least one of the two scopes."
    yield from _scope(alignment)


def _scope(alignment: Alignment) -> Iterator[str]:
    scope = alignment.scope
    both = [d.label for d in alignment.source.databases if d.role is DatabaseRole.BOTH]
    if both and not (scope.systemdb_and_files and scope.data):
        yield (
            f"Database {both[0]} holds SystemDB and data together, so the two scopes go only "
            "together. Choose both."
        )
    labels = {d.label for d in alignment.source.databases}
    for database in alignment.copy.databases:
        if database.label not in labels:
            yield (
                f"Production has no database {database.label}. Register it, or remove it from the "
                "target."
            )


def _reasons(alignment: Alignment) -> Iterator[str]:
    yield from missing_rights.missing(alignment.target)
    for pair in alignment.pairs:
        yield from _pair(pair)
    if alignment.copy.has_files:
        yield from _files(alignment)
    yield from disk.no_room(alignment.source, alignment.copy)


def _pair(pair: Pair) -> Iterator[str]:
    with settled(pair.source) as connection:
        yield from source_reasons.reasons(connection, pair)
        yield from target_reasons.reasons(connection, pair)
        found = tables.read(connection)
        has_objects = bool(large_objects.read(connection))
    for preserver in pair.policy.preservers:
        if preserver.on_clash is not OnClash.STOP:
            yield (
                f"Preserver of {preserver.table}: on_clash = {preserver.on_clash} is not known "
                "yet. Use stop."
            )
    if pair.data_policy is DataPolicy.ANONYMIZED:
        yield from _undecided(
            pair.policy, policies.undecided(pair.policy, found, has_large_objects=has_objects)
        )
        for refusal in policies.refusals(pair.policy, found):
            yield f"Policy {pair.policy.repository}: {refusal}."


def _files(alignment: Alignment) -> Iterator[str]:
    tree, policy = alignment.source.files, alignment.files_policy
    if not tree.is_dir():
        yield f"There is no directory {tree}. Make it, or correct Production's files."
        return
    with entries.named_errors(tree):
        paths = [path for path in entries.walk(tree) if not is_preserved(policy, path)]
    for path in paths:
        decision = policy.path_decision(path)
        if decision is None or decision.handling is Handling.KEEP:
            try:
                if not path.endswith("/"):
                    entries.refuse_unsafe(tree, path)
            except UnsafeEntry as refusal:
                yield str(refusal)
    if alignment.data_policy is DataPolicy.ANONYMIZED:
        files = [path for path in paths if not path.endswith("/")]
        yield from _undecided(policy, policies.undecided(policy, (), paths=files))


def _undecided(policy: Policy, found: tuple[policies.Undecided, ...]) -> Iterator[str]:
    for undecided in found:
        yield (
            f"Policy {policy.repository} does not decide {undecided.what}. "
            f"Proposal: {undecided.proposal} ({undecided.why})."
        )
