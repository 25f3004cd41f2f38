"""The table op × mode, as it is counted and as it is shown on the terminal."""

from collections.abc import Iterable
from dataclasses import dataclass

from kswitch.conformance.reports.record import Entry, Report, Run
from kswitch.conformance.results import overall

# Column -> the modes that it holds.
COLUMNS = {
    "native": ("native", "traced"),
    "eval": ("eval",),
    "function": ("function",),
    "batch": ("batch",),
    "gradient": ("gradient",),
    "dtypes": ("float16", "bfloat16", "float64"),
    "errors": ("raises", "raises_native"),
    "queries": ("query", "query_native"),
    "programs": ("program",),
}
COLUMN_OF = {mode: column for column, modes in COLUMNS.items() for mode in modes}


def column_of(mode: str) -> str:
    """The column of a mode; one that is not listed above has a column of its own."""
    return COLUMN_OF.get(mode, mode)


def columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """All columns, in order, and those of their own that occur in some row."""
    return list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))


@dataclass
class Cell:
    """What became of an op in the modes of a column.

    Attributes:
        state: "passed", "declared" or "failed".
        checks: how many ran. failed, declared: how many of them failed, are declared unsupported.
    """

    state: str
    checks: int = 0
    failed: int = 0
    declared: int = 0


def cells(entries: Iterable[Entry]) -> dict[str, dict[str, Cell]]:
    """op -> column -> Cell, in the order in which they ran."""
    rows: dict[str, dict[str, Cell]] = {}
    for each in entries:
        row = rows.setdefault(each["op"], {})
        cell = row.setdefault(column_of(each["mode"]), Cell(each["state"]))
        cell.state = overall({cell.state, each["state"]})
        cell.checks += each["checks"]
        cell.failed += each["failed"]
        cell.declared += each["declared"]
    return rows


def state(row: dict[str, Cell]) -> str:
    """What became of an op in all its modes."""
    return overall({cell.state for cell in row.values()})


def counts(run: Run) -> dict[str, int]:
    """State -> number of ops."""
    states = [state(row) for row in cells(run["entries"]).values()]
    return {each: states.count(each) for each in ("passed", "declared", "failed")}


def checks(run: Run) -> int:
    return sum(each["checks"] for each in run["entries"])


def show(report: Report, everything: bool) -> None:
    """Prints a run: all ops, or those that have not fully passed."""
    from rich.console import Console
    from rich.text import Text

    (run,) = report["runs"]
    rows = cells(run["entries"])
    absent = declared(run)
    wanted = ("passed", "failed") if everything else ("failed",)
    rows = {op: row for op, row in rows.items() if state(row) in wanted}
    if not rows and not absent:
        return
    console = Console(highlight=False)
    used = [name for name in columns(rows.values()) if any(name in row for row in rows.values())]
    lines = [[op, *(short(row.get(column)) for column in used)] for op, row in rows.items()]
    widths = [max(map(len, column)) for column in zip(["", *used], *lines)]
    widths[0] = max(widths[0], *map(len, absent), 0)
    print()
    if rows:
        heads = [name.ljust(width) for name, width in zip(["", *used], widths)]
        console.print(Text("  ".join(heads).rstrip(), style="bold"), soft_wrap=True)
    for line in lines:
        text = Text()
        for value, width in zip(line, widths):
            text.append(value.ljust(width), "red" if value.endswith("failed") else "").append("  ")
        text.rstrip()
        console.print(text, soft_wrap=True)
    for name, reason in absent.items():
        words = f"{name.ljust(widths[0])}  declared unsupported: {reason}"
        console.print(Text(words, style="yellow"), soft_wrap=True)


def declared(run: Run) -> dict[str, str]:
    """What of a run is declared unsupported: an op, dtype or pattern -> reason.

    Patterns of one reason stand together, by the first of them.
    """
    reasons = {reason for each in run["entries"] for reason in each["reasons"]}
    names: dict[str, list[str]] = {}
    for name, reason in run["declared"].items():
        if reason in reasons:
            names.setdefault(reason, []).append(name)
    found: dict[str, str] = {}
    for reason, group in names.items():
        single = [name for name in group if "-" not in name]
        patterns = [name for name in group if "-" in name]
        if len(patterns) > 1:
            patterns = [f"{patterns[0]} and {len(patterns) - 1} more"]
        found |= dict.fromkeys([*single, *patterns], reason)
    return found


def short(cell: Cell | None) -> str:
    """A cell in few letters: how many passed, or how many of them did not."""
    if cell is None:
        return ""
    if cell.failed:
        return f"{cell.failed}/{cell.checks} failed"
    return f"{cell.checks - cell.declared}/{cell.checks}" if cell.declared else f"{cell.checks}"
