"""Times of functions that take turns: what slows the machine down then slows them all down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

TURN = 0.02  # seconds before it is the other's turn: single calls would find the caches cold
SHORT = 20e-6  # seconds; shorter calls are timed several at once, or the clock would count too


def turns(functions: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """who -> median microseconds of a call, after about `seconds` in all."""
    clock = time.perf_counter
    plan = {}
    for who, function in functions.items():
        function()
        begin = clock()
        for _ in range(3):
            function()
        once = (clock() - begin) / 3 + 1e-9
        together = max(1, min(100, int(SHORT / once)))
        plan[who] = together, max(1, min(200, int(TURN / once / together)))
    times: dict[str, list[float]] = {who: [] for who in functions}
    end = clock() + seconds
    while clock() < end or len(next(iter(times.values()))) < 10:
        for who, function in functions.items():
            together, count = plan[who]
            rounds = range(together)
            for _ in range(count):
                begin = clock()
                for _ in rounds:
                    function()
                times[who].append((clock() - begin) / together)
    return {who: 1e6 * median(found) for who, found in times.items()}


def mean(ratios: Sequence[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
