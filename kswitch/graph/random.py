"""Seeds: where the numbers of a random node come from, call after call."""

import numpy as np


class Seed:
    """The stream of one random node: `seed` fixes it, `draws` counts what was taken from it.

    Engines whose generators have state keep one here (`generator`); the others derive a key from
    (seed, draws) at each call. Without a seed one is drawn from NumPy's global generator, so that
    `np.random.seed` makes a whole program reproducible.
    """

    __slots__ = ("draws", "generator", "seed")

    def __init__(self, seed=None):
        self.seed = int(np.random.randint(10_000_000)) if seed is None else int(seed)
        self.draws = 0
        self.generator = None
