"""The diagram: three chambers, two arrows up, the way down; each with colour, icon, words. Pure.

Development is uncoloured when nothing is planned and green when it is. The arrow is blue while a
proposal waits, black once it is validated, and moves while it runs. No state is said by colour
alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from liftlock.domain.environments import EnvironmentId, Kind
from liftlock.domain.moves import Move
from liftlock.domain.stages import title_of
from liftlock.domain.statuses import WAITING, MoveKind, State
from liftlock.domain.wall_times import wall_at


class Tone(StrEnum):
    """The colour of a chamber."""

    PLAIN = "plain"
    GREEN = "green"
    BLUE = "blue"
    AMBER = "amber"
    RED = "red"


class Arrow(StrEnum):
    """The state of an arrow."""

    NONE = "none"
    PROPOSED = "proposed"
    VALIDATED = "validated"
    STALE = "stale"
    """Validated, and Production has changed since: it waits for another validation."""
    OUTDATED = "outdated"
    """Tested against another Production: nobody can validate it any more."""
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chamber:
    """One environment."""

    kind: Kind
    tone: Tone
    icon: str
    says: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The arrow from one environment up to the next; `note` is when, or how far it is."""

    title: str
    arrow: Arrow
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """The way down from Production; `to` is the environment that is aligned."""

    arrow: Arrow
    text: str
    to: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The whole picture, from left to right, and below it the way down."""

    development: Chamber
    to_staging: Lift
    staging: Chamber
    to_production: Lift
    production: Chamber
    down: Fall


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the diagram is drawn from."""

    now: datetime
    environments: Mapping[EnvironmentId, Kind]
    planned: tuple[Move, ...]
    """Waiting, running, or errored and unresolved; earliest first."""
    latest: Mapping[Kind, Move]
    """What ran last and has ended, by the environment that it changed."""
    to_test: bool = False
    """Whether Staging holds a completed Move to Staging that is not in Production yet."""
    step: str = ""
    """The step that runs, and how far."""
    putting_back: bool = False
    """Whether a worker is to put an errored move back again, or does."""


ALIGNING = frozenset(map(title_of, ("copy_and_mask", "verify")))
"""The steps of a Move to Staging in which Production's state comes down."""


def draw(standing: Standing) -> Diagram:
    """Return the diagram of an organisation."""
    up = _first(standing.planned, MoveKind.MOVE_TO_STAGING)
    on = _first(standing.planned, MoveKind.MOVE_TO_PRODUCTION)
    down = _first(standing.planned, MoveKind.DOWN_ALIGN)
    return Diagram(
        development=_development(standing, up, down),
        to_staging=_lift(standing, "Development to Staging", up),
        staging=_staging(standing, up, on),
        to_production=_lift(standing, "Staging to Production", on),
        production=_production(standing, on),
        down=_fall(standing, up, down),
    )


def _first(planned: Iterable[Move], kind: MoveKind) -> Move | None:
    found = [m for m in planned if m.kind is kind and m.state is not State.ERRORED]
    running = [m for m in found if m.state is State.RUNNING]
    return next(iter((*running, *found)), None)


def arrow_of(move: Move | None) -> Arrow:
    """Return the arrow of the move that is planned, if any."""
    if move is None:
        return Arrow.NONE
    if move.state is State.RUNNING:
        return Arrow.RUNNING
    return waiting(move.kind, move.state, is_stale=move.is_stale)


def waiting(kind: MoveKind, state: State, *, is_stale: bool) -> Arrow:
    """Return the arrow of a move that waits; stale: what it was booked with has changed."""
    if is_stale and kind is MoveKind.MOVE_TO_PRODUCTION:
        return Arrow.OUTDATED
    if state is State.PROPOSED:
        return Arrow.PROPOSED
    return Arrow.STALE if is_stale and kind is not MoveKind.DOWN_ALIGN else Arrow.VALIDATED


def _lift(standing: Standing, title: str, move: Move | None) -> Lift:
    return Lift(title=title, arrow=arrow_of(move), note=_note(standing, move))


def _note(standing: Standing, move: Move | None) -> str:
    if move is None:
        return ""
    return standing.step if move.state is State.RUNNING else move.slot.said(standing.now)


def _development(standing: Standing, up: Move | None, down: Move | None) -> Chamber:
    if down is not None and down.state is State.RUNNING:
        return _chamber(standing, Kind.DEVELOPMENT, Tone.BLUE, "loader-circle", "Being aligned")
    if up is not None:
        says = "Move to Staging planned" if up.state in WAITING else "Modules are moving to Staging"
        return _chamber(standing, Kind.DEVELOPMENT, Tone.GREEN, "calendar-check", says)
    if down is not None:
        says = "Down Align scheduled"
        return _chamber(standing, Kind.DEVELOPMENT, Tone.PLAIN, "arrow-down-to-line", says)
    return _at_rest(standing, Kind.DEVELOPMENT, "Nothing planned")


