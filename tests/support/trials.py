"""Carries a move out in this process, as a worker would, without the books; breaks on demand."""

from dataclasses import dataclass, field, replace

from aligning import quiet
from liftlock.workflows import breaking
from liftlock.workflows.run import Act, Broke, Done, Facts, Report, Run
from network import Network


class Fault(Exception):
    """What breaks: a bug, a cable, a full disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where an act breaks: before it does anything, after it did all, or when its network is cut.

    The network is cut once, after the target's server has answered so many bytes.
    """

    act: str
    after: bool = False
    after_bytes: int | None = None


@dataclass(slots=True, kw_only=True)
class Trial:
    """Carries out acts, each undo twice; remembers their reports and how many bytes they took."""

    run: Run
    network: Network
    breaks: tuple[Break, ...] = ()
    acts: list[str] = field(default_factory=list[str])
    bytes_taken: dict[str, int] = field(default_factory=dict[str, int])
    _reports: dict[str, Facts] = field(default_factory=dict[str, Facts])

    def __call__(self, act: Act, /) -> Done | Broke:
        """Carry it out, or say how it broke."""
        self.acts.append(act.name)
        self._reports.setdefault(act.name, {})
        if act.new_attempt:
            self.run = replace(self.run, attempt=self.run.attempt + 1)
        try:
            return Done(said=self._breaking(act).said)
        except Exception as error:  # noqa: BLE001  as a worker does
            return breaking.broke(error, act)

    def _breaking(self, act: Act) -> Report:
        broken = next((b for b in self.breaks if b.act == act.name), None)
        if broken and broken.after_bytes is None and not broken.after:
            raise Fault
        if broken and broken.after_bytes is not None:
            self.network.cut_after(broken.after_bytes)
        try:
            report = self._twice(act) if act.name.startswith("undo") else self._once(act)
        finally:
            self.network.spare()
        if broken:
            raise Fault
        return report

    def _twice(self, act: Act) -> Report:
        _ = self._once(act)
        return self._once(act)

    def _once(self, act: Act) -> Report:
        before = self.network.bytes_from_servers
        report = act.work(replace(self.run, reports=dict(self._reports), tell=quiet))
        self.bytes_taken[act.name] = self.network.bytes_from_servers - before
        self._reports[act.name] = report.facts
        return report
