"""Every refusal of the domain: found by walking it, so that a new one is covered by itself."""

import importlib
import pickle
import pkgutil
import string
from collections import Counter

import pytest

from liftlock import domain
from liftlock.errors import Conflict, Forbidden, Invalid, LiftlockError, NotFound

for module in pkgutil.iter_modules(domain.__path__, "liftlock.domain."):
    importlib.import_module(module.name)


def below(kind: type[LiftlockError]) -> list[type[LiftlockError]]:
    return [
        found
        for child in kind.__subclasses__()
        for found in (child, *below(child))
        if found.__module__.startswith("liftlock.domain.")
    ]


REFUSALS = sorted(
    {kind for top in LiftlockError.__subclasses__() for kind in below(top) if "code" in vars(kind)},
    key=lambda kind: kind.code,
)


def fields_of(kind: type[LiftlockError]) -> dict[str, str | int | list[str]]:
    parsed = string.Formatter().parse(kind.sentence)
    return {name: name.upper() for _, name, _, _ in parsed if name}


def test_there_are_refusals() -> None:
    assert len(REFUSALS) > 40
    assert {Invalid, Forbidden, NotFound, Conflict} <= set(LiftlockError.__subclasses__())


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_a_refusal_survives_the_engines_pickling(kind: type[LiftlockError]) -> None:
    refusal = kind(**fields_of(kind), also=["one", "two"])
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301  ours
    assert (type(again), str(again), again.fields) == (kind, str(refusal), refusal.fields)


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_a_refusal_says_what_is_wrong_in_whole_sentences(kind: type[LiftlockError]) -> None:
    assert kind.sentence.endswith(".")
    assert kind.code.count(".") == 1
    assert kind.code == kind.code.lower()


def test_no_two_refusals_have_one_code() -> None:
    assert [code for code, count in Counter(k.code for k in REFUSALS).items() if count > 1] == []
