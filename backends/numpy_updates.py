"""The updates of optimizers in NumPy; see `kswitch.compile.fused`.

Results go over operands, with `spare` over the gradient too, or into one temporary. Large arrays
are changed piece by piece, so that all operations on a piece find it in the cache.
"""

import numpy as np
from kswitch.backends.numpy_constants import scalar

PIECE = 2**18  # entries

add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt


def descend(p, g, rate, spare=False):
    if p.size > PIECE:
        return _piecewise(descend, (p, g), rate, spare)
    subtract(p, multiply(g, scalar(rate, p.dtype), g if spare else None), p)


def momentum(p, m, g, decay, rate, spare=False):
    if p.size > PIECE:
        return _piecewise(momentum, (p, m, g), decay, rate, spare)
    multiply(m, scalar(decay, p.dtype), m)
    subtract(m, multiply(g, scalar(rate, p.dtype), g if spare else None), m)
    add(p, m, p)


def adam(p, m, v, g, rate, b1, b2, epsilon):
    if p.size > PIECE:
        return _piecewise(adam, (p, m, v, g), rate, b1, b2, epsilon)
    dtype = p.dtype
    part = multiply(g, scalar(1 - b1, dtype), np.empty(p.shape, dtype))
    multiply(m, scalar(b1, dtype), m)
    add(m, part, m)
    multiply(g, g, part)
    multiply(part, scalar(1 - b2, dtype), part)
    multiply(v, scalar(b2, dtype), v)
    add(v, part, v)
    sqrt(v, part)
    add(part, scalar(epsilon, dtype), part)
    divide(m, part, part)
    multiply(part, scalar(rate, dtype), part)
    subtract(p, part, p)


def _piecewise(update, arrays, *numbers):
    """An update of some rows of all arrays at a time, or of parts of each row."""
    first = arrays[0]
    count, rows = len(first), PIECE * len(first) // first.size
    places = [slice(i, i + rows) for i in range(0, count, rows)] if rows else range(count)
    for place in places:
        update(*[x[place] for x in arrays], *numbers)
