"""What becomes of a K call that gets something of Keras 3.

A `keras.Variable` counts as its value; K.get_value, K.set_value and the updates act on the variable
itself, and the updates at once. A call that gets a KerasTensor becomes a layer of the model, a
`kswitch.keras3.layer.Call`; so does K.shape of one, which may be used as a size, too.
"""

import math
from collections.abc import Callable

import keras
import numpy as np

from kswitch import foreign
from kswitch.foreign import is_keras_tensor, is_variable, unwrapped
from kswitch.keras3 import functions, gradients, layer

BRANCHES = frozenset(("switch", "in_train_phase", "in_test_phase"))


def call(K, name, args, kwargs, native):
    """The result of a call with something of Keras 3 among its arguments; see `foreign.call`."""
    given = [x for x in foreign.flat(args) if type(x) in foreign.TYPES]
    for x in given:
        foreign.require_same_engine(K, x)
    handler = HANDLERS.get(name)
    if handler is not None:
        return handler(K, *args, **kwargs)
    if not any(map(is_keras_tensor, given)):
        for x in foreign.flat(args):
            if type(x) in K.SYMBOLIC and foreign.depends_on_feed(K, x):
                foreign.refuse(K, given[0])
        return native(*unwrapped(K, args), **kwargs)
    if name in BRANCHES:
        args = tuple([x() if callable(x) else x for x in args])
    return layer.symbolic(K, name, args)


# Questions


def int_shape(K, x):
    return tuple(x.shape)


def ndim(K, x):
    return len(x.shape)


def dtype(K, x):
    return keras.backend.standardize_dtype(x.dtype)


def count_params(K, x):
    return math.prod(x.shape)


def is_tensor(K, x):
    return True


def is_symbolic(K, x):
    return is_keras_tensor(x)


def is_placeholder(K, x):
    return False


def shape(K, x):
    if is_variable(x):
        return K.shape(x.value)
    return layer.symbolic(K, "shape", (x,))


def size(K, x, name=None):
    if is_variable(x):
        return K.size(x.value)
    return layer.symbolic(K, "size", (x,))


# Values


def get_value(K, x):
    if is_keras_tensor(x):
        raise ValueError(
            f"{x!r} is part of a Keras model and has no value before that is fed: "
            "K.function([model.input], [x]) gives a function that does so."
        )
    return np.array(keras.ops.convert_to_numpy(x.value))


def batch_get_value(K, ops):
    return [K.public.get_value(x) for x in ops]


def set_value(K, x, value):
    if not is_variable(x):
        raise TypeError(f"set_value(): x must be a variable, got {x!r}.")
    x.assign(unwrapped(K, value))


def batch_set_value(K, tuples):
    for x, value in tuples:
        K.public.set_value(x, value)


def variable(K, value, dtype=None, name=None, constraint=None):
    return K.variable(get_value(K, value), dtype, name, constraint)


def constant(K, value, dtype=None, shape=None, name=None):
    return K.constant(get_value(K, value), dtype, shape, name)


# Updates: they happen at once


def update(K, x, new_x):
    if not is_variable(x):
        raise TypeError(f"update(): x must be a variable, got {x!r}.")
    if is_keras_tensor(new_x):
        raise TypeError(
            f"update(): {new_x!r} has no value: update a keras.Variable inside the `call` of a "
            "layer, where its new value is a tensor."
        )
    x.assign(keras.ops.cast(unwrapped(K, new_x), x.dtype))
    return x.value


def update_add(K, x, increment):
    return update(K, x, keras.ops.add(x, unwrapped(K, increment)))


def update_sub(K, x, decrement):
    return update(K, x, keras.ops.subtract(x, unwrapped(K, decrement)))


def moving_average_update(K, x, value, momentum):
    part = keras.ops.multiply(unwrapped(K, value), 1.0 - momentum)
    return update(K, x, keras.ops.add(keras.ops.multiply(x, momentum), part))


HANDLERS: dict[str, Callable] = {
    "int_shape": int_shape,
    "get_variable_shape": int_shape,
    "ndim": ndim,
    "dtype": dtype,
    "count_params": count_params,
    "is_tensor": is_tensor,
    "is_symbolic": is_symbolic,
    "is_keras_tensor": is_symbolic,
    "is_variable": lambda K, x: is_variable(x),
    "is_placeholder": is_placeholder,
    "is_sparse": is_placeholder,
    "shape": shape,
    "size": size,
    "eval": get_value,
    "get_value": get_value,
    "batch_get_value": batch_get_value,
    "set_value": set_value,
    "batch_set_value": batch_set_value,
    "variable": variable,
    "constant": constant,
    "update": update,
    "update_add": update_add,
    "update_sub": update_sub,
    "moving_average_update": moving_average_update,
    "function": functions.function,
    "gradients": gradients.gradients,
}
