"""Thirty moves by two real workers that are killed, paused and stopped: `make soak`.

It is no test of `make test` and is not collected as one. LIFTLOCK_SOAK_SEED repeats a soak, and
LIFTLOCK_SOAK_MOVES makes it another length.
"""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from faults import SOAK
from postgres import Server
from soaking import LEAST, Soak
from town import Town

pytestmark = pytest.mark.usefixtures("servers")


def test_soak(
    town: Town,
    books_server: Server,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    seed = int(os.environ.get("LIFTLOCK_SOAK_SEED") or secrets.randbelow(1_000_000))
    wanted = int(os.environ.get("LIFTLOCK_SOAK_MOVES") or 30)
    print(f"seed: {seed}")  # noqa: T201  with it the soak can be repeated
    soak = Soak(town=town, books=books_server, folder=tmp_path, seed=seed, moves_wanted=wanted)
    counted = soak.run()
    record_property(SOAK, json.dumps(counted))
    print("\n".join(soak.said))  # noqa: T201  what a person reads when a count is not 0
    assert (counted["half_done"], counted["strays"]) == (0, 0)
    assert all(counted[name] >= least for name, least in LEAST.items())
