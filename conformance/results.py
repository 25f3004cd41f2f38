"""Collects what became of every check, and sums it up by op."""

import time
from dataclasses import dataclass

from kswitch.conformance.modes import unsupported


@dataclass(frozen=True)
class Result:
    """What became of one check.

    Attributes:
        op: the function of K that it is about.
        mode: how it ran.
        test: its id.
        passed: whether it passed.
        seconds: how long it took.
        text: the failure as pytest prints it.
    """

    op: str
    mode: str
    test: str
    passed: bool
    seconds: float
    text: str


class Results:
    """A pytest plugin that keeps a Result for each check.

    Attributes:
        name: name of the backend.
        declared: op -> why the backend cannot have it.
        results: list of Result, in the order in which they came.
        seconds: how long the run took.
    """

    def __init__(self, name, K):
        self.name = name
        self.declared = unsupported(K)
        self.results = []
        self.start = time.perf_counter()

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            properties = dict(report.user_properties)
            result = Result(
                properties["op"],
                properties["mode"],
                report.nodeid,
                report.passed,
                report.duration,
                "" if report.passed else report.longreprtext,
            )
            self.results.append(result)

    @property
    def seconds(self):
        return time.perf_counter() - self.start

    def ops(self):
        """op -> "failed", "declared" or "passed", in the order in which they came."""
        states: dict[str, str] = {}
        for result in self.results:
            fine = "declared" if result.op in self.declared else "passed"
            if states.get(result.op) != "failed":
                states[result.op] = fine if result.passed else "failed"
        return states

    def summary(self):
        """One line: how many ops passed, are declared, failed."""
        states = list(self.ops().values())
        return (
            f"kswitch.conformance {self.name}: {len(states)} ops: {states.count('passed')} passed, "
            f"{states.count('declared')} declared unsupported, {states.count('failed')} failed "
            f"({len(self.results)} checks, {self.seconds:.0f} s)"
        )
