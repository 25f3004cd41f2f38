"""Train a classifier of handwritten digits.

It is a perceptron with one hidden layer, written with the functions of K alone, on the configured
backend: it learns from 1,541 real digits and is tested on 256 others. With --all it runs once on
every engine that is installed, each in a process of its own, from the same weights and batches.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from kswitch.commands import CommandError, children, engines
from kswitch.commands.options import at_most, natural, positive

RATE = 0.1
MOMENTUM = 0.9
AGREEMENT = 1e-4  # relative difference of final losses, in float32, after a thousand steps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--backend",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="numpy, tensorflow, torch, jax or my_package.my_module (default: the configured one)",
    )
    where.add_argument("--all", action="store_true", help="every installed engine, one table")
    parser.add_argument("--epochs", type=positive, default=20, help="passes over the digits")
    parser.add_argument("--batch-size", type=at_most(1541), default=32, help="digits per step")
    parser.add_argument("--hidden", type=positive, default=64, help="units of the hidden layer")
    parser.add_argument("--seed", type=natural, default=0, help="of initial weights and batches")
    parser.add_argument("--json", action="store_true", help="print the result as JSON only")


def run(options: argparse.Namespace) -> int:
    settings = {
        "epochs": options.epochs,
        "batch_size": options.batch_size,
        "hidden": options.hidden,
        "seed": options.seed,
    }
    if options.all:
        return run_all(settings, options.json)
    return run_one(getattr(options, "backend", None), settings, options.json)


# --- one engine -------------------------------------------------------------------------------


def run_one(name: str | None, settings: dict[str, Any], as_json: bool) -> int:
    from kswitch.commands import show

    children.set_defaults({**children.ONE_THREAD, **children.QUIET})
    K = engines.load(name)
    if as_json:
        print(json.dumps(train(K, **settings), indent=2))
        return 0
    with show.progress(settings["epochs"], "loss") as report:
        result = train(K, **settings, report=report)
    show.print_facts(
        {
            "backend": f"{result['backend']} {result['version'] or ''}",
            "test accuracy": f"{result['accuracy']:.4f}",
            "time per step": f"{result['milliseconds_per_step']:.3f} ms (median)",
            "final loss": f"{result['loss']:.6f}",
        }
    )
    return 0


def measure(name: str, settings: dict[str, Any]) -> dict:
    """Trains on one engine; runs in a child."""
    return train(engines.load(name), **settings)


# --- the classic idiom ------------------------------------------------------------------------


def model(K: Any, weights: list) -> tuple[Callable, Callable]:
    """A training step and an evaluation, both from [images, targets].

    The activation is tanh: at the corner of relu, rounding decides which way a gradient goes, and
    engines that sum in another order then part for good.

    Returns:
        step: updates the weights; returns [loss].
        evaluate: returns [loss, accuracy].
    """
    x = K.placeholder((None, 64))
    t = K.placeholder((None, 10))
    w1, b1, w2, b2 = parameters = [K.variable(w) for w in weights]

    h = K.tanh(K.dot(x, w1) + b1)
    y = K.softmax(K.dot(h, w2) + b2)
    loss = K.mean(K.categorical_crossentropy(t, y))
    hits = K.equal(K.argmax(t, axis=-1), K.argmax(y, axis=-1))
    accuracy = K.mean(K.cast(hits, K.floatx()))

    updates = []
    for w, g in zip(parameters, K.gradients(loss, parameters), strict=True):
        velocity = K.zeros(K.int_shape(w))
        change = MOMENTUM * velocity - RATE * g
        updates += [K.update(velocity, change), K.update_add(w, change)]
    return K.function([x, t], [loss], updates=updates), K.function([x, t], [loss, accuracy])


def train(
    K: Any,
    epochs: int,
    batch_size: int,
    hidden: int,
    seed: int,
    report: Callable[[int, float], None] | None = None,
) -> dict:
    """Trains on the digits and says how it went; the same numbers on every engine.

    Args:
        report: called after each epoch with (epochs done, mean loss of the epoch).

    Returns:
        backend, version, the settings, loss (over all training digits), accuracy (over the test
        digits, 0 to 1), milliseconds_per_step (median), steps.
    """
    import numpy as np

    from kswitch.data import load_digits

    (train_images, train_labels), (test_images, test_labels) = load_digits()
    images, targets = as_inputs(train_images), one_hot(train_labels)
    random = np.random.default_rng(seed)
    weights = [
        random.standard_normal((64, hidden)) / 8,
        np.zeros(hidden),
        random.standard_normal((hidden, 10)) / hidden**0.5,
        np.zeros(10),
    ]
    step, evaluate = model(K, weights)

    seconds = []
    for epoch in range(epochs):
        order = random.permutation(len(images))
        losses = []
        for start in range(0, len(order) - batch_size + 1, batch_size):
            batch = order[start : start + batch_size]
            inputs = [images[batch], targets[batch]]
            begin = time.perf_counter()
            losses.append(float(step(inputs)[0]))
            seconds.append(time.perf_counter() - begin)
        if report is not None:
            report(epoch + 1, sum(losses) / len(losses))

    loss = float(evaluate([images, targets])[0])
    accuracy = float(evaluate([as_inputs(test_images), one_hot(test_labels)])[1])
    return {
        "backend": K.backend(),
        "version": engines.version(K.backend()),
        "epochs": epochs,
        "batch_size": batch_size,
        "hidden": hidden,
        "seed": seed,
        "steps": len(seconds),
        "loss": loss,
        "accuracy": accuracy,
        "milliseconds_per_step": 1000 * median(seconds),
    }


def as_inputs(images: Any) -> Any:
    """(n, 8, 8) counts of ink from 0 to 16 as (n, 64) float32 from 0 to 1."""
    return images.reshape(-1, 64).astype("float32") / 16


def one_hot(labels: Any) -> Any:
    """(n,) digits as (n, 10) float32."""
    import numpy as np

    return np.eye(10, dtype="float32")[labels]


# --- every engine -----------------------------------------------------------------------------


def run_all(settings: dict[str, Any], as_json: bool) -> int:
    from kswitch.commands import show

    results: dict[str, dict] = {}
    for name in engines.installed():
        with show.working(f"training on {name}", quiet=as_json):
            try:
                results[name] = children.result(
                    children.start("kswitch.commands.demo:measure", name=name, settings=settings)
                )
            except CommandError as error:
                results[name] = {"backend": name, "error": str(error)}
    good = {name: result for name, result in results.items() if "error" not in result}
    difference, verdict = compare({name: result["loss"] for name, result in good.items()})
    if as_json:
        print(json.dumps({"runs": results, "largest_difference": difference}, indent=2))
    else:
        show.print_table(
            ["engine", "version", "final loss", "accuracy", "ms per step"],
            [row(name, result) for name, result in results.items()],
        )
        show.print_failures(results)
        print(verdict)
    return 0 if len(good) == len(results) and difference <= AGREEMENT else 1


def row(name: str, result: dict) -> list[str]:
    if "error" in result:
        return [name, "", "failed", "", ""]
    return [
        name,
        result["version"],
        f"{result['loss']:.8f}",
        f"{result['accuracy']:.4f}",
        f"{result['milliseconds_per_step']:.3f}",
    ]


def compare(losses: dict[str, float]) -> tuple[float, str]:
    """The largest relative difference between any two losses, and a sentence about it."""
    if len(losses) < 2:
        return 0.0, f"{len(losses)} engine trained: nothing to compare."
    low, high = min(losses, key=losses.__getitem__), max(losses, key=losses.__getitem__)
    difference = (losses[high] - losses[low]) / losses[high]
    if difference <= AGREEMENT:
        return difference, (
            f"The final losses agree to {AGREEMENT:.0e} relative: "
            f"they differ by {difference:.1e} at most."
        )
    return difference, (
        f"The final losses DIFFER by {difference:.1e} relative ({low} and {high}); "
        f"at most {AGREEMENT:.0e} was expected."
    )
