"""Single calls on an engine's own tiny tensors, against the engine's own functions and peers'.

With arrays this small the time of a call is what a dispatch layer adds. All are called in the same
way, by a `partial`, and nobody's function is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

import kswitch
from kswitch.bench import peers
from kswitch.bench.timing import mean, turns
from kswitch.commands import engines

OPS = ("abs", "sum", "dot", "concatenate", "softmax")


def measure(name: str, seconds: float) -> dict:
    """Times single calls on one engine.

    Returns:
        version; rows with op, the median nanoseconds of a call of the engine's ("own"), of kswitch
        and of each peer that has it; excess (kswitch - own, in nanoseconds); best, the quickest
        peer, and over_best (kswitch / that); figures: mean, the geometric mean of kswitch / own;
        own_function, that of the engine for a compiled function of one op, and function, what a
        K.function takes more, in microseconds; absent: why a peer, or a function of it, is not
        compared.
    """
    K = kswitch.load_backend(name)
    x, y = (K._functions.adapter.asarray(a, "float32") for a in _arrays())
    own = OWN[name](x, y)
    ours: dict[str, Callable] = {
        "abs": partial(K.abs, x),
        "sum": partial(K.sum, x, 1),
        "dot": partial(K.dot, x, y),
        "concatenate": partial(K.concatenate, [x, x]),
        "softmax": partial(K.softmax, x),
    }
    others, absent = peers.find(name, x, y, own)
    rows = []
    for op in OPS:
        got, expected = np.asarray(ours[op]()), np.asarray(own[op]())
        np.testing.assert_allclose(got, expected, 1e-5, err_msg=op)
        rivals: dict[str, Callable] = {"own": own[op], "kswitch": ours[op]}
        rivals["forwarding"] = _forwarding(own[op])
        rivals |= {who: calls[op] for who, calls in others.items() if op in calls}
        rows.append(_row(op, {who: 1000 * t for who, t in turns(rivals, seconds).items()}))
    figures = {"mean": mean([row["kswitch"] / row["own"] for row in rows])}
    figures |= _function(K, name, seconds)
    return {"version": engines.version(name), "rows": rows, "figures": figures, "absent": absent}


def _row(op: str, times: Mapping[str, float]) -> dict:
    row: dict[str, Any] = {"op": op, **times, "excess": times["kswitch"] - times["own"]}
    row["excess_limit"] = row.pop("forwarding") - times["own"]
    others = {who: times[who] for who in times if who not in ("own", "kswitch", "forwarding")}
    if others:
        row["best"] = min(others, key=lambda who: others[who])
        row["over_best"] = times["kswitch"] / others[row["best"]]
    return row


def _forwarding(call: partial) -> partial:
    """A call of a Python function that does nothing but make that call."""
    function = call.func
    if len(call.args) == 1:
        return partial(lambda x: function(x), *call.args)
    return partial(lambda x, y: function(x, y), *call.args)


def _arrays() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((2, 3), dtype="float32"), random.random((3, 2), dtype="float32")


def _function(K: Any, name: str, seconds: float) -> dict[str, float]:
    """A compiled function of one op, called with a NumPy array for a NumPy array."""
    x, _ = _arrays()
    tensor = K.placeholder((2, 3))
    function = K.function([tensor], [tensor + 1.0])
    times = turns({"own": COMPILED[name](x), "kswitch": lambda: function([x])[0]}, seconds)
    return {"own_function": times["own"], "function": times["kswitch"] - times["own"]}


# The engines' own functions


def _numpy(x, y):
    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return {
        "abs": partial(np.abs, x),
        "sum": partial(np.sum, x, 1),
        "dot": partial(np.dot, x, y),
        "concatenate": partial(np.concatenate, [x, x], -1),
        "softmax": partial(softmax, x),
    }


def _torch(x, y):
    import torch

    return {
        "abs": partial(torch.abs, x),
        "sum": partial(torch.sum, x, 1),
        "dot": partial(torch.matmul, x, y),
        "concatenate": partial(torch.cat, [x, x], -1),
        "softmax": partial(torch.softmax, x, -1),
    }


def _jax(x, y):
    import jax
    import jax.numpy as jnp

    return {
        "abs": partial(jnp.abs, x),
        "sum": partial(jnp.sum, x, 1),
        "dot": partial(jnp.dot, x, y),
        "concatenate": partial(jnp.concatenate, [x, x], -1),
        "softmax": partial(jax.nn.softmax, x),
    }


def _tensorflow(x, y):
    import tensorflow as tf

    return {
        "abs": partial(tf.abs, x),
        "sum": partial(tf.reduce_sum, x, 1),
        "dot": partial(tf.matmul, x, y),
        "concatenate": partial(tf.concat, [x, x], -1),
        "softmax": partial(tf.nn.softmax, x),
    }


OWN = {"numpy": _numpy, "torch": _torch, "jax": _jax, "tensorflow": _tensorflow}


def _numpy_function(x):
    return lambda: x + np.float32(1)


def _torch_function(x):
    import torch

    @torch.no_grad
    def run():
        return (torch.from_numpy(x) + 1.0).numpy()

    return run


def _jax_function(x):
    import jax

    function = jax.jit(lambda x: x + 1.0)
    return lambda: np.asarray(function(x))


def _tensorflow_function(x):
    import tensorflow as tf

    function = tf.function(lambda x: x + 1.0, [tf.TensorSpec(x.shape, tf.float32)])
    return lambda: function(x).numpy()


COMPILED = {
    "numpy": _numpy_function,
    "torch": _torch_function,
    "jax": _jax_function,
    "tensorflow": _tensorflow_function,
}
