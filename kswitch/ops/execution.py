"""From tensors to values: functions, gradients, evaluation."""

import numpy as np

from kswitch.declare import Plain, Spec, Tensor, composite, gradient, op
from kswitch.ops.rules import same
from kswitch.ops.state import as_updates


@composite
def function(K, inputs, outputs, updates=None, **kwargs):
    """A function that computes outputs from inputs and then updates variables.

    Args:
        inputs: list of placeholders (any tensor can be fed); K.learning_phase() may be among them.
        outputs: list of tensors, or one tensor.
        updates: list of updates (K.update and its like) or pairs (variable, new value). All new
            values are computed from the state before the call.
        name: shown in the repr of the result.
        jit_compile: whether to compile with the engine's optimising compiler, inductor in PyTorch
            and XLA in TensorFlow: the first call, and one with new sizes, then takes seconds to a
            minute. JAX always does; NumPy has none and runs as ever.

    Returns:
        A callable: it takes a list of values, one for each input, and returns a list of NumPy
            arrays, or
        one array if outputs is one tensor. Its attribute `source` is the Python text that runs.

    Raises:
        TypeError: inputs is no list, or an input, output or update is nothing of the kind.
        ValueError: another keyword is given.
    """
    from kswitch.compile.function import Function

    name = kwargs.pop("name", None)
    jit_compile = bool(kwargs.pop("jit_compile", False))
    if kwargs:
        raise ValueError(
            f'Invalid argument "{next(iter(kwargs))}" passed to K.function with the {K.name} '
            "backend; it takes inputs, outputs, updates, name and jit_compile."
        )
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(
            f"function(): `inputs` should be a list or tuple of tensors, got {inputs!r}."
        )
    single = not isinstance(outputs, (list, tuple))
    outputs = [outputs] if single else list(outputs)
    for x in inputs:
        if type(x) not in K.SYMBOLIC and not isinstance(x, int):
            raise TypeError(
                f"function(): an input must be a tensor of the backend {K.name!r}, got {x!r}."
            )
    inputs = [K.Placeholder((), "int32", "phase", 0) if isinstance(x, int) else x for x in inputs]
    outputs = [x if type(x) in K.SYMBOLIC else K.record.constant(x) for x in outputs]
    outputs = [K.to_dense(x) if type(x) is K.Sparse else x for x in outputs]
    return Function(K, inputs, outputs, as_updates(K, updates), name, single, jit_compile)


@composite
def gradients(K, loss, variables):
    """The gradients of loss by variables.

    Args:
        loss: tensor of any shape (its elements are summed), or a list of them.
        variables: list of variables, placeholders or any tensors that loss is computed from; or
            one.

    Returns:
        A list of tensors of the shapes of variables, None where loss does not depend on one.
    """
    from kswitch.compile.gradients import gradients

    return gradients(K, loss, variables)


@composite
def eval(K, x):
    """The value of a tensor as a NumPy array; evaluating an update also performs it.

    Raises:
        ValueError: x depends on a placeholder.
    """
    if type(x) is K.Variable:
        return K.adapter.read(x.value)
    if type(x) in K.SYMBOLIC:
        from kswitch.compile.function import evaluate

        return evaluate(K, x)
    if K.adapter.is_native(x):
        return K.adapter.to_numpy(x)
    return np.asarray(x)


@op(view=True, public=False, differentiable=False)
def stop_gradient_(x: Tensor) -> Spec:
    """x, through which no gradient flows."""
    return same(x)


@composite
def stop_gradient(K, variables):
    """The same value, but a constant for K.gradients.

    Args:
        variables: a tensor, or a list of tensors.

    Returns:
        A tensor, or a list of them.
    """
    if isinstance(variables, (list, tuple)):
        return [K.stop_gradient_(x) for x in variables]
    return K.stop_gradient_(variables)


@op(view=True, public=False)
def print_value(x: Tensor, message: Plain) -> Spec:
    """x; prints the message and the value each time it is computed."""
    return same(x)


@gradient(print_value, "x")
def _(K, g, y, x, message):
    return g


@composite
def print_tensor(K, x, message=""):
    """x itself; each time it is computed, "message value" is printed on stdout."""
    return K.print_value(x, message)
