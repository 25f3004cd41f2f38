"""What a mutant is, and what the survey of the suite must find out before there can be any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

KINDS = (
    "value",
    "shape",
    "dtype",
    "ignored option",
    "mutated input",
    "aliased result",
    "missing op",
    "stale declaration",
    "frozen constant",
    "wrong gradient",
    "lost update",
)
LOOKS = 4  # finite differences call the same kernels hundreds of times


@dataclass(frozen=True, eq=False)
class Mutant:
    """One function, kernel or rule that does one thing wrong.

    Attributes:
        level: "function" (what a module offers), "kernel" or "rule" (of our own).
        op: its name.
        kind: one of KINDS.
        what: which of its kind.
        make: gives the K namespace that has the mistake; it may change modules for good, since
            it is called in a process of its own.
        noticed_by: functions of K whose cases must notice; those of `op` if it is empty.
    """

    level: str
    op: str
    kind: str
    what: str
    make: Callable[[], ModuleType]
    noticed_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.level} {self.op}: {self.kind}: {self.what}"


@dataclass
class Survey:
    """What happens while the suite runs and nothing is broken.

    Attributes:
        op: the function whose case is running.
        item: position of the check that is running.
        counts: (level, name) -> how often it was examined in that check.
        facts: (level, name) -> what can go wrong there, e.g. a position and the repr of a Change.
        touched: (level, name) -> positions of the checks that use it.
    """

    op: str = ""
    item: int = 0
    counts: dict = field(default_factory=dict)
    facts: dict = field(default_factory=lambda: defaultdict(set))
    touched: dict = field(default_factory=lambda: defaultdict(set))

    def begin(self, op, item):
        self.op, self.item = op, item
        self.counts = defaultdict(int)

    def enough(self, level, name):
        """Whether a kernel or rule needs no further look in this check; it is used, at any rate."""
        self.counts[level, name] += 1
        self.touched[level, name].add(self.item)
        return self.counts[level, name] > LOOKS

    def note(self, level, name, *facts):
        self.touched[level, name].add(self.item)
        self.facts[level, name].update(facts)

    def merge(self, facts, touched):
        for key, found in facts.items():
            self.facts[key] |= found
        for key, found in touched.items():
            self.touched[key] |= found
