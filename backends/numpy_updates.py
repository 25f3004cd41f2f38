"""The updates of optimizers in NumPy; see `kswitch.compile.fused`.

Results go over operands or into one temporary, and numbers are arrays already: a Python number
costs NumPy more than a small operation. Large arrays are changed piece by piece, so that all
operations on a piece find it in the cache.
"""

from functools import lru_cache

import numpy as np

PIECE = 2**16  # entries

add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt


def descend(p, g, rate):
    _piecewise(_descend, (p, g), (rate,))


def momentum(p, m, g, decay, rate):
    _piecewise(_momentum, (p, m, g), (decay, rate))


def adam(p, m, v, g, rate, b1, b2, epsilon):
    _piecewise(_adam, (p, m, v, g), (rate, b1, b2, 1 - b1, 1 - b2, epsilon))


def _descend(p, g, rate):
    subtract(p, multiply(g, rate), p)


def _momentum(p, m, g, decay, rate):
    multiply(m, decay, m)
    subtract(m, multiply(g, rate), m)
    add(p, m, p)


def _adam(p, m, v, g, rate, b1, b2, c1, c2, epsilon):
    part = multiply(g, c1, np.empty(p.shape, p.dtype))
    multiply(m, b1, m)
    add(m, part, m)
    multiply(g, g, part)
    multiply(part, c2, part)
    multiply(v, b2, v)
    add(v, part, v)
    sqrt(v, part)
    add(part, epsilon, part)
    divide(m, part, part)
    multiply(part, rate, part)
    subtract(p, part, p)


def _piecewise(change, arrays, numbers):
    """change(*arrays, *numbers), some rows of all arrays at a time."""
    first = arrays[0]
    numbers = [_scalar(x, first.dtype) for x in numbers]
    if first.size <= PIECE:
        change(*arrays, *numbers)
        return
    rows = max(1, PIECE * len(first) // first.size)
    for i in range(0, len(first), rows):
        change(*[x[i : i + rows] for x in arrays], *numbers)


def _scalar(x, dtype):
    return _constant(x, dtype) if type(x) is float else np.asarray(x, dtype)


@lru_cache(256)
def _constant(x, dtype):
    return np.array(x, dtype)
