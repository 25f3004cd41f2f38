"""Pooling in NumPy, tap by tap: what lies at one place of all windows is a strided slice of x."""

import math

import numpy as np
from kswitch.backends import numpy_windows as w


def _lowest(dtype):
    return -np.inf if dtype.kind not in "iu" else np.iinfo(dtype).min


def _geometry(x, pool_size, strides, padding):
    """(margins, number of windows along each axis, shape of padded x, index of each tap's entries
    in it).
    """
    ones = (1,) * len(pool_size)
    margins, counts = w.margins_of(x.shape[1:-1], pool_size, strides, padding, ones)
    w.check(counts, x, pool_size)
    batch, *sizes, features = x.shape
    full = [n + sum(m) for n, m in zip(sizes, margins, strict=True)]
    keys = [key for _, key in w.taps(pool_size, counts, strides, ones)]
    return margins, counts, (batch, *full, features), keys


def _folded(x, pool_size, counts, strides, function):
    """function over all entries of each window of padded x, one spatial axis after the other."""
    for axis, (k, n, s) in enumerate(zip(pool_size, counts, strides, strict=True), 1):
        leading = (slice(None),) * axis
        parts = [x[(*leading, slice(i, i + (n - 1) * s + 1, s))] for i in range(k)]
        x = parts[0].copy() if k == 1 else function(parts[0], parts[1])
        for part in parts[2:]:
            function(x, part, out=x)
    return x


def _shares(x, margins, pool_size, counts, strides):
    """How many entries of each window are no padding."""
    if not any(map(any, margins)):
        return math.prod(pool_size)
    ones = w.padded(np.ones((1, *x.shape[1:-1], 1), x.dtype), margins)
    return _folded(ones, pool_size, counts, strides, np.add)


def pooling(x, pool_size, strides, padding, data_format, mode):
    x = w.last(x, data_format)
    margins, counts, _, _ = _geometry(x, pool_size, strides, padding)
    if mode == "max":
        x = w.padded(x, margins, _lowest(x.dtype))
        return w.back(_folded(x, pool_size, counts, strides, np.maximum), data_format)
    total = _folded(w.padded(x, margins), pool_size, counts, strides, np.add)
    mean = total / _shares(x, margins, pool_size, counts, strides)
    return w.back(mean.astype(x.dtype, copy=False), data_format)


def pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode):
    g, x = w.last(g, data_format), w.last(x, data_format)
    margins, counts, shape, keys = _geometry(x, pool_size, strides, padding)
    result = np.zeros(shape, g.dtype)
    apart = all(k <= s for k, s in zip(pool_size, strides, strict=True))
    if mode == "avg":
        g = (g / _shares(x, margins, pool_size, counts, strides)).astype(g.dtype, copy=False)
        for key in keys:
            result[key] += g
    else:
        x = w.padded(x, margins, _lowest(x.dtype))
        for key, hit in zip(keys, _firsts(x, w.last(y, data_format), keys), strict=True):
            if apart:
                chosen(g, hit, result[key])
            else:
                result[key] += chosen(g, hit)
    return w.back(w.cropped(result, margins), data_format)


def _firsts(x, y, keys):
    """For each tap, where it is the first maximum of its window; a NaN counts as the last."""
    free = np.ones(y.shape, bool)
    for key in keys[:-1]:
        hit = x[key] == y
        hit &= free
        free ^= hit
        yield hit
    yield free


def chosen(x, condition, out=None):
    """x where the condition holds, else 0, without a branch: that is slow where it often differs.

    A product would make NaN of what is infinite.
    """
    bits = np.dtype(f"i{x.dtype.itemsize}")
    mask = np.negative(condition.view(np.int8)).astype(bits)
    if out is None:
        mask &= x.view(bits)
        return mask.view(x.dtype)
    np.bitwise_and(mask, x.view(bits), out.view(bits))
    return out


def pooling_choice(h, x, pool_size, strides, padding, data_format):
    h, x = w.last(h, data_format), w.last(x, data_format)
    margins, counts, _, keys = _geometry(x, pool_size, strides, padding)
    x = w.padded(x, margins, _lowest(x.dtype))
    y = _folded(x, pool_size, counts, strides, np.maximum)
    h = w.padded(h, margins)
    result = np.zeros(y.shape, h.dtype)
    for key, hit in zip(keys, _firsts(x, y, keys), strict=True):
        np.copyto(result, h[key], where=hit)
    return w.back(result, data_format)
