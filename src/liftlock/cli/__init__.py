"""Commands: they print what the API answers, or run what runs alone. One file a group."""
