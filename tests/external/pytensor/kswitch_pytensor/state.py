"""Placeholders, variables, functions, gradients, the learning phase, names."""

import contextlib
from collections import Counter

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.utils import MissingInputError
from pytensor.link.vm import VMLinker
from pytensor.printing import Print

from kswitch_pytensor.values import cast, dtype_name, identity, is_symbolic, number, shaped, tensor

# Programs run as Python over NumPy: PyTensor's compilers take seconds for the smallest function.
# K.function(..., mode="NUMBA") asks for one of them.
QUICK = Mode(linker=VMLinker(use_cloop=False, c_thunks=False), optimizer=None)


class _State:
    def __init__(self):
        self.uids = Counter()
        self.names = Counter()
        self.scopes = []
        self.phase = None
        self.fixed = None


_state = _State()


# Names


def get_uid(prefix=""):
    """A number that counts up from 1 for each prefix."""
    _state.uids[prefix] += 1
    return _state.uids[prefix]


get_uids = get_uid


def reset_uids():
    """Starts all counters of get_uid again."""
    _state.uids.clear()


@contextlib.contextmanager
def name_scope(name):
    """Names given inside begin with that of the scope."""
    _state.scopes.append(name)
    try:
        yield "/".join(_state.scopes) + "/"
    finally:
        _state.scopes.pop()


def _named(name, default):
    name = "/".join([*_state.scopes, name or default])
    _state.names[name] += 1
    return name if _state.names[name] == 1 else f"{name}_{_state.names[name] - 1}"


# Tensors


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A tensor to be fed."""
    if sparse:
        raise NotImplementedError("placeholder(): sparse tensors are not written.")
    if shape is None and ndim is None:
        raise ValueError("placeholder(): give a shape or the number of axes, ndim.")
    shape = tuple(shape) if shape is not None else (None,) * ndim
    x = pt.tensor(_named(name, "placeholder"), dtype=dtype_name(dtype), shape=shape)
    x.tag.placeholder = True
    return x


def variable(value, dtype=None, name=None, constraint=None):
    """A tensor that keeps its value between calls."""
    if hasattr(value, "tocoo"):
        raise NotImplementedError("variable(): sparse tensors are not written.")
    if is_symbolic(value):
        value = eval(value)
    value = np.array(value, dtype_name(dtype))
    x = pytensor.shared(value, _named(name, "variable"), shape=value.shape)
    x.constraint = constraint
    return x


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of fixed value."""
    value = np.array(value, dtype_name(dtype))
    if shape is not None:
        value = np.broadcast_to(value, shape) if value.ndim == 0 else value.reshape(shape)
    return pt.constant(np.array(value), name=name)


def is_variable(x):
    return isinstance(x, SharedVariable)


def is_tensor(x):
    return is_symbolic(x)


def is_placeholder(x):
    return is_symbolic(x) and hasattr(x.tag, "placeholder")


def is_keras_tensor(x):
    """Whether a layer of Keras made x."""
    if not is_symbolic(x):
        raise ValueError(f"Unexpectedly found an instance of type {type(x)}, no tensor.")
    return hasattr(x, "_keras_history")


def is_sparse(x):
    return False


def to_dense(x):
    return x


def int_shape(x):
    """The static shape: None for sizes that are not known."""
    return tuple(x.type.shape) if is_symbolic(x) else np.shape(x)


def get_variable_shape(x):
    return int_shape(x)


def ndim(x):
    return len(int_shape(x))


def dtype(x):
    return x.dtype if is_symbolic(x) else np.asarray(x).dtype.name


def count_params(x):
    return int(np.prod(int_shape(x)))


# Values


def get_value(x):
    """The value of a variable, as an array; of another tensor what eval gives."""
    return np.array(x.get_value()) if is_variable(x) else eval(x)


def batch_get_value(ops):
    return [get_value(x) for x in ops]


def set_value(x, value):
    """Gives a variable another value."""
    _check_variable("set_value", x)
    shape = int_shape(x)
    value = np.array(value, x.dtype)
    if value.shape != shape:
        raise ValueError(
            f"set_value(): {x.name!r} of shape {shape} cannot take a value of shape {value.shape}."
        )
    x.set_value(value)


def batch_set_value(tuples):
    """Gives several variables another value; 0 stands for zeros."""
    for x, value in tuples:
        zero = np.ndim(value) == 0 and int_shape(x)
        set_value(x, np.full(int_shape(x), value) if zero else value)


def _check_variable(function, x):
    if not is_variable(x):
        raise TypeError(f"{function}(): x must be a variable, got {x!r}.")


def update(x, new_x):
    """A tensor that stores new_x in x when a function or eval runs it."""
    _check_variable("update", x)
    new = cast(tensor(new_x), x.dtype)
    sizes = zip(int_shape(new), int_shape(x), strict=False)
    if new.ndim != x.ndim or any(None is not a != b for a, b in sizes):
        raise ValueError(
            f"update(): {x.name!r} of shape {int_shape(x)} cannot take a value of shape "
            f"{int_shape(new)}."
        )
    new = identity(shaped(new, int_shape(x)))
    new.tag.updates = x
    return new


def update_add(x, increment):
    _check_variable("update_add", x)
    return update(x, x + cast(tensor(increment), x.dtype))


def update_sub(x, decrement):
    _check_variable("update_sub", x)
    return update(x, x - cast(tensor(decrement), x.dtype))


