"""python -m mutants [OP ...]: how many mutants the suite notices, by kind and in all."""

import argparse
import os
import sys
import time
from collections import defaultdict

from rich.console import Console
from rich.table import Table

from mutants import adapters, equivalent, functions, suite
from mutants.mutant import KINDS

AT_LEAST = 95.0  # percent


def main(arguments):
    """0 if enough mutants were killed and the list of equivalent ones holds, else 1."""
    options = parsed(arguments)
    start = time.perf_counter()
    found = []
    console = Console(highlight=False, soft_wrap=True)

    def run(tests):
        found.extend(judged(tests, options, console))

    status = suite.collected(run)
    if status:
        return int(status)
    counted = [each for each in found if equivalent.reason(each.mutant.name) is None]
    score = 100.0 * sum(each.killer is not None for each in counted) / max(len(counted), 1)
    report(console, counted, options)
    wrong = stale_lines(found, everything=not options.ops)
    for line in wrong:
        console.print(f"tests/mutants/equivalent.py: {line}", markup=False)
    killed = sum(each.killer is not None for each in counted)
    ops = {each.mutant.op for each in counted if each.mutant.level == functions.LEVEL}
    console.print(
        f"mutants: {killed} of {len(counted)} killed, {score:.1f} % (at least {options.at_least:g} "
        f"wanted), of {len(ops)} functions of K; {len(found) - len(counted)} equivalent "
        f"({time.perf_counter() - start:.0f} s)",
        markup=False,
    )
    return 1 if wrong or score < options.at_least else 0


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("ops", nargs="*", metavar="OP", help="only mutants of these")
    parser.add_argument("--kind", choices=KINDS, help="only mutants of this kind")
    parser.add_argument("--at-least", type=float, default=AT_LEAST, metavar="PERCENT")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-v", "--verbose", action="store_true", help="name the killers as well")
    return parser.parse_args(arguments)


def judged(tests, options, console):
    """A Verdict for each mutant that the options ask for."""
    own = {case.op for case in tests.cases}
    few = options.ops if own.issuperset(options.ops) else ()
    surveys = {
        level: suite.survey_of(tests, level, make, options.jobs, few)
        for level, make in (
            (functions.LEVEL, functions.surveyed),
            (adapters.KERNEL, adapters.surveyed),
        )
    }
    chosen = [
        mutant
        for mutant in suite.all_mutants(surveys)
        if (not options.ops or mutant.op.split()[0] in options.ops)
        and (options.kind is None or mutant.kind == options.kind)
    ]
    console.print(f"{len(chosen)} mutants, {len(tests.items)} checks")
    return list(suite.verdicts(tests, chosen, surveys[adapters.KERNEL], options.jobs))


def report(console, verdicts, options):
    """A table by kind and level, and the survivors."""
    levels = (functions.LEVEL, adapters.KERNEL, adapters.RULE)
    table = Table("kind", *(f"{level}s" for level in levels), "all", "killed")
    for column in table.columns[1:]:
        column.justify = "right"
    cells = defaultdict(list)
    for each in verdicts:
        for kind in (each.mutant.kind, "all"):
            for level in (each.mutant.level, "all"):
                cells[kind, level].append(each.killer is not None)
    for kind in (*KINDS, "all"):
        if cells[kind, "all"]:
            counts = [share(cells[kind, level]) for level in (*levels, "all")]
            percent = 100.0 * sum(cells[kind, "all"]) / len(cells[kind, "all"])
            table.add_row(kind, *counts, f"{percent:.1f} %")
    console.print(table)
    for each in sorted(verdicts, key=lambda each: each.mutant.name):
        if each.killer is None:
            console.print(f"survived {each.checks} checks: {each.mutant.name}", markup=False)
        elif options.verbose:
            console.print(f"{each.mutant.name}: killed by {each.killer}", markup=False)


def share(killed):
    return f"{sum(killed)}/{len(killed)}" if killed else ""


def stale_lines(verdicts, everything):
    """What is wrong with the list of equivalent mutants."""
    found = []
    fitting = defaultdict(list)
    for each in verdicts:
        fitting[equivalent.reason(each.mutant.name)].append(each)
    for pattern in equivalent.EQUIVALENT:
        if everything and not fitting[pattern]:
            found.append(f"{pattern!r} fits no mutant: remove the line.")
        found += [
            f"{pattern!r}: {each.mutant.name} is killed by {each.killer}, so it is not equivalent."
            for each in fitting[pattern]
            if each.killer is not None
        ]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
