"""Libraries that call engines by one name, as kswitch does, and their calls for `calls`.

A peer takes part where it is installed. What it cannot do on an engine is told, not hidden.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Call = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """Another library.

    Attributes:
        module: what is imported.
        functions: (module, engine's name, tensor) -> name -> function; a text says why not.
        names: op -> the peer's name of it.
    """

    module: str
    functions: Callable[[Any, str, Any], Callable[[str], Callable] | str]
    names: dict[str, str]


def _autoray(autoray: Any, name: str, x: Any) -> Callable[[str], Callable]:
    return lambda function: partial(autoray.do, function)


def _compat(compat: Any, name: str, x: Any) -> Callable[[str], Callable] | str:
    if not compat.is_array_api_obj(x):
        return f"knows no tensors of {name}"
    return partial(getattr, compat.array_namespace(x))


def _tensorly(tensorly: Any, name: str, x: Any) -> Callable[[str], Callable]:
    if name == "jax":
        import jax

        wide = jax.config.jax_enable_x64
        tensorly.set_backend(name)  # turns on float64 for whoever uses JAX in this process
        jax.config.update("jax_enable_x64", wide)
    else:
        tensorly.set_backend({"torch": "pytorch"}.get(name, name))
    return partial(getattr, tensorly)


def _keras(keras: Any, name: str, x: Any) -> Callable[[str], Callable] | str:
    if keras.__version__.startswith("2."):
        return f"Keras {keras.__version__} is installed"
    return partial(getattr, keras.ops)


STANDARD = {"abs": "abs", "sum": "sum", "dot": "matmul", "concatenate": "concat"}
NUMPY = STANDARD | {"concatenate": "concatenate"}
PEERS = {
    "autoray": Peer("autoray", _autoray, NUMPY),
    "array-api-compat": Peer("array_api_compat", _compat, STANDARD),
    "TensorLy": Peer("tensorly", _tensorly, NUMPY | {"dot": "dot"}),
    "keras.ops": Peer("keras", _keras, NUMPY | {"softmax": "softmax"}),
}


def find(
    name: str, x: Any, y: Any, own: dict[str, partial]
) -> tuple[dict[str, dict[str, Call]], dict[str, str]]:
    """The calls of all peers, and why some take no part.

    Args:
        name: the engine.
        x, y: its tensors.
        own: op -> the call of the engine's own function.

    Returns:
        (peer -> op -> call; peer, or peer and op -> the reason that there is none).
    """
    calls: dict[str, dict[str, Call]] = {}
    absent: dict[str, str] = {}
    for who, peer in PEERS.items():
        if importlib.util.find_spec(peer.module) is None:
            absent[who] = "not installed"
            continue
        functions = peer.functions(importlib.import_module(peer.module), name, x)
        if isinstance(functions, str):
            absent[who] = functions
            continue
        calls[who] = {}
        for op, engines in own.items():
            if op not in peer.names:
                absent[f"{who} {op}"] = "has none"
                continue
            try:
                function = functions(peer.names[op])
                if function is engines.func:
                    absent[f"{who} {op}"] = "is the engine's own function"
                    continue
                call = calls_of(op, function, x, y)
                np.testing.assert_allclose(np.asarray(call()), np.asarray(engines()), 1e-5)
            except Exception as error:  # whatever another library may raise
                absent[f"{who} {op}"] = f"{type(error).__name__}: {error}".splitlines()[0]
            else:
                calls[who][op] = call
    return calls, absent


def calls_of(op: str, function: Callable, x: Any, y: Any) -> Call:
    """A call of a function as all peers understand it."""
    calls: dict[str, Call] = {
        "abs": partial(function, x),
        "sum": partial(function, x, axis=1),
        "dot": partial(function, x, y),
        "concatenate": partial(function, [x, x], axis=-1),
        "softmax": partial(function, x),
    }
    return calls[op]
