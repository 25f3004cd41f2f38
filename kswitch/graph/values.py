"""Static values: what is known of an integer tensor of rank 0 or 1 before anything runs.

`K.shape(x)` of a (None, 4) tensor is [UNKNOWN, 4]; arithmetic, slicing and stacking keep what is
known, so that `K.reshape(x, (K.shape(x)[0], K.shape(x)[1] * 2))` has the static shape (None, 8).
None cannot mark the unknown: it already means an omitted argument.
"""

import math
import operator

import numpy as np

from kswitch.graph import dtypes


class Unknown:
    """Absorbs every operation: known + unknown is unknown."""

    def _absorb(self, *_):
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __abs__ = _absorb

    def __repr__(self):
        return "UNKNOWN"


UNKNOWN = Unknown()


def of_shape(shape) -> np.ndarray:
    """The values of K.shape(x) for a static shape."""
    return objects([UNKNOWN if size is None else size for size in shape])


def objects(values) -> np.ndarray:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def known(value):
    """The value as an int if all is known, else None: an entry for a static shape."""
    value = value.item() if isinstance(value, np.ndarray) else value
    return None if value is UNKNOWN else int(value)


def _arithmetic(function):
    def rule(x, y):
        result = function(_values(x), _values(y))
        return np.asarray(result, dtype=object)

    return rule


def _values(x):
    """What is known of an operand: its static values, or the number itself."""
    if isinstance(x, (int, np.integer)):
        return int(x)
    return x.static


def _extremum(choose):
    def pick(a, b):
        return UNKNOWN if UNKNOWN in (a, b) else choose(a, b)

    return np.frompyfunc(pick, 2, 1)


def _prod(x, axis=None, keepdims=False):
    return _total(np.multiply, x, axis, keepdims)


def _sum(x, axis=None, keepdims=False):
    return _total(np.add, x, axis, keepdims)


def _total(function, x, axis, keepdims):
    if keepdims or x.static.ndim != 1 or axis == ():
        return None
    return np.asarray(function.reduce(x.static), dtype=object)


def _getitem(x, key):
    plain = (int, slice, type(None), type(Ellipsis), np.integer)
    if not all(isinstance(k, plain) and not _symbolic_slice(k) for k in key):
        return None
    result = np.asarray(x.static[key], dtype=object)
    return result if result.ndim <= 1 else None


def _symbolic_slice(key) -> bool:
    if not isinstance(key, slice):
        return False
    return any(not isinstance(k, (int, type(None))) for k in (key.start, key.stop, key.step))


def _stack(tensors, axis):
    entries = [_values(t) for t in tensors]
    if any(np.ndim(entry) for entry in entries):
        return None
    return objects([e.item() if isinstance(e, np.ndarray) else e for e in entries])


def _concatenate(tensors, axis):
    return np.concatenate([t.static for t in tensors])


def _cast(x, dtype):
    return x.static if dtypes.is_integer(dtype) else None


def _reshape(x, shape):
    if len(shape) > 1 or not all(type(size) is int for size in shape):
        return None
    return x.static.reshape(shape)


RULES = {
    "add": _arithmetic(operator.add),
    "subtract": _arithmetic(operator.sub),
    "multiply": _arithmetic(operator.mul),
    "floor_divide": _arithmetic(operator.floordiv),
    "mod": _arithmetic(operator.mod),
    "maximum": _arithmetic(_extremum(max)),
    "minimum": _arithmetic(_extremum(min)),
    "negative": lambda x: np.asarray(-x.static, dtype=object),
    "prod": _prod,
    "sum": _sum,
    "getitem": _getitem,
    "stack": _stack,
    "concatenate": _concatenate,
    "cast": _cast,
    "identity": lambda x, name: x.static,
    "reshape": _reshape,
    "squeeze": lambda x, axis: x.static.reshape(()) if x.static.shape == (1,) else None,
    "expand_dims": lambda x, axis: x.static.reshape(1) if x.static.ndim == 0 else None,
}


def _within(static, dtype):
    """Static values, or None if the dtype cannot hold one of them: what an overflow gives is the
    kernel's.
    """
    if static is None or dtype == "int64":
        return static
    limits = np.iinfo(dtype)
    fits = all(v is UNKNOWN or limits.min <= v <= limits.max for v in static.flat)
    return static if fits else None


def infer(op_name: str, args, inputs, dtype: str):
    """Static values of a recorded call on integers, or None if nothing can be said.

    Args:
        op_name: name of the op.
        args: its recorded arguments.
        inputs: the tensors among them.
        dtype: the dtype of the result.
    """
    if op_name == "shape":
        return of_shape(inputs[0].shape)
    if op_name == "size":
        known_size = UNKNOWN if None in inputs[0].shape else math.prod(inputs[0].shape)
        return np.asarray(known_size, dtype=object)
    rule = RULES.get(op_name)
    if rule is None or any(x.static is None for x in inputs):
        return None
    try:
        return _within(rule(*args), dtype)
    except (ZeroDivisionError, ValueError, IndexError):
        return None  # the rule or the kernel will name the mistake
