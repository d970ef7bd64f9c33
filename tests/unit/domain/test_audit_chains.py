"""Exports of the audit record: each kind of planted fault is found, and nothing without one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liftlock.domain.audit_chains import FaultKind, Head, HeadUnreadable, Link, Verdict, verify

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
FIELDS = st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans(), max_size=4)


def chained(
    every: Sequence[dict[str, str | int | bool]], organisation: int | None = 1
) -> list[Link]:
    links: list[Link] = []
    for number, fields in enumerate(every, 1):
        bare = Link(
            organisation=organisation, position=number, tag="move.validated", person=2, move=None,
            environment=None, at=BEGIN + timedelta(microseconds=number * 999_999), fields=fields,
            previous=links[-1].hash if links else "", hash="",
        )  # fmt: skip
        links.append(replace(bare, hash=bare.digest()))
    return links


def head_of(links: Sequence[Link], position: int | None = None) -> Head:
    link = links[-1 if position is None else position - 1]
    return Head(
        installation="x", organisation=link.organisation, name="acme", position=link.position,
        hash=link.hash, at=BEGIN,
    )  # fmt: skip


def verdict_on(links: Sequence[Link], *heads: Head) -> Verdict:
    return verify([link.line for link in links], heads)


def kinds(verdict: Verdict) -> set[FaultKind]:
    return {fault.kind for fault in verdict.faults}


CHAINS = st.lists(FIELDS, min_size=3, max_size=8).map(chained)


@given(CHAINS, st.data())
def test_an_export_as_it_was_made_has_no_fault(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(links)))
    verdict = verdict_on(links, head_of(links), head_of(links, at))
    assert verdict == Verdict(events=len(links), last=len(links), faults=())


@given(CHAINS, st.data())
def test_what_was_changed_is_found(links: list[Link], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(links) - 1))
    link = links[index]
    changed = data.draw(
        st.sampled_from(
            [
                replace(link, tag="move.canceled"),
                replace(link, person=3),
                replace(link, move=7),
                replace(link, environment=7),
                replace(link, at=link.at + timedelta(microseconds=1)),
                replace(link, fields={**link.fields, "reason!": "x"}),
                replace(link, hash="00" * 32),
                replace(link, previous="00" * 32),
            ]
        )
    )
    links[index] = changed
    verdict = verdict_on(links)
    assert FaultKind.CHANGED in kinds(verdict)
    assert link.position in {fault.position for fault in verdict.faults}


@given(CHAINS, st.data())
def test_what_was_changed_and_hashed_anew_is_found(links: list[Link], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(links) - 2))
    bare = replace(links[index], person=9)
    links[index] = replace(bare, hash=bare.digest())
    assert kinds(verdict_on(links)) == {FaultKind.CHANGED}


@given(CHAINS, st.data())
def test_what_was_lost_is_found(links: list[Link], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(links) - 2))
    gone = links.pop(index)
    verdict = verdict_on(links)
    assert kinds(verdict) == {FaultKind.LOST}
    assert verdict.faults[0].position == gone.position


@given(CHAINS, st.data())
def test_what_was_inserted_is_found(links: list[Link], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(links)))
    twin = data.draw(st.sampled_from(links))
    strange = chained([{}, {}, {}], organisation=2)[-1]
    links.insert(index, data.draw(st.sampled_from([twin, strange])))
    assert FaultKind.INSERTED in kinds(verdict_on(links)) or index == 0


@given(CHAINS, st.data())
def test_another_order_is_found(links: list[Link], data: st.DataObject) -> None:
    first, second = sorted(
        data.draw(st.lists(st.integers(0, len(links) - 1), min_size=2, max_size=2, unique=True))
    )
    links[first], links[second] = links[second], links[first]
    assert FaultKind.REORDERED in kinds(verdict_on(links))


@given(CHAINS, st.data())
def test_a_missing_tail_is_found_by_a_head_alone(links: list[Link], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(links) - 1))
    head = head_of(links)
    assert verdict_on(links[:kept]).faults == ()
    assert kinds(verdict_on(links[:kept], head)) == {FaultKind.TAIL_MISSING}


@given(CHAINS)
def test_a_chain_that_was_written_anew_is_found_by_a_head_alone(links: list[Link]) -> None:
    anew = chained([{**link.fields, "reason!": "another"} for link in links])
    assert verdict_on(anew).faults == ()
    assert kinds(verdict_on(anew, head_of(links))) == {FaultKind.CONTRADICTS_HEAD}


def test_a_head_of_another_chain_is_no_head_of_this() -> None:
    other = head_of(chained([{}], organisation=None))
    assert kinds(verdict_on(chained([{}]), other)) == {FaultKind.CONTRADICTS_HEAD}


LINE = chained([{"reason": "x"}])[0].line


@pytest.mark.parametrize(
    "line",
    [
        "", "x", "[]", "{}", "null", LINE + " ", LINE[:-1], LINE.replace(":", ": ", 1),
        LINE.replace('"fields"', '"fieldz"'), LINE.replace("+00:00", "Z"),
        LINE.replace('"position":1', '"position":"1"'),
        LINE.replace('"position":1', '"position":true'),
        LINE.replace('{"reason":"x"}', "null"), LINE.replace('{"reason":"x"}', '{"reason":1.5}'),
        LINE.replace('"hash"', '"by":"Ana","hash"'), LINE.replace('{"reason":"x"}', '["reason"]'),
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_line_that_is_no_event_to_the_letter_is_found(line: str) -> None:
    assert FaultKind.CHANGED in kinds(verify([line]))


def test_nothing_is_an_export_of_nothing() -> None:
    assert verify([]) == Verdict(events=0, last=0, faults=())


@pytest.mark.parametrize("payload", [b"", b"x", b"{}", b"[]", b'{"at": "2026-01-01"}'])
def test_a_payload_that_is_no_head_is_refused(payload: bytes) -> None:
    with pytest.raises(HeadUnreadable):
        _ = Head.read(payload, "x.json")


def test_a_head_comes_back_as_it_was_signed() -> None:
    head = head_of(chained([{}]))
    assert Head.read(head.payload, "x.json") == head
