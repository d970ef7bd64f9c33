"""Passwords are hashed cheaply here: how they are hashed is tested where that is done."""

import pytest
from argon2 import PasswordHasher

from liftlock.identity import local_passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(local_passwords, "HASHER", cheap)
