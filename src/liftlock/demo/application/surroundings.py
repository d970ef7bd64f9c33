"""What the application is told when it is started: databases, files, where its notes lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HEALTH = "/health"
"""The path that answers even when people are turned away."""
_DATABASE = "LIFTLOCK_DATABASE_"


class Mode(StrEnum):
    """How the application stands towards people and towards its databases."""

    OPEN = "open"
    """People are served."""
    CLOSED = "closed"
    """People are turned away; the application itself works."""
    DRAINED = "drained"
    """People are turned away and no session is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """One environment, as the application sees it."""

    kind: str
    files: Path
    databases: Mapping[str, str]
    """Label (`systemdb`) to connection URL."""

    @property
    def notes(self) -> Path:
        """Return the directory of pid file, mode and log: beside the files, which are replaced."""
        return self.files.parent / "run"

    @property
    def mode(self) -> Mode:
        """Read how the application stands now; without a note it is closed."""
        try:
            return Mode(self._mode_path.read_text())
        except (FileNotFoundError, ValueError):
            return Mode.CLOSED

    def set_mode(self, mode: Mode) -> None:
        """Write down how the application stands; a running one obeys with its next request."""
        new = self._mode_path.with_suffix(".new")
        _ = new.write_text(mode)
        _ = new.replace(self._mode_path)

    @property
    def _mode_path(self) -> Path:
        return self.notes / "mode"


def read(variables: Mapping[str, str]) -> Surroundings:
    """Read the surroundings from environment variables.

    Raises: KeyError, when it was not told where its files are.
    """
    databases = {
        name.removeprefix(_DATABASE).lower(): url
        for name, url in variables.items()
        if name.startswith(_DATABASE)
    }
    return Surroundings(
        kind=variables.get("LIFTLOCK_ENVIRONMENT", "somewhere"),
        files=Path(variables["LIFTLOCK_FILES"]),
        databases=databases,
    )
