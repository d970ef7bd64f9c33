"""Fixtures that every test may ask for: PostgreSQL servers, databases, environments."""

from hypothesis import settings

pytest_plugins = ["postgres", "aligning", "own_books", "acme_books", "served", "browsing"]

# A busy machine is no failure: a property says what is true, not how fast it is found.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
