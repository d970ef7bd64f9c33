"""Modules go up: pack a package, keep it in the store, install it, read back what is there."""
