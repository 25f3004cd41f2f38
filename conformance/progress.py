"""A progress bar in place of pytest's dots; where there is no terminal, silence."""

import os
import time

import pytest
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

OFTEN = 0.1  # seconds between two drawings: drawing takes longer than most checks


class ProgressBar:
    """A pytest plugin that shows how far the run is.

    It draws on a copy of standard output: pytest captures the original one while a test runs.
    """

    def __init__(self):
        self.bar = None
        self.failed = 0
        self._drawn = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session):
        """The checks are known. A process that has workers learns it from them, see below."""
        option = session.config.option
        if not (option.collectonly or getattr(option, "dist", "no") != "no"):
            self._begin(session.config, len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        if self.bar is None:
            self._begin(node.config, len(ids))

    def _begin(self, config, total):
        option = config.option
        if option.capture == "no" or option.usepdb or option.verbose > 0:
            return  # what is printed meanwhile would run into the bar
        console = Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"))
        if not console.is_terminal or console.is_dumb_terminal:
            return
        self.bar = Progress(
            SpinnerColumn(),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self.bar.add_task("", total=total, failed="")
        self.bar.start()

    def pytest_runtest_logreport(self, report):
        if self.bar is None:
            return
        if report.when == "teardown":
            self.bar.advance(self.bar.task_ids[0])
        if report.failed:
            self.failed += 1
        if time.monotonic() - self._drawn > OFTEN:
            self._drawn = time.monotonic()
            name = report.nodeid.partition("[")[2].removesuffix("]")
            failed = f"[red]{self.failed} failed" if self.failed else ""
            self.bar.update(self.bar.task_ids[0], description=name, failed=failed)
            self.bar.refresh()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report, config):
        """No letter for a test that passed or failed; pytest still lists the failures."""
        if config.option.verbose <= 0 and report.when == "call" and not report.skipped:
            return report.outcome, "", report.outcome.upper()
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self):
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
