"""Questions about tensors: what they are, their static shape and dtype."""

import math

import numpy as np

from kswitch.declare import composite
from kswitch.graph import dtypes
from kswitch.graph.tensor import Tensor


@composite
def is_tensor(K, x):
    """Whether x is a symbolic tensor or variable of this backend, or a native tensor of
    its engine.
    """
    return type(x) in K.SYMBOLIC or (
        K.adapter.is_native(x) and not isinstance(x, np.generic | np.ndarray)
    )


@composite
def is_symbolic(K, x):
    """Whether x is a symbolic tensor of this backend: a placeholder, a variable, or computed from
    such.
    """
    return type(x) in K.SYMBOLIC


@composite
def is_variable(K, x):
    """Whether x is a variable of this backend."""
    return type(x) is K.Variable


@composite
def is_placeholder(K, x):
    """Whether x is a placeholder; False for anything else, never an error."""
    return type(x) is K.Placeholder


@composite
def is_keras_tensor(K, x):
    """Whether x is the result of a Keras layer (or Input): it has a `_keras_history`.

    Raises:
        ValueError: x is no symbolic tensor.
    """
    if not isinstance(x, Tensor):
        raise ValueError(
            f"is_keras_tensor(): Unexpectedly found an instance of type `{type(x)}`. "
            "Expected a symbolic tensor instance."
        )
    return hasattr(x, "_keras_history")


@composite
def int_shape(K, x):
    """The static shape: a tuple of int, None for sizes that are not known; None if x has no shape.

    It tells nothing about the values: see K.shape for that.
    """
    if type(x) in K.SYMBOLIC:
        return x._keras_shape
    if K.adapter.is_native(x):
        return K.adapter.native_shape(x)
    return np.shape(x)


@composite
def ndim(K, x):
    """The number of axes."""
    return len(K.int_shape(x))


@composite
def dtype(K, x):
    """The name of the dtype: "float32"."""
    if type(x) in K.SYMBOLIC:
        return x.dtype
    if K.adapter.is_native(x):
        return K.adapter.native_dtype(x)
    return dtypes.name_of(np.asarray(x).dtype)


@composite
def count_params(K, x):
    """The number of elements of a tensor whose shape is known."""
    return math.prod(K.int_shape(x))


@composite
def get_variable_shape(K, x):
    """The shape of a variable, a tuple of int."""
    return K.int_shape(x)


@composite
def get_uid(K, prefix=""):
    """The next number for a prefix: 1, 2, 3, …, to make unique names of."""
    uids = K.state.uids
    uids[prefix] = uids.get(prefix, 0) + 1
    return uids[prefix]


@composite
def reset_uids(K):
    """Lets K.get_uid start again at 1 for every prefix."""
    K.state.uids.clear()


@composite(public=False)
def unique_name(K, name):
    """A name as TensorFlow 1 made it: "scope/name:0", "scope/name_1:0" the second time."""
    path = "/".join([*K.state.scopes, name])
    names = K.state.names
    count = names[path] = names.get(path, -1) + 1
    return f"{path}_{count}:0" if count else f"{path}:0"
