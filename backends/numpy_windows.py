"""Convolution and pooling in NumPy: every window becomes a row of one matrix product."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from kswitch.ops.convolution import convolved


def _last(x, data_format):
    """x with channels last."""
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


def _back(x, data_format):
    """The inverse of _last."""
    return x if data_format == "channels_last" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def _margins(sizes, window, strides, padding, dilation):
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


def _padded(x, margins, value=0):
    if not any(map(any, margins)):
        return x
    return np.pad(x, ((0, 0), *margins, (0, 0)), constant_values=value)


def _windows(x, window, counts, strides, dilation):
    """A view (batch, *counts, *window, channels) of padded x."""
    batch, *_, features = x.shape
    first, *steps, last = x.strides
    moves = [p * s for p, s in zip(steps, strides, strict=True)]
    taps = [p * d for p, d in zip(steps, dilation, strict=True)]
    shape = (batch, *counts, *window, features)
    return as_strided(x, shape, (first, *moves, *taps, last), writeable=False)


def _scatter(rows, shape, window, counts, strides, dilation):
    """Adds windows (batch, *counts, *window, channels) up to a tensor of the padded shape."""
    result = np.zeros(shape, rows.dtype)
    rank = len(window)
    for tap in np.ndindex(*window):
        place = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilation, counts, strides, strict=True)
        )
        index = (slice(None),) * (rank + 1) + tap
        result[(slice(None), *place)] += rows[index]
    return result


def _cropped(x, margins, data_format):
    inner = tuple(slice(a, x.shape[i + 1] - b) for i, (a, b) in enumerate(margins))
    return _back(x[(slice(None), *inner)], data_format)


def _grouped(kernel, groups):
    """A kernel (*window, channels / groups, filters) as (groups, window * channels / groups,
    filters / groups).
    """
    *_, depth, filters = kernel.shape
    flat = kernel.reshape(-1, depth, groups, filters // groups)
    return flat.transpose(2, 0, 1, 3).reshape(groups, -1, filters // groups)


def _rows(x, window, counts, strides, dilation, groups):
    """Windows as matrices: (groups, batch * count, window * channels / groups)."""
    views = _windows(x, window, counts, strides, dilation)
    batch, features = x.shape[0], x.shape[-1]
    size = int(np.prod(window))
    if groups == 1:
        return views.reshape(1, batch * int(np.prod(counts)), size * features)
    rows = views.reshape(batch * int(np.prod(counts)), size, groups, features // groups)
    return rows.transpose(2, 0, 1, 3).reshape(groups, rows.shape[0], size * (features // groups))


def matmul(x, y):
    """np.matmul, but of bfloat16 too, which NumPy would make float32."""
    result = np.matmul(x, y)
    return result if x.dtype.kind != "V" else result.astype(x.dtype)


def _check(counts, x, window):
    if any(count == 0 != n for count, n in zip(counts, x.shape[1:-1], strict=True)):
        raise ValueError(
            f"windows of {tuple(window)} are larger than x, which has the shape {x.shape}."
        )


def convolution(x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    if not x.size:
        options = (strides, padding, data_format, dilation_rate, groups)
        return np.zeros(convolved(x.shape, kernel.shape, *options), x.dtype)
    x = _last(x, data_format)
    window = kernel.shape[:-2]
    margins, counts = _margins(x.shape[1:-1], window, strides, padding, dilation_rate)
    _check(counts, x, window)
    rows = _rows(_padded(x, margins), window, counts, strides, dilation_rate, groups)
    result = _product(rows, _grouped(kernel, groups))
    return _back(result.reshape(x.shape[0], *counts, kernel.shape[-1]), data_format)


def _product(rows, matrices):
    """(groups, n, k) with (groups, k, m) as (n, groups * m)."""
    if len(rows) == 1:
        return rows[0].dot(matrices[0])
    result = matmul(rows, matrices).transpose(1, 0, 2)
    return result.reshape(result.shape[0], len(rows) * matrices.shape[-1])


def convolution_input(g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    g = _last(g, data_format)
    full = [int(n) for n in shape]
    if data_format == "channels_first":
        full = [full[0], *full[2:], full[1]]
    window = kernel.shape[:-2]
    margins, counts = _margins(full[1:-1], window, strides, padding, dilation_rate)
    matrices = _grouped(kernel, groups)
    filters = g.shape[-1] // groups
    count = int(np.prod(g.shape[:-1]))
    rows = g.reshape(count, groups, filters).transpose(1, 0, 2)
    rows = matmul(rows, matrices.transpose(0, 2, 1))  # (groups, n, window * channels / groups)
    size, depth = int(np.prod(window)), kernel.shape[-2]
    rows = rows.reshape(groups, count, size, depth).transpose(1, 2, 0, 3)
    rows = rows.reshape(full[0], *counts, *window, groups * depth)
    padded = [full[0], *(n + sum(m) for n, m in zip(full[1:-1], margins, strict=True)), full[-1]]
    result = _scatter(rows, padded, window, counts, strides, dilation_rate)
    return _cropped(result, margins, data_format)


def convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    g, x = _last(g, data_format), _last(x, data_format)
    *window, depth, filters = shape
    margins, counts = _margins(x.shape[1:-1], window, strides, padding, dilation_rate)
    rows = _rows(_padded(x, margins), window, counts, strides, dilation_rate, groups)
    right = g.reshape(int(np.prod(g.shape[:-1])), groups, filters // groups).transpose(1, 0, 2)
    result = matmul(rows.transpose(0, 2, 1), right)
    result = result.reshape(groups, -1, depth, filters // groups).transpose(1, 2, 0, 3)
    return result.reshape(shape)


# Pooling


def _pool_windows(x, pool_size, strides, padding, fill):
    ones = (1,) * len(pool_size)
    margins, counts = _margins(x.shape[1:-1], pool_size, strides, padding, ones)
    _check(counts, x, pool_size)
    padded = _padded(x, margins, fill)
    views = _windows(padded, pool_size, counts, strides, ones)
    return margins, counts, padded.shape, views


def _lowest(dtype):
    return -np.inf if dtype.kind not in "iu" else np.iinfo(dtype).min


def _shares(x, pool_size, strides, padding):
    """How many entries of each window are no padding."""
    ones = np.ones((1, *x.shape[1:-1], 1), x.dtype)
    views = _pool_windows(ones, pool_size, strides, padding, 0)[3]
    return views.sum(tuple(range(1 + len(pool_size), 1 + 2 * len(pool_size))))


def pooling(x, pool_size, strides, padding, data_format, mode):
    x = _last(x, data_format)
    rank = len(pool_size)
    axes = tuple(range(1 + rank, 1 + 2 * rank))
    fill = 0 if mode == "avg" else _lowest(x.dtype)
    views = _pool_windows(x, pool_size, strides, padding, fill)[3]
    if mode == "max":
        return _back(np.maximum.reduce(views, axes), data_format)
    mean = np.add.reduce(views, axes) / _shares(x, pool_size, strides, padding)
    return _back(mean.astype(x.dtype, copy=False), data_format)


def _choices(x, pool_size, strides, padding):
    """For each window, which of its entries is the first maximum; and the windows' geometry."""
    margins, counts, shape, views = _pool_windows(x, pool_size, strides, padding, _lowest(x.dtype))
    flat = views.reshape(x.shape[0], *counts, int(np.prod(pool_size)), x.shape[-1])
    return margins, counts, shape, flat.argmax(-2)


def pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode):
    g, x = _last(g, data_format), _last(x, data_format)
    size = int(np.prod(pool_size))
    ones = (1,) * len(pool_size)
    if mode == "max":
        margins, counts, shape, first = _choices(x, pool_size, strides, padding)
        rows = np.where(np.arange(size)[:, None] == first[..., None, :], g[..., None, :], 0)
        rows = rows.astype(g.dtype, copy=False)
    else:
        margins, counts = _margins(x.shape[1:-1], pool_size, strides, padding, ones)
        shape = (
            x.shape[0],
            *(n + sum(m) for n, m in zip(x.shape[1:-1], margins, strict=True)),
            x.shape[-1],
        )
        share = g / _shares(x, pool_size, strides, padding)
        rows = np.broadcast_to(share[..., None, :], (*share.shape[:-1], size, share.shape[-1]))
    rows = rows.reshape(x.shape[0], *counts, *pool_size, x.shape[-1])
    return _cropped(_scatter(rows, shape, pool_size, counts, strides, ones), margins, data_format)


def pooling_choice(h, x, pool_size, strides, padding, data_format):
    h, x = _last(h, data_format), _last(x, data_format)
    first = _choices(x, pool_size, strides, padding)[3]
    counts, views = _pool_windows(h, pool_size, strides, padding, 0)[1::2]
    flat = views.reshape(h.shape[0], *counts, int(np.prod(pool_size)), h.shape[-1])
    return _back(np.take_along_axis(flat, first[..., None, :], -2)[..., 0, :], data_format)
