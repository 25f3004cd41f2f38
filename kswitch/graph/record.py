"""Records a call: converts its arguments, settles dtypes, runs the static rule, makes the node.

This is where a mistake in a symbolic program raises, at the line of the user who made it.
"""

import functools
import numbers
from typing import Any

import numpy as np

from kswitch import config, declare
from kswitch import foreign as strangers
from kswitch.graph import dtypes, sizes, uniform, values
from kswitch.graph.random import Seed
from kswitch.graph.tensor import Tensor
from kswitch.ops import sparse

SCALARS = frozenset({int, float, bool})
HOST = SCALARS | {np.ndarray, list, tuple}
PROMOTED = (declare.Operand, declare.Floating)


class Recorder:
    """Records calls of one backend's ops.

    Attributes:
        K: all functions of the backend, its tensor classes and its state.
        symbolic: the types of its symbolic tensors.
    """

    def __init__(self, K):
        self.K = K
        self.symbolic = K.SYMBOLIC
        self.sparse = K.Sparse
        self.as_array = as_array
        self.convert = {
            declare.Tensor: self.tensor,
            declare.Tensors: self.tensors,
            declare.Operand: self.operand,
            declare.Floating: self.operand,
            declare.Operands: self.operands,
            declare.Shape: self.shape,
            declare.Scalar: self.scalar,
            declare.Index: self.index,
            declare.DType: self.dtype,
            declare.Seed: self.seed,
            declare.Plain: self.plain,
        }
        self.plans = {}

    def plan(self, op):
        """What to do with a call of an op, worked out once.

        Returns:
            special: records the call in its own way, or gives None; None for most ops.
            steps: for each argument (position, the types that need no conversion, how to convert
                others); of these types True marks inputs.
            promoted: the positions of the arguments that meet in one dtype.
            floating: whether that is a float dtype.
        """
        special = None
        if op.record is not None:
            special = functools.partial(op.record, self.K)
        elif op.name in sparse.RULES:
            special = functools.partial(self.if_sparse, sparse.RULES[op.name])
        tensors = dict.fromkeys(self.symbolic - {self.sparse}, True)
        numbers = dict.fromkeys(SCALARS, False)
        ready = dict.fromkeys(PROMOTED, tensors | numbers)
        ready |= {declare.Tensor: tensors, declare.Plain: numbers | {type(None): False, str: False}}
        steps = tuple([(i, ready.get(k, {}), self.convert[k]) for i, k in enumerate(op.kinds)])
        promoted = tuple(
            i for i, k in enumerate(op.kinds) if k in PROMOTED or k is declare.Operands
        )
        self.plans[op] = plan = (special, steps, promoted, declare.Floating in op.kinds)
        return plan

    def __call__(self, op, args):
        """The symbolic result of op(*args): a tensor, or a tuple of them."""
        special, steps, promoted, floating = self.plans.get(op) or self.plan(op)
        if special is not None:
            result = special(*args)
            if result is not None:
                return result
        args = list(args)
        inputs = self.converted(steps, args)
        if not inputs and promoted and type(args[promoted[0]]) in SCALARS:
            args[promoted[0]] = self.constant(args[promoted[0]])
            inputs = self.converted(steps, args)
        if (
            promoted
            and not self.agree(args, promoted, floating)
            and self.promote(args, promoted, floating)
        ):
            inputs = self.converted(steps, args)
        return self.node(op, tuple(args), inputs, op.rule(*args))

    def converted(self, steps, args) -> tuple:
        """The inputs of a call, whose arguments are converted where they stand."""
        inputs = []
        for position, ready, convert in steps:
            value = args[position]
            known = ready.get(type(value))
            if known:
                inputs.append(value)
            elif known is None:
                args[position] = convert(value, inputs)
        return tuple(inputs)

    def if_sparse(self, rule, first, *rest):
        return rule(self.K, first, *rest) if self.holds_sparse(first) else None

    def node(self, op, args, inputs, spec):
        """The tensor, or tuple of tensors, that stands for a call whose arguments are settled."""
        phase = False
        for x in inputs:
            if x.phase:
                phase = True
        if type(spec) is list:
            whole = self.K.Tensor(op, args, inputs, (), "tuple", phase)
            self.order(whole)
            return tuple([self.item(whole, i, each) for i, each in enumerate(spec)])
        shape, dtype = spec
        named = sizes.infer(op, args, inputs, shape) if None in shape else shape
        result = self.K.Tensor(op, args, inputs, shape, dtype, phase, None, named)
        if self.K.state.controls:
            self.order(result)
        if op.name in uniform.RULES:
            result.uniform = uniform.infer(op.name, args, inputs, shape, dtype)
        if len(shape) <= 1 and inputs and dtypes.is_integer(dtype):
            result.static = values.infer(op.name, args, inputs, dtype)
            if shape == () and result.static is not None:
                result.uniform = values.known(result.static)
        return result

    def item(self, whole, position, spec):
        """One result of a node that has several; spec is its shape, dtype and, if known, sizes."""
        op = self.K.declarations["item"]
        shape, dtype, *named = spec
        return self.K.Tensor(
            op, (whole, position), (whole,), shape, dtype, whole.phase, None, *named
        )

    def order(self, node):
        """Under K.control_dependencies a new node waits for the updates listed there."""
        if self.K.state.controls:
            node.after = tuple(self.K.state.controls)

    # Arguments, kind by kind

    def tensor(self, value, inputs):
        if value is None:
            return None
        kind = type(value)
        if kind not in self.symbolic:
            value = self.constant(value)
        elif kind is self.sparse:
            value = self.K.to_dense(value)
        inputs.append(value)
        return value

    def tensors(self, value, inputs):
        return tuple([self.tensor(x, inputs) for x in value])

    def operand(self, value, inputs):
        kind = type(value)
        if kind in self.symbolic:
            if kind is self.sparse:
                value = self.K.to_dense(value)
            inputs.append(value)
            return value
        if kind in SCALARS or value is None:
            return value
        if isinstance(value, (np.generic, np.ndarray)):
            return value.item() if value.ndim == 0 and value.dtype.kind in "biuf" else value
        if isinstance(value, (list, tuple)) and not self.holds_symbolic(value):
            return np.asarray(value)
        return self.tensor(value, inputs)

    def operands(self, value, inputs):
        return tuple([self.operand(x, inputs) for x in value])

    def shape(self, value, inputs):
        """A tuple of int, None and symbolic int scalars; None where the shape was left out."""
        if value is None:
            return None
        if type(value) in self.symbolic:
            if value.ndim != 1 or value.shape[0] is None:
                raise ValueError(
                    f"a shape must have rank 1 and a known length, got {value!r}: "
                    "the rank of the result would not be known."
                )
            value = [value[i] for i in range(value.shape[0])]
        elif isinstance(value, (numbers.Integral, np.generic)):
            value = (value,)
        return tuple([self.size(x, inputs) for x in value])

    def size(self, value, inputs):
        if value is None or type(value) is int:
            return value
        return self.scalar(value, inputs, integer=True)

    def scalar(self, value, inputs, integer=False):
        kind = type(value)
        if value is None or (kind in SCALARS and not (integer and kind is float)):
            return int(value) if integer and kind is bool else value
        if kind in self.symbolic:
            if integer and not dtypes.is_integer(value.dtype):
                raise TypeError(f"expected an integer, got {value!r}: use K.cast(x, 'int32').")
            if value.static is not None and value.static.size == 1:
                known = values.known(value.static)
                if known is not None:
                    return known
            if value.ndim:
                value = self.K.reshape(value, ())
            inputs.append(value)
            return value
        if isinstance(value, Tensor):
            raise TypeError(foreign(self.K, value))
        value = np.asarray(value)
        if value.size != 1 or (integer and value.dtype.kind not in "iu"):
            raise TypeError(f"expected {'an integer' if integer else 'a number'}, got {value!r}.")
        return value.item()

    def index(self, value, inputs):
        key = value if isinstance(value, tuple) else (value,)
        return tuple([self.entry(x, inputs) for x in key])

    def entry(self, value, inputs):
        if value is None or value is Ellipsis or type(value) is int:
            return value
        if isinstance(value, slice):
            parts = [
                None if part is None else self.scalar(part, inputs, integer=True)
                for part in (value.start, value.stop, value.step)
            ]
            return slice(*parts)
        if isinstance(value, (numbers.Integral, np.integer)) and not isinstance(value, bool):
            return int(value)
        if type(value) in self.symbolic and value.ndim == 0:
            return self.scalar(value, inputs, integer=True)
        raise TypeError(
            "x[...] of a symbolic tensor takes ints, slices, Ellipsis, None and scalar integer "
            f"tensors, got {value!r}: use K.gather(x, indices) to pick rows."
        )

    def dtype(self, value, inputs):
        return None if value is None else dtypes.name_of(value)

    def seed(self, value, inputs):
        return value if isinstance(value, Seed) else Seed(value)

    def plain(self, value, inputs):
        """The value itself; lists become tuples and NumPy's numbers Python's: both are written as
        text.
        """
        if isinstance(value, (list, tuple)):
            return tuple([self.plain(x, inputs) for x in value])
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
            return value.item()
        return value

    # Constants and promotion

    def holds_sparse(self, value) -> bool:
        if isinstance(value, (list, tuple)):
            return any(type(x) is self.sparse for x in value)
        return type(value) is self.sparse

    def holds_symbolic(self, value) -> bool:
        if type(value) in self.symbolic:
            return True
        return isinstance(value, (list, tuple)) and any(self.holds_symbolic(x) for x in value)

    def constant(self, value, dtype=None):
        """The node of something that is no symbolic tensor of this backend.

        Raises:
            TypeError: it is a tensor of another backend, or nothing that a tensor can be made of.
        """
        K = self.K
        if isinstance(value, Tensor):
            raise TypeError(foreign(K, value))
        if isinstance(value, (list, tuple)) and self.holds_symbolic(value):
            return K.stack(list(value), 0)
        if type(value) not in HOST:
            strangers.refuse(K, value)
        if not K.adapter.is_native(value) or isinstance(value, (np.ndarray, np.generic)):
            value = as_array(value, dtype)
            shape, found = value.shape, dtypes.name_of(value.dtype)
        else:
            shape, found = K.adapter.native_shape(value), K.adapter.native_dtype(value)
            if dtype not in (None, found):
                return K.cast(self.constant(value), dtype)
        node = K.Tensor(K.declarations["constant_"], (value,), (), shape, found)
        if isinstance(value, np.ndarray):
            if len(shape) <= 1 and dtypes.is_integer(found):
                node.static = np.asarray(value.astype(object), dtype=object)
            if shape == () and value.dtype.kind in "iuf":
                node.uniform = value.item()
        return node

    def agree(self, args, positions, floating) -> bool:
        """Whether the operands at these positions plainly have one dtype: most have."""
        dtype = None
        weak = 0
        for i in positions:
            x = args[i]
            kind = type(x)
            if kind in self.symbolic:
                if dtype is None:
                    dtype = x.dtype
                elif x.dtype != dtype:
                    return False
            elif kind is float:
                weak = 2
            elif kind is int:
                weak = weak or 1
            elif x is not None:
                return False
        if dtype in dtypes.FLOATS:
            return True
        return dtype is not None and not floating and weak <= dtypes.kind(dtype)

    def promote(self, args, positions, floating) -> bool:
        """Casts the operands at these positions to one dtype; whether anything was changed."""
        flat = []
        for i in positions:
            if type(args[i]) is tuple:
                flat.extend(args[i])
            else:
                flat.append(args[i])
        strong: Any = None
        weak = -1
        for x in flat:
            if type(x) in self.symbolic:
                strong = x.dtype if strong is None else dtypes.promote(strong, x.dtype)
            elif x is not None:
                weak = max(weak, _weak_kind(x))
        target = strong if weak < 0 else dtypes.weakly(strong, weak, config.floatx())
        if floating and not dtypes.is_float(target):
            target = config.floatx()
        changed = False
        for i in positions:
            if type(args[i]) is tuple:
                new = tuple([self.meet(x, target) for x in args[i]])
                changed |= any(a is not b for a, b in zip(new, args[i], strict=True))
            else:
                new = self.meet(args[i], target)
                changed |= new is not args[i]
            args[i] = new
        return changed

    def meet(self, x, target):
        if type(x) in self.symbolic:
            return x if x.dtype == target else self.K.cast(x, target)
        if isinstance(x, np.ndarray):
            return self.constant(x.astype(numpy_dtype(target)))
        if type(x) is bool and target != "bool":
            return int(x)
        return x


