"""K on array-api-strict: eager kernels; graph, gradients and K.function come from kswitch.

That library has what the array API standard says and refuses all else: no mixed dtypes, no index
that leaves axes out, no float16. Every function that the standard has is a kernel of one line here;
what it lacks (convolution, pooling, softmax, random numbers, loops) is left to kswitch's defaults.
"""

import array_api_strict as xp
import numpy as np

from kswitch import config

KSWITCH_ADAPTER = True
__version__ = xp.__version__

_INDICES = ("int", "negative-int", "ints", "numpy-int", "slice", "second-axis", "step", "empty")
_INDICES += ("new-axis", "new-axis-middle", "past-the-end", "by-unknown-size")
UNSUPPORTED = {
    "float16": "the array API standard has no half precision",
    "bfloat16": "the array API standard has no half precision",
    "log-of-a-number-times-a-variable-program": "its operators refuse what they do not know",
} | dict.fromkeys(
    [f"variable-brackets-{index}-native" for index in _INDICES],
    "the standard's x[...] names every axis, and no place beyond its end",
)

# Hooks

_Array = type(xp.asarray(0))
_DTYPES = {
    name: getattr(xp, name)
    for name in ("bool", "float32", "float64", "int8", "int16", "int32", "int64")
    + ("uint8", "uint16", "uint32", "uint64")
}


def _dtype(dtype):
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", dtype)
    if name not in _DTYPES:
        reason = UNSUPPORTED.get(name, "the array API standard has numbers only")
        raise NotImplementedError(f"array-api-strict has no dtype {name}: {reason}.")
    return _DTYPES[name]


def is_native(x):
    return isinstance(x, _Array)


def asarray(x, dtype):
    if isinstance(x, _Array):
        return xp.astype(x, _dtype(dtype))
    return xp.asarray(np.asarray(x, np.dtype(_name(_dtype(dtype)))))


def _name(dtype):
    return next(name for name, each in _DTYPES.items() if each == dtype)


def native_dtype(x):
    return _name(x.dtype)


def to_numpy(x):
    return np.array(x)


# Element-wise


def _floating(x):
    """The standard's functions take no integers."""
    return x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, _dtype(config.floatx()))


def exp(x):
    return xp.exp(_floating(x))


def log(x):
    return xp.log(_floating(x))


def sin(x):
    return xp.sin(_floating(x))


def cos(x):
    return xp.cos(_floating(x))


def tanh(x):
    return xp.tanh(_floating(x))


def sqrt(x):
    return xp.sqrt(xp.maximum(_floating(x), 0.0))


abs = xp.abs
sign = xp.sign
square = xp.square
maximum = xp.maximum
minimum = xp.minimum
pow = xp.pow
round = xp.round


def cast(x, dtype):
    return xp.astype(x, _dtype(dtype))


def where(condition, x, y):
    if not isinstance(x, _Array) and not isinstance(y, _Array):
        x = xp.asarray(x, dtype=_dtype(config.floatx()))
    return xp.where(condition, x, y)


# Reductions


def _axes(axis):
    """None, an int, or a tuple of ints."""
    return axis if axis is None else tuple([int(a) for a in np.atleast_1d(axis)])


def _total(x):
    return xp.int32 if x.dtype == xp.bool else x.dtype


def _numbers(x):
    """The standard sums and multiplies no bools."""
    return xp.astype(x, xp.int32) if x.dtype == xp.bool else x


def sum(x, axis=None, keepdims=False):
    return xp.sum(_numbers(x), axis=_axes(axis), dtype=_total(x), keepdims=keepdims)


def prod(x, axis=None, keepdims=False):
    return xp.prod(_numbers(x), axis=_axes(axis), dtype=_total(x), keepdims=keepdims)


def max(x, axis=None, keepdims=False):
    if x.dtype == xp.bool:
        return xp.any(x, axis=_axes(axis), keepdims=keepdims)
    return xp.max(x, axis=_axes(axis), keepdims=keepdims)


def min(x, axis=None, keepdims=False):
    if x.dtype == xp.bool:
        return xp.all(x, axis=_axes(axis), keepdims=keepdims)
    return xp.min(x, axis=_axes(axis), keepdims=keepdims)


def any(x, axis=None, keepdims=False):
    return xp.any(x, axis=_axes(axis), keepdims=keepdims)


def all(x, axis=None, keepdims=False):
    return xp.all(x, axis=_axes(axis), keepdims=keepdims)


def argmax(x, axis=-1):
    return xp.argmax(_numbers(x), axis=axis)


def argmin(x, axis=-1):
    return xp.argmin(_numbers(x), axis=axis)


def cumsum(x, axis=0):
    return xp.cumulative_sum(x, axis=axis, dtype=x.dtype)


def cumprod(x, axis=0):
    return xp.cumulative_prod(x, axis=axis, dtype=x.dtype)


# Shapes


def _sizes(shape):
    return tuple([int(n) for n in (to_numpy(shape) if isinstance(shape, _Array) else shape)])


def reshape(x, shape):
    return xp.reshape(x, _sizes(shape))


def permute_dimensions(x, pattern):
    return xp.permute_dims(x, tuple(pattern))


def expand_dims(x, axis=-1):
    return xp.expand_dims(x, axis=axis)


def squeeze(x, axis):
    return xp.squeeze(x, axis)


def broadcast_like(x, y):
    return xp.broadcast_to(x, y.shape)


def concatenate(tensors, axis=-1):
    return xp.concat(tensors, axis=axis)


def reverse(x, axes):
    return xp.flip(x, axis=_axes(axes))


def gather(reference, indices):
    rows = xp.take(reference, xp.reshape(indices, (-1,)), axis=0)
    return xp.reshape(rows, (*indices.shape, *reference.shape[1:]))


def tile(x, n):
    return xp.tile(x, _sizes(np.atleast_1d(n) if isinstance(n, int) else n))


# Linear algebra


def matmul(x, y, transpose_x=False, transpose_y=False):
    x = xp.matrix_transpose(x) if transpose_x else x
    y = xp.matrix_transpose(y) if transpose_y else y
    return xp.matmul(x, y)


def tensordot(x, y, axes_x, axes_y):
    return xp.tensordot(x, y, axes=(axes_x, axes_y))
