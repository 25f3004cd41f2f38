"""Arrays for cases: always the same numbers, never two alike, none close to 0."""

import numpy as np

GOLDEN = 0.6180339887498949


def floats(*shape, seed=0, low=-2.0, high=2.0, dtype="float32"):
    """Numbers between low and high, no two of which are close."""
    steps = (np.arange(1, 1 + int(np.prod(shape))) + 7 * seed) * GOLDEN
    return np.round(low + (high - low) * (steps % 1.0), 4).reshape(shape).astype(dtype)


def positive(*shape, seed=0, dtype="float32"):
    """Numbers between 0.2 and 2."""
    return floats(*shape, seed=seed, low=0.2, high=2.0, dtype=dtype)


def ints(*shape, high, low=0, seed=0, dtype="int32"):
    """Integers from low up to but not including high; each occurs."""
    steps = np.floor(
        (np.arange(1, 1 + int(np.prod(shape))) + 3 * seed) * GOLDEN % 1.0 * (high - low)
    )
    return (low + steps).reshape(shape).astype(dtype)


def bools(*shape, seed=0):
    return ints(*shape, high=2, seed=seed).astype(bool)


def shares(*shape, axis=-1, seed=0, dtype="float32"):
    """Numbers between 0 and 1 with sum 1 along an axis."""
    x = floats(*shape, seed=seed, low=0.1, high=1.0, dtype="float64")
    return (x / x.sum(axis, keepdims=True)).astype(dtype)
