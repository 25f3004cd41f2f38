"""K on sample_external: few functions, and some with parameters unlike those of Keras.

As in PlaidML's real backend, conv2d has dilation_rate before data_format, and softmax has no axis.
"""

import numpy as np

from sample_external.tensor import Holder, Tensor

_DTYPE = "float32"


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    return Holder(tuple(shape) if shape is not None else (None,) * ndim, None, name or "")


def variable(value, dtype=None, name=None, constraint=None):
    value = np.array(value, dtype or _DTYPE)
    return Holder(value.shape, value, name or "")


def function(inputs, outputs, updates=None, **kwargs):
    """A callable that feeds the inputs, computes the outputs and then assigns the updates."""

    def call(values):
        for holder, value in zip(inputs, values, strict=True):
            holder.value = np.asarray(value, _DTYPE)
        results = [output.compute() for output in outputs]
        new = [(holder, tensor.compute()) for holder, tensor in updates or []]
        for holder, value in new:
            holder.value = value
        return results

    return call


def eval(x):
    return x.compute()


def int_shape(x):
    return x.shape


def floatx():
    """Keras's own wins over this one."""
    return "a floatx of its own"


def dot(x, y):
    return Tensor(x.shape[:-1] + y.shape[1:], lambda: x.compute() @ y.compute())


def softmax(x):
    def compute():
        e = np.exp(x.compute() - x.compute().max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    return Tensor(x.shape, compute)


def conv2d(x, kernel, strides=(1, 1), padding="valid", dilation_rate=(1, 1), data_format=None):
    """2D convolution of (batch, rows, cols, channels), without padding."""
    if padding != "valid" or data_format not in (None, "channels_last"):
        raise NotImplementedError("sample_external: conv2d is valid and channels_last only.")
    taps = [d * (k - 1) + 1 for k, d in zip(kernel.shape, dilation_rate, strict=False)]
    batch, *sizes, _ = x.shape
    rows, cols = ((n - t) // s + 1 for n, t, s in zip(sizes, taps, strides, strict=True))

    def compute():
        image, weights = x.compute(), kernel.compute()
        result = np.zeros((len(image), rows, cols, weights.shape[-1]), _DTYPE)
        for i, j in np.ndindex(rows, cols):
            top, left = i * strides[0], j * strides[1]
            window = image[
                :, top : top + taps[0] : dilation_rate[0], left : left + taps[1] : dilation_rate[1]
            ]
            result[:, i, j] = np.tensordot(window, weights, 3)
        return result

    return Tensor((batch, rows, cols, kernel.shape[-1]), compute)
