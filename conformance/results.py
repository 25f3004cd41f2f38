"""Collects what became of every check, and sums it up by op."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from kswitch.conformance.modes import unsupported


def overall(states):
    """One state for several: failed if one is, declared if all are."""
    return next(state for state in ("failed", "passed", "declared") if state in states)


@dataclass(frozen=True)
class Result:
    """What became of one check.

    Attributes:
        op: the function of K that it is about.
        mode: how it ran.
        name: its id: the case's name and the mode.
        state: "passed", "declared" or "failed".
        seconds: how long it took.
        text: the failure as pytest prints it.
        facts: what is known of it: "declared", the reason, or of a failure "call", "message",
            "expected", "actual".
    """

    op: str
    mode: str
    name: str
    state: str
    seconds: float
    text: str
    facts: dict[str, str]


class Results:
    """A pytest plugin that keeps a Result for each check.

    Attributes:
        name: name of the backend.
        K: its namespace.
        declared: op, dtype or pattern of checks -> why the backend cannot have it.
        checks: name of a check -> (op, mode), for all checks of the suite; filled when the suite
            has been collected.
        started: when the run began.
        seconds: how long it took.
    """

    def __init__(self, name, K):
        self.name = name
        self.K = K
        self.declared = unsupported(K)
        self.checks = {}
        self.started = datetime.now(UTC)
        self._results = {}
        self._start = time.perf_counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self):
        """Lists the suite. With pytest-xdist it is other processes that collect it."""
        from kswitch.conformance import suite

        self.checks = {name: (case.op, mode) for name, (case, mode) in suite.checks(self.K).items()}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            name = report.nodeid.partition("[")[2].removesuffix("]")
            op, mode = self.checks[name]
            facts = dict(report.user_properties)
            fine = "declared" if "declared" in facts else "passed"
            text = "" if report.passed else report.longreprtext
            self._results[name] = Result(
                op, mode, name, fine if report.passed else "failed", report.duration, text, facts
            )

    @property
    def results(self):
        """All that was checked, in the order in which it came."""
        return list(self._results.values())

    @property
    def seconds(self):
        return time.perf_counter() - self._start

    @property
    def complete(self):
        """Whether the whole suite ran."""
        return bool(self.checks) and self.checks.keys() == self._results.keys()

    def ops(self):
        """op -> its state, in the order in which they came; see `overall`."""
        states: dict[str, set[str]] = {}
        for result in self.results:
            states.setdefault(result.op, set()).add(result.state)
        return {op: overall(each) for op, each in states.items()}

    def summary(self):
        """One line: how many ops passed, are declared, failed."""
        states = list(self.ops().values())
        return (
            f"kswitch.conformance {self.name}: {len(states)} ops: {states.count('passed')} passed, "
            f"{states.count('declared')} declared unsupported, {states.count('failed')} failed "
            f"({len(self.results)} checks, {self.seconds:.0f} s)"
        )
