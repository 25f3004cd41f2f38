"""The table in short form, by families of functions, kept in a text between two marks.

A number is how many functions of a family pass on every backend, in all that they are asked and in
each mode; what does not pass on one of them follows in brackets. So the table can be compared with
what a backend is asked, without running it: `planned()` counts, and a test holds the text against
that.
"""

import re
from collections.abc import Iterable

from kswitch.conformance.reports.record import Report, ReportError, Run, family, labels
from kswitch.conformance.reports.table import cells, column_of, columns
from kswitch.conformance.results import overall

from kswitch import files

PART = "conformance"
BEGIN, END = files.marks(PART)

# No ways of calling a function, but questions about it.
LEFT_OUT = ("errors", "queries", "programs")
FUNCTIONS = "functions"
TOTAL = "all"

# family -> column -> state -> number of functions
Counts = dict[str, dict[str, dict[str, int]]]


def updated(path: str, report: Report) -> str:
    """The text of a file with a new table between its marks.

    Raises:
        ReportError: the file cannot be read or has no marks, or a run was not of the whole suite.
    """
    for run, label in zip(report["runs"], labels(report["runs"])):
        if not run["complete"]:
            raise ReportError(f"the run of {label} was not of the whole suite; run all of it.")
    try:
        return files.updated(path, PART, table(report))
    except ValueError as error:
        raise ReportError(str(error)) from error


def table(report: Report) -> str:
    """The lines of the table, with a sentence that names the backends."""
    names = labels(report["runs"])
    counts = dict(zip(names, map(counted, report["runs"])))
    families = sorted({name for each in counts.values() for name in each} - {TOTAL})
    found = columns(row for each in counts.values() for row in each.values())
    heads = [FUNCTIONS, *(name for name in found if name not in (FUNCTIONS, *LEFT_OUT))]
    lines = [
        [name, *(cell({k: c.get(name, {}).get(column, {}) for k, c in counts.items()})
                 for column in heads)]
        for name in [*families, TOTAL]
    ]  # fmt: skip
    rules = ["---", *("---:" for _ in heads)]
    listed = ", ".join(f"`{name}`" for name in names)
    rows = [f"| {' | '.join(line)} |" for line in [["family", *heads], rules, *lines]]
    return "\n".join([f"Functions that pass on {listed}:", "", *rows])


def cell(counts: dict[str, dict[str, int]]) -> str:
    """How many functions pass on every backend, and what else became of some."""
    fewest = min(each.get("passed", 0) for each in counts.values())
    odd = [
        f"{name}: " + ", ".join(f"{n} {state}" for state, n in sorted(each.items()))
        for name, each in counts.items()
        if each.keys() - {"passed"} or each.get("passed", 0) != fewest
    ]
    if not odd:
        return f"{fewest or ''}"
    return f"{fewest} ({'; '.join(odd)})"


def read(text: str, backend: str) -> Counts:
    """What a text says about a backend.

    Raises:
        ReportError: it says nothing about it.
    """
    lines = files.part(text, PART).splitlines()
    if not lines or f"`{backend}`" not in lines[0]:
        raise ReportError(f"between {BEGIN} and {END} there is nothing about {backend}.")
    heads = parts(lines[2])
    counts: Counts = {}
    for line in lines[4:]:
        name, *values = parts(line)
        found = {column: state(value, backend) for column, value in zip(heads[1:], values)}
        counts[name] = {column: each for column, each in found.items() if each}
    return {name: row for name, row in counts.items() if row}


def parts(line: str) -> list[str]:
    return [each.strip() for each in line.strip().strip("|").split("|")]


def state(value: str, backend: str) -> dict[str, int]:
    """State -> number of functions in a cell."""
    own = re.search(rf"[(;] ?{re.escape(backend)}: ([^;)]*)", value)
    if own:
        return {word: int(n) for n, word in re.findall(r"(\d+) (\w+)", own[1])}
    number = value.partition(" ")[0]
    return {"passed": int(number)} if number not in ("", "0") else {}


def counted(run: Run) -> Counts:
    """The counts of a run."""
    return tally(
        (op, column, cell.state)
        for op, row in cells(run["entries"]).items()
        for column, cell in row.items()
    )


def planned(K) -> Counts:
    """The counts of a run in which all passes that is not declared unsupported."""
    from kswitch.conformance import modes, suite

    return tally(
        (case.op, column_of(mode), "declared" if modes.declared(K, case, mode) else "passed")
        for case, mode in suite.checks(K).values()
    )


def tally(found: Iterable[tuple[str, str, str]]) -> Counts:
    """The counts of (op, column, state)."""
    states: dict[tuple[str, str], set[str]] = {}
    for op, column, state in found:
        for place in (FUNCTIONS, column):
            if place not in LEFT_OUT:
                states.setdefault((op, place), set()).add(state)
    counts: Counts = {}
    for (op, place), each in states.items():
        for name in (family(op), TOTAL):
            row = counts.setdefault(name, {}).setdefault(place, {})
            row[overall(each)] = row.get(overall(each), 0) + 1
    return counts
