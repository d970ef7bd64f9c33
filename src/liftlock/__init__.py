"""Liftlock: modules go up, production state comes down."""

__version__ = "0.1.0"
