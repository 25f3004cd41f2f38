"""Lets a training step through K and one by hand take turns, and compares their times."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import kswitch
from kswitch.bench import models
from kswitch.bench.timing import mean, turns
from kswitch.commands import engines

TOLERANCE = 2e-3

Step = Callable[[np.ndarray, np.ndarray], float]


def measure(name: str, titles: Sequence[str], seconds: float) -> dict:
    """Times models on one engine.

    Args:
        name: the engine.
        titles: names of the models.
        seconds: for each model and optimizer, about.

    Returns:
        version; rows with model, optimizer, batch, by_hand and kswitch (median microseconds a step)
        and ratio (kswitch / by hand), and the same for a layer of the engine's own, such as
        nn.LSTM; figures: mean, the geometric mean of the ratios, if these
        are all the models.

    Raises:
        ValueError: the two do not learn the same, so that their times say nothing.
    """
    rows = [
        pair(name, title, optimizer, seconds) for title in titles for optimizer in models.OPTIMIZERS
    ]
    everything = set(titles) == set(models.MODELS)
    figures = {"mean": mean([row["ratio"] for row in rows])} if everything else {}
    return {"version": engines.version(name), "rows": rows, "figures": figures}


def pair(name: str, title: str, optimizer: str, seconds: float) -> dict:
    """Both steps of one model."""
    model = models.MODELS[title]
    weights, x, t = models.data(model)
    rivals = {
        "by_hand": by_hand(name, title, optimizer, weights),
        "kswitch": models.build(namespace(name), model, optimizer, weights),
    }
    others = getattr(module(name), "OTHERS", {}).get(models.kind(title), {})
    rivals |= {who: make(optimizer, weights) for who, make in others.items()}
    same_losses(rivals, x, t, f"{name}: the losses of {title} with {optimizer}")
    times = turns({who: partial(step, x, t) for who, step in rivals.items()}, seconds)
    return {
        "model": title,
        "optimizer": optimizer,
        "batch": model.batch,
        **times,
        "ratio": times["kswitch"] / times["by_hand"],
        **{f"over {who}": times["kswitch"] / times[who] for who in others},
    }


def namespace(name: str) -> Any:
    """K of an engine, without anything from the last model."""
    K = kswitch.load_backend(name)
    K.clear_session()
    return K


def by_hand(name: str, title: str, optimizer: str, weights: list, **options: object) -> Step:
    return module(name).build(models.kind(title), optimizer, weights, **options)


def module(name: str) -> Any:
    """The module of the steps by hand for an engine."""
    return importlib.import_module(f"kswitch.bench.by_hand.{name}_steps")


def same_losses(rivals: dict[str, Step], x: np.ndarray, t: np.ndarray, what: str) -> None:
    """Takes ten steps with each.

    Raises:
        ValueError: the losses of one are not those of the first.
    """
    first, *others = rivals
    for _ in range(10):
        losses = {who: step(x, t) for who, step in rivals.items()}
        expected = losses[first]
        for who in others:
            if abs(losses[who] - expected) > TOLERANCE * abs(expected) + 1e-4:
                raise ValueError(f"{what} differ, {first}: {expected}, {who}: {losses[who]}.")
