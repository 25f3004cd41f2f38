"""Single calls on an engine's own tiny tensors, against the engine's own functions and peers'.

With arrays this small the time of a call is what a dispatch layer adds. Peers take part where they
are installed: autoray, array-api-compat, TensorLy, Keras 3.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

import kswitch
from kswitch.bench.timing import turns
from kswitch.commands import engines

OPS = ("abs", "sum", "dot", "concatenate", "softmax")
PEERS = {
    "autoray": "autoray",
    "array-api-compat": "array_api_compat",
    "TensorLy": "tensorly",
    "keras.ops": "keras",
}


def measure(name: str, seconds: float) -> dict:
    """Times single calls on one engine.

    Returns:
        version, and calls: a list with op and, for the engine ("own"), kswitch and each peer that
        has it, the median nanoseconds of a call; call: the median nanoseconds of a K.function of
        one op and of the engine's own compiled function.
    """
    K = kswitch.load_backend(name)
    x, y = (K._functions.adapter.asarray(a, "float32") for a in _arrays())
    own = OWN[name](x, y)
    ours: dict[str, Callable] = {
        "abs": lambda: K.abs(x),
        "sum": lambda: K.sum(x, 1),
        "dot": lambda: K.dot(x, y),
        "concatenate": lambda: K.concatenate([x, x]),
        "softmax": lambda: K.softmax(x),
    }
    peers = {peer: found for peer in PEERS if (found := _peer(peer, name, x, y))}
    calls = []
    for op in OPS:
        rivals = {"own": own[op], "kswitch": ours[op]}
        rivals |= {peer: found[op] for peer, found in peers.items() if op in found}
        expected = np.asarray(own[op]())
        for who, call in rivals.items():
            np.testing.assert_allclose(np.asarray(call()), expected, 1e-5, err_msg=f"{op} of {who}")
        calls.append({"op": op} | {who: 1000 * t for who, t in turns(rivals, seconds).items()})
    return {"version": engines.version(name), "calls": calls, "call": _function(K, name, seconds)}


def _arrays() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((2, 3), dtype="float32"), random.random((3, 2), dtype="float32")


def _function(K: Any, name: str, seconds: float) -> dict:
    """A compiled function of one op, called with a NumPy array for a NumPy array."""
    x, _ = _arrays()
    tensor = K.placeholder((2, 3))
    function = K.function([tensor], [tensor + 1.0])
    rivals = {"own": COMPILED[name](x), "kswitch": lambda: function([x])[0]}
    return {who: 1000 * t for who, t in turns(rivals, seconds).items()}


# The engines' own functions


def _numpy(x, y):
    def softmax():
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return {
        "abs": lambda: np.abs(x),
        "sum": lambda: np.sum(x, axis=1),
        "dot": lambda: np.dot(x, y),
        "concatenate": lambda: np.concatenate([x, x], -1),
        "softmax": softmax,
    }


def _torch(x, y):
    import torch

    return {
        "abs": lambda: torch.abs(x),
        "sum": lambda: torch.sum(x, 1),
        "dot": lambda: torch.matmul(x, y),
        "concatenate": lambda: torch.cat([x, x], -1),
        "softmax": lambda: torch.softmax(x, -1),
    }


def _jax(x, y):
    import jax
    import jax.numpy as jnp

    return {
        "abs": lambda: jnp.abs(x),
        "sum": lambda: jnp.sum(x, axis=1),
        "dot": lambda: jnp.dot(x, y),
        "concatenate": lambda: jnp.concatenate([x, x], -1),
        "softmax": lambda: jax.nn.softmax(x),
    }


def _tensorflow(x, y):
    import tensorflow as tf

    return {
        "abs": lambda: tf.abs(x),
        "sum": lambda: tf.reduce_sum(x, 1),
        "dot": lambda: tf.matmul(x, y),
        "concatenate": lambda: tf.concat([x, x], -1),
        "softmax": lambda: tf.nn.softmax(x),
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

# Peers


def _peer(peer: str, name: str, x: Any, y: Any) -> dict[str, Callable]:
    """The calls of a peer on this engine's tensors; none where it, or its adapter, is missing."""
    if importlib.util.find_spec(PEERS[peer]) is None:
        return {}
    return RIVALS[peer](name, x, y)


def _autoray(name, x, y):
    import autoray

    do = autoray.do
    calls = {
        "abs": lambda: do("abs", x),
        "sum": lambda: do("sum", x, axis=1),
        "dot": lambda: do("matmul", x, y),
        "concatenate": lambda: do("concatenate", [x, x], axis=-1),
    }
    return _that_work(calls)


def _compat(name, x, y):
    import array_api_compat

    if name == "tensorflow":
        return {}
    xp = array_api_compat.array_namespace(x)
    calls = {
        "abs": lambda: xp.abs(x),
        "sum": lambda: xp.sum(x, axis=1),
        "dot": lambda: xp.matmul(x, y),
        "concatenate": lambda: xp.concat([x, x], axis=-1),
    }
    return _that_work(calls)


def _tensorly(name, x, y):
    import tensorly as tl

    tl.set_backend({"torch": "pytorch"}.get(name, name))
    calls = {
        "abs": lambda: tl.abs(x),
        "sum": lambda: tl.sum(x, axis=1),
        "dot": lambda: tl.dot(x, y),
        "concatenate": lambda: tl.concatenate([x, x], axis=-1),
    }
    return _that_work(calls)


def _keras(name, x, y):
    import keras

    if keras.backend.backend() != name:
        return {}
    ops = keras.ops
    calls = {
        "abs": lambda: ops.abs(x),
        "sum": lambda: ops.sum(x, 1),
        "dot": lambda: ops.matmul(x, y),
        "concatenate": lambda: ops.concatenate([x, x], -1),
        "softmax": lambda: ops.softmax(x),
    }
    return _that_work(calls)


RIVALS = {
    "autoray": _autoray,
    "array-api-compat": _compat,
    "TensorLy": _tensorly,
    "keras.ops": _keras,
}


def _that_work(calls):
    """Those that do not raise: not every peer has every op on every engine."""
    found = {}
    for op, call in calls.items():
        try:
            call()
        except Exception:
            continue
        found[op] = call
    return found
