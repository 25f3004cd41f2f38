"""Symbolic tensors: a node of the graph is its own result.

Every backend has its own subclasses (`kswitch.dispatch.bind` makes them), so that one `type(x) in
SYMBOLIC` tells a symbolic tensor of this backend from everything else, a tensor of another backend
included. Tensors are compared and hashed by identity and take free attributes.
"""

from itertools import count

from kswitch import foreign
from kswitch.graph.operators import Arithmetic
from kswitch.graph.sizes import fresh

SERIAL = count()


class Shape(tuple):
    """A static shape as TensorFlow 1 spelled it: `x.get_shape().as_list()`."""

    __slots__ = ()

    def as_list(self) -> list:
        return list(self)

    @property
    def ndims(self) -> int:
        return len(self)

    def is_fully_defined(self) -> bool:
        return None not in self


class Tensor(Arithmetic):
    """What a recorded call will give: an op, its arguments, and the shape and dtype of the result.

    Attributes:
        op: the declaration that was called, or None for a leaf (a placeholder or variable).
        args: its arguments in declared order; tensors among them are the node's inputs.
        shape: tuple of int, or None for an axis whose size is not known yet.
        sizes: shape with a name for each None, see `kswitch.graph.sizes`.
        dtype: name of the dtype.
        static: for integers of rank 0 or 1, an object array of the values that are known already
            (see `kswitch.graph.values`), else None.
        uniform: what all elements are, if that is known: a number or scalar tensor (see
            `kswitch.graph.uniform`).
        inputs: the tensors that the node is computed from.
        after: updates that must have happened before it is computed (K.control_dependencies).
        kept: whether a loop's reverse reads it by its own name, though it may be a mere identity.
        phase: whether the value depends on the learning phase.
        serial: grows with every tensor made: says which of two tensors is older.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_name",
        "after",
        "args",
        "dtype",
        "inputs",
        "kept",
        "op",
        "phase",
        "serial",
        "shape",
        "sizes",
        "static",
        "uniform",
    )
    K = None  # the functions of the backend that the tensor belongs to; set by bind()
    __array_ufunc__ = None  # np.float32(2) * x and np.ones(3) * x call x.__rmul__
    __array_priority__ = 1000

    def __init__(self, op, args, inputs, shape, dtype, phase=False, name=None, sizes=None):
        self.op = op
        self.args = args
        self.inputs = inputs
        self.after = None
        self.kept = False
        self.shape = shape
        self.sizes = sizes or (fresh(shape) if None in shape else shape)
        self.dtype = dtype
        self.static = None
        self.uniform = None
        self.phase = phase
        self.serial = next(SERIAL)
        self._name = name

    # What it is called and how it prints

    @property
    def name(self) -> str:
        if self._name is None:
            self._name = f"{self.op.name}_{self.serial}:0"
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def __repr__(self):
        return f"<{type(self).__name__} '{self.name}' shape={self.shape} dtype={self.dtype}>"

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    # Shape, as Keras and TensorFlow 1 programs ask for it

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def _uses_learning_phase(self) -> bool:
        """Keras's name for `phase`; its layers set it too."""
        return self.phase

    @_uses_learning_phase.setter
    def _uses_learning_phase(self, value: bool) -> None:
        self.phase = bool(value)

    @property
    def _keras_shape(self) -> tuple:
        """What Keras takes for the shape: the static one, unknown sizes as a layer set them.

        Layers without a compute_output_shape of their own set that of their input.
        """
        given = self.__dict__.get("_keras_shape")
        if given is None or None not in self.shape or len(given) != len(self.shape):
            return self.shape
        return tuple(g if n is None else n for n, g in zip(self.shape, given, strict=True))

    @_keras_shape.setter
    def _keras_shape(self, shape: tuple) -> None:
        self.__dict__["_keras_shape"] = shape

    def get_shape(self) -> Shape:
        return Shape(self.shape)

    def set_shape(self, shape) -> None:
        """Fills in sizes that were unknown; a size that contradicts a known one is a ValueError."""
        shape = tuple(shape)
        if len(shape) != len(self.shape):
            raise ValueError(f"set_shape(): {self!r} has rank {self.ndim}, got {shape}.")
        for axis, (known, new) in enumerate(zip(self.shape, shape, strict=True)):
            if None not in (known, new) and known != new:
                raise ValueError(f"set_shape(): axis {axis} of {self!r} is {known}, got {new}.")
        self.shape = tuple(n if k is None else k for k, n in zip(self.shape, shape, strict=True))
        self.sizes = tuple(
            s if n is None else n for n, s in zip(self.shape, self.sizes, strict=True)
        )

    # The value, for expressions that need no feed

    def numpy(self):
        """The value as a NumPy array; a ValueError if it depends on a placeholder."""
        return self.K.eval(self)

    def eval(self, feed_dict=None, session=None):
        """The value as a NumPy array, fed as TensorFlow 1 did: {placeholder: array}."""
        feeds = feed_dict or {}
        return self.K.function(list(feeds), [self])(list(feeds.values()))[0]

    def __array__(self, dtype=None, copy=None):
        value = self.K.eval(self)
        return value if dtype is None else value.astype(dtype)

    def __float__(self):
        return float(self.K.eval(self))

    def __int__(self):
        return int(self.K.eval(self))

    def __bool__(self):
        raise TypeError(
            f"{self!r} has no truth value before it is computed: use K.switch(condition, a, b) "
            "for a choice inside the graph, or K.eval(x) for a value now."
        )

    def __iter__(self):
        if not self.shape or self.shape[0] is None:
            raise TypeError(
                f"{self!r} cannot be iterated over: the size of its first axis is not known."
            )
        return iter([self[i] for i in range(self.shape[0])])

    # What a saved model of Keras 3 holds, where its own operations got a constant or variable

    def get_config(self) -> dict:
        return foreign.config(self)

    @classmethod
    def from_config(cls, config):
        return foreign.from_config(cls.K, config)

    # Operators beside those of Arithmetic; each is the op of that name

    def __pow__(self, other):
        return self.K.pow(self, other)

    def __rpow__(self, other):
        return self.K.pow(other, self)

    def __matmul__(self, other):
        return self.K.matmul(self, other)

    def __rmatmul__(self, other):
        return self.K.matmul(other, self)

    def __pos__(self):
        return self

    def __abs__(self):
        return self.K.abs(self)

    def __invert__(self):
        return self.K.logical_not(self)

    def __and__(self, other):
        return self.K.logical_and(self, other)

    __rand__ = __and__

    def __or__(self, other):
        return self.K.logical_or(self, other)

    __ror__ = __or__

    def __xor__(self, other):
        return self.K.not_equal(self, other)

    __rxor__ = __xor__

    def __lt__(self, other):
        return self.K.less(self, other)

    def __le__(self, other):
        return self.K.less_equal(self, other)

    def __gt__(self, other):
        return self.K.greater(self, other)

    def __ge__(self, other):
        return self.K.greater_equal(self, other)


