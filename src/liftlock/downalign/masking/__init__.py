"""Masking: one SELECT per table inside the source; then the target is searched for real values."""
