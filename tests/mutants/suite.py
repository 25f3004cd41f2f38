"""Runs the conformance suite, as pytest does, on one mutant after another: each in a fork."""

import gc
import json
import multiprocessing
import os
import random
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import wait

import pytest
from _pytest.runner import runtestprotocol
from kswitch.conformance import modes
from kswitch.conformance.__main__ import settings

from mutants import adapters, effects, functions
from mutants.mutant import Survey

FORK = multiprocessing.get_context("fork")
LIMIT = 60  # seconds that a mutant may take: what loops for ever is killed too
ENOUGH = 5  # checks that fail although nothing is wrong
TAIL = 300  # characters at the end of a traceback
MOST = 300  # checks that a mutant has to pass at most


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        mutant: the Mutant.
        killer: the id of the check that failed, None if all passed.
        checks: how many were run.
    """

    mutant: object
    killer: str | None
    checks: int


class Suite:
    """A pytest plugin that, in the place of running the tests, hands them to a function.

    Attributes:
        items: the checks, in order; ops: the functions of K that they are about; modes: their
            modes.
    """

    def __init__(self, run):
        self.run = run
        self.failure = None

    def pytest_runtestloop(self, session):
        self.items = session.items
        params = [item.callspec.params for item in session.items]
        self.cases = [each["case"] for each in params]
        self.modes = [each["mode"] for each in params]
        gc.collect()
        gc.freeze()  # or each child would copy what it never uses
        self.run(self)
        return True

    def positions(self, K, among):
        """Those of some checks that exist for a namespace."""
        return [i for i in among if self.modes[i] in modes.of(self.cases[i], K)]

    def outcomes(self, K, positions, before=lambda i: None):
        """For each check (position, how it failed or None), as they are run."""
        self.items[0].config.conformance_K = K
        items = [self.items[i] for i in positions]
        for i, item, following in zip(positions, items, [*items[1:], None], strict=False):
            before(i)
            reports = runtestprotocol(item, log=False, nextitem=following)
            failed = [report.longreprtext for report in reports if report.failed]
            yield i, failed[0] if failed else None


def collected(run):
    """pytest's exit status; `run` is called with the Suite."""
    suite = Suite(run)
    # tracebacks as pytest draws them would take most of the time
    options = ["--capture=no", "--tb=native", "-p", "no:terminalreporter"]
    return pytest.main([*settings("numpy", []), *options], [suite])


# In processes of their own


def forked(jobs, tasks, function):
    """function(task) for each task, each in a fork; yields (task, result) as they come.

    The result is None if the process died or took too long; an exception is raised here.
    """
    running = {}
    tasks = iter(tasks)
    more = True
    while more or running:
        while more and len(running) < jobs:
            task = next(tasks, None)
            more = task is not None
            if more:
                here, there = FORK.Pipe(duplex=False)
                process = FORK.Process(target=child, args=(function, task, there))
                process.start()
                there.close()
                running[here] = (task, process)
        for here in wait(list(running)):
            task, process = running.pop(here)
            try:
                result, error = json.loads(here.recv_bytes())
            except EOFError:
                result, error = None, None
            process.join()
            if error is not None:
                raise RuntimeError(f"{getattr(task, 'name', task)}:\n{error}")
            yield task, result


def child(function, task, there):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LIMIT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what mutants print is nobody's concern
        os.dup2(nowhere, stream)
    try:
        message = function(task), None
    except Exception:
        message = None, traceback.format_exc()
    there.send_bytes(json.dumps(message).encode())


# The survey, which is a control as well


def survey_of(suite, level, make, jobs, ops=()):
    """What `make`'s namespace notes while the suite runs on it, all of it or the cases of some ops.

    Nothing may fail: the namespace does all that a mutant does, but for the mistake.
    """
    among = [i for i, case in enumerate(suite.cases) if not ops or case.op in ops]

    def run(part):
        survey = Survey()
        K = make(survey)
        positions = suite.positions(K, among[part::jobs])

        def before(i):
            survey.begin(suite.cases[i].op, i)

        signal.alarm(0)
        failed = []
        for i, text in suite.outcomes(K, positions, before):
            if text is not None:
                failed.append((suite.items[i].name, text))
                if len(failed) == ENOUGH:
                    break
        return (
            [(key, list(map(list_of, found))) for key, found in survey.facts.items()],
            [(key, list(found)) for key, found in survey.touched.items()],
            failed,
        )

    survey, failures = Survey(), []
    for part, result in forked(jobs, range(jobs), run):
        if result is None:
            raise RuntimeError(f"part {part} of the survey of {level}s died.")
        facts, touched, failed = result
        survey.merge(
            {tuple(key): {fact_of(x) for x in found} for key, found in facts},
            {tuple(key): set(found) for key, found in touched},
        )
        failures += failed
    if failures:
        found = "\n".join(f"{name}: {text[-TAIL:]}" for name, text in failures)
        raise RuntimeError(f"checks fail although nothing is wrong:\n{found}")
    return survey


def list_of(fact):
    return list(fact) if isinstance(fact, tuple) else fact


def fact_of(value):
    return tuple(value) if isinstance(value, list) else value


# The mutants


def verdicts(suite, mutants, survey, jobs):
    """A Verdict for each mutant, as they come."""

    def run(mutant):
        K = mutant.make()
        positions = checks_for(suite, mutant, survey)
        count = 0
        for i, text in suite.outcomes(K, suite.positions(K, positions)):
            count += 1
            if text is not None:
                return suite.items[i].name, count
        return None, count

    for mutant, result in forked(jobs, mutants, run):
        killer, count = ("the process died", 0) if result is None else result
        yield Verdict(mutant, killer, count)


def checks_for(suite, mutant, survey):
    """The checks that a mutant has to pass: those of its op, or those that use it if it has none.

    Of many that use it some are drawn, always the same ones.
    """
    ops = mutant.noticed_by or (mutant.op.split()[0],)
    own = [i for i, case in enumerate(suite.cases) if case.op in ops]
    if mutant.level != functions.LEVEL and not mutant.noticed_by:
        touched = sorted(survey.touched[mutant.level, mutant.op])
        own = [i for i in own if i in set(touched)] or touched or own
        if len(own) > MOST:
            own = random.Random(0).sample(own, MOST)
    if mutant.kind == "wrong gradient":
        own.sort(key=lambda i: suite.modes[i] != "gradient")
    return own


def all_mutants(surveys):
    """Every mutant there is, given what the surveys found."""
    return [
        *functions.mutants(surveys[functions.LEVEL]),
        *effects.mutants(),
        *adapters.mutants(surveys[adapters.KERNEL]),
    ]
