"""Lets a training step through K and one by hand take turns, and compares their times."""

from __future__ import annotations

import importlib
import math

import kswitch
from kswitch.bench import models
from kswitch.bench.timing import turns
from kswitch.commands import engines

TOLERANCE = 2e-3


def measure(name: str, titles: list[str], seconds: float) -> dict:
    """Times models on one engine.

    Args:
        name: the engine.
        titles: names of the models.
        seconds: for each model and optimizer, about.

    Returns:
        version; steps: a list with model, optimizer, by_hand and kswitch (median microseconds a
        step) and ratio (kswitch / by hand); mean: the geometric mean of the ratios.

    Raises:
        ValueError: the two do not learn the same, so that their times say nothing.
    """
    found = [
        {"model": title, "optimizer": optimizer} | pair(name, title, optimizer, seconds)
        for title in titles
        for optimizer in models.OPTIMIZERS
    ]
    mean = math.exp(sum(math.log(step["ratio"]) for step in found) / len(found))
    return {"version": engines.version(name), "steps": found, "mean": mean}


def pair(name: str, title: str, optimizer: str, seconds: float) -> dict:
    """Both steps of one model."""
    model = models.MODELS[title]
    weights, x, t = models.data(model)
    K = kswitch.load_backend(name)
    K.clear_session()
    by_hand = importlib.import_module(f"kswitch.bench.by_hand.{name}_steps").build(
        models.kind(title), optimizer, weights
    )
    ours = models.build(K, model, optimizer, weights)
    for _ in range(10):
        expected, got = by_hand(x, t), ours(x, t)
        if abs(got - expected) > TOLERANCE * expected + 1e-4:
            raise ValueError(
                f"{name}: the losses of {title} with {optimizer} differ, {expected} and {got}."
            )
    times = turns({"by_hand": lambda: by_hand(x, t), "kswitch": lambda: ours(x, t)}, seconds)
    return {**times, "ratio": times["kswitch"] / times["by_hand"]}
