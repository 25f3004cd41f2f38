"""The ways in which a result can be wrong, for whatever a function of K or a kernel returns.

A symbolic tensor gets one more node, an op of our own whose kernel spoils the value when it is
computed, and whose static rule tells the truth about it. Anything else is changed at once.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from kswitch.backends import numpy_backend

from kswitch import config
from kswitch.declare import Op, Plain, Spec, Tensor
from kswitch.graph import tensor, values

OTHER_SIZE = {
    "float16": "float32",
    "bfloat16": "float32",
    "float32": "float64",
    "float64": "float32",
    "bool": "uint8",
    "int32": "int64",
    "int64": "int32",
    "int8": "int16",
    "int16": "int8",
    "uint8": "int16",
}
FLOATS = ("float16", "bfloat16", "float32", "float64")


def same(x):
    return x


@dataclass(frozen=True, eq=False)
class Change:
    """One way in which a result is wrong.

    Attributes:
        kind: one of the kinds that are counted.
        what: which of its kind.
        array: the wrong value of a right one; it must not write to it.
        shape, dtype: the static shape and dtype of the wrong value.
        plain: what a number, string or the like becomes; None if those stay as they are.
        gradient: (K, g) -> the gradient that flows back instead of g, or None for no gradient.
        memory: of a frozen value, what was computed first.
    """

    kind: str
    what: str
    array: Callable[[np.ndarray], np.ndarray] = np.array
    shape: Callable[[tuple], tuple] = same
    dtype: Callable[[str], str] = same
    plain: Callable[[Any], Any] | None = None
    gradient: Callable | None = None
    memory: list = field(default_factory=list)

    def __repr__(self):
        return f"{self.kind}: {self.what}"

    def applies(self, x) -> bool:
        """Whether the change would make a difference to x."""
        if isinstance(x, tensor.Sparse) or x is None or hasattr(x, "__enter__"):
            return False
        if isinstance(x, tensor.Placeholder) and x.default is not None:
            return False
        if isinstance(x, tensor.Update):
            frozen = self.kind == "frozen constant" and not is_constant(x.args[1])
            return frozen or self.kind == "value"
        if not is_tensor(x):
            return self.plain is not None or (callable(x) and self.kind in ("shape", "dtype"))
        dtype = x.dtype if isinstance(x.dtype, str) else x.dtype.name
        if dtype not in OTHER_SIZE:
            return False
        if self.kind == "shape":
            return self.shape(tuple(x.shape)) != tuple(x.shape)
        if self.kind == "dtype":
            return self.dtype(dtype) != dtype
        if self.kind == "frozen constant":
            return not isinstance(x, LEAVES) and not is_constant(x)
        if self.kind == "wrong gradient":
            return is_node(x) and dtype in FLOATS and not is_constant(x)
        return not isinstance(x, tensor.Placeholder) and x.shape not in self.excluded

    @property
    def excluded(self):
        """Shapes of which the last element is all there is: `all elements` has them."""
        return ((),) if self.what == "last element" else ()


LEAVES = (tensor.Placeholder, tensor.Variable)


def is_tensor(x):
    return isinstance(x, (tensor.Tensor, np.ndarray, np.generic))


def is_node(x):
    """Whether x is computed when a program runs."""
    return isinstance(x, tensor.Tensor) and not isinstance(x, (*LEAVES, tensor.Update))


def is_constant(x):
    """Whether x has the same value whenever it is computed."""
    if not is_node(x):
        return False
    if x.op.name == "constant_" or (
        x.static is not None and all(v is not values.UNKNOWN for v in x.static.ravel())
    ):
        return True
    return not x.op.random and all(is_constant(y) for y in x.inputs)


# Values


def off(x):
    """x with each element off by 1 %, or by 1 if it is an integer."""
    if x.dtype.kind == "b":
        return ~x
    if x.dtype.kind in "iu":
        return x + x.dtype.type(1)
    return np.where(x == 0, x.dtype.type(0.01), x * x.dtype.type(1.01)).astype(x.dtype)


def last_off(x):
    """x with its last element off."""
    result = np.array(x)
    result[(-1,) * x.ndim] = off(result)[(-1,) * x.ndim] if x.size else 0
    return result


def plain_off(x):
    if isinstance(x, bool):
        return not x
    if isinstance(x, int):
        return x + 1
    if isinstance(x, float):
        return x * 1.01
    if isinstance(x, str):
        return f"{x}?"
    if isinstance(x, tuple):
        return (*map(plain_off, x), 1)
    return x


# Shapes


def transposed(x):
    return np.ascontiguousarray(np.transpose(x))


def shorter(shape):
    """A shape without the last row."""
    if not shape or shape[0] == 0:
        return shape
    return (None if shape[0] is None else shape[0] - 1, *shape[1:])


def turned(shape):
    return shape if None in shape and len(set(shape)) == 1 else shape[::-1]


CHANGES = (
    Change("value", "all elements", off, plain=plain_off),
    Change("value", "last element", last_off),
    Change("shape", "one more axis", lambda x: x[None].copy(), lambda shape: (1, *shape)),
    Change("shape", "an axis kept", lambda x: x[..., None].copy(), lambda shape: (*shape, 1)),
    Change("shape", "transposed", transposed, turned),
    Change("shape", "last row lost", lambda x: np.array(x[:-1] if x.ndim else x), shorter),
    Change("dtype", "of another size", lambda x: cast(x, OTHER_SIZE[x.dtype.name]),
           dtype=OTHER_SIZE.get),
    Change("dtype", "always floatx",
           lambda x: cast(x, config.floatx()) if x.dtype.name in FLOATS else np.array(x),
           dtype=lambda dtype: config.floatx() if dtype in FLOATS else dtype),
    Change("frozen constant", "the first value", plain=same),
    Change("wrong gradient", "off by 1 %", gradient=lambda K, g: g * 1.01),
    Change("wrong gradient", "zero", gradient=lambda K, g: g * 0.0),
    Change("wrong gradient", "none", gradient=lambda K, g: None),
)  # fmt: skip
NOTHING = Change("control", "no change", plain=same)


def cast(x, dtype):
    return numpy_backend.cast(x, dtype)


# What makes a symbolic tensor wrong


def altered(x: Tensor, change: Plain) -> Spec:
    """x with a Change."""
    return Spec(change.shape(x.shape), change.dtype(x.dtype))


def spoiling(x: Tensor, y: Tensor) -> Spec:
    """x; writes into y."""
    return Spec(x.shape, x.dtype)


def compute(x, change):
    """The kernel of `altered`."""
    if change.kind != "frozen constant":
        return change.array(np.asarray(x))
    if not change.memory:
        change.memory.append(np.array(x))
    return change.memory[0].copy()


def spoil(x, y):
    """The kernel of `spoiling`."""
    result = np.array(x)
    write_to(y)
    return result


def write_to(array):
    """Changes the first element of an array in place."""
    if isinstance(array, np.ndarray) and array.size and array.flags.writeable:
        first = (0,) * array.ndim
        array[first] = off(array[first])


def back(K, g, y, x, change):
    """The gradient of `altered`."""
    if change.gradient is not None:
        return change.gradient(K, g)
    if change.kind == "shape":
        return K.zeros_like(x)
    return g if g.dtype == x.dtype else K.cast(g, x.dtype)


ALTERED, SPOILING = Op(altered, public=False), Op(spoiling, public=False)
ALTERED.gradients["x"] = back
SPOILING.gradients |= {"x": lambda K, g, z, x, y: g, "y": lambda K, g, z, x, y: None}
numpy_backend.altered = compute
numpy_backend.spoiling = spoil


# Any result


def alter(x, change: Change):
    """x with the change, where it applies."""
    if not change.applies(x) and (change is not NOTHING or not is_tensor(x)):
        return x
    if not is_tensor(x):
        return Called(x, change) if callable(x) else alter_plain(x, change)
    if isinstance(x, np.ndarray | np.generic):
        return compute(x, change)
    K = x.K
    if isinstance(x, tensor.Sparse) or (change is NOTHING and isinstance(x, LEAVES)):
        return x
    if isinstance(x, tensor.Update):
        variable, new = x.args
        result = K.update(variable, node(new, change))
        result.after = x.after
        return result
    if isinstance(x, tensor.Placeholder):
        return K.placeholder(change.shape(x.shape), dtype=change.dtype(x.dtype), name="mutant")
    if isinstance(x, tensor.Variable):
        value = change.array(np.array(K.get_value(x)))
        name = x.name.rpartition(":")[0]
        return K.variable(value, change.dtype(x.dtype), name, x.constraint)
    return node(x, change)


def node(x, change):
    """The tensor that is computed from x, wrong."""
    if change.kind == "frozen constant":
        change = Change(change.kind, change.what)  # with a memory of its own
    result = x.K.record(ALTERED, (x, change))
    result._name = x._name
    if result.shape == x.shape:
        result.sizes = x.sizes
        result.static = static(x, change)
    return result


def static(x, change):
    """What is known of the values of a changed tensor."""
    if x.static is None or change.kind not in ("value", "control"):
        return x.static
    known = [v if v is values.UNKNOWN else int(v) for v in x.static.ravel()]
    if change.what == "all elements":
        known = [v + 1 for v in known]
    elif change.what == "last element" and known:
        known[-1] += 1
    return values.objects(known).reshape(x.static.shape)


def alter_plain(x, change):
    if change.kind != "frozen constant":
        return change.plain(x)
    if not change.memory:
        change.memory.append(x)
    return change.memory[0]


class Called:
    """A callable (what K.function returns, a decorated function) whose results are wrong."""

    def __init__(self, function, change):
        self.function = function
        self.change = change
        self.memory = {}

    def __call__(self, *args, **kwargs):
        results = self.function(*args, **kwargs)
        if self.change.kind == "frozen constant":
            return self.memory.setdefault("first", results)
        each = functools.partial(alter, change=self.change)
        return [each(x) for x in results] if isinstance(results, list) else each(results)

    def __getattr__(self, name):
        return getattr(self.function, name)


# Several results


def is_several(x):
    """Whether a result is several: a list, or a tuple of tensors."""
    return isinstance(x, list) or (isinstance(x, tuple) and any(map(is_tensor, flat(x))))


def flat(x):
    """The results in nested lists of them."""
    if isinstance(x, (list, tuple)):
        return [each for part in x for each in flat(part)]
    return [x]


def parts(x):
    """All results: those that a list or tuple holds, else x alone."""
    return flat(x) if is_several(x) else [x]


def rebuilt(x, new):
    """x with other results in the places of its own, from an iterator."""
    if isinstance(x, (list, tuple)):
        found = [rebuilt(part, new) for part in x]
        return found if isinstance(x, list) else tuple(found)
    return next(new)


def alter_part(x, position, change):
    """x with a change of one of its parts."""
    found = parts(x)
    if position < len(found):
        found[position] = alter(found[position], change)
    return rebuilt(x, iter(found)) if is_several(x) else found[0]
