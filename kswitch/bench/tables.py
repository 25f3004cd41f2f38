"""What was measured, as text: columns for rows, a line for each other figure, goals beside both.

`0.75 ≤ 1.10` is a figure and its goal; `1.20 > 1.10` is a goal that is not met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Form:
    """How a figure is written.

    Attributes:
        name: the head of its column, or what stands before it.
        digits: after the point; None for what is no number.
        unit: after it.
        scale: a factor.
    """

    name: str
    digits: int | None = 2
    unit: str = ""
    scale: float = 1

    def rounded(self, value: float) -> float:
        return round(self.scale * value, self.digits)

    def number(self, value: float) -> str:
        return f"{self.scale * value:,.{self.digits}f}"

    def text(self, value: Any, verdict: dict | None = None) -> str:
        """A figure, with its goal if it has one."""
        if self.digits is None:
            return str(value)
        goal = ""
        if verdict:
            goal = f" {'≤' if verdict['met'] else '>'} {self.number(verdict['most'])}"
        return f"{self.number(value)}{goal}{self.unit and ' '}{self.unit}"


MODEL = {"model": Form("model", None), "optimizer": Form("optimizer", None)}
MICROSECONDS = {"by_hand": Form("by hand", 0, "µs"), "kswitch": Form("kswitch", 0, "µs")}
COLUMNS: dict[str, dict[str, Form]] = {
    "steps": {
        **MODEL,
        **MICROSECONDS,
        "ratio": Form("ratio"),
        "nn.LSTM": Form("nn.LSTM", 0, "µs"),
        "over nn.LSTM": Form("kswitch / nn.LSTM"),
    },
    "keras3": {
        **MODEL,
        "train_on_batch": Form("train_on_batch", 0, "µs"),
        "fit": Form("fit", 0, "µs"),
        "kswitch": Form("kswitch", 0, "µs"),
        "over_batch": Form("kswitch / train_on_batch"),
        "over_fit": Form("kswitch / fit"),
        "over_batch_limit": Form("by hand / train_on_batch"),
        "over_fit_limit": Form("by hand / fit"),
    },
    "jit": {
        **MODEL,
        **MICROSECONDS,
        "ratio": Form("ratio"),
        "first_by_hand": Form("first by hand", 1, "s"),
        "first_kswitch": Form("first of kswitch", 1, "s"),
        "first_ratio": Form("ratio of the first"),
    },
    "calls": {
        "op": Form("call", None),
        "own": Form("own", 0, "ns"),
        "kswitch": Form("kswitch", 0, "ns"),
        "excess": Form("more than own", 0, "ns"),
        "excess_limit": Form("a function that only calls it", 0, "ns"),
        "autoray": Form("autoray", 0, "ns"),
        "array-api-compat": Form("array-api-compat", 0, "ns"),
        "TensorLy": Form("TensorLy", 0, "ns"),
        "keras.ops": Form("keras.ops", 0, "ns"),
        "over_best": Form("kswitch / quickest of these"),
    },
    "graphs": {
        "kind": Form("graph", None),
        "nodes": Form("nodes", 0),
        "build": Form("record", 1, "µs"),
        "compile": Form("gradients and code", 0, "µs"),
        "memory": Form("memory", 1, "kB", 1e-3),
    },
    "imports": {},
}
FIGURES: dict[str, dict[str, Form]] = {
    "steps": {"mean": Form("geometric mean of the ratios")},
    "keras3": {},
    "jit": {
        "mean": Form("geometric mean of the ratios"),
        "first_mean": Form("geometric mean of those of the first steps"),
    },
    "calls": {
        "mean": Form("geometric mean of kswitch / own"),
        "own_function": Form("compiled function of one op, the engine's own", 1, "µs"),
        "function": Form("K.function of one op, more than that", 1, "µs"),
    },
    "graphs": {
        "exponent": Form("exponent of time in nodes"),
        "first": Form("first call of a chain of 10,000 nodes with gradients", 1, "s"),
        "peak": Form("memory of a long chain, over an operand and a result"),
    },
    "imports": {
        "package": Form("import kswitch / import numpy"),
        "K": Form("K on the engine / the bare engine"),
    },
}


def form(table: str, field: str) -> Form:
    """How a figure of a table, or of its rows, is written."""
    return (COLUMNS[table] | FIGURES[table])[field]


def grid(table: str, found: dict) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the rows."""
    rows = found["rows"]
    used = {field: f for field, f in COLUMNS[table].items() if any(field in row for row in rows)}
    goals = {(goal["field"], goal["row"]): goal for goal in found["goals"]}
    cells = [
        [
            form.text(row[field], goals.get((field, i))) if field in row else ""
            for field, form in used.items()
        ]
        for i, row in enumerate(rows)
    ]
    return [form.name for form in used.values()], cells


def lines(table: str, found: dict) -> Iterator[str]:
    """The other figures, and what is not there."""
    goals = {goal["field"]: goal for goal in found["goals"] if goal["row"] is None}
    for field, form in FIGURES[table].items():
        if field in found["figures"]:
            yield f"{form.name}: {form.text(found['figures'][field], goals.get(field))}"
    for who, why in found.get("absent", {}).items():
        yield f"not compared: {who}: {why}"


def missed(engine: str, table: str, found: dict) -> Iterator[str]:
    """A line for each goal that is not met."""
    for goal in found["goals"]:
        if goal["met"]:
            continue
        field, row = goal["field"], goal["row"]
        where = "" if row is None else f"{label(table, found['rows'][row])}: "
        what = f"{form(table, field).name} {form(table, field).text(goal['figure'], goal)}"
        reason = f" ({goal['reason']})" if "reason" in goal else ""
        yield f"{engine} {table}: {where}{what}{reason}"


def label(table: str, row: dict) -> str:
    """What names a row: `MLP batch 32, SGD`."""
    names = ("nodes", *(field for field, form in COLUMNS[table].items() if form.digits is None))
    return ", ".join(
        form.text(row[field]) for field, form in COLUMNS[table].items() if field in names
    )
