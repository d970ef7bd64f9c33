"""Small modules to install: `acme.base`, and `acme.crm` which requires it, versions 1.0 and 2.0.

They want databases `systemdb` and `customers`. `a_module` writes others, as a test needs them.
"""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from liftlock.domain.modules import Package
from liftlock.modules.packing import build
from liftlock.modules.stores import ModuleStore

SAMPLES = Path(__file__).parent / "modules"


def sample(store: ModuleStore, code: str, version: str) -> Package:
    """Build a sample into the store: `sample(store, "acme.base", "1.0")`."""
    return build(SAMPLES / f"{code.replace('.', '-')}-{version}", store)


def a_module(
    folder: Path,
    manifest: str = "",
    files: Mapping[str, str] | None = None,
    *,
    code: str = "acme.test",
) -> Path:
    """Write a source folder: `module.toml` of this code, version 1.0, and files by name."""
    head = f'code = "{code}"\nversion = "1.0"\ntitle = "Test"\n'
    content = {"module.toml": head + textwrap.dedent(manifest), **(files or {})}
    for name, text in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _ = path.write_text(text)
    return folder
