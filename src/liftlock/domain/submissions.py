"""Submissions: a form that would do something twice is taken once. Pure."""

from typing import NewType

SubmissionDigest = NewType("SubmissionDigest", bytes)
"""SHA-256 of the token that a page gave its form."""