def _weak_kind(x) -> int:
    if isinstance(x, np.ndarray):
        return dtypes.kind(dtypes.name_of(x.dtype))
    return 0 if type(x) is bool else 1 if type(x) is int else 2


def numpy_dtype(name: str) -> np.dtype:
    """NumPy's dtype of that name; bfloat16 comes from ml_dtypes.

    Raises:
        NotImplementedError: it is bfloat16, and ml_dtypes is not installed.
    """
    if name == "bfloat16":
        try:
            import ml_dtypes
        except ModuleNotFoundError as error:
            raise NotImplementedError(
                "NumPy has no bfloat16 of its own: pip install ml_dtypes."
            ) from error
        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype("O" if name == "string" else name)


def as_array(value, dtype=None) -> np.ndarray:
    """A NumPy array of anything array-like; Python floats become floatx, Python ints int32.

    Raises:
        TypeError: no array of numbers can be made of it.
    """
    plain = not isinstance(value, (np.ndarray, np.generic))
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"no tensor can be made of {value!r}: {error}") from error
    if dtype is not None:
        return array.astype(numpy_dtype(dtype))
    if array.dtype.kind not in "biufV" and array.dtype.name != "bfloat16":
        raise TypeError(f"expected a tensor, an array or a number, got {value!r}.")
    if plain and not hasattr(value, "dtype"):
        target = {"f": config.floatx(), "i": "int32", "u": "int32"}.get(array.dtype.kind)
        return array if target is None else array.astype(numpy_dtype(target))
    return array.copy()


def foreign(K, value) -> str:
    return (
        f"{value!r} belongs to the backend {value.K.name!r} and cannot be used with {K.name!r}: "
        "take its value with K.eval of its own backend first."
    )