def _staging(standing: Standing, up: Move | None, on: Move | None) -> Chamber:
    if up is not None and up.state is State.RUNNING:
        return _chamber(standing, Kind.STAGING, Tone.BLUE, "loader-circle", "Receiving modules")
    if on is not None:
        says = "Move to Production planned"
        if on.state is State.RUNNING:
            says = "Modules are moving to Production"
        return _chamber(standing, Kind.STAGING, Tone.GREEN, "calendar-check", says)
    if up is not None:
        return _receiving(standing, Kind.STAGING, up)
    if standing.to_test and _resting(standing, Kind.STAGING):
        return _chamber(standing, Kind.STAGING, Tone.GREEN, "flask-conical", "Ready to be tested")
    return _at_rest(standing, Kind.STAGING, "Nothing planned")


def _production(standing: Standing, on: Move | None) -> Chamber:
    if on is not None and on.state is State.RUNNING:
        return _chamber(standing, Kind.PRODUCTION, Tone.BLUE, "loader-circle", "Receiving modules")
    if on is not None:
        return _receiving(standing, Kind.PRODUCTION, on)
    return _at_rest(standing, Kind.PRODUCTION, "In use", "circle-check")


def _receiving(standing: Standing, kind: Kind, move: Move) -> Chamber:
    if move.changed and move.kind is MoveKind.MOVE_TO_PRODUCTION:
        return _chamber(standing, kind, Tone.AMBER, "triangle-alert", "No longer what was tested")
    to_validate = move.state is State.PROPOSED or move.changed
    says = f"{'To validate' if to_validate else 'Receives'}: {move.kind.title}"
    icon = "hourglass" if to_validate else "calendar-check"
    return _chamber(standing, kind, Tone.PLAIN, icon, says)


def _at_rest(standing: Standing, kind: Kind, says: str, icon: str = "circle-dashed") -> Chamber:
    """Return a chamber of which nothing is planned: what last happened to it may still count."""
    blocking = [m for m in standing.planned if standing.environments[m.target] is kind]
    if any(m.state is State.ERRORED for m in blocking):
        says = "Being put back again" if standing.putting_back else "A person must look"
        return _chamber(standing, kind, Tone.RED, "octagon-alert", says)
    undoing = next((m for m in blocking if m.kind is MoveKind.UNDO), None)
    if undoing is not None and undoing.state is State.RUNNING:
        return _chamber(standing, kind, Tone.BLUE, "loader-circle", "Being undone")
    if undoing is not None:
        return _chamber(standing, kind, Tone.BLUE, "history", "Undo planned")
    latest = standing.latest.get(kind)
    if latest is not None and latest.state is State.FAILED:
        return _chamber(standing, kind, Tone.AMBER, "undo-2", "Put back as it was")
    return _chamber(standing, kind, Tone.PLAIN, icon, says)


def _resting(standing: Standing, kind: Kind) -> bool:
    """Tell whether nothing is wrong with, and nothing planned for, an environment."""
    planned = any(standing.environments[m.target] is kind for m in standing.planned)
    latest = standing.latest.get(kind)
    return not planned and (latest is None or latest.state is not State.FAILED)


def _chamber(standing: Standing, kind: Kind, tone: Tone, icon: str, says: str) -> Chamber:
    return Chamber(kind=kind, tone=tone, icon=icon, says=says, facts=_facts(standing, kind))


def _facts(standing: Standing, kind: Kind) -> tuple[str, ...]:
    latest = standing.latest.get(kind)
    if latest is None or latest.ended_at is None:
        return ("No move yet",)
    ended = wall_at(latest.ended_at, latest.slot.zone)
    return (latest.status, f"{ended:%b} {ended.day}")


def _fall(standing: Standing, up: Move | None, down: Move | None) -> Fall:
    if down is not None:
        when = _note(standing, down)
        text = f"Production's state comes down: {when}" if when else "Production's state comes down"
        return Fall(arrow=arrow_of(down), text=text, to=Kind.DEVELOPMENT)
    if up is not None and standing.step.partition(",")[0] in ALIGNING:
        text = "Staging is made equal to Production first"
        return Fall(arrow=Arrow.RUNNING, text=text, to=Kind.STAGING)
    return Fall(arrow=Arrow.NONE, text="No Down Align planned", to=Kind.DEVELOPMENT)
