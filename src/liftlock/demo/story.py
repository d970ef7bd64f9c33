"""The story that the demo tells: modules go up, Production's state comes down; both are proved."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import httpx

from liftlock.demo import acme, proof, stage, survivors
from liftlock.demo.data.personal import PERSONAL
from liftlock.demo.narrator import Narrator
from liftlock.demo.probes import PAGE, Probe
from liftlock.demo.procedure import Done, Procedure
from liftlock.demo.proof import Proof
from liftlock.demo.stage import Stage
from liftlock.domain.environments import Kind
from liftlock.errors import Conflict

_NEW_ON_THE_PAGE = "Loyalty"


class StagingLacksTheModule(Conflict):
    """Staging does not show what the moved modules bring."""

    code = "demo.staging_lacks_the_module"
    sentence = "{page} does not show {heading}. Look at Staging's application."


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The moves that completed, and what was found afterwards."""

    moves: tuple[Done, ...]
    proof: Proof

    def to_json(self) -> str:
        """Return the one document that `--json` prints."""
        moves = [{"kind": m.kind, "status": m.status, "seconds": m.seconds} for m in self.moves]
        return json.dumps({"moves": moves, **self.proof.figures()}, indent=2)


def play(setting: Stage, narrator: Narrator) -> Played:
    """Play the whole procedure and read from the environments what came of it.

    Raises: MoveDidNotComplete, StagingLacksTheModule, LiftlockDied, refusals of the API.
    """
    procedure = Procedure(setting.plane, setting.keys, narrator)
    _develop(setting, procedure, narrator)
    with ExitStack() as stack:
        probes = {
            kind: stack.enter_context(Probe(stand.port)) for kind, stand in setting.stands.items()
        }
        narrator.act("Move to Staging, with its automatic down align from Production")
        to_staging = procedure.move_to_staging()
        other_rows = _test_staging(setting, narrator)
        narrator.act("Move to Production")
        to_production = procedure.move_to_production()
        narrator.act("Down Align of Development, anonymized")
        aligned = procedure.down_align()
        downtime = {kind: probe.downtime_ms for kind, probe in probes.items()}
    with narrator.doing("Reading the environments"):
        found = _prove(setting, other_rows, downtime)
    return Played(moves=(to_staging, to_production, aligned), proof=found)


def _develop(setting: Stage, procedure: Procedure, narrator: Narrator) -> None:
    narrator.act("Development makes modules")
    known = acme.pack(acme.INSTALLED, setting.builders)
    made = acme.pack(acme.DEVELOPED, setting.builders)
    procedure.publish(setting.builders, (*known, *made))
    procedure.decide_what_may_travel()
    _install(setting, procedure, narrator, acme.DEVELOPED)


def develop_next(setting: Stage, narrator: Narrator) -> None:
    """Make a second set of modules and install it into Development: something to move by hand."""
    procedure = Procedure(setting.plane, setting.keys, narrator)
    narrator.act("Development makes the next modules")
    procedure.publish(setting.builders, acme.pack(acme.NEXT, setting.builders))
    _install(setting, procedure, narrator, acme.NEXT)


def _install(
    setting: Stage, procedure: Procedure, narrator: Narrator, names: tuple[str, ...]
) -> None:
    with narrator.doing(f"Development installs {acme.called(names)}"):
        procedure.install(acme.pack(names, setting.builders))
        stage.restart(setting.stands[Kind.DEVELOPMENT])


def _test_staging(setting: Stage, narrator: Narrator) -> tuple[str, ...]:
    """Look at Staging as its testers would, and compare its rows with Production's.

    Nobody writes into Production's untouched tables meanwhile: its rows are those of the snapshot.
    """
    narrator.act("Testing Staging")
    production, staging = setting.stands[Kind.PRODUCTION], setting.stands[Kind.STAGING]
    page = f"{staging.url.rstrip('/')}{PAGE}"
    if _NEW_ON_THE_PAGE not in httpx.get(page).text:
        raise StagingLacksTheModule(page=page, heading=_NEW_ON_THE_PAGE)
    narrator.say(f"{page} shows {_NEW_ON_THE_PAGE}")
    with narrator.doing("Comparing every row with Production's"):
        other = proof.tables_with_other_rows(production.parts, staging.parts, acme.TOUCHED)
    return tuple(other)


def _prove(setting: Stage, other_rows: tuple[str, ...], downtime: Mapping[Kind, int]) -> Proof:
    parts = {kind: stand.parts for kind, stand in setting.stands.items()}
    production, development = parts[Kind.PRODUCTION], parts[Kind.DEVELOPMENT]
    return Proof(
        modules_equal=proof.modules_equal(tuple(parts.values())),
        other_rows=other_rows,
        other_counts=tuple(
            proof.tables_with_other_counts(production, development, acme.NOT_ALIGNED)
        ),
        masking_survivors=survivors.count(production, development, PERSONAL),
        downtime_ms=downtime,
    )
