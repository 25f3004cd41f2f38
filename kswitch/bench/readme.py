"""The results as tables of a text: ratios of steps by model and engine, then every other goal.

Of a figure that a table has in many rows, the one farthest from its goal is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from kswitch.bench import MODELS, results, tables
from kswitch.bench.goals import GOALS

PART = "bench"
OTHER = {
    ("steps", "mean"): "training step over one by hand, geometric mean",
    ("steps", "ratio"): "the largest of these ratios",
    ("keras3", "over_batch"): "training step over `train_on_batch` of Keras 3",
    ("keras3", "over_fit"): "loop over batches over `fit` of Keras 3",
    ("jit", "ratio"): "compiled step over one by hand",
    ("jit", "first_ratio"): "its first call over that by hand",
    ("calls", "excess"): "single call, more than the engine's own",
    ("calls", "over_best"): "single call over the quickest of its peers",
    ("calls", "mean"): "single calls over the engine's own, geometric mean",
    ("calls", "function"): "`K.function` of one op, more than the engine's own",
    ("graphs", "build"): "recording, a node",
    ("graphs", "compile"): "gradients and code, a node",
    ("graphs", "memory"): "memory, a node",
    ("graphs", "exponent"): "exponent of time in nodes",
    ("graphs", "first"): "first call of 10,000 nodes with gradients",
    ("graphs", "peak"): "memory of a long chain over what is live",
    ("imports", "package"): "`import kswitch` over `import numpy`",
    ("imports", "K"): "import of K on the engine over the bare engine",
}


def part(found: results.Results) -> str:
    """All the lines."""
    versions = dict.fromkeys(
        f"{engine} {result['version']}"
        for engine, _, result in results.measured(found)
        if result["version"]
    )
    keras = {r["keras"] for _, _, r in results.measured(found) if "keras" in r}
    names = [*versions, *(f"Keras {version}" for version in sorted(keras))]
    met, all_ = results.count(found)
    blocks = [
        f"Medians on {', '.join(names)}. {met} of {all_} goals are met.",
        "A training step over one by hand, with SGD / with Adam:",
        _models(found, "steps", "ratio"),
        "A training step over `train_on_batch` of Keras 3 on the same engine:",
        _models(found, "keras3", "over_batch"),
        "Each figure with its goal, `≤` if it is met; of many, the one farthest from it:",
        _goals(found),
    ]
    return "\n\n".join(blocks)


def _models(found: results.Results, table: str, field: str) -> str:
    ratios = {
        (engine, row["model"], row["optimizer"]): row[field]
        for engine, name, result in results.measured(found)
        if name == table
        for row in result["rows"]
    }
    engines = [engine for engine in found if any(engine in key for key in ratios)]
    lines = [
        [
            model,
            *(
                " / ".join(
                    f"{ratios[engine, model, optimizer]:.2f}"
                    for optimizer in ("SGD", "Adam")
                    if (engine, model, optimizer) in ratios
                )
                for engine in engines
            ),
        ]
        for model in MODELS
    ]
    return _table(["model", *engines], lines)


def _goals(found: results.Results) -> str:
    lines = []
    for table, field in dict.fromkeys((goal.table, goal.field) for goal in GOALS):
        form = tables.form(table, field)
        cells = []
        for parts in found.values():
            verdicts = [
                goal for goal in parts.get(table, {}).get("goals", []) if goal["field"] == field
            ]
            worst = max(verdicts, key=lambda goal: goal["figure"] / goal["most"], default=None)
            cells.append(form.text(worst["figure"], worst) if worst else "")
        lines.append([OTHER[table, field], *cells])
    return _table(["figure", *found], lines)


def _table(heads: list[str], lines: list[list[str]]) -> str:
    def rows() -> Iterator[list[str]]:
        yield heads
        yield ["---", *("---:" for _ in heads[1:])]
        yield from lines

    return "\n".join(f"| {' | '.join(row)} |" for row in rows())
