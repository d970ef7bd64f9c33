"""Code that modules bring, `modules/<code>/extension.py` in the files; loaded at the start."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from liftlock.demo.application.databases import Databases

Facts = Sequence[tuple[str, str]]
"""What a section shows: names and values."""


class Extension(Protocol):
    """What an `extension.py` defines."""

    CODE: str
    VERSION: str
    TITLE: str
    """Heading of its section on a customer's page."""

    def section(self, databases: Databases, number: str) -> Facts:
        """Return what it knows of the customer with this number; nothing: no section."""
        ...


def load(files: Path) -> tuple[Extension, ...]:
    """Load every module's extension, sorted by code. Whatever one raises ends the start."""
    return tuple(_load(path) for path in sorted(files.glob("modules/*/extension.py")))


def _load(path: Path) -> Extension:
    name = "extension_" + path.parent.name.replace(".", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Extension", cast("object", module))
