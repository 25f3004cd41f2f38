"""K on a small array type of its own: NumPy arrays that know few functions.

It brings what `kswitch.backends.adapter.KERNELS` lists and nothing else, so that all defaults are
in use.
"""

import operator

import numpy as np

from kswitch import config

KSWITCH_ADAPTER = True
UNSUPPORTED = {"bfloat16": "the arrays have NumPy's own dtypes"}

# Hooks


class Array:
    """A NumPy array that can be computed with by operators, indexed, and nothing else."""

    __array_ufunc__ = None
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = np.asarray(value)

    @property
    def shape(self):
        return self.value.shape

    @property
    def dtype(self):
        return self.value.dtype

    def __getitem__(self, key):
        return Array(self.value[key])

    def __neg__(self):
        return Array(-self.value)

    def __invert__(self):
        return Array(~self.value)

    def __abs__(self):
        return Array(abs(self.value))


def _operators(name):
    """x + y, and y + x for a y that is no Array."""
    function = getattr(operator, name)
    return (
        lambda self, other: Array(function(self.value, _value(other))),
        lambda self, other: Array(function(other, self.value)),
    )


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or"):
    _forward, _reflected = _operators(f"__{_name}__")
    setattr(Array, f"__{_name}__", _forward)
    setattr(Array, f"__r{_name}__", _reflected)
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _operators(f"__{_name}__")[0])


def _value(x):
    return x.value if isinstance(x, Array) else x


def is_native(x):
    return isinstance(x, Array)


def _dtype(name):
    if name in UNSUPPORTED:
        raise NotImplementedError(f"sample_adapter has no dtype {name}: {UNSUPPORTED[name]}.")
    return np.dtype(name)


def asarray(x, dtype):
    return x if isinstance(x, Array) else Array(np.asarray(x, _dtype(dtype)))


def to_numpy(x):
    return np.array(x.value)


# Element-wise


def cast(x, dtype):
    return Array(x.value.astype(_dtype(dtype)))


def where(condition, x, y):
    dtype = next((v.dtype for v in (x, y) if isinstance(v, Array)), config.floatx())
    return Array(np.where(condition.value, _value(x), _value(y)).astype(dtype))


def exp(x):
    return Array(np.exp(x.value))


def log(x):
    return Array(np.log(x.value))


def sin(x):
    return Array(np.sin(x.value))


def cos(x):
    return Array(np.cos(x.value))


def tanh(x):
    return Array(np.tanh(x.value))


def round(x):
    return Array(np.rint(x.value).astype(x.dtype))


def pow(x, a):
    return Array(np.power(_value(x), _value(a)))


# Reductions


def _axes(axis):
    return axis if axis is None else tuple(int(a) for a in np.atleast_1d(axis))


def _total(x):
    return np.int32 if x.dtype == bool else x.dtype


def sum(x, axis=None, keepdims=False):
    return Array(np.sum(x.value, _axes(axis), _total(x), keepdims=keepdims))


def prod(x, axis=None, keepdims=False):
    return Array(np.prod(x.value, _axes(axis), _total(x), keepdims=keepdims))


def max(x, axis=None, keepdims=False):
    return Array(np.max(x.value, _axes(axis), keepdims=keepdims))


def argmax(x, axis=-1):
    return Array(np.argmax(x.value, axis))


# Shapes


def reshape(x, shape):
    return Array(np.reshape(x.value, [int(n) for n in _value(shape)]))


def permute_dimensions(x, pattern):
    return Array(np.transpose(x.value, pattern))


def concatenate(tensors, axis=-1):
    return Array(np.concatenate([t.value for t in tensors], axis))


def gather(reference, indices):
    return Array(np.take(reference.value, indices.value, 0))


# Linear algebra


def matmul(x, y, transpose_x=False, transpose_y=False):
    x, y = x.value, y.value
    x = np.swapaxes(x, -1, -2) if transpose_x else x
    y = np.swapaxes(y, -1, -2) if transpose_y else y
    return Array(np.matmul(x, y))