def moving_average_update(x, value, momentum):
    """x becomes momentum * x + (1 - momentum) * value."""
    _check_variable("moving_average_update", x)
    value = cast(tensor(value), x.dtype)
    kept, new = number(momentum, x), number(1.0 - momentum, x)
    return update(x, x * kept + value * new)


# The learning phase


def learning_phase():
    """0 in tests, 1 in training: a tensor to be fed, or the number that was set."""
    if _state.fixed is not None:
        return _state.fixed
    if _state.phase is None:
        _state.phase = pt.tensor("learning_phase", dtype="int32", shape=())
        _state.phase._uses_learning_phase = True
    return _state.phase


def set_learning_phase(value):
    if value not in (0, 1):
        raise ValueError(f"Expected learning phase to be 0 or 1, got {value!r}.")
    _state.fixed = int(value)


def clear_session():
    """Forgets names, counters and the learning phase."""
    _state.__init__()


def manual_variable_initialization(value):
    """Nothing: variables have their values from the start."""


def v1_variable_initialization():
    """Nothing: variables have their values from the start."""


def get_session():
    raise RuntimeError("get_session(): PyTensor has no sessions. Use K.eval and K.function.")


def set_session(session):
    raise RuntimeError("set_session(): PyTensor has no sessions. Use K.eval and K.function.")


def get_graph():
    raise RuntimeError("get_graph(): there is no global graph in PyTensor.")


# Functions


class Function:
    """A compiled graph, called with a list of values."""

    def __init__(self, inputs, outputs, updates, **options):
        for name, given in (("inputs", inputs), ("outputs", outputs), ("updates", updates)):
            if not isinstance(given, (list, tuple)):
                raise TypeError(f"function(): `{name}` should be a list or tuple, got {given!r}.")
        known = {"mode", "name", "profile", "on_unused_input", "allow_input_downcast"}
        for name in set(options) - known:
            raise ValueError(f'Invalid argument "{name}" passed to K.function with PyTensor.')
        self.inputs = inputs
        self.dtypes = [x.dtype for x in inputs]
        outputs = list(map(tensor, outputs))
        pairs = _pairs([*outputs, *updates], outputs)
        test = _state.phase is not None and not any(x is _state.phase for x in inputs)
        try:
            self.run = pytensor.function(
                list(inputs),
                outputs,
                updates=pairs,
                givens=[(_state.phase, constant(0, "int32"))] if test else [],
                **{"mode": QUICK, "on_unused_input": "ignore", **options},
            )
        except MissingInputError as error:
            text = str(error).splitlines()[0]
            raise ValueError(f"the result depends on a placeholder not fed: {text}") from error

    def __call__(self, inputs=()):
        if len(inputs) != len(self.inputs):
            raise ValueError(
                f"the function takes {len(self.inputs)} values, got {len(inputs)} of them."
            )
        values = [
            np.asarray(get_value(x) if is_symbolic(x) else x, kind)
            for x, kind in zip(inputs, self.dtypes, strict=True)
        ]
        return [np.asarray(x) for x in self.run(*values)]


def _pairs(updates, outputs=()):
    """(variable, new value) of each update; the first of a variable counts."""
    found = {}
    for each in updates:
        if isinstance(each, tuple) and len(each) == 2 and is_variable(each[0]):
            each = update(*each)
        if isinstance(each, (list, tuple)):
            for x, new in _pairs(each):
                found.setdefault(x, new)
        elif hasattr(each.tag, "updates"):
            found.setdefault(each.tag.updates, each)
        elif not any(each is x for x in outputs):
            raise TypeError(f"function(): an update must come from K.update, got {each!r}.")
    return list(found.items())


def function(inputs, outputs, updates=None, **kwargs):
    """A callable: values of the inputs -> values of the outputs, a list, or one array if outputs is
    one tensor; then the updates are stored.
    """
    updates = [] if updates is None else updates
    if not is_symbolic(outputs):
        return Function(inputs, outputs, updates, **kwargs)
    several = Function(inputs, [outputs], updates, **kwargs)

    def one(values=()):
        return several(values)[0]

    return one


def eval(x):
    """The value of a tensor that needs no feed."""
    return Function([], [x], [])([])[0]


def gradients(loss, variables):
    """The gradient of a loss, or of the sum of several, by each variable; None if unconnected."""
    variables = variables if isinstance(variables, (list, tuple)) else [variables]
    losses = loss if isinstance(loss, (list, tuple)) else [loss]
    for x in (*losses, *variables):
        if not is_symbolic(x):
            raise TypeError(f"gradients() takes symbolic tensors, got {x!r}.")
    totals = [x if x.ndim == 0 else pt.sum(x) for x in losses]
    total = totals[0] if len(totals) == 1 else pt.add(*totals)
    options = {"disconnected_inputs": "ignore", "return_disconnected": "none"}
    floats = [x for x in variables if x.dtype.startswith("float")]
    found = iter(pytensor.grad(total, floats, **options) if floats else [])
    result = [next(found) if x.dtype.startswith("float") else None for x in variables]
    return [g if g is None else cast(g, x.dtype) for g, x in zip(result, variables, strict=True)]


def stop_gradient(variables):
    """The same values, through which no gradient flows."""
    if isinstance(variables, (list, tuple)):
        return [stop_gradient(x) for x in variables]
    return pytensor.gradient.disconnected_grad(variables)


def print_tensor(x, message=""):
    """x; its value is printed whenever it is computed."""
    return Print(message, global_fn=lambda op, value: print(op.message, np.asarray(value)))(x)
