"""Time of an import in a fresh Python, as a ratio to what it brings with it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from statistics import median

from kswitch.commands import engines

SHORT = 3  # times in a turn: an import of a few milliseconds in a process of as many more
BARE = {"numpy": "numpy", "torch": "torch", "jax": "jax.numpy", "tensorflow": "tensorflow"}


def measure(name: str, rounds: int) -> dict:
    """Times imports for one engine; the processes take turns.

    Returns:
        version; figures: package (import kswitch / import numpy) and K (K on the engine / the bare
        engine), of medians less that of an empty Python; seconds of each; rows: none.
    """
    programs = {
        "empty": "",
        "package": "import kswitch",
        "numpy": "import numpy",
        "K": "from kswitch import backend",
        "own": f"import {BARE[name]}",
    }
    times: dict[str, list[float]] = {who: [] for who in programs}
    for _ in range(rounds):
        for who, program in programs.items():
            for _ in range(1 if who in ("K", "own") else SHORT):
                times[who].append(_seconds(program, name))
    medians = {who: median(found) for who, found in times.items()}
    empty = medians.pop("empty")
    importlib.import_module(BARE[name])
    found = {who: max(t - empty, 1e-4) for who, t in medians.items()}
    figures = {"package": found["package"] / found["numpy"], "K": found["K"] / found["own"]}
    return {
        "version": engines.version(name),
        "rows": [],
        "figures": figures,
        "seconds": found,
    }


def _seconds(program: str, name: str) -> float:
    env = {**os.environ, "KERAS_BACKEND": name}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode, as rivals do
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{program}"],
        env=env,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin
