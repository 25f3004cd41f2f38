"""Training with Keras 3 on the same engine: `train_on_batch` and `fit`, as they are by default.

`train_on_batch` takes turns with a step through K and one by hand, `fit` with loops of these over
shuffled batches. The steps by hand tell how much quicker than Keras code for the engine gets.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from kswitch.bench import models, steps
from kswitch.bench.timing import turns
from kswitch.commands import engines

TRAINS = ("tensorflow", "torch", "jax")
EPOCHS = 2
EPOCH = 0.1  # seconds that Keras's steps of an epoch take, about: fit adds less at its beginning
FEWEST, MOST = 5, 200  # steps of an epoch
CALLS = 3  # of fit, at least


def measure(name: str, titles: Sequence[str], seconds: float) -> dict:
    """Times models on one engine; takes `seconds` for each comparison.

    Returns:
        version; rows with model, optimizer, batch, the median microseconds a step by_hand, through
        kswitch, train_on_batch, loop_by_hand and loop (of kswitch, over shuffled batches) and fit;
        over_batch (kswitch / train_on_batch), over_fit (loop / fit), and the two for steps by hand,
        over_batch_limit and over_fit_limit; keras, its version; absent: why there are no rows.
    """
    if why := missing(name):
        return {"version": None, "rows": [], "figures": {}, "absent": {"Keras 3": why}}
    rows = [
        rivals(name, title, optimizer, seconds)
        for title in titles
        for optimizer in models.OPTIMIZERS
    ]
    import keras

    return {
        "version": engines.version(name),
        "keras": keras.__version__,
        "rows": rows,
        "figures": {},
        "absent": {},
    }


def missing(name: str) -> str:
    """Why Keras 3 cannot train on an engine here; "" if it can."""
    if name not in TRAINS:
        return f"does not train on {name}"
    if importlib.util.find_spec("keras") is None:
        return "not installed"
    import keras

    if keras.__version__.startswith("2."):
        return f"Keras {keras.__version__} is installed"
    return ""


def rivals(name: str, title: str, optimizer: str, seconds: float) -> dict:
    """A model in all ways."""
    model = models.MODELS[title]
    weights, x, t = models.data(model)
    network = build(title, optimizer, weights)
    each: dict[str, steps.Step] = {
        "by_hand": steps.by_hand(name, title, optimizer, weights),
        "kswitch": models.build(steps.namespace(name), model, optimizer, weights),
        "train_on_batch": lambda x, t: float(network.train_on_batch(x, t)),
    }
    steps.same_losses(each, x, t, f"{name}: the losses of {title} with {optimizer}")
    times = turns({who: partial(step, x, t) for who, step in each.items()}, seconds)
    batches = int(min(MOST, max(FEWEST, EPOCH / (1e-6 * times["train_on_batch"]))))
    xs, ts = np.concatenate([x] * batches), np.concatenate([t] * batches)
    epochs = turns(
        {
            "loop_by_hand": partial(loop, each["by_hand"], xs, ts, model.batch),
            "loop": partial(loop, each["kswitch"], xs, ts, model.batch),
            "fit": partial(network.fit, xs, ts, model.batch, EPOCHS, verbose=0),
        },
        seconds,
        CALLS,
    )
    times |= {who: time / (EPOCHS * batches) for who, time in epochs.items()}
    return {
        "model": title,
        "optimizer": optimizer,
        "batch": model.batch,
        **times,
        "over_batch": times["kswitch"] / times["train_on_batch"],
        "over_fit": times["loop"] / times["fit"],
        "over_batch_limit": times["by_hand"] / times["train_on_batch"],
        "over_fit_limit": times["loop_by_hand"] / times["fit"],
    }


def loop(step: steps.Step, xs: np.ndarray, ts: np.ndarray, batch: int) -> None:
    """What fit does: all batches, in another order each time."""
    for _ in range(EPOCHS):
        order = np.random.permutation(len(xs))
        for begin in range(0, len(xs), batch):
            rows = order[begin : begin + batch]
            step(xs[rows], ts[rows])


def build(title: str, optimizer: str, weights: list[np.ndarray]) -> Any:
    """The model as users of Keras write it; compile() has its default settings."""
    import keras

    layers = keras.layers
    hidden = {
        "logistic regression": [],
        "MLP": [layers.Dense(models.HIDDEN, "relu")],
        "CNN": [
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ],
        "LSTM": [layers.LSTM(models.UNITS)],
    }
    shape = models.MODELS[title].shape
    network = keras.Sequential(
        [keras.Input(shape), *hidden[models.kind(title)], layers.Dense(models.CLASSES)]
    )
    network.set_weights(weights)
    if optimizer == "SGD":
        update = keras.optimizers.SGD(models.RATE, models.MOMENTUM)
    else:
        adam = models.ADAM
        update = keras.optimizers.Adam(
            adam["rate"], adam["beta_1"], adam["beta_2"], adam["epsilon"]
        )
    network.compile(update, keras.losses.CategoricalCrossentropy(from_logits=True))
    return network
