"""The NumPy implementations that seed 000 prints, verbatim, each with its line there."""

import numpy as np


def int_shape(x):  # 564
    return x.shape


def ndim(x):  # 594
    return x.ndim


def gather(reference, indices):  # 1102
    return reference[indices]


def max(x, axis=None, keepdims=False):  # 1123
    if isinstance(axis, list):
        axis = tuple(axis)
    return np.max(x, axis=axis, keepdims=keepdims)


def min(x, axis=None, keepdims=False):  # 1146
    if isinstance(axis, list):
        axis = tuple(axis)
    return np.min(x, axis=axis, keepdims=keepdims)


def sum(x, axis=None, keepdims=False):  # 1169
    if isinstance(axis, list):
        axis = tuple(axis)
    return np.sum(x, axis=axis, keepdims=keepdims)


def prod(x, axis=None, keepdims=False):  # 1192
    if isinstance(axis, list):
        axis = tuple(axis)
    return np.prod(x, axis=axis, keepdims=keepdims)


def equal(x, y):  # 1524
    return x == y


def not_equal(x, y):  # 1544
    return x != y


def greater(x, y):  # 1564
    return x > y


def greater_equal(x, y):  # 1584
    return x >= y


def less(x, y):  # 1604
    return x < y


def less_equal(x, y):  # 1624
    return x <= y


def maximum(x, y):  # 1644
    return np.maximum(x, y)


def minimum(x, y):  # 1664
    return np.minimum(x, y)


def reverse(x, axes):  # 2075
    if isinstance(axes, list):
        axes = tuple(axes)
    return np.flip(x, axes)


def relu(x, alpha=0.0, max_value=None, threshold=0.0):  # 2336
    if max_value is None:
        max_value = np.inf
    above_threshold = x * (x >= threshold)
    above_threshold = np.clip(above_threshold, 0.0, max_value)
    below_threshold = alpha * (x - threshold) * (x < threshold)
    return below_threshold + above_threshold


def elu(x, alpha=1.0):  # 2361
    return x * (x > 0) + alpha * (np.exp(x) - 1.0) * (x < 0)


def softmax(x, axis=-1):  # 2380
    y = np.exp(x - np.max(x, axis, keepdims=True))
    return y / np.sum(y, axis, keepdims=True)


def softplus(x):  # 2400
    return np.log(1.0 + np.exp(x))


def sigmoid(x):  # 2485
    return 1.0 / (1.0 + np.exp(-x))


def hard_sigmoid(x):  # 2508
    y = 0.2 * x + 0.5
    return np.clip(y, 0, 1)


def tanh(x):  # 2528
    return np.tanh(x)


def l2_normalize(x, axis=-1):  # 2566
    y = np.max(np.sum(x**2, axis, keepdims=True), axis, keepdims=True)
    return x / np.sqrt(y)
