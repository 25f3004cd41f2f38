"""Tensors from nothing: variables, placeholders, constants, ranges."""

import numpy as np

from kswitch.declare import DType, Plain, Scalar, Shape, Spec, Tensor, composite, gradient, op
from kswitch.graph import dtypes
from kswitch.ops import sparse as sparse_ops
from kswitch.ops.rules import known


@composite
def variable(K, value, dtype=None, name=None, constraint=None):
    """A tensor that keeps its value between calls and can be updated.

    Args:
        value: initial value: an array, number, list, or a tensor that needs no feed, whose value it
            gets; a scipy.sparse matrix makes a sparse variable.
        dtype: its dtype, None for floatx().
        name: shown in its repr and in saved files; made unique.
        constraint: function of the new value that optimizers apply; K only keeps it.

    Raises:
        TypeError: dtype names no dtype that a variable can have.
    """
    dtype = dtypes.name_of(dtype or K.floatx())
    if hasattr(value, "tocoo"):
        return sparse_ops.variable(K, value, dtype, name)
    if type(value) in K.SYMBOLIC:
        value = K.eval(value)
    elif K.adapter.is_native(value) and not isinstance(value, np.ndarray):
        value = K.adapter.to_numpy(value)
    value = K.record.as_array(value, dtype)
    storage = K.adapter.new_variable(value, dtype)
    return K.Variable(storage, value.shape, dtype, K.unique_name(name or "Variable"), constraint)


@composite
def placeholder(K, shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A tensor whose value is fed when a function is called.

    Args:
        shape: its shape, None for sizes that differ from call to call: (None, 784).
        ndim: its rank, if nothing is known of its shape.
        dtype: its dtype, None for floatx().
        sparse: whether sparse matrices are fed.
        name: shown in its repr; made unique.

    Raises:
        ValueError: neither shape nor ndim is given.
    """
    if shape is None and ndim is None:
        raise ValueError("placeholder(): Specify either a shape or ndim value.")
    shape = (None,) * ndim if shape is None else tuple(shape)
    shape = tuple(None if n is None or n == -1 else int(n) for n in shape)
    dtype = dtypes.name_of(dtype or K.floatx())
    name = K.unique_name(name or "Placeholder")
    if sparse:
        return sparse_ops.placeholder(K, shape, dtype, name)
    return K.Placeholder(shape, dtype, name)


@composite
def constant(K, value, dtype=None, shape=None, name=None):
    """A tensor of a fixed value.

    Args:
        value: number, list or array.
        dtype: its dtype, None for floatx().
        shape: its shape; a number is repeated to fill it. None for that of value.
        name: shown in its repr.
    """
    dtype = dtypes.name_of(dtype or K.floatx())
    if type(value) in K.SYMBOLIC:
        result = K.cast(value, dtype)
        return result if shape is None else K.reshape(result, shape)
    if shape is not None:
        array = K.record.as_array(value, dtype)
        value = np.full(shape, array) if array.size == 1 else array.reshape(shape)
    result = K.record.constant(value, dtype)
    if name is not None:
        result.name = K.unique_name(name)
    return result


@op(public=False, creates=True)
def constant_(value: Plain) -> Spec:
    """A value that is known when the graph is built; the recorder makes these nodes itself."""
    return Spec(np.shape(value), dtypes.name_of(value.dtype))


def _filled(K, shape, value, dtype, name):
    if type(shape) not in K.SYMBOLIC and not K.is_engines(shape):
        entries = [shape] if isinstance(shape, (int, np.integer)) else list(shape)
        if all(isinstance(n, (int, np.integer)) for n in entries):
            return K.variable(np.full(entries, value), dtype, name)
    return K.fill(shape, value, dtypes.name_of(dtype or K.floatx()))


@composite
def zeros(K, shape, dtype=None, name=None):
    """A variable of zeros; a plain tensor if the shape has entries that are known only later.

    Args:
        shape: ints and scalar integer tensors, or one integer tensor.
        dtype: its dtype, None for floatx().
        name: name of the variable.
    """
    return _filled(K, shape, 0, dtype, name)


@composite
def ones(K, shape, dtype=None, name=None):
    """A variable of ones; a plain tensor if the shape has entries that are known only later; see
    K.zeros.
    """
    return _filled(K, shape, 1, dtype, name)


@composite
def eye(K, size, dtype=None, name=None):
    """A variable that is an identity matrix.

    Args:
        size: number of rows and columns, or a pair of them.
        dtype: its dtype, None for floatx().
        name: name of the variable.
    """
    rows, columns = size if isinstance(size, (tuple, list)) else (size, size)
    return K.variable(np.eye(rows, columns), dtype, name)


@op(public=False, creates=True, differentiable=False)
def fill(shape: Shape, value: Scalar, dtype: DType) -> Spec:
    """A tensor of the given shape, every element of which is value."""
    return Spec([known(n) for n in shape], dtype)


@op(public=False)
def fill_like(x: Tensor, value: Plain, dtype: DType) -> Spec:
    """A tensor of the shape of x, every element of which is the Python number `value`."""
    return Spec(x.shape, dtype)


@gradient(fill_like, "x")
def _(K, g, y, x, value, dtype):
    return None


@composite
def zeros_like(K, x, dtype=None, name=None):
    """A tensor of zeros of the shape of x; dtype None gives floatx(), as in Keras 2."""
    return K.fill_like(x, 0, dtype or K.floatx())


@composite
def ones_like(K, x, dtype=None, name=None):
    """A tensor of ones of the shape of x; dtype None gives floatx(), as in Keras 2."""
    return K.fill_like(x, 1, dtype or K.floatx())


@op(creates=True, differentiable=False)
def arange(start: Scalar, stop: Scalar = None, step: Scalar = 1, dtype: DType = "int32") -> Spec:
    """Numbers from start up to but not including stop; with one argument, from 0 up to it.

    Args:
        start, stop, step: numbers or scalar tensors.
        dtype: dtype of the result.
    """
    if stop is None:
        start, stop = 0, start
    size = None
    if not any(hasattr(v, "dtype") for v in (start, stop, step)):
        size = max(0, int(np.ceil((stop - start) / step)))
    return Spec((size,), dtype)
