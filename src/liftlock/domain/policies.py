"""Masking policies: what of Production may travel, what survives in the target. Pure.

One document per repository (the label of a database, or `files`). What no decision covers stops an
anonymized alignment. The parts: `decisions` (the types), `policy_documents` (TOML),
`policy_merging`, `policy_coverage` (undecided, refused), `masking_rules` (what each rule takes and
promises). This module is the door to all of them.
"""

from liftlock.domain.decisions import (
    FILES,
    KEEP,
    ColumnDecision,
    Handling,
    OnClash,
    PathDecision,
    Policy,
    Preserver,
    Script,
    TableCopy,
    TablePolicy,
)
from liftlock.domain.policy_coverage import Undecided, UndecidedColumn, idle, refusals, undecided
from liftlock.domain.policy_documents import UnreadablePolicy, from_section, parse, render
from liftlock.domain.policy_merging import ConflictingDecisions, digest, left_open, merge

__all__ = [
    "FILES",
    "KEEP",
    "ColumnDecision",
    "ConflictingDecisions",
    "Handling",
    "OnClash",
    "PathDecision",
    "Policy",
    "Preserver",
    "Script",
    "TableCopy",
    "TablePolicy",
    "Undecided",
    "UndecidedColumn",
    "UnreadablePolicy",
    "digest",
    "from_section",
    "idle",
    "left_open",
    "merge",
    "parse",
    "refusals",
    "render",
    "undecided",
]
