"""A report as text: for a pull request, a job's summary, a file beside the code."""

import re

from kswitch.conformance.reports import table
from kswitch.conformance.reports.record import Report, labels

MARKS = {"passed": "✓", "declared": "–", "failed": "✗"}
TOLD = 50  # failures told in full: a comment on GitHub holds 65,536 characters


def text(report: Report) -> str:
    """The whole: a line for each run, the ops that have not passed, failures, all ops."""
    runs = report["runs"]
    names = labels(runs)
    parts = ["# kswitch conformance", summary(report)]
    rows = [table.cells(run["entries"]) for run in runs]
    ops = list(dict.fromkeys(op for each in rows for op in each))
    odd = [op for op in ops if any(op in row and table.state(row[op]) != "passed" for row in rows)]
    if odd:
        parts += ["## Not fully passed", matrix(odd, names, rows)]
        parts += [reasons(report), *failures(report)]
    else:
        parts.append("Every check passed.")
    parts += [
        f"<details><summary>All {len(ops)} functions</summary>",
        matrix(ops, names, rows),
        "</details>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(report: Report) -> str:
    lines = []
    for run, name in zip(report["runs"], labels(report["runs"])):
        counts = table.counts(run)
        kinds = [f"{counts[kind]}" for kind in ("passed", "declared", "failed")]
        versions = ", ".join(f"{key} {value}" for key, value in run["versions"].items())
        checks = f"{table.checks(run):,}"
        if not run["complete"]:
            checks += f" of {run['suite']:,}"
        when = run["started"][:16].replace("T", " ")
        lines.append([code(name), *kinds, checks, f"{run['seconds']:.0f} s", versions, when])
    heads = ["backend", "passed", "declared", "failed", "checks", "time", "versions", "UTC"]
    return rows_of(heads, lines, "lrrrrrll")


def matrix(ops: list[str], names: list[str], rows: list[dict]) -> str:
    """A line for each op and backend, a column for each mode."""
    columns = table.columns(cells for row in rows for cells in row.values())
    lines = [
        [
            code(op),
            *([code(name)] if len(names) > 1 else []),
            *(mark(row[op].get(column)) for column in columns),
        ]
        for op in ops
        for name, row in zip(names, rows)
        if op in row
    ]
    heads = ["function", *(["backend"] if len(names) > 1 else []), *columns]
    return rows_of(heads, lines, "l" * (len(heads) - len(columns)) + "r" * len(columns))


def mark(cell: table.Cell | None) -> str:
    if cell is None:
        return ""
    if cell.state == "failed":
        return f"**{MARKS['failed']} {cell.failed} of {cell.checks}**"
    if cell.state == "declared":
        return MARKS["declared"]
    some = f" of {cell.checks}" if cell.declared else ""
    return f"{MARKS['passed']} {cell.checks - cell.declared}{some}"


def reasons(report: Report) -> str:
    lines = [
        [code(op), code(name), reason.replace("\n", " ")]
        for run, name in zip(report["runs"], labels(report["runs"]))
        for op, reason in run["declared"].items()
    ]
    if not lines:
        return ""
    return "## Declared unsupported\n\n" + rows_of(["what", "backend", "why"], lines, "lll")


def failures(report: Report) -> list[str]:
    told = [
        (name, failure)
        for run, name in zip(report["runs"], labels(report["runs"]))
        for entry in run["entries"]
        for failure in entry["failures"]
    ]
    if not told:
        return []
    total = sum(entry["failed"] for run in report["runs"] for entry in run["entries"])
    title = f"## Failures: {total}"
    if total > TOLD:
        title += f", of which the first {min(TOLD, len(told))}"
    parts = [title]
    for name, failure in told[:TOLD]:
        facts = {key: failure[key] for key in ("call", "expected", "actual")}
        lines = [f"{key}: {value}" for key, value in facts.items() if value]
        body = "\n".join([failure["message"], *lines])
        fence = "`" * max(3, longest_run("`", body) + 1)
        parts.append(
            f"<details><summary>{html(failure['check'])} on {html(name)}</summary>\n\n"
            f"{fence}text\n{body}\n{fence}\n\n</details>"
        )
    return parts


def rows_of(heads: list[str], lines: list[list[str]], sides: str) -> str:
    """A table; each letter of sides is a column, l to the left, r to the right."""
    rules = ["---:" if side == "r" else "---" for side in sides]
    body = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, rules, *body])


def code(text: str) -> str:
    return f"`{text}`"


def html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def longest_run(letter: str, text: str) -> int:
    return max((len(run) for run in re.findall(f"{letter}+", text)), default=0)
