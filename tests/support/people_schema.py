"""A small shop whose customers are real people, and a policy that decides about every column."""

from dataclasses import replace
from pathlib import Path

from liftlock.domain.policies import (
    ColumnDecision,
    Handling,
    PathDecision,
    Policy,
    TablePolicy,
)

HERE = Path(__file__).parent
PEOPLE = (HERE / "people_schema.sql").read_text()
PEOPLE_ROWS = (HERE / "people_rows.sql").read_text()


def keep(*columns: str) -> dict[str, ColumnDecision]:
    """Return the decision to keep each of these columns."""
    return dict.fromkeys(columns, ColumnDecision(handling=Handling.KEEP))


def mask(rule: str) -> ColumnDecision:
    """Return the decision to mask by a rule."""
    return ColumnDecision(handling=Handling.MASK, rule=rule)


PEOPLE_POLICY = Policy(
    repository="both",
    tables={
        "public.customers": TablePolicy(
            columns={
                **keep("id", "kind"),
                "email": mask("email"),
                "name": mask("last_name"),
                "phone": mask("phone"),
                "born": mask("birth_date"),
                "note": mask("free_text"),
            }
        ),
        "public.orders": TablePolicy(
            columns={**keep("id", "customer", "amount"), "email": mask("email")}
        ),
        "public.logins": TablePolicy(columns=keep("login", "secret", "seen")),
        "public.jobs": TablePolicy(columns=keep("id", "what")),
        "public.mail": TablePolicy(columns=keep("host", "active")),
    },
)
FILES_POLICY = Policy(repository="files", paths=(PathDecision(glob="**", handling=Handling.KEEP),))


def with_table(policy: Policy, name: str, table: TablePolicy) -> Policy:
    """Return the policy with another decision about a table."""
    return replace(policy, tables={**policy.tables, name: table})
