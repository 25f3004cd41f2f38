"""The ratios of training steps as a picture: a row for each model, a mark for each engine.

A full mark is SGD, a hollow one Adam; left of the line at 1 kswitch is the quicker one.
"""

from __future__ import annotations

import io

from kswitch.bench import MODELS, results

MARKS = {
    "numpy": ("o", "#4d77cf"),
    "tensorflow": ("s", "#e67e00"),
    "torch": ("^", "#d0342c"),
    "jax": ("D", "#2a8f63"),
}
PANELS = (
    ("steps", "ratio", "over a step by hand"),
    ("keras3", "over_batch", "over train_on_batch of Keras 3"),
)
# Text stays text, and two runs on the same figures give the same file.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "kswitch", "font.size": 9}


def svg(found: results.Results) -> str:
    """The picture, as SVG; panels without figures are left out.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: there is nothing to draw.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    panels = [panel for panel in PANELS if _rows(found, panel[0])]
    if not panels:
        raise ValueError("there are no ratios of training steps to draw.")
    with rc_context(SETTINGS):
        figure = Figure(figsize=(4.6 * len(panels) + 0.9, 3.4), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for ax, (table, field, title) in zip(axes, panels):
            _panel(ax, found, table, field)
            ax.set_title(f"time of a training step {title}", fontsize=9)
        _legend(figure, axes[0], found)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def _rows(found: results.Results, table: str) -> list[tuple[str, dict]]:
    return [
        (engine, row)
        for engine, name, result in results.measured(found)
        if name == table
        for row in result["rows"]
    ]


def _panel(ax, found, table, field):
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for engine, row in _rows(found, table):
        mark, color = MARKS[engine]
        offset = 0.18 * (list(MARKS).index(engine) - 1.5)
        hollow = row["optimizer"] == "Adam"
        face = "none" if hollow else color
        ax.plot(row[field], MODELS.index(row["model"]) + offset, mark, color=color, mfc=face, ms=5)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.axvline(1, color="black", lw=1)
    ax.set_yticks(range(len(MODELS)), MODELS)
    ax.set_ylim(len(MODELS) - 0.5, -0.5)
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)
    for n in range(1, len(MODELS)):
        ax.axhline(n - 0.5, color="#eeeeee", lw=0.6)


def _legend(figure, ax, found):
    marks = [
        ax.plot([], [], mark, color=color, label=engine)[0]
        for engine, (mark, color) in MARKS.items()
        if engine in found
    ]
    marks += [
        ax.plot([], [], "o", color="gray", mfc=face, label=name)[0]
        for name, face in (("SGD", "gray"), ("Adam", "none"))
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), frameon=False)
