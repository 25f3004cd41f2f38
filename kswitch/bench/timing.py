"""Times of functions that take turns: what slows the machine down then slows them all down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

TURN = 0.02  # seconds before it is the other's turn: single calls would find the caches cold
SHORT = 20e-6  # seconds; shorter calls are timed several at once, or the clock would count too


def turns(
    functions: dict[str, Callable[[], Any]], seconds: float, least: int = 10
) -> dict[str, float]:
    """who -> median microseconds of a call, after about `seconds` in all, and `least` calls."""
    clock = time.perf_counter
    plan = {}
    for who, function in functions.items():
        function()
        once = _seconds(function) + 1e-9
        together = max(1, min(100, int(SHORT / once)))
        plan[who] = together, max(1, min(200, int(TURN / once / together)))
    times: dict[str, list[float]] = {who: [] for who in functions}
    end = clock() + seconds
    while clock() < end or len(next(iter(times.values()))) < least:
        for who, function in functions.items():
            together, count = plan[who]
            rounds = range(together)
            for _ in range(count):
                begin = clock()
                for _ in rounds:
                    function()
                times[who].append((clock() - begin) / together)
    return {who: 1e6 * median(found) for who, found in times.items()}


def _seconds(function: Callable[[], Any]) -> float:
    """What a call takes, roughly; of short ones it is the third that counts."""
    for _ in range(3):
        begin = time.perf_counter()
        function()
        once = time.perf_counter() - begin
        if once > TURN:
            break
    return once


def mean(ratios: Sequence[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
