"""Every move's table of steps: where workers, tests and `docs/how-moves.md` find them."""

from collections.abc import Iterator, Mapping
from inspect import getdoc
from types import MappingProxyType

from liftlock.domain.statuses import MoveKind
from liftlock.workflows import down_align, move_to_production, move_to_staging, undo
from liftlock.workflows.run import Steps, Work, nothing

TABLES: Mapping[MoveKind, Steps] = MappingProxyType(
    {
        MoveKind.MOVE_TO_STAGING: move_to_staging.STEPS,
        MoveKind.MOVE_TO_PRODUCTION: move_to_production.STEPS,
        MoveKind.DOWN_ALIGN: down_align.STEPS,
        MoveKind.UNDO: undo.STEPS,
    }
)


def step_names() -> Mapping[MoveKind, tuple[str, ...]]:
    """Return the names of each move's steps, as they are frozen in the books when it begins."""
    return {kind: steps.names for kind, steps in TABLES.items()}


def as_page() -> str:
    """Return the tables as Markdown: a section for each move, a row for each step."""
    return "\n".join(line for kind, steps in TABLES.items() for line in _section(kind, steps))


def _section(kind: MoveKind, steps: Steps) -> Iterator[str]:
    yield from (f"### {kind.title}", "", "| Step | Does | Undo |", "|---|---|---|")
    for step in steps.until_opened:
        yield f"| {step.name} | {_first_line(step.do)} | {_way_back(step.undo)} |"
    yield "| ┃ | *It is opened to people: from here on nothing is taken back by itself.* | |"
    for step in steps.then:
        yield f"| {step.name} | {_first_line(step.do)} | |"
    yield ""


def _way_back(work: Work) -> str:
    return "" if work is nothing else _first_line(work)


def _first_line(work: Work) -> str:
    return (getdoc(work) or "").partition("\n")[0]
