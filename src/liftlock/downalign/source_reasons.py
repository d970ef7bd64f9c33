"""Why Production's side refuses: what cannot be read, or must not travel blindly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from liftlock.domain.environments import DataPolicy
from liftlock.domain.policies import Handling, TableCopy
from liftlock.downalign import large_objects, ownership
from liftlock.downalign.alignments import Pair
from liftlock.downalign.catalogs import ask
from liftlock.downalign.roles import is_given_away, role_in

LOGS_PARAMETERS: LiteralString = """
SELECT current_setting('log_parameter_max_length')::int <> 0
   AND (current_setting('log_statement') IN ('mod', 'all')
        OR current_setting('log_min_duration_statement')::int >= 0
        OR current_setting('log_min_duration_sample')::int >= 0
        OR current_setting('log_transaction_sample_rate')::float8 > 0
        OR current_setting('log_duration')::bool)
    OR current_setting('log_parameter_max_length_on_error')::int <> 0
"""
READS_WRITE: LiteralString = "SELECT current_setting('lo_compat_privileges')::bool"
DECIDED = frozenset(
    {"event_trigger", "publication", "subscription", "server", "user_mapping", "function"}
)
"""The concerns that a decision of the policy can settle: `"kind:name" = "leave_out"`."""
SENTENCES: Mapping[str, str] = {
    "unreadable table": (
        "{name} cannot be read. Run as superuser: GRANT pg_read_all_data TO {reader};"
    ),
    "row security": (
        "Row security hides rows of {name} from {reader}. Run as superuser: ALTER ROLE {reader} "
        "BYPASSRLS;"
    ),
    "unlogged table": (
        "{name} is unlogged and cannot be read on a standby. Copy it empty by a decision, or use "
        "the primary."
    ),
    "event_trigger": "Event trigger {name} needs a superuser.{decide}",
    "publication": (
        "Publication {name} covers all tables or a schema, which needs a superuser.{decide}"
    ),
    "subscription": "Subscription {name} holds a connection to elsewhere.{decide}",
    "server": "Foreign server {name} holds a connection to elsewhere.{decide}",
    "user_mapping": "User mapping {name} holds a secret.{decide}",
    "function": (
        "Function {name} is in an untrusted language or LEAKPROOF, which needs a superuser.{decide}"
    ),
    "superuser kind": (
        "A plain role cannot make {name} again. Put it into a trusted extension, or remove it "
        "from Production."
    ),
}
DECIDE = ' Decide in the policy, under [catalog]: "{decision}" = "leave_out".'


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something that is in the way, and its name."""

    concern: str
    name: str


def reasons(connection: Connection, pair: Pair) -> Iterator[str]:
    """Yield every reason that the connection's database, the pair's source, gives."""
    reader = role_in(pair.source.keeper)
    for found in ask(connection, "source_concerns", class_row(Concern)):
        sentence = SENTENCES.get(found.concern)
        if sentence is not None and not _is_settled(pair, found):
            decision = f"{found.concern}:{found.name}"
            decide = DECIDE.format(decision=decision)
            yield sentence.format(name=found.name, reader=reader, decide=decide)
    yield from _superusers_objects(connection, pair)
    yield from _large_objects(connection, pair)
    yield from _settings(connection, pair, reader)
    yield from _absent_readers(connection, pair)


def things_of(connection: Connection, concern: str) -> list[str]:
    """Return the names of what raises a concern in the connection's database, a source."""
    return [
        c.name
        for c in ask(connection, "source_concerns", class_row(Concern))
        if c.concern == concern
    ]


def _is_settled(pair: Pair, found: Concern) -> bool:
    catalog = pair.policy.catalog
    if found.concern in {"unreadable table", "row security", "unlogged table"}:
        decided = pair.policy.tables.get(found.name)
        return decided is not None and decided.copy in {TableCopy.EMPTY, TableCopy.ABSENT}
    if found.concern == "user_mapping":
        server = found.name.rpartition("@")[2]
        if catalog.get(f"server:{server}") is Handling.LEAVE_OUT:
            return True
    kept = found.concern == "server" and catalog.get(f"server:{found.name}") is Handling.KEEP
    decision = catalog.get(f"{found.concern}:{found.name}")
    return found.concern in DECIDED and (kept or decision is Handling.LEAVE_OUT)


def _superusers_objects(connection: Connection, pair: Pair) -> Iterator[str]:
    for owned in ownership.read(connection).owned:
        settled = owned.identity == ownership.PUBLIC or is_given_away(pair, owned.owner)
        decided = pair.policy.tables.get(owned.relation)
        absent = decided is not None and decided.copy is TableCopy.ABSENT
        key = f"{owned.kind.replace(' ', '_')}:{owned.identity}"
        out = pair.policy.catalog.get(key) is Handling.LEAVE_OUT
        if owned.superuser and not (settled or absent or out):
            yield (
                f"The {owned.kind} {owned.identity} belongs to superuser {owned.owner}. Give it "
                "to a plain role, or "
                "to the owner of the target's database by deciding, under [catalog]: "
                f'"owner:{owned.owner}" = "keep".'
            )


def _large_objects(connection: Connection, pair: Pair) -> Iterator[str]:
    if pair.policy.large_objects in {Handling.LEAVE_OUT, Handling.PLACEHOLDER}:
        return
    unreadable = [o for o in large_objects.read(connection) if not o.readable]
    if unreadable:
        owners = ", ".join(sorted({o.owner for o in unreadable}))
        yield (
            f"{len(unreadable)} large objects of {pair.source.name} cannot be read. "
            f"Make {role_in(pair.source.keeper)} a member of their owners ({owners}), or decide "
            "large_objects."
        )


def _settings(connection: Connection, pair: Pair, reader: str) -> Iterator[str]:
    if _says_yes(connection, READS_WRITE):
        yield (
            f"lo_compat_privileges is on in {pair.source.name}: it lets {reader} write large "
            "objects. "
            f"Run as superuser: ALTER ROLE {reader} SET lo_compat_privileges = off;"
        )
    if pair.data_policy is DataPolicy.ANONYMIZED and _says_yes(connection, LOGS_PARAMETERS):
        yield (
            f"The server of {pair.source.name} would log the masking key. Run as superuser: "
            f"ALTER ROLE {reader} SET log_parameter_max_length = 0; "
            f"ALTER ROLE {reader} SET log_parameter_max_length_on_error = 0;"
        )


def _absent_readers(connection: Connection, pair: Pair) -> Iterator[str]:
    absent = [t for t, p in pair.policy.tables.items() if p.copy is TableCopy.ABSENT]
    for reader in ask(connection, "absent_readers", class_row(_Reader), {"absent": absent}):
        yield (
            f"{reader.name} reads {reader.absent}, which is absent by decision. "
            "Copy that table empty instead, or decide that the reader is absent, too."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    name: str
    absent: str


def _says_yes(connection: Connection, question: LiteralString) -> bool:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(question).fetchone() is True
