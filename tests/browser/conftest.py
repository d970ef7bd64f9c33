"""Fixtures for pages in a real browser."""

from chromium import chromium, town_windows, windows
from staging import stage
from still_acme import still_places
from town import town

__all__ = ["chromium", "stage", "still_places", "town", "town_windows", "windows"]
