"""Convolution in NumPy: every window becomes a row of one matrix product.

Geometry that pooling shares is here too.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from kswitch.ops.convolution import convolved

NARROW = 4  # channels up to which windows are copied tap by tap


def last(x, data_format):
    """x with channels last."""
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def back(x, data_format):
    """The inverse of last."""
    return x if data_format == "channels_last" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def margins_of(sizes, window, strides, padding, dilation):
    """For each spatial axis: (entries before, entries after) and the number of windows."""
    margins, counts = [], []
    for n, k, s, d in zip(sizes, window, strides, dilation, strict=True):
        reach = d * (k - 1) + 1
        if padding == "same":
            count = -(-n // s)
            total = max((count - 1) * s + reach - n, 0)
            margins.append((total // 2, total - total // 2))
        else:
            count = max((n - reach) // s + 1, 0)
            margins.append((0, 0))
        counts.append(count)
    return margins, counts


def check(counts, x, window):
    if any(count == 0 != n for count, n in zip(counts, x.shape[1:-1], strict=True)):
        raise ValueError(
            f"windows of {tuple(window)} are larger than x, which has the shape {x.shape}."
        )


def _inner(sizes, margins):
    """The index of what lies between margins."""
    inner = (slice(a, a + n) for n, (a, _) in zip(sizes, margins, strict=True))
    return (slice(None), *inner)


def padded(x, margins, value=0):
    if not any(map(any, margins)):
        return x
    batch, *sizes, features = x.shape
    full = [n + sum(m) for n, m in zip(sizes, margins, strict=True)]
    result = np.empty((batch, *full, features), x.dtype)
    result.fill(value)
    result[_inner(sizes, margins)] = x
    return result


def cropped(x, margins):
    sizes = [n - sum(m) for n, m in zip(x.shape[1:-1], margins, strict=True)]
    return x[_inner(sizes, margins)]


def taps(window, counts, strides, dilation):
    """For each tap of a window, in the order of a kernel's rows: (tap, the index of its entries in
    what is padded).
    """
    for tap in np.ndindex(*window):
        places = (
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilation, counts, strides, strict=True)
        )
        yield tap, (slice(None), *places)


def windows(x, window, counts, strides, dilation):
    """A view (batch, *counts, *window, channels) of padded x."""
    batch, *_, features = x.shape
    first, *steps, last = x.strides
    moves = [p * s for p, s in zip(steps, strides, strict=True)]
    steps = [p * d for p, d in zip(steps, dilation, strict=True)]
    shape = (batch, *counts, *window, features)
    return as_strided(x, shape, (first, *moves, *steps, last), writeable=False)


def scattered(rows, shape, window, counts, strides, dilation):
    """Adds windows (batch, *counts, *window, channels) up to a tensor of the padded shape."""
    result = np.zeros(shape, rows.dtype)
    leading = (slice(None),) * (len(window) + 1)
    for tap, place in taps(window, counts, strides, dilation):
        result[place] += rows[leading + tap]
    return result


def matmul(x, y):
    """np.matmul, but of bfloat16 too, which NumPy would make float32."""
    result = np.matmul(x, y)
    return result if x.dtype.kind != "V" else result.astype(x.dtype)


# Matrices: (groups, rows, columns)


def _rows(x, window, counts, strides, dilation, groups):
    """The windows over padded x: (groups, batch * count, window * channels / groups)."""
    batch, features = x.shape[0], x.shape[-1]
    count, size = batch * math.prod(counts), math.prod(window)
    if groups == 1 and features <= NARROW:
        columns = _columns(x, window, counts, strides, dilation)
        return columns.reshape(1, size * features, count).swapaxes(1, 2)
    views = windows(x, window, counts, strides, dilation)
    if groups == 1:
        return views.reshape(1, count, size * features)
    rows = views.reshape(count, size, groups, features // groups)
    return rows.transpose(2, 0, 1, 3).reshape(groups, count, size * (features // groups))


def _columns(x, window, counts, strides, dilation):
    """The windows over padded x as (*window, channels, batch, *counts): few channels make short
    rows, which are slow to copy.
    """
    batch, features = x.shape[0], x.shape[-1]
    result = np.empty((*window, features, batch, *counts), x.dtype)
    for tap, place in taps(window, counts, strides, dilation):
        for channel in range(features):
            result[(*tap, channel)] = x[(*place, channel)]
    return result


def _grouped(kernel, groups):
    """A kernel (*window, channels / groups, filters) as (groups, window * channels / groups,
    filters / groups).
    """
    *_, depth, filters = kernel.shape
    flat = kernel.reshape(-1, depth, groups, filters // groups)
    return flat.transpose(2, 0, 1, 3).reshape(groups, -1, filters // groups)


def _backwards(kernel, groups):
    """A kernel (*window, channels / groups, filters), back to front, as (groups,
    window * filters / groups, channels / groups).
    """
    *window, depth, filters = kernel.shape
    flat = np.flip(kernel, tuple(range(len(window))))
    flat = flat.reshape(-1, depth, groups, filters // groups)
    return flat.transpose(2, 0, 3, 1).reshape(groups, -1, depth)


def _product(rows, matrices):
    """(groups, n, k) with (groups, k, m) as (n, groups * m)."""
    if len(rows) == 1:
        return rows[0].dot(matrices[0])
    result = matmul(rows, matrices).transpose(1, 0, 2)
    return result.reshape(result.shape[0], len(rows) * matrices.shape[-1])


# Kernels


def convolution(x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    if not x.size:
        options = (strides, padding, data_format, dilation_rate, groups)
        return np.zeros(convolved(x.shape, kernel.shape, *options), x.dtype)
    x = last(x, data_format)
    window = kernel.shape[:-2]
    margins, counts = margins_of(x.shape[1:-1], window, strides, padding, dilation_rate)
    check(counts, x, window)
    rows = _rows(padded(x, margins), window, counts, strides, dilation_rate, groups)
    result = _product(rows, _grouped(kernel, groups))
    return back(result.reshape(x.shape[0], *counts, kernel.shape[-1]), data_format)


def convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    g, x = last(g, data_format), last(x, data_format)
    *window, depth, filters = shape
    margins, counts = margins_of(x.shape[1:-1], window, strides, padding, dilation_rate)
    rows = _rows(padded(x, margins), window, counts, strides, dilation_rate, groups)
    g = g.reshape(math.prod(g.shape[:-1]), filters)
    if groups == 1:
        return rows[0].T.dot(g).reshape(shape)
    right = g.reshape(len(g), groups, filters // groups).transpose(1, 0, 2)
    result = matmul(rows.transpose(0, 2, 1), right)
    result = result.reshape(groups, -1, depth, filters // groups).transpose(1, 2, 0, 3)
    return result.reshape(shape)


def convolution_input(g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    g = last(g, data_format)
    full = [int(n) for n in shape]
    if data_format == "channels_first":
        full = [full[0], *full[2:], full[1]]
    window = kernel.shape[:-2]
    margins, counts = margins_of(full[1:-1], window, strides, padding, dilation_rate)
    if max(strides) == 1 and g.size:
        result = _gathered(g, kernel, full, margins, dilation_rate, groups)
    else:
        rows = _spread(g, kernel, groups).reshape(full[0], *counts, *window, full[-1])
        sizes = [n + sum(m) for n, m in zip(full[1:-1], margins, strict=True)]
        result = scattered(
            rows, (full[0], *sizes, full[-1]), window, counts, strides, dilation_rate
        )
        result = cropped(result, margins)
    return back(result, data_format)


def _gathered(g, kernel, full, margins, dilation, groups):
    """With strides of 1 the gradient by x is a convolution of g with the kernel back to front."""
    window = kernel.shape[:-2]
    around = []
    for n, m, k, d, (before, _) in zip(
        full[1:-1], g.shape[1:-1], window, dilation, margins, strict=True
    ):
        reach = d * (k - 1)
        around.append((reach - before, n + before - m))
    ones = (1,) * len(window)
    rows = _rows(padded(g, around), window, full[1:-1], ones, dilation, groups)
    return _product(rows, _backwards(kernel, groups)).reshape(full)


def _spread(g, kernel, groups):
    """What each entry of g gives to its window: (n, window, channels)."""
    filters = g.shape[-1] // groups
    count, size, depth = math.prod(g.shape[:-1]), math.prod(kernel.shape[:-2]), kernel.shape[-2]
    rows = g.reshape(count, groups, filters).transpose(1, 0, 2)
    rows = matmul(rows, _grouped(kernel, groups).transpose(0, 2, 1))
    rows = rows.reshape(groups, count, size, depth)
    return rows.transpose(1, 2, 0, 3).reshape(count, size, groups * depth)