class Placeholder(Tensor):
    """A leaf that is fed at each call. `default` is used when it is not fed (the
    learning phase).
    """

    __slots__ = ("default",)

    def __init__(self, shape, dtype, name, default=None, sizes=None):
        super().__init__(None, (), (), shape, dtype, name=name, sizes=sizes)
        self.default = default


class Variable(Tensor):
    """A leaf that holds a native value between calls.

    Attributes:
        value: the engine's own storage: np.ndarray, torch.nn.Parameter, jax.Array or tf.Variable.
        constraint: kept for optimizers; never applied by K itself.
        trainable: what Keras's layers ask of a variable that is put on them; K itself does not.
    """

    __slots__ = ("constraint", "value")
    trainable = True

    def __init__(self, value, shape, dtype, name, constraint=None):
        super().__init__(None, (), (), shape, dtype, name=name)
        self.value = value
        self.constraint = constraint

    def __bool__(self):
        return True

    def assign(self, value):
        return self.K.update(self, value)


class Update(Tensor):
    """The new value of a variable; evaluating it also stores the value. args = (variable, new)."""

    __slots__ = ()


class Sparse(Tensor):
    """A matrix given by the coordinates and values of its entries; entries of one place add up.

    Attributes:
        rows, columns: (entries,), int32.
        values: (entries,).
        frame: (number of rows, number of columns, 0): its shape is all that counts.
    """

    __slots__ = ("columns", "frame", "rows", "values")

    def __init__(self, rows, columns, values, frame, name):
        parts = (rows, columns, values, frame)
        super().__init__(None, parts, parts, frame.shape[:2], values.dtype, name=name)
        self.sizes = frame.sizes[:2]
        self.rows, self.columns, self.values, self.frame = parts
        if name is None:
            self._name = f"sparse_{self.serial}:0"

    def size(self, axis):
        """The number of rows (0) or columns (1): an int if it is known."""
        known = self.shape[axis]
        return self.K.shape(self.frame)[axis] if known is None else known
