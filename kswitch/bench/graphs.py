"""Long graphs: what a node costs to record, to differentiate and to compile, in time and memory.

These are times of the processor, which other processes do not lengthen.
"""

from __future__ import annotations

import gc
import math
import sys
import time
import tracemalloc
from statistics import median
from typing import Any

import numpy as np

import kswitch
from kswitch.commands import engines

SIZES = (100, 1000, 10_000, 50_000)
FIRST_CALL = 10_000
LONG = 30  # nodes of the chain of large arrays
MEGABYTE = 1 << 20
ARRAY = 64 * MEGABYTE  # so large that the system gives memory for each, and takes it back


def measure(name: str, largest: int) -> dict:
    """Times graphs of several sizes, up to `largest` nodes, on one engine.

    Returns:
        version; rows with kind ("chain" or "wide"), nodes, build (µs a node), compile (µs a node
        for gradients and Python code, without the engine's own compilation) and memory (bytes a
        node); figures: exponent, the largest of those with which the times of build and compile of
        a kind grow with the nodes; first, seconds of the first call of a chain of 10,000 with
        gradients; peak, of the memory of a chain over what is live.
    """
    K = kswitch.load_backend(name)
    figures = {}
    if sys.platform != "win32":
        figures["peak"] = peak(K)
    graph(K, "chain", 100)  # imports and caches
    rows = []
    for kind in ("chain", "wide"):
        for nodes in SIZES:
            if nodes <= largest:
                rows.append({"kind": kind, "nodes": nodes} | graph(K, kind, nodes))
    if largest >= SIZES[1]:
        figures["exponent"] = max(
            exponent([row for row in rows if row["kind"] == kind], field)
            for kind in ("chain", "wide")
            for field in ("build", "compile")
        )
    if largest >= FIRST_CALL:
        figures["first"] = _first_call(K, FIRST_CALL)
    return {"version": engines.version(name), "rows": rows, "figures": figures}


def exponent(rows: list[dict], field: str) -> float:
    """p, where the time of all nodes is nearest to constant * nodes ** p."""
    nodes = [math.log(row["nodes"]) for row in rows]
    times = [math.log(row["nodes"] * row[field]) for row in rows]
    return float(np.polyfit(nodes, times, 1)[0])


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
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    build, compiled = [], []
    for _ in range(max(1, min(20, 5000 // nodes))):
        gc.collect()
        begin = time.process_time()
        loss = _loss(K, kind, x, nodes)
        built = time.process_time()
        gradients = K.gradients(loss, [x])
        Writer(K._functions, 0).write([], [loss, *gradients], [])
        build.append(built - begin)
        compiled.append(time.process_time() - built)
    return {
        "build": 1e6 * median(build) / nodes,
        "compile": 1e6 * median(compiled) / nodes,
        "memory": most / nodes,
    }


def _first_call(K: Any, nodes: int) -> float:
    x = K.placeholder((3,))
    loss = _loss(K, "chain", x, nodes)
    function = K.function([x], [loss, *K.gradients(loss, [x])])
    begin = time.process_time()
    function([np.ones(3)])
    return time.process_time() - begin


def peak(K: Any, size: int = ARRAY) -> float:
    """The most memory that a chain takes, over that of an operand and a result of `size` bytes."""
    x = K.placeholder((None,))
    function = K.function([x], [_loss(K, "chain", x, LONG)])
    value = np.full(size // 4, 0.5, "float32")
    function([value[:8]])
    # The system tells the most memory that a process has had: up to that, pages are taken.
    before, pages = _most_memory(), []
    while _most_memory() <= before + MEGABYTE:
        pages.append(np.ones(MEGABYTE // 8))
    before = _most_memory()
    function([value])
    return (_most_memory() - before) / (2 * size)


def _most_memory() -> int:
    """The most bytes that this process has had in memory."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
