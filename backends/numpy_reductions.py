"""Reductions in NumPy.

A sum over the first or the last axes is a product with ones: for it BLAS takes a tenth of the time
of np.add.reduce or less, and adds up more exactly.
"""

import builtins
import math

import numpy as np
from kswitch.backends.numpy_constants import ones

from kswitch import config

PAIRWISE = 4096  # entries from which on np.add.reduce is the quicker one for the sum of all
NARROW = 16  # the longest rows that are turned before their largest entries are looked for


def axes_of(axis):
    """An axis argument as NumPy's ufuncs take it."""
    return axis if axis is None or type(axis) is int else tuple(int(a) for a in np.atleast_1d(axis))


def total(x, axes=None, keepdims=False):
    """np.add.reduce of floats."""
    if x.dtype.char not in "fd" or not x.size:
        return np.add.reduce(x, axes, None, None, keepdims)
    if axes is None:
        if keepdims or x.size > PAIRWISE:
            return np.add.reduce(x, None, None, None, keepdims)
        return x.reshape(-1).dot(ones(x.size, x.dtype))
    if x.ndim == 2 and type(axes) is int:  # so common that it has a way of its own
        rows, columns = x.shape
        if axes == 0 or axes == -2:
            result = ones(rows, x.dtype).dot(x)
            return result[None] if keepdims else result
        result = x.dot(ones(columns, x.dtype))
        return result[:, None] if keepdims else result
    start, stop = _span(axes, x.ndim)
    if start == 0 < stop < x.ndim:
        return _over_first(x, stop, keepdims)
    if 0 < start < stop == x.ndim:
        return _over_last(x, start, keepdims)
    return np.add.reduce(x, axes, None, None, keepdims)


def largest(x, axes=None, keepdims=False):
    """np.maximum.reduce; over narrow rows it takes many times as long as over as many columns."""
    if x.ndim == 2 and 0 < x.shape[1] <= NARROW and (axes == 1 or axes == -1):
        result = np.maximum.reduce(x.T.copy())
        return result[:, None] if keepdims else result
    return np.maximum.reduce(x, axes, None, None, keepdims)


def _span(axes, rank):
    """(first, last + 1) of axes that follow each other, else (0, 0)."""
    if type(axes) is int:
        axes += rank if axes < 0 else 0
        return axes, axes + 1
    axes = sorted(a % rank for a in axes)
    if not axes or axes != list(range(axes[0], axes[-1] + 1)):
        return 0, 0
    return axes[0], axes[-1] + 1


def _over_first(x, stop, keepdims):
    shape = x.shape
    if stop > 1 or len(shape) - stop > 1:
        x = x.reshape(math.prod(shape[:stop]), math.prod(shape[stop:]))
    result = ones(len(x), x.dtype).dot(x)
    shape = (1,) * stop + shape[stop:] if keepdims else shape[stop:]
    return result if result.shape == shape else result.reshape(shape)


def _over_last(x, start, keepdims):
    shape = x.shape
    if start > 1 or len(shape) - start > 1:
        x = x.reshape(math.prod(shape[:start]), math.prod(shape[start:]))
    result = x.dot(ones(x.shape[1], x.dtype))
    shape = shape[:start] + (1,) * (len(shape) - start) if keepdims else shape[:start]
    return result if result.shape == shape else result.reshape(shape)


# Kernels


def sum(x, axis=None, keepdims=False):
    x = np.asarray(x)
    kind = x.dtype.kind
    if kind == "f":
        return total(x, axes_of(axis), keepdims)
    return np.add.reduce(x, axes_of(axis), np.int32 if kind == "b" else x.dtype, None, keepdims)


def sum_like(g, x):
    shape = np.shape(x)
    if g.shape == shape:
        return g
    if g.shape[1:] == shape:  # a bias
        return total(g, 0)
    extra = g.ndim - len(shape)
    axes = (
        *range(extra),
        *(i + extra for i, n in enumerate(shape) if n == 1 != g.shape[i + extra]),
    )
    return total(g, axes).reshape(shape)


def prod(x, axis=None, keepdims=False):
    x = np.asarray(x)
    dtype = np.int32 if x.dtype == bool else x.dtype
    return np.multiply.reduce(x, axes_of(axis), dtype, None, keepdims)


def max(x, axis=None, keepdims=False):
    return largest(np.asarray(x), axes_of(axis), keepdims)


def min(x, axis=None, keepdims=False):
    return np.minimum.reduce(x, axes_of(axis), None, None, keepdims)


def mean(x, axis=None, keepdims=False):
    x = np.asarray(x)
    if axis is None and x.dtype.char in "fd" and 0 < x.size <= PAIRWISE and not keepdims:
        return total(x) / x.size
    if x.dtype.kind not in "fV":
        x = x.astype(config.floatx())
    if x.dtype.itemsize > 2:
        return _divided(total(x, axes_of(axis), keepdims), x.size)
    wide = np.add.reduce(x, axes_of(axis), np.float32, None, keepdims)
    return _divided(wide, x.size).astype(x.dtype)


def _divided(sums, entries):
    """Sums of so many entries in all as means."""
    count = entries // builtins.max(sums.size, 1)
    return sums / count if count else np.full_like(sums, np.nan)


def any(x, axis=None, keepdims=False):
    return np.any(x, axes_of(axis), keepdims=keepdims)


def all(x, axis=None, keepdims=False):
    return np.all(x, axes_of(axis), keepdims=keepdims)


def argmax(x, axis=-1):
    return np.argmax(x, axis)


def argmin(x, axis=-1):
    return np.argmin(x, axis)


def logsumexp(x, axis=None, keepdims=False):
    axes = axes_of(axis)
    top = largest(x, axes, True)
    top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
    added = total(np.exp(x - top), axes, True)
    with np.errstate(divide="ignore"):  # all may be -inf
        result = np.log(added) + top
    return result if keepdims else np.squeeze(result, axes)


def cumsum(x, axis=0):
    return np.add.accumulate(x, axis, np.asarray(x).dtype)


def cumprod(x, axis=0):
    return np.multiply.accumulate(x, axis, np.asarray(x).dtype)
