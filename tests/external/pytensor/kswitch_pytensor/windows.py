"""Convolution and pooling: each tap of the window is a strided slice of x.

PyTensor has kept Theano's convolutions for one and two axes only, without strides and channels; so
they are products of matrices here, of which PyTensor finds the gradients.
"""

import functools
import itertools
import math

import numpy as np
import pytensor.tensor as pt
from pytensor.raise_op import Assert

from kswitch import config
from kswitch_pytensor.shapes import padded, sizes
from kswitch_pytensor.state import int_shape
from kswitch_pytensor.values import is_symbolic, meet, shaped, tensor


def _per_axis(name, what, value, rank):
    values = (value,) * rank if isinstance(value, (int, np.integer)) else tuple(value)
    if len(values) != rank or any(v < 1 for v in values):
        raise ValueError(f"{name}(): {what} must be {rank} positive ints, got {value!r}.")
    return values


def _one_of(name, what, value, *choices):
    if value not in choices:
        raise ValueError(f"{name}(): {what} must be one of {choices}, got {value!r}.")


def _last(x, data_format):
    """x with channels last."""
    if data_format == "channels_last":
        return x
    return x.dimshuffle(0, *range(2, x.ndim), 1)


def _back(x, data_format):
    if data_format == "channels_last":
        return x
    return x.dimshuffle(0, x.ndim - 1, *range(1, x.ndim - 1))


