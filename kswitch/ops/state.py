"""Variables' values, updates, and the state of a backend: phase, scopes, session."""

from contextlib import contextmanager

import numpy as np

from kswitch import foreign
from kswitch.declare import composite


@composite
def update(K, x, new_x):
    """The update x <- new_x.

    Nothing changes until the result is evaluated: put it among the updates of K.function, or give
    it to K.eval.

    Args:
        x: variable.
        new_x: tensor, array or number, cast to x's dtype.

    Returns:
        A tensor: the new value.

    Raises:
        TypeError: x is no variable of this backend.
        ValueError: the shapes differ.
    """
    if type(x) is not K.Variable:
        raise TypeError(f"update(): x must be a variable of the backend {K.name!r}, got {x!r}.")
    new = new_x if type(new_x) in K.SYMBOLIC else K.record.constant(new_x, x.dtype)
    if new.dtype != x.dtype:
        new = K.cast(new, x.dtype)
    if len(new.shape) != len(x.shape) or any(
        a is not None and a != b for a, b in zip(new.shape, x.shape, strict=True)
    ):
        raise ValueError(f"update(): {x!r} cannot take a value of shape {new.shape}.")
    result = K.Update(None, (x, new), (new,), x.shape, x.dtype, new.phase)
    result.name = f"update_{result.serial}:0"
    K.record.order(result)
    return result


@composite
def update_add(K, x, increment):
    """The update x <- x + increment; see K.update."""
    return K.update(x, x + increment)


@composite
def update_sub(K, x, decrement):
    """The update x <- x - decrement; see K.update."""
    return K.update(x, x - decrement)


@composite
def moving_average_update(K, x, value, momentum):
    """The update x <- x * momentum + value * (1 - momentum); see K.update.

    There is no correction for the first updates, as in Keras 2.3.1; Keras 2.2.4 had one.
    """
    return K.update(x, x * momentum + value * (1.0 - momentum))


@composite
def get_value(K, x):
    """The value of a variable as a NumPy array, a copy.

    Raises:
        TypeError: x is neither a variable nor anything that has a value.
    """
    if type(x) is K.Variable:
        return K.adapter.read(x.value)
    return K.eval(x)


@composite
def batch_get_value(K, ops):
    """The values of several variables, a list of NumPy arrays."""
    return [K.get_value(x) for x in ops]


@composite
def set_value(K, x, value):
    """Gives a variable a new value at once.

    Args:
        x: variable.
        value: array or number of its shape, cast to its dtype.

    Raises:
        TypeError: x is no variable of this backend.
        ValueError: the shapes differ.
    """
    if type(x) is not K.Variable:
        raise TypeError(f"set_value(): x must be a variable of the backend {K.name!r}, got {x!r}.")
    if type(value) in K.SYMBOLIC:
        value = K.eval(value)
    elif K.adapter.is_native(value):
        value = K.adapter.to_numpy(value)
    value = K.record.as_array(value, x.dtype)
    if value.shape != x.shape:
        raise ValueError(f"set_value(): {x!r} cannot take a value of shape {value.shape}.")
    x.value = K.adapter.write(x.value, value)


@composite
def batch_set_value(K, tuples):
    """Gives several variables new values: a list of pairs (variable, value)."""
    for x, value in tuples:
        if np.ndim(value) == 0 and x.shape:
            value = np.full(x.shape, value)
        K.set_value(x, value)


@composite
def learning_phase(K):
    """The learning phase: a placeholder (0 test, 1 train; 0 unless fed), or the int it
    was set to. Inside a layer of Keras 3 it is the `training` of that call.
    """
    if K.state.fixed_phase is not None:
        return K.state.fixed_phase
    training = foreign.training()
    return K.phase_placeholder() if training is None else training


@composite(public=False)
def phase_placeholder(K):
    """The placeholder that is fed with the learning phase."""
    state = K.state
    if state.phase is None:
        state.phase = K.Placeholder((), "int32", "keras_learning_phase:0", default=0)
        state.phase.phase = True
    return state.phase


@composite
def set_learning_phase(K, value):
    """Fixes the learning phase to 0 (test) or 1 (train).

    Raises:
        ValueError: value is neither.
    """
    if value not in (0, 1):
        raise ValueError(
            f"set_learning_phase(): Expected learning phase to be 0 or 1, got {value!r}."
        )
    K.state.fixed_phase = int(value)


@composite
def clear_session(K):
    """Forgets names, uids and the learning phase. Tensors and variables that exist keep working."""
    K.state.clear()


@composite
def name_scope(K, name):
    """A context manager: names of what is made inside begin with `name/`; yields that prefix."""
    return _name_scope(K, name)


@contextmanager
def _name_scope(K, name):
    K.state.scopes.append(name)
    try:
        yield "/".join(K.state.scopes) + "/"
    finally:
        K.state.scopes.pop()


@composite
def control_dependencies(K, control_inputs):
    """A context manager: what is made inside is computed after the listed updates have happened.

    It then reads the new values of the variables, and evaluating it also stores them, once.

    Args:
        control_inputs: updates, or one update.
    """
    return _control_dependencies(K, control_inputs)


@contextmanager
def _control_dependencies(K, control_inputs):
    before = K.state.controls
    listed = control_inputs if isinstance(control_inputs, (list, tuple)) else [control_inputs]
    K.state.controls = [*before, *(x for x in listed if type(x) in K.SYMBOLIC)]
    try:
        yield
    finally:
        K.state.controls = before


@composite
def manual_variable_initialization(K, value):
    """Does nothing: variables have their values from the start on every engine here."""
    if not isinstance(value, (bool, int)):
        raise TypeError(f"manual_variable_initialization() takes True or False, got {value!r}.")


@composite
def get_session(K):
    """Raises RuntimeError: there are no TensorFlow 1 sessions here.

    Use K.eval(x), K.get_value(variable) or K.function(inputs, outputs) instead.
    """
    raise RuntimeError(
        "get_session(): no engine here has sessions. Use K.eval(x) for the value of a tensor, "
        "K.get_value(variable) for that of a variable, K.function(inputs, outputs) to feed inputs."
    )


@composite
def set_session(K, session):
    """Raises RuntimeError: there are no TensorFlow 1 sessions here; see K.get_session."""
    raise RuntimeError(
        "set_session(): no engine here has sessions; there is nothing to set. For "
        "reproducible numbers "
        "give seeds, or call numpy.random.seed first."
    )


@composite
def get_graph(K):
    """Raises RuntimeError: a graph here belongs to no session, it is just the tensors
    themselves.
    """
    raise RuntimeError(
        "get_graph(): there is no global graph. A tensor knows its op and inputs (x.op, "
        "x.inputs), and "
        "K.function(inputs, outputs).source is the program made of it."
    )


@composite
def v1_variable_initialization(K):
    """Does nothing: variables have their values from the start on every engine here."""


def as_updates(K, updates):
    """The updates of K.function as `Update` tensors: they may be tensors, pairs, or nested lists of
    them.
    """
    result = []
    for each in updates or ():
        if type(each) is K.Update:
            result.append(each)
        elif isinstance(each, tuple) and len(each) == 2 and type(each[0]) is K.Variable:
            result.append(K.update(*each))
        elif isinstance(each, (list, tuple)):
            result.extend(as_updates(K, each))
        elif type(each) in K.SYMBOLIC:
            result.append(each)
        else:
            raise TypeError(
                f"function(): an update is the result of K.update(...) or a pair (variable, "
                "new value), "
                f"got {each!r}."
            )
    return result
