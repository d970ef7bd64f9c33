"""Findings: what is to be mended before Liftlock can do its work in an environment. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend: where it is, and what to do about it."""

    where: str
    """`acme, Production`."""
    said: str
