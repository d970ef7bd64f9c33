"""Feeds: what a page, or a calendar, listens to."""
