"""Fixtures for pages in a real browser."""

from chromium import chromium, own_windows, town_windows, windows
from staging import stage
from still_acme import still_places
from town import town

__all__ = ["chromium", "own_windows", "stage", "still_places", "town", "town_windows", "windows"]
