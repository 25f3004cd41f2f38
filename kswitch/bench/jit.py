"""Steps through the engine's optimising compiler, on both sides: time a step, and of the first.

`K.function(..., jit_compile=True)` against torch.compile and tf.function(jit_compile=True) by hand.
Elsewhere it changes nothing. No compiler may find on the disk what it has compiled before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial

from kswitch.bench import models, steps
from kswitch.bench.timing import mean, turns
from kswitch.commands import engines

COMPILES = ("tensorflow", "torch")


def measure(name: str, titles: Sequence[str], seconds: float) -> dict:
    """Times models on one engine.

    Returns:
        version; rows with model, optimizer, batch, by_hand and kswitch (median microseconds a
        step), ratio, first_by_hand and first_kswitch (seconds of the first step, the making of the
        function included) and first_ratio; figures: mean and first_mean, geometric means; absent:
        why there are no rows.
    """
    if name not in COMPILES:
        return {
            "version": None,
            "rows": [],
            "figures": {},
            "absent": {"jit_compile": f"{name} has no compiler that could be left out"},
        }
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    pair(name, "logistic regression", "SGD", 0)  # loads the compiler
    rows = [
        pair(name, title, optimizer, seconds) for title in titles for optimizer in models.OPTIMIZERS
    ]
    figures = {
        "mean": mean([row["ratio"] for row in rows]),
        "first_mean": mean([row["first_ratio"] for row in rows]),
    }
    return {"version": engines.version(name), "rows": rows, "figures": figures, "absent": {}}


def pair(name: str, title: str, optimizer: str, seconds: float) -> dict:
    """Both steps of one model."""
    model = models.MODELS[title]
    weights, x, t = models.data(model)
    K = steps.namespace(name)
    makers = {
        "by_hand": lambda: steps.by_hand(name, title, optimizer, weights, jit_compile=True),
        "kswitch": lambda: models.build(K, model, optimizer, weights, jit_compile=True),
    }
    if name == "torch":
        import torch

        torch.compiler.reset()
    rivals, first = {}, {}
    for who, make in makers.items():
        begin = time.perf_counter()
        rivals[who] = make()
        rivals[who](x, t)
        first[who] = time.perf_counter() - begin
    steps.same_losses(rivals, x, t, f"{name}: the losses of {title} with {optimizer}, compiled,")
    times = turns({who: partial(step, x, t) for who, step in rivals.items()}, seconds)
    return {
        "model": title,
        "optimizer": optimizer,
        "batch": model.batch,
        **times,
        "ratio": times["kswitch"] / times["by_hand"],
        **{f"first_{who}": seconds for who, seconds in first.items()},
        "first_ratio": first["kswitch"] / first["by_hand"],
    }