def _place(sizes, window, strides, padding, dilation, name):
    """Margins and number of windows along each spatial axis; tensors where a size is one."""
    margins, counts = [], []
    for n, k, s, d in zip(sizes, window, strides, dilation, strict=True):
        reach = d * (k - 1) + 1
        if padding == "same":
            count = -(-n // s)
            total = (count - 1) * s + reach - n
            total = pt.maximum(total, 0) if is_symbolic(n) else max(total, 0)
            margins.append((total // 2, total - total // 2))
        else:
            count = (n - reach) // s + 1
            if is_symbolic(n):
                count = Assert(f"{name}(): the window is larger than x.")(count, pt.gt(count, 0))
            elif count <= 0:
                if n:
                    raise ValueError(f"{name}(): the window {tuple(window)} is larger than x.")
                count = 0
            margins.append((0, 0))
        counts.append(count)
    return margins, counts


def _keys(window, counts, strides, dilation):
    """For each tap, the index of its entries in padded x."""
    for tap in itertools.product(*map(range, window)):
        yield (
            slice(None),
            *[
                slice(t * d, t * d + (n - 1) * s + 1, s) if is_symbolic(n) or n else slice(0, 0)
                for t, d, n, s in zip(tap, dilation, counts, strides, strict=True)
            ],
        )


def _static(x, counts, features):
    return (int_shape(x)[0], *[None if is_symbolic(n) else n for n in counts], features)


def _convolution(name, x, kernel, strides, padding, data_format, dilation, depthwise=False):
    """Convolution over 1, 2 or 3 axes; of each channel with its own filters if depthwise."""
    x, kernel = meet(x, kernel)
    rank = x.ndim - 2
    if kernel.ndim != rank + 2 or None in int_shape(kernel):
        raise ValueError(f"{name}(): a kernel of {int_shape(kernel)} does not fit {int_shape(x)}.")
    x = _last(x, data_format)
    *window, depth, filters = int_shape(kernel)
    if int_shape(x)[-1] not in (None, depth):
        raise ValueError(f"{name}(): the kernel is for {depth} channels, x has {int_shape(x)[-1]}.")
    x = shaped(x, (*int_shape(x)[:-1], depth))
    margins, counts = _place(sizes(x)[1:-1], window, strides, padding, dilation, name)
    x = padded(x, ((0, 0), *margins, (0, 0)))
    taps = [x[key] for key in _keys(window, counts, strides, dilation)]
    weights = pt.reshape(kernel, (math.prod(window), depth, filters))
    if depthwise:
        terms = [pt.expand_dims(tap, -1) * weights[i] for i, tap in enumerate(taps)]
        result = functools.reduce(lambda a, b: a + b, terms)
        filters = depth * filters
        result = pt.reshape(result, (*[result.shape[i] for i in range(rank + 1)], filters))
    else:
        columns = pt.concatenate(taps, axis=-1)
        rows = functools.reduce(lambda a, b: a * b, sizes(columns)[:-1])
        flat = pt.reshape(columns, (rows, math.prod(window) * depth))
        product = pt.dot(flat, pt.reshape(weights, (-1, filters)))
        result = pt.reshape(product, (*[columns.shape[i] for i in range(rank + 1)], filters))
    return _back(shaped(result, _static(x, counts, filters)), data_format)


def _options(name, x, rank, strides, padding, data_format, dilation_rate):
    data_format = config.normalize_data_format(data_format)
    _one_of(name, "padding", padding, "valid", "same")
    if tensor(x).ndim != rank + 2:
        raise ValueError(f"{name}(): x must have rank {rank + 2}, got {int_shape(x)}.")
    strides = _per_axis(name, "strides", strides, rank)
    dilation = _per_axis(name, "dilation_rate", dilation_rate, rank)
    if max(strides) > 1 and max(dilation) > 1:
        raise ValueError(f"{name}(): strides over 1 and dilation_rate over 1 exclude each other.")
    return strides, padding, data_format, dilation


def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of (batch, steps, channels); "causal" sees no later steps."""
    data_format = config.normalize_data_format(data_format)
    _one_of("conv1d", "padding", padding, "valid", "same", "causal")
    if padding == "causal":
        if data_format == "channels_first":
            raise ValueError("conv1d(): padding 'causal' needs channels_last.")
        before = _per_axis("conv1d", "dilation_rate", dilation_rate, 1)[0]
        before *= int_shape(kernel)[0] - 1
        x, padding = padded(x, ((0, 0), (before, 0), (0, 0))), "valid"
    options = _options("conv1d", x, 1, strides, padding, data_format, dilation_rate)
    return _convolution("conv1d", x, kernel, *options)


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of images."""
    options = _options("conv2d", x, 2, strides, padding, data_format, dilation_rate)
    return _convolution("conv2d", x, kernel, *options)


def conv3d(
    x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """Convolution of volumes."""
    options = _options("conv3d", x, 3, strides, padding, data_format, dilation_rate)
    return _convolution("conv3d", x, kernel, *options)


def depthwise_conv2d(
    x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of each channel with filters of its own."""
    name = "depthwise_conv2d"
    options = _options(name, x, 2, strides, padding, data_format, dilation_rate)
    return _convolution(name, x, depthwise_kernel, *options, depthwise=True)


def _separable(name, rank, x, depthwise, pointwise, *options):
    strides, padding, data_format, dilation = _options(name, x, rank, *options)
    ones = (1,) * rank
    x = _convolution(name, x, depthwise, strides, padding, data_format, dilation, depthwise=True)
    return _convolution(name, x, pointwise, ones, "valid", data_format, ones)


def separable_conv1d(
    x, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None,
    dilation_rate=1,
):  # fmt: skip
    """A depthwise convolution, then one of a single tap."""
    options = (strides, padding, data_format, dilation_rate)
    return _separable("separable_conv1d", 1, x, depthwise_kernel, pointwise_kernel, *options)


def separable_conv2d(
    x, depthwise_kernel, pointwise_kernel, strides=(1, 1), padding="valid", data_format=None,
    dilation_rate=(1, 1),
):  # fmt: skip
    """A depthwise convolution, then one of a single tap."""
    options = (strides, padding, data_format, dilation_rate)
    return _separable("separable_conv2d", 2, x, depthwise_kernel, pointwise_kernel, *options)


def _transposed(name, x, kernel, output_shape, strides, padding, data_format, dilation):
    """What a convolution of the output's shape gives back to it."""
    x, kernel = meet(x, kernel)
    if is_symbolic(output_shape):
        output_shape = [output_shape[i] for i in range(x.ndim)]
    batch, *rest = output_shape
    batch = sizes(x)[0] if batch is None else batch
    n = rest[1:] if data_format == "channels_first" else rest[:-1]
    x = _last(x, data_format)
    *window, features, depth = int_shape(kernel)
    if int_shape(x)[-1] not in (None, depth):
        raise ValueError(f"{name}(): the kernel is for {depth} channels, x has {int_shape(x)[-1]}.")
    margins, counts = _place(n, window, strides, padding, dilation, name)
    if any(
        None not in (have, None if is_symbolic(count) else count) and have != count
        for have, count in zip(int_shape(x)[1:-1], counts, strict=True)
    ):
        raise ValueError(
            f"{name}(): output_shape {tuple(output_shape)} does not fit {int_shape(x)}."
        )
    full = [m + a + b for m, (a, b) in zip(n, margins, strict=True)]
    total = pt.zeros((batch, *full, features), x.dtype)
    weights = pt.reshape(kernel, (-1, features, depth))
    for i, key in enumerate(_keys(window, counts, strides, dilation)):
        part = pt.dot(x, weights[i].T) if x.ndim <= 2 else pt.tensordot(x, weights[i], [[-1], [1]])
        total = pt.inc_subtensor(total[key], part)
    inner = [slice(a, a + m) for m, (a, _) in zip(n, margins, strict=True)]
    static = [None if is_symbolic(m) else int(m) for m in (batch, *n)]
    return _back(shaped(total[(slice(None), *inner)], (*static, features)), data_format)


def conv2d_transpose(
    x, kernel, output_shape, strides=(1, 1), padding="valid", data_format=None,
    dilation_rate=(1, 1),
):  # fmt: skip
    """The gradient of conv2d by its input; the kernel is (rows, cols, filters, channels)."""
    options = _options("conv2d_transpose", x, 2, strides, padding, data_format, dilation_rate)
    return _transposed("conv2d_transpose", x, kernel, output_shape, *options)


deconv2d = conv2d_transpose


def conv3d_transpose(x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None):
    """The gradient of conv3d by its input."""
    options = _options("conv3d_transpose", x, 3, strides, padding, data_format, (1, 1, 1))
    return _transposed("conv3d_transpose", x, kernel, output_shape, *options)


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """A convolution with other weights at each place: (places, window * channels, filters)."""
    data_format = config.normalize_data_format(data_format)
    inputs, kernel = meet(inputs, kernel)
    x = _last(inputs, data_format)
    (window,), (step,) = (tuple(np.atleast_1d(v)) for v in (kernel_size, strides))
    count, features, _ = int_shape(kernel)
    patches = [pt.reshape(x[:, i * step : i * step + window], (-1, features)) for i in range(count)]
    result = pt.matmul(pt.stack(patches), kernel).dimshuffle(1, 0, 2)
    static = (int_shape(inputs)[0], count, int_shape(kernel)[-1])
    return _back(shaped(result, static), data_format)


def local_conv2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """local_conv1d of images; a window is flattened in the order of the data format."""
    data_format = config.normalize_data_format(data_format)
    inputs, kernel = meet(inputs, kernel)
    (height, width), (down, right), (rows, cols) = kernel_size, strides, output_shape
    _, features, filters = int_shape(kernel)
    patches = []
    for i, j in itertools.product(range(rows), range(cols)):
        y, z = slice(i * down, i * down + height), slice(j * right, j * right + width)
        patch = inputs[:, :, y, z] if data_format == "channels_first" else inputs[:, y, z]
        patches.append(pt.reshape(patch, (-1, features)))
    result = pt.matmul(pt.stack(patches), kernel)
    result = pt.reshape(result, (rows, cols, -1, filters)).dimshuffle(2, 0, 1, 3)
    return _back(shaped(result, (int_shape(inputs)[0], rows, cols, filters)), data_format)


# Pooling


def _pool(name, rank, x, pool_size, strides, padding, data_format, mode):
    data_format = config.normalize_data_format(data_format)
    _one_of(name, "padding", padding, "valid", "same")
    _one_of(name, "pool_mode", mode, "max", "avg")
    x = tensor(x)
    if x.ndim != rank + 2:
        raise ValueError(f"{name}(): x must have rank {rank + 2}, got {int_shape(x)}.")
    window = _per_axis(name, "pool_size", pool_size, rank)
    strides = _per_axis(name, "strides", strides, rank)
    x = _last(x, data_format)
    ones = (1,) * rank
    margins, counts = _place(sizes(x)[1:-1], window, strides, padding, ones, name)
    around = ((0, 0), *margins, (0, 0))
    keys = list(_keys(window, counts, strides, ones))
    if mode == "max":
        wide = padded(x, around, -np.inf)
        first, *others = [wide[key] for key in keys]
        result = first
        for tap in others:  # of equal maxima the first one gets the gradient
            result = pt.switch(pt.gt(tap, result), tap, result)
    else:
        total = functools.reduce(lambda a, b: a + b, [padded(x, around)[key] for key in keys])
        inside = padded(pt.ones([1, *sizes(x)[1:-1], 1], dtype=x.dtype), around)
        result = total / functools.reduce(lambda a, b: a + b, [inside[key] for key in keys])
    return _back(shaped(result, _static(x, counts, int_shape(x)[-1])), data_format)


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maximum or mean of windows; padding counts neither way."""
    return _pool("pool2d", 2, x, pool_size, strides, padding, data_format, pool_mode)


def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maximum or mean of windows; padding counts neither way."""
    return _pool("pool3d", 3, x, pool_size, strides, padding, data_format, pool_mode)
