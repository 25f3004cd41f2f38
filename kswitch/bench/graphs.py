"""Long graphs: what a node costs to record, to differentiate and to compile, in time and memory.

These are times of the processor, which other processes do not lengthen.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import Any

import numpy as np

import kswitch
from kswitch.commands import engines

SIZES = (100, 1000, 10_000, 50_000)
FIRST_CALL = 10_000


def measure(name: str, largest: int) -> dict:
    """Times graphs of several sizes, up to `largest` nodes, on one engine.

    Returns:
        version; graphs: a list with kind ("chain" or "wide"), nodes, build (µs a node), compile (µs
        a node for gradients and Python code, without the engine's own compilation) and memory
        (bytes a node); first: seconds of the first call of a chain of 10,000 with gradients.
    """
    K = kswitch.load_backend(name)
    graph(K, "chain", 100)  # imports and caches
    found = []
    for kind in ("chain", "wide"):
        for nodes in SIZES:
            if nodes <= largest:
                found.append({"kind": kind, "nodes": nodes} | graph(K, kind, nodes))
    first = _first_call(K, min(FIRST_CALL, largest))
    return {"version": engines.version(name), "graphs": found, "first": first}


def _loss(K: Any, kind: str, x: Any, nodes: int) -> Any:
    """A graph of about that many nodes."""
    if kind == "chain":
        for _ in range(nodes // 2):
            x = K.tanh(x * 1.001)
        return K.sum(x)
    total = K.sum(x)
    for i in range(nodes // 3):
        total = total + K.sum(x * (i + 0.5))
    return total


def graph(K: Any, kind: str, nodes: int) -> dict:
    from kswitch.compile.source import Writer

    x = K.variable(np.ones(3))
    gc.collect()
    tracemalloc.start()
    _loss(K, kind, x, nodes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.collect()
    begin = time.process_time()
    loss = _loss(K, kind, x, nodes)
    built = time.process_time()
    gradients = K.gradients(loss, [x])
    Writer(K._functions, 0).write([], [loss, *gradients], [])
    end = time.process_time()
    return {
        "build": 1e6 * (built - begin) / nodes,
        "compile": 1e6 * (end - built) / nodes,
        "memory": peak / nodes,
    }


def _first_call(K: Any, nodes: int) -> float:
    x = K.placeholder((3,))
    loss = _loss(K, "chain", x, nodes)
    function = K.function([x], [loss, *K.gradients(loss, [x])])
    begin = time.process_time()
    function([np.ones(3)])
    return time.process_time() - begin
