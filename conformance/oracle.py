"""What the functions of K must give: slow, obvious NumPy, mostly plain loops.

Everything takes and returns NumPy arrays and has the parameters of the function of K. It shares no
code with the NumPy backend, which is under test like the others.
"""

import itertools
import math

import numpy as np


def each(function, dtype=None):
    """A function of one number, or of several, as one of arrays that broadcast."""

    def apply(*arrays):
        arrays = np.broadcast_arrays(*arrays)
        result = [function(*numbers) for numbers in zip(*(a.ravel().tolist() for a in arrays))]
        return np.array(result, dtype).reshape(arrays[0].shape)

    return apply


# Reductions


def reduction(function):
    """A function of a list of numbers as one over axes."""

    def apply(x, axis=None, keepdims=False):
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis) % max(x.ndim, 1)
        kept = [n if i not in axes else 1 for i, n in enumerate(x.shape)]
        result = np.empty(kept, object)
        for place in np.ndindex(*kept):
            where = tuple(slice(None) if i in axes else p for i, p in enumerate(place))
            result[place] = function(x[where].ravel().tolist())
        if not keepdims:
            result = result.reshape([n for i, n in enumerate(kept) if i not in axes])
        return np.array(result.tolist()).reshape(result.shape)

    return apply


def mean_of(numbers):
    return math.fsum(numbers) / len(numbers)


def variance_of(numbers):
    return mean_of([(v - mean_of(numbers)) ** 2 for v in numbers])


def running(function):
    """cumsum and cumprod: the function of all entries so far."""

    def apply(x, axis=0):
        result = np.empty_like(x)
        for i in range(x.shape[axis]):
            front = np.moveaxis(x, axis, 0)[: i + 1]
            np.moveaxis(result, axis, 0)[i] = reduction(function)(front, 0)
        return result

    return apply


# Products


def dot(x, y):
    if y.ndim == 1:
        return dot(x, y[:, None])[..., 0]
    result = np.zeros(x.shape[:-1] + y.shape[:-2] + y.shape[-1:])
    for left in np.ndindex(*x.shape[:-1]):
        for right in np.ndindex(*y.shape[:-2]):
            for n in range(y.shape[-1]):
                row, column = x[left], y[(*right, slice(None), n)]
                result[(*left, *right, n)] = sum(a * b for a, b in zip(row, column, strict=True))
    return result


def batch_dot(x, y, axes=None):
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    a, b = (axes, axes) if isinstance(axes, int) else axes
    x, y = np.moveaxis(x, a, -1), np.moveaxis(y, b, -1)
    result = np.zeros(x.shape[:-1] + y.shape[1:-1])
    for sample in range(len(x)):
        for left in np.ndindex(*x.shape[1:-1]):
            for right in np.ndindex(*y.shape[1:-1]):
                pairs = zip(x[(sample, *left)], y[(sample, *right)], strict=True)
                result[(sample, *left, *right)] = sum(p * q for p, q in pairs)
    return result[:, None] if result.ndim == 1 else result


def gather(reference, indices):
    rows = [reference[i] for i in np.ravel(indices)]
    return np.array(rows).reshape(np.shape(indices) + reference.shape[1:])


# Windows: convolution and pooling


def layout(function):
    """Lets a function of channels-last images take channels_first ones, and return them so."""

    def apply(x, *args, data_format=None, **kwargs):
        if data_format != "channels_first":
            return function(x, *args, **kwargs)
        return np.moveaxis(function(np.moveaxis(x, 1, -1), *args, **kwargs), -1, 1)

    return apply


