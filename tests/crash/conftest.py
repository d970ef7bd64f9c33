"""Fixtures for moves that break: small environments, and Acme with real worker processes."""

from small_moves import make_small, small_store
from town import town

__all__ = ["make_small", "small_store", "town"]
