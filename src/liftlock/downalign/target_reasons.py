"""Why a target's side refuses: rights, roles, locale, extensions, what hangs on it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from liftlock.domain.policies import Handling
from liftlock.downalign import creating, ownership, roles, row_security, source_reasons
from liftlock.downalign.alignments import Pair
from liftlock.downalign.catalogs import ask, ask_rows
from liftlock.downalign.source_reasons import Concern
from liftlock.environments.rights import membership
from liftlock.environments.servers import at_maintenance

EXTENSIONS: LiteralString = (
    "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
)
BYPASSES: LiteralString = "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user"
READS_ALL: LiteralString = "SELECT pg_has_role('pg_read_all_data', 'USAGE')"
HAS_LOCALE: LiteralString = """
SELECT %(locale)s IN ('C', 'POSIX')
    OR EXISTS (SELECT FROM pg_collation WHERE collprovider = 'c'
               AND replace(lower(collcollate), '-', '') = replace(lower(%(locale)s), '-', ''))
    OR EXISTS (SELECT FROM pg_database WHERE replace(lower(datcollate), '-', '') =
    replace(lower(%(locale)s), '-', ''))
"""
HAS_ICU: LiteralString = "SELECT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i')"
_BUILTIN_SINCE = 17
_ICU_SINCE = 15
DECIDED = frozenset({"replication_slot", "subscription"})
SENTENCES: Mapping[str, str] = {
    "replication_slot": "Replication slot {name} hangs on {database} and would go with it.{decide}",
    "subscription": "Subscription {name} hangs on {database} and would go with it.{decide}",
    "prepared transaction": (
        "{name} prepared transactions in {database} would hold up its renaming. End them."
    ),
    "superuser session": (
        "A session of superuser {name} in {database} cannot be ended. End it by hand."
    ),
    "no connections": (
        "The server of {database} has only {name} connections left. Raise max_connections."
    ),
}


def reasons(source: Connection, pair: Pair) -> Iterator[str]:
    """Yield every reason that the pair's target gives, for a source that is connected to."""
    with at_maintenance(pair.target) as target:
        yield from _versions(source, target, pair)
        yield from _locale(source, target, pair)
        yield from _extensions(source, target, pair)
        yield from _hanging(target, pair)
        yield from _roles(source, target, pair)
        yield from _unreadable(source, target, pair)


def _unreadable(source: Connection, target: Connection, pair: Pair) -> Iterator[str]:
    """What the keeper could not read again in the copy, to verify it."""
    keeper = roles.role_in(pair.target.keeper)
    forced = source_reasons.things_of(source, "forced row security")
    if forced and not _says_yes(target, BYPASSES):
        yield (
            f"Row security of {forced[0]} holds for its owner, too, so {keeper} could not verify "
            "a copy. "
            f"Run as superuser: ALTER ROLE {keeper} BYPASSRLS;"
        )
    refusing = source_reasons.things_of(source, "refuses its owner")
    if refusing and not _says_yes(target, READS_ALL):
        statement = membership("pg_read_all_data", keeper, _major(target))
        yield (
            f"{refusing[0]} may not be read by its owner, so {keeper} could not verify a copy. "
            f"Run as superuser: {statement};"
        )


def _versions(source: Connection, target: Connection, pair: Pair) -> Iterator[str]:
    there, here = _major(source), _major(target)
    if here < there:
        yield (
            f"The server of {pair.target.name} is PostgreSQL {here}, older than Production's "
            f"{there}. "
            f"Upgrade it to {there} or later."
        )


def _locale(source: Connection, target: Connection, pair: Pair) -> Iterator[str]:
    locale = creating.locale_of(source, pair.source.name)
    missing = [
        f"locale {name}"
        for name in sorted({locale["lc_collate"] or "", locale["lc_ctype"] or ""})
        if not _says_yes(target, HAS_LOCALE, locale=name)
    ]
    match locale["provider"]:
        case "i" if _major(target) < _ICU_SINCE or not _says_yes(target, HAS_ICU):
            missing.append("ICU")
        case "b" if _major(target) < _BUILTIN_SINCE:
            missing.append("the builtin locale provider")
        case _:
            pass
    for what in missing:
        yield (
            f"The server of {pair.target.name} has no {what}, which Production's "
            f"{pair.source.name} uses. Install it."
        )


def _extensions(source: Connection, target: Connection, pair: Pair) -> Iterator[str]:
    with source.cursor(row_factory=scalar_row) as cursor:
        names = [str(name) for name in cursor.execute(EXTENSIONS).fetchall()]
    catalog = pair.policy.catalog
    wanted = [n for n in names if catalog.get(f"extension:{n}") is not Handling.LEAVE_OUT]
    for found in ask(target, "extensions_wanted", class_row(Concern), {"names": wanted}):
        decide = source_reasons.DECIDE.format(decision=f"extension:{found.name}")
        if found.concern == "missing":
            yield (
                f"Extension {found.name} is not on the server of {pair.target.name}. Install its "
                f"package.{decide}"
            )
        else:
            yield (
                f"Extension {found.name} is not trusted on the server of {pair.target.name}, so "
                "only a superuser "
                f"could create it. Mark it trusted in its control file.{decide}"
            )


def _hanging(target: Connection, pair: Pair) -> Iterator[str]:
    for row in ask_rows(target, "target_concerns", {"name": pair.target.name}):
        concern, name = str(row["concern"]), str(row["name"])
        decision = f"{concern}:{name}"
        decided = pair.policy.catalog.get(decision) is Handling.LEAVE_OUT
        if not (concern in DECIDED and decided):
            decide = source_reasons.DECIDE.format(decision=decision)
            yield SENTENCES[concern].format(name=name, database=pair.target.name, decide=decide)


def _roles(source: Connection, target: Connection, pair: Pair) -> Iterator[str]:
    renamed = roles.renamed_roles(pair)
    owners = ownership.read(source)
    rename = ownership.renaming(owners, lambda role: renamed.get(role, role))
    policies = row_security.read(source)
    named = {rename(r) for r in owners.roles()}
    named |= {rename(r) for p in policies for r in p.roles if r != ownership.PUBLIC}
    for role in roles.missing_roles(target, named):
        yield (
            f"Role {role} is not on the server of {pair.target.name}. Run as superuser: CREATE "
            f"ROLE {_quoted(role)};"
        )
    acting = {rename(r) for r in _acting(owners)} - {ownership.DATABASE_OWNER}
    keeper = roles.role_in(pair.target.keeper)
    for role in roles.not_member_of(target, acting - {keeper}):
        statement = membership(role, keeper, _major(target))
        yield (
            f"Keeper {keeper} is no member of {role}, which owns or grants in {pair.label}. Run "
            f"as superuser: {statement};"
        )


def _acting(owners: ownership.Ownership) -> Iterable[str]:
    """Yield the roles that the keeper must act as: owners, and granters of what is not theirs."""
    yield from (o.owner for o in owners.owned)
    yield from (d.owner for d in owners.by_default)
    yield from (g.grantor for g in owners.granted if g.explicit and g.grantor)


def _quoted(role: str) -> str:
    escaped = role.replace('"', '""')
    return f'"{escaped}"'


def _major(connection: Connection) -> int:
    return connection.info.server_version // 10000


def _says_yes(connection: Connection, question: LiteralString, **given: str) -> bool:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(question, given or None).fetchone() is True
