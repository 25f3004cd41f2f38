"""How good each figure of `kswitch bench` is to be, in one place; and whether it is.

For all figures less is better, so a goal is the most that one may be. Where one cannot be reached,
`REASONS` says what stands in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kswitch.bench import tables

ENGINES = ("numpy", "tensorflow", "torch", "jax")


@dataclass(frozen=True)
class Goal:
    """The most that figures of a name may be.

    Attributes:
        table: whose figures.
        field: the name; of a figure of the table, or of one in each row.
        most: the figure to reach.
        engines: where it is one.
        rows: the rows that it is for; None for a figure of the table.
    """

    table: str
    field: str
    most: float
    engines: tuple[str, ...] = ENGINES
    rows: Callable[[dict], bool] | None = None


def every(row: dict) -> bool:
    return True


def small(row: dict) -> bool:
    return row["batch"] <= 32


def large(row: dict) -> bool:
    return not small(row)


def lstm(row: dict) -> bool:
    return row["model"] == "LSTM"


def other(row: dict) -> bool:
    return not lstm(row)


GOALS = (
    # against code by hand: on the whole, and no model much slower
    Goal("steps", "mean", 1.00, ("numpy",)),
    Goal("steps", "mean", 0.50, ("tensorflow",)),
    Goal("steps", "mean", 0.85, ("torch",)),
    Goal("steps", "mean", 0.97, ("jax",)),
    Goal("steps", "ratio", 1.10, ("numpy", "tensorflow", "jax"), every),
    Goal("steps", "ratio", 1.10, ("torch",), other),
    Goal("steps", "ratio", 1.00, ("torch",), lstm),
    # against Keras 3: three times as fast, two times, never slower
    *(
        goal
        for field in ("over_batch", "over_fit")
        for goal in (
            Goal("keras3", field, 1 / 3, ("tensorflow", "torch"), small),
            Goal("keras3", field, 1 / 2, ("jax",), small),
            Goal("keras3", field, 1.00, ("tensorflow", "torch", "jax"), large),
        )
    ),
    # through the engine's compiler: a step, and the first one
    Goal("jit", "ratio", 1.00, ("tensorflow", "torch"), every),
    Goal("jit", "first_ratio", 1.00, ("tensorflow", "torch"), every),
    # single calls: nanoseconds over the engine's own, and no peer is quicker
    Goal("calls", "excess", 60, rows=every),
    Goal("calls", "over_best", 1.00, rows=every),
    Goal("calls", "mean", 0.80, ("tensorflow", "jax")),
    Goal("calls", "function", 3),  # microseconds
    # a node: microseconds, microseconds, bytes; then an exponent, seconds, and operand and result
    Goal("graphs", "build", 3, rows=every),
    Goal("graphs", "compile", 50, rows=every),
    Goal("graphs", "memory", 5000, rows=every),
    Goal("graphs", "exponent", 1.10),
    Goal("graphs", "first", 1, ("numpy", "torch")),
    Goal("graphs", "first", 5, ("tensorflow", "jax")),
    Goal("graphs", "peak", 1.20),
    Goal("imports", "package", 0.30),
    Goal("imports", "K", 1.05, ("tensorflow", "torch", "jax")),
    Goal("imports", "K", 1.20, ("numpy",)),
)


@dataclass(frozen=True)
class Reason:
    """Why a goal cannot be reached.

    Attributes:
        table, field: the goal's.
        text: the reason.
        engines: where it holds.
        rows: the rows for which it holds.
    """

    table: str
    field: str
    text: str
    engines: tuple[str, ...] = ENGINES
    rows: Callable[[dict], bool] = every


def of(*names: str) -> Callable[[dict], bool]:
    """The rows of these models, ops or kinds of graph."""
    return lambda row: any(row.get(field) in names for field in ("model", "op", "kind"))


REASONS = (
    Reason(
        "steps",
        "ratio",
        "the call of a K.function takes 4 to 5 µs, and its crossentropy cannot rely on targets "
        "that sum to 1, as p - t by hand does",
        ("numpy",),
        of("logistic regression"),
    ),
    Reason("steps", "ratio", "4 to 5 µs are the call itself", ("numpy",), of("MLP batch 1")),
    Reason(
        "keras3",
        "over_fit",
        "fit leaves the results of its steps on the device, a K.function gives each as an array",
        ("jax",),
    ),
    Reason(
        "keras3", "over_batch", "most of such a step are the engine's kernels, which are the same"
    ),
    Reason(
        "jit",
        "ratio",
        "PyTorch's fused kernels for the updates are calls of their own after the compiled program",
        ("torch",),
    ),
    Reason("jit", "first_ratio", "compile times vary by a tenth between runs"),
    Reason(
        "calls",
        "excess",
        "to tell native tensors from symbolic ones takes 20 to 45 ns for each, also in a list",
        ("numpy", "torch", "jax"),
    ),
    Reason(
        "calls",
        "excess",
        "PyTorch takes 50 to 85 ns to say what rank or dtype a tensor has",
        ("torch",),
        of("dot", "sum"),
    ),
    Reason(
        "calls",
        "excess",
        "it looks for the way that suits the size: for 512 rows of 10 it takes a third of the time",
        ("numpy",),
        of("softmax"),
    ),
    Reason("calls", "over_best", "the peer calls jnp.matmul as it is", ("jax",), of("dot")),
    Reason(
        "calls",
        "function",
        "state is gathered and stored in 2 µs, what is fed compared with the last in 1, and the "
        "result is a copy that may be written to",
        ("jax",),
    ),
    Reason(
        "graphs",
        "build",
        "Python's collector goes over large graphs now and then, small ones bear the first calls",
        rows=of("chain"),
    ),
    Reason(
        "graphs",
        "build",
        "a tanh takes 2 µs; an operator, which compares shapes and dtypes, 3.5; a sum of axes 4",
        rows=of("wide"),
    ),
    Reason("graphs", "compile", "about half is Python's compile() of 3.5 lines a node"),
    Reason(
        "imports",
        "K",
        "its modules take 15 to 20 ms, the 167 functions made of declarations 9",
        ("numpy",),
    ),
)


def judged(table: str, engine: str, found: dict) -> list[dict]:
    """What the goals say of a table's result.

    Returns:
        For each figure with a goal: field; row, its number, or None; figure, most, and met; reason,
        if one is known for a goal that is not met.
    """
    return list(_judged(table, engine, found))


def _judged(table: str, engine: str, found: dict) -> Iterator[dict]:
    for goal in GOALS:
        if goal.table != table or engine not in goal.engines:
            continue
        rows: Iterable[tuple[int | None, dict]] = [(None, found["figures"])]
        if goal.rows is not None:
            rows = [(i, row) for i, row in enumerate(found["rows"]) if goal.rows(row)]
        for i, row in rows:
            if goal.field not in row:
                continue
            figure = row[goal.field]
            form = tables.form(table, goal.field)  # what is printed like its goal meets it
            met = form.rounded(figure) <= form.rounded(goal.most)
            verdict = {"field": goal.field, "row": i, "figure": figure, "most": goal.most}
            reason = "" if met else _reason(goal, engine, row)
            yield verdict | {"met": met} | ({"reason": reason} if reason else {})


def _reason(goal: Goal, engine: str, row: dict) -> str:
    found = []
    limit = row.get(f"{goal.field}_limit", 0)
    if limit > goal.most:
        form = tables.form(goal.table, f"{goal.field}_limit")
        found.append(f"{form.name}: {form.text(limit)}")
    for reason in REASONS:
        if (reason.table, reason.field) == (goal.table, goal.field) and engine in reason.engines:
            if reason.rows(row):
                found.append(reason.text)
    return "; ".join(found)


def far(verdict: dict, tolerance: float) -> bool:
    """Whether a figure is over its goal by more than a part of it."""
    return not verdict["met"] and verdict["figure"] > verdict["most"] * (1 + tolerance)


def better(first: list[dict], second: list[dict]) -> list[dict]:
    """Of two measurements the better figure for each goal."""
    return [min(pair, key=lambda verdict: verdict["figure"]) for pair in zip(first, second)]
