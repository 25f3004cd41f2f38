"""Default convolution and pooling: each tap of the window is a strided slice of x.

A convolution is one matrix product of all slices side by side. What a window gives back to x is put
between zeros and added up, tap by tap. Spatial axes stand in the middle here: channels come last.
"""

import functools
import itertools
import math

import numpy as np

from kswitch.graph import dtypes
from kswitch.graph.record import numpy_dtype


def _last(A, x, data_format):
    """x with channels last."""
    rank = len(A.native_shape(x))
    if data_format == "channels_last":
        return x
    return A.permute_dimensions(x, (0, *range(2, rank), 1))


def _back(A, x, data_format):
    """The inverse of _last."""
    rank = len(A.native_shape(x))
    if data_format == "channels_last":
        return x
    return A.permute_dimensions(x, (0, rank - 1, *range(1, rank - 1)))


class _Windows:
    """Where the windows over a tensor lie.

    Attributes:
        counts: how many there are along each spatial axis.
        margins: (entries before, entries after) that are added to each spatial axis.
        keys: for each tap, the index of its entries in the padded tensor.
        shape: of the padded tensor.
        leading: (batch, *counts).
    """

    def __init__(self, shape, window, strides, padding, dilation):
        sizes = shape[1:-1]
        self.window = tuple(window)
        self.counts, self.margins = [], []
        for n, k, s, d in zip(sizes, window, strides, dilation, strict=True):
            reach = d * (k - 1) + 1
            same = padding == "same"
            count = -(-n // s) if same else max((n - reach) // s + 1, 0)
            total = max((count - 1) * s + reach - n, 0) if same else 0
            if count == 0 != n:
                raise ValueError(
                    f"windows of {self.window} are larger than x, which has the shape {shape}."
                )
            self.counts.append(count)
            self.margins.append((total // 2, total - total // 2))
        padded = [n + sum(m) for n, m in zip(sizes, self.margins, strict=True)]
        self.shape = (shape[0], *padded, shape[-1])
        self.keys = [
            (slice(None), *map(_every, tap, self.counts, strides, dilation))
            for tap in itertools.product(*map(range, window))
        ]
        self.sizes = sizes
        self.leading = (shape[0], *self.counts)

    def taps(self, A, x, value=0.0):
        """For each tap of the window, its entries of x, (batch, *counts, channels)."""
        if any(map(any, self.margins)):
            x = A.pad(x, ((0, 0), *self.margins, (0, 0)), value)
        return [A.getitem(x, key) for key in self.keys]

    def spread(self, A, parts):
        """What the taps give back: the sum of all parts, each at its entries of x."""
        like = A.fill((*self.shape[:-1], A.native_shape(parts[0])[-1]), 0, A.native_dtype(parts[0]))
        total = like
        for part, key in zip(parts, self.keys, strict=True):
            total = total + A.getitem_gradient(part, like, key)
        inner = [slice(a, a + n) for (a, _), n in zip(self.margins, self.sizes, strict=True)]
        return A.getitem(total, (slice(None), *inner))

    def shares(self, A, dtype):
        """How many entries of each window are no padding, (1, *counts, 1)."""
        ones = np.pad(np.ones(self.sizes), self.margins)
        counts = sum(ones[key[1:]] for key in self.keys)
        return A.asarray(counts[None, ..., None].astype(numpy_dtype(dtype)), dtype)


def _every(tap, count, stride, dilation):
    start = tap * dilation
    return slice(start, start + max((count - 1) * stride + 1, 0), stride)


def _groups(A, tensors, groups):
    """The channels of tensors, group by group; yields a list of parts for each group."""
    widths = [A.native_shape(x)[-1] // groups for x in tensors]
    for i in range(groups):
        yield [
            A.getitem(x, (Ellipsis, slice(i * n, (i + 1) * n)))
            for x, n in zip(tensors, widths, strict=True)
        ]


def _matrix(A, x):
    """x with all axes but the last made one."""
    *sizes, width = A.native_shape(x)
    return A.reshape(x, (math.prod(sizes), width))


def _joined(A, parts):
    return parts[0] if len(parts) == 1 else A.concatenate(parts, -1)


def convolution(A, x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    x = _last(A, x, data_format)
    *window, _, _ = A.native_shape(kernel)
    place = _Windows(A.native_shape(x), window, strides, padding, dilation_rate)
    taps = place.taps(A, x)
    results = [
        A.matmul(_matrix(A, A.concatenate(parts, -1)), _matrix(A, weights))
        for *parts, weights in _groups(A, [*taps, kernel], groups)
    ]
    results = [A.reshape(y, (*place.leading, A.native_shape(y)[-1])) for y in results]
    return _back(A, _joined(A, results), data_format)


def convolution_input(A, g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    g = _last(A, g, data_format)
    batch, *sizes = [int(n) for n in shape]
    if data_format == "channels_first":
        sizes = [*sizes[1:], sizes[0]]
    *window, depth, _ = A.native_shape(kernel)
    place = _Windows((batch, *sizes), window, strides, padding, dilation_rate)
    results = []
    for part, weights in _groups(A, [g, kernel], groups):
        flat = _matrix(A, part)
        parts = []
        for tap in itertools.product(*map(range, window)):
            row = A.matmul(flat, A.getitem(weights, (*tap, Ellipsis)), False, True)
            parts.append(A.reshape(row, (*place.leading, depth)))
        results.append(place.spread(A, parts))
    return _back(A, _joined(A, results), data_format)


def convolution_kernel(A, g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    g, x = _last(A, g, data_format), _last(A, x, data_format)
    *window, depth, filters = shape
    place = _Windows(A.native_shape(x), window, strides, padding, dilation_rate)
    taps = place.taps(A, x)
    results = [
        A.matmul(_matrix(A, A.concatenate(parts, -1)), _matrix(A, gradient), True)
        for *parts, gradient in _groups(A, [*taps, g], groups)
    ]
    results = [A.reshape(y, (*window, depth, filters // groups)) for y in results]
    return _joined(A, results)


# Pooling


def _lowest(dtype):
    if dtypes.is_float(dtype):
        return -math.inf
    return False if dtype == "bool" else np.iinfo(dtype).min


def _pools(A, x, pool_size, strides, padding):
    return _Windows(A.native_shape(x), pool_size, strides, padding, (1,) * len(pool_size))


def pooling(A, x, pool_size, strides, padding, data_format, mode):
    x = _last(A, x, data_format)
    place = _pools(A, x, pool_size, strides, padding)
    dtype = A.native_dtype(x)
    if mode == "max":
        y = functools.reduce(A.maximum, place.taps(A, x, _lowest(dtype)))
    else:
        total = functools.reduce(lambda a, b: a + b, place.taps(A, x))
        y = total / place.shares(A, dtype)
    return _back(A, y, data_format)


def _first_maxima(A, taps):
    """For each tap, where it is the first maximum of its window, a bool tensor."""
    top = functools.reduce(A.maximum, taps)
    taken = top != top  # NaN, which equals nothing
    hits = []
    for tap in taps:
        hits.append((tap == top) & ~taken)
        taken = taken | hits[-1]
    return hits


def pooling_gradient(A, g, x, y, pool_size, strides, padding, data_format, mode):
    g, x = _last(A, g, data_format), _last(A, x, data_format)
    place = _pools(A, x, pool_size, strides, padding)
    dtype = A.native_dtype(x)
    if mode == "max":
        hits = _first_maxima(A, place.taps(A, x, _lowest(dtype)))
        parts = [A.where(hit, g, 0.0) for hit in hits]
    else:
        parts = [g / place.shares(A, dtype)] * len(place.keys)
    return _back(A, place.spread(A, parts), data_format)


def pooling_choice(A, h, x, pool_size, strides, padding, data_format):
    h, x = _last(A, h, data_format), _last(A, x, data_format)
    place = _pools(A, x, pool_size, strides, padding)
    hits = _first_maxima(A, place.taps(A, x, _lowest(A.native_dtype(x))))
    parts = [A.where(hit, tap, 0.0) for hit, tap in zip(hits, place.taps(A, h), strict=True)]
    return _back(A, functools.reduce(lambda a, b: a + b, parts), data_format)
