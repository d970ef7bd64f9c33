"""The Python client of the API; the command line is its first user."""