def positions(size, window, stride, padding, dilation=1):
    """For each output along an axis the positions that its window covers; None outside."""
    reach = dilation * (window - 1) + 1
    if padding == "valid":
        count, before = (size - reach) // stride + 1, 0
    elif padding == "same":
        count = -(-size // stride)
        before = max((count - 1) * stride + reach - size, 0) // 2
    else:
        count, before = (size - 1) // stride + 1, reach - 1
    places = [
        [i * stride - before + j * dilation for j in range(window)] for i in range(max(count, 0))
    ]
    return [[p if 0 <= p < size else None for p in row] for row in places]


def many(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


@layout
def convolution(x, kernel, strides=1, padding="valid", dilation_rate=1):
    """x: (batch, *sizes, channels), kernel: (*window, channels, filters)."""
    rank = x.ndim - 2
    options = zip(many(strides, rank), many(dilation_rate, rank), strict=True)
    windows = [
        positions(x.shape[1 + i], kernel.shape[i], stride, padding, dilation)
        for i, (stride, dilation) in enumerate(options)
    ]
    result = np.zeros((len(x), *map(len, windows), kernel.shape[-1]))
    for out in np.ndindex(*map(len, windows)):
        for tap in np.ndindex(*kernel.shape[:rank]):
            source = [w[o][t] for w, o, t in zip(windows, out, tap, strict=True)]
            if None not in source:
                result[:, *out] += x[:, *source] @ kernel[tap]
    return result


@layout
def convolution_transpose(x, kernel, output_shape, strides=1, padding="valid", dilation_rate=1):
    """kernel: (*window, filters, channels); x and output_shape are channels last."""
    rank = x.ndim - 2
    options = zip(many(strides, rank), many(dilation_rate, rank), strict=True)
    windows = [
        positions(output_shape[1 + i], kernel.shape[i], stride, padding, dilation)
        for i, (stride, dilation) in enumerate(options)
    ]
    assert tuple(map(len, windows)) == x.shape[1:-1], "output_shape does not lead back to x"
    result = np.zeros((len(x), *output_shape[1:]))
    for place in np.ndindex(*x.shape[1:-1]):
        for tap in np.ndindex(*kernel.shape[:rank]):
            target = [w[o][t] for w, o, t in zip(windows, place, tap, strict=True)]
            if None not in target:
                result[:, *target] += x[:, *place] @ kernel[tap].T
    return result


@layout
def depthwise(x, kernel, strides=1, padding="valid", dilation_rate=1):
    """kernel: (*window, channels, filters); output c * filters + f is channel c with filter f."""
    parts = []
    for channel in range(kernel.shape[-2]):
        one, filters = x[..., [channel]], kernel[..., [channel], :]
        parts.append(convolution(one, filters, strides, padding, dilation_rate))
    return np.concatenate(parts, -1)


@layout
def separable(x, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", dilation_rate=1):
    return convolution(
        depthwise(x, depthwise_kernel, strides, padding, dilation_rate), pointwise_kernel
    )


@layout
def pooling(x, pool_size, strides=1, padding="valid", pool_mode="max"):
    rank = x.ndim - 2
    windows = [
        positions(x.shape[1 + i], size, stride, padding)
        for i, (size, stride) in enumerate(
            zip(many(pool_size, rank), many(strides, rank), strict=True)
        )
    ]
    result = np.zeros((len(x), *map(len, windows), x.shape[-1]))
    for out in np.ndindex(*map(len, windows)):
        inside = [[p for p in w[o] if p is not None] for w, o in zip(windows, out, strict=True)]
        covered = np.array([x[:, *place] for place in itertools.product(*inside)])
        result[:, *out] = covered.max(0) if pool_mode == "max" else covered.mean(0)
    return result


def local1d(inputs, kernel, kernel_size, strides, data_format=None):
    """Kernels (places, window * channels, filters), one for each place."""
    if data_format == "channels_first":
        inputs = np.moveaxis(inputs, 1, -1)
    result = np.zeros((len(inputs), len(kernel), kernel.shape[-1]))
    for i in range(len(kernel)):
        patch = inputs[:, i * strides[0] : i * strides[0] + kernel_size[0]]
        result[:, i] = patch.reshape(len(inputs), -1) @ kernel[i]
    return np.moveaxis(result, -1, 1) if data_format == "channels_first" else result


def local2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """Kernels (rows * cols, window, filters); a window is flattened as the data format has it."""
    first = data_format == "channels_first"
    result = np.zeros((len(inputs), *output_shape, kernel.shape[-1]))
    for n, (i, j) in enumerate(np.ndindex(*output_shape)):
        rows = slice(i * strides[0], i * strides[0] + kernel_size[0])
        cols = slice(j * strides[1], j * strides[1] + kernel_size[1])
        patch = inputs[:, :, rows, cols] if first else inputs[:, rows, cols]
        result[:, i, j] = patch.reshape(len(inputs), -1) @ kernel[n]
    return np.moveaxis(result, -1, 1) if first else result


@layout
def resize(x, *factors, interpolation="nearest"):
    """Enlarges the axes after the first by whole factors."""
    for axis, factor in enumerate(factors, 1):
        rows = np.moveaxis(x, axis, 0)
        new = []
        for i in range(len(rows) * factor):
            low, share = divmod(i, factor)
            high = min(low + 1, len(rows) - 1)
            share = share / factor if interpolation == "bilinear" else 0
            new.append(rows[low] * (1 - share) + rows[high] * share)
        x = np.moveaxis(np.array(new), 0, axis)
    return x


def padded(x, pairs):
    """Zeros around x: (before, after) for each axis."""
    result = np.zeros([n + sum(pair) for n, pair in zip(x.shape, pairs, strict=True)])
    result[tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, pairs, strict=True))] = x
    return result


# Activations and losses


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    def one(v):
        if max_value is not None and v >= max_value:
            return max_value
        return v if v >= threshold else alpha * (v - threshold)

    return each(one, float)(x)


def softmax(x, axis=-1):
    rows = np.moveaxis(x, axis, -1)
    result = np.zeros(rows.shape)
    for place in np.ndindex(*rows.shape[:-1]):
        top = max(rows[place])
        powers = [math.exp(v - top) for v in rows[place]]
        result[place] = [p / sum(powers) for p in powers]
    return np.moveaxis(result, -1, axis)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    if from_logits:
        output = softmax(output, axis)
    else:
        output = np.clip(output / np.sum(output, axis, keepdims=True), 1e-7, 1 - 1e-7)
    return -np.sum(target * np.log(output), axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    if not from_logits:
        output = np.log(np.clip(output, 1e-7, 1 - 1e-7))
    rows = np.moveaxis(softmax(output, axis), axis, -1)
    classes = np.reshape(target, rows.shape[:-1]).astype(int)
    result = np.zeros(classes.shape)
    for place in np.ndindex(*classes.shape):
        result[place] = -math.log(rows[(*place, classes[place])])
    return result


def binary_crossentropy(target, output, from_logits=False):
    if from_logits:
        return -target * np.log(1 / (1 + np.exp(-output))) - (1 - target) * np.log(
            1 / (1 + np.exp(output))
        )
    p = np.clip(output, 1e-7, 1 - 1e-7)
    return -target * np.log(p + 1e-7) - (1 - target) * np.log(1 - p + 1e-7)


def in_top_k(predictions, targets, k):
    """A class is in if fewer than k classes are better."""
    pairs = zip(predictions, targets, strict=True)
    return np.array([sum(v > row[target] for v in row) < k for row, target in pairs])


def l2_normalize(x, axis=None):
    return x / np.sqrt(np.maximum(reduction(lambda n: sum(v * v for v in n))(x, axis, True), 1e-12))


# Normalisation


def bias_add(x, bias, data_format=None):
    if data_format != "channels_first" or x.ndim == 2:
        return x + bias
    if bias.ndim == 1:
        return x + bias.reshape(-1, *(1,) * (x.ndim - 2))
    return x + bias.reshape(bias.shape[-1:] + bias.shape[:-1])


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    axes = [a % x.ndim for a in reduction_axes]
    mean = reduction(mean_of)(x, axes, True)
    variance = reduction(variance_of)(x, axes, True)
    result = (x - mean) / np.sqrt(variance + epsilon)
    if gamma is not None:
        result = result * np.reshape(gamma, mean.shape)
    if beta is not None:
        result = result + np.reshape(beta, mean.shape)
    rest = [n for i, n in enumerate(x.shape) if i not in axes]
    return result, mean.reshape(rest), variance.reshape(rest)


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    def along(parameter):
        if np.ndim(parameter) != 1:
            return parameter
        return parameter.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])

    result = (x - along(mean)) / np.sqrt(along(var) + epsilon)
    if gamma is not None:
        result = result * along(gamma)
    return result if beta is None else result + along(beta)


# Loops


def rnn(step, inputs, states, go_backwards=False, mask=None):
    """The results of K.rnn for a step function on arrays."""
    times = range(inputs.shape[1])
    states = list(states)
    outputs: list[np.ndarray] = []
    for t in reversed(times) if go_backwards else times:
        output, new = step(inputs[:, t], states)
        if mask is not None:
            on = mask.reshape(mask.shape[:2])[:, t].astype(bool)
            before = outputs[-1] if outputs else np.zeros_like(output)
            output = np.array([a if m else b for m, a, b in zip(on, output, before, strict=True)])
            new = [
                np.array([a if m else b for m, a, b in zip(on, fresh, old, strict=True)])
                for fresh, old in zip(new, states, strict=True)
            ]
        states = new
        outputs.append(output)
    return outputs[-1], np.stack(outputs, 1), states
