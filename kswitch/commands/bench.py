"""Compare a training step with hand-written code.

One step of gradient descent of a perceptron (784-256-10, batch 32, softmax cross-entropy) through
K.function, against the same step written by hand for the same engine, as an expert would: the two
take turns in one process with one thread. Printed are the medians and their ratio.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import kswitch
from kswitch.commands import CommandError, children, engines
from kswitch.commands.options import positive

INPUTS, HIDDEN, CLASSES = 784, 256, 10
BATCH = 32
RATE = 0.01
TURN = 10  # steps before the other's turn: single steps would find the caches cold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        action="append",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="numpy, tensorflow, torch or jax; may be repeated (default: all that are installed)",
    )
    parser.add_argument("--steps", type=positive, default=1000, help="steps of each of the two")
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    from kswitch.commands import show

    names = getattr(options, "engine", None) or engines.installed()
    for name in names:
        if name not in engines.DEVICES:
            raise CommandError(f"--engine {name}: expected one of {', '.join(engines.DEVICES)}.")
    results: dict[str, dict] = {}
    for name in names:
        with show.working(f"measuring {name}", quiet=options.json):
            try:
                results[name] = children.result(
                    children.start("kswitch.commands.bench:measure", name=name, steps=options.steps)
                )
            except CommandError as error:
                results[name] = {"error": str(error)}
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        show.print_table(
            ["engine", "version", "by hand", "kswitch", "ratio"],
            [row(name, result) for name, result in results.items()],
        )
        show.print_failures(results)
        print(f"Medians of {options.steps} steps, one thread.")
    return int(any("error" in result for result in results.values()))


def row(name: str, result: dict) -> list[str]:
    if "error" in result:
        return [name, "", "failed", "", ""]
    return [
        name,
        result["version"],
        f"{result['by_hand']:.1f} µs",
        f"{result['kswitch']:.1f} µs",
        f"{result['ratio']:.2f}",
    ]


# --- in the child -----------------------------------------------------------------------------


def measure(name: str, steps: int) -> dict:
    """Times both on one engine.

    Returns:
        version, by_hand and kswitch (median microseconds per step), and ratio (kswitch / by hand).

    Raises:
        ValueError: the two do not learn the same, so that their times say nothing.
    """
    import numpy as np

    random = np.random.default_rng(0)
    weights = [
        (random.standard_normal(shape) * scale).astype("float32")
        for shape, scale in (
            ((INPUTS, HIDDEN), 0.03),
            ((HIDDEN,), 0.0),
            ((HIDDEN, CLASSES), 0.06),
            ((CLASSES,), 0.0),
        )
    ]
    x = random.random((BATCH, INPUTS), dtype="float32")
    t = np.eye(CLASSES, dtype="float32")[random.integers(0, CLASSES, BATCH)]

    baseline = importlib.import_module(f"kswitch.commands.baselines.{name}_baseline")
    by_hand = baseline.build(weights, RATE)
    ours = through_K(kswitch.load_backend(name), weights)

    for _ in range(3 * TURN):
        expected, got = by_hand(x, t), ours(x, t)
        if abs(got - expected) > 1e-3 * expected:
            raise ValueError(f"{name}: the losses of the two steps differ, {expected} and {got}.")

    times: dict[str, list[float]] = {"by_hand": [], "kswitch": []}
    for _ in range(max(1, steps // TURN)):
        take_turn(by_hand, x, t, times["by_hand"])
        take_turn(ours, x, t, times["kswitch"])
    medians = {who: 1e6 * median(seconds) for who, seconds in times.items()}
    return {
        "version": engines.version(name),
        **medians,
        "ratio": medians["kswitch"] / medians["by_hand"],
    }


def take_turn(step: Callable, x: Any, t: Any, seconds: list[float]) -> None:
    for _ in range(TURN):
        begin = time.perf_counter()
        step(x, t)
        seconds.append(time.perf_counter() - begin)


def through_K(K: Any, weights: list) -> Callable[[Any, Any], float]:
    """The step in the classic idiom."""
    x = K.placeholder((None, INPUTS))
    t = K.placeholder((None, CLASSES))
    w1, b1, w2, b2 = parameters = [K.variable(w) for w in weights]
    z = K.dot(K.relu(K.dot(x, w1) + b1), w2) + b2
    loss = K.mean(K.categorical_crossentropy(t, z, from_logits=True))
    gradients = K.gradients(loss, parameters)
    updates = [K.update_sub(w, RATE * g) for w, g in zip(parameters, gradients, strict=True)]
    step = K.function([x, t], [loss], updates=updates)
    return lambda x, t: float(step([x, t])[0])
