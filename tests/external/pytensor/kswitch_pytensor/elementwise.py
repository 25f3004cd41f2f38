"""Element-wise functions, comparisons, reductions and activations."""

import builtins

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.special import log_softmax
from pytensor.tensor.special import softmax as _softmax

from kswitch import config
from kswitch_pytensor.state import int_shape, variable
from kswitch_pytensor.values import (
    cast,
    dtype_name,
    floating,
    is_symbolic,
    known_sizes,
    meet,
    number,
    shaped,
    tensor,
)


def _checked(name, x, y):
    """Two operands of one dtype, whose shapes are known to broadcast."""
    x, y = meet(x, y)
    for a, b in zip(int_shape(x)[::-1], int_shape(y)[::-1], strict=False):
        if None not in (a, b) and a != b and 1 not in (a, b):
            raise ValueError(
                f"{name}(): the shapes {int_shape(x)} and {int_shape(y)} do not broadcast."
            )
    return x, y


def equal(x, y):
    return pt.eq(*_checked("equal", x, y))


def not_equal(x, y):
    return pt.neq(*_checked("not_equal", x, y))


def greater(x, y):
    return pt.gt(*_checked("greater", x, y))


def greater_equal(x, y):
    return pt.ge(*_checked("greater_equal", x, y))


def less(x, y):
    return pt.lt(*_checked("less", x, y))


def less_equal(x, y):
    return pt.le(*_checked("less_equal", x, y))


def maximum(x, y):
    return pt.maximum(*_checked("maximum", x, y))


def minimum(x, y):
    return pt.minimum(*_checked("minimum", x, y))


def clip(x, min_value=None, max_value=None):
    """x within limits; where they cross, the lower one counts."""
    x = tensor(x)
    low, high = (None if v is None else cast(tensor(v), x.dtype) for v in (min_value, max_value))
    result = x if high is None else pt.switch(pt.gt(x, high), high, x)
    return result if low is None else pt.switch(pt.lt(result, low), low, result)


def pow(x, a):
    x, a = _checked("pow", x, a)
    return cast(pt.pow(x, a), x.dtype)


def square(x):
    return pt.sqr(tensor(x))


def abs(x):
    return pt.abs(tensor(x))


def sign(x):
    return pt.sign(tensor(x))


def sqrt(x):
    """The square root; negative numbers count as 0."""
    x = floating(x)
    zero = number(0, x)
    return pt.sqrt(pt.switch(pt.lt(x, zero), zero, x) + zero)  # -0.0 becomes 0.0


def exp(x):
    return pt.exp(floating(x))


def log(x):
    return pt.log(floating(x))


def sin(x):
    return pt.sin(floating(x))


def cos(x):
    return pt.cos(floating(x))


def round(x):
    """The nearest integer, of halves the even one."""
    x = tensor(x)
    return pt.round(x, mode="half_to_even") if x.dtype.startswith("float") else pt.tensor_copy(x)


# Reductions


def _axes(axis):
    return axis if axis is None else [int(a) for a in np.atleast_1d(axis)]


def _reduced(reduce, x, axis, keepdims, **options):
    axes = _axes(axis)
    if axes == []:
        return pt.tensor_copy(x)
    return reduce(x, axis=axes, keepdims=keepdims, **options)


def _numbers(x):
    x = tensor(x)
    return cast(x, "int32") if x.dtype == "bool" else x


def sum(x, axis=None, keepdims=False):
    x = _numbers(x)
    return _reduced(pt.sum, x, axis, keepdims, dtype=x.dtype, acc_dtype=x.dtype)


def prod(x, axis=None, keepdims=False):
    x = _numbers(x)
    return _reduced(pt.prod, x, axis, keepdims, dtype=x.dtype, acc_dtype=x.dtype)


def max(x, axis=None, keepdims=False):
    return _reduced(pt.max, tensor(x), axis, keepdims)


def min(x, axis=None, keepdims=False):
    return _reduced(pt.min, tensor(x), axis, keepdims)


def mean(x, axis=None, keepdims=False):
    x = floating(x)
    return _reduced(pt.mean, x, axis, keepdims, dtype=x.dtype, acc_dtype=x.dtype)


def var(x, axis=None, keepdims=False):
    x = floating(x)
    return mean(pt.sqr(x - mean(x, axis, True)), axis, keepdims)


def std(x, axis=None, keepdims=False):
    return pt.sqrt(var(x, axis, keepdims))


def any(x, axis=None, keepdims=False):
    return _reduced(pt.any, cast(tensor(x), "bool"), axis, keepdims)


def all(x, axis=None, keepdims=False):
    return _reduced(pt.all, cast(tensor(x), "bool"), axis, keepdims)


def argmax(x, axis=-1):
    return pt.argmax(_numbers(x), axis=axis)


def argmin(x, axis=-1):
    return pt.argmin(_numbers(x), axis=axis)


def logsumexp(x, axis=None, keepdims=False):
    x = floating(x)
    top = max(x, axis, True)
    top = pt.switch(pt.isinf(top), cast(0, x.dtype), top)
    result = pt.log(sum(pt.exp(x - top), axis, True)) + top
    return result if keepdims else result.squeeze(_axes(axis))


def cumsum(x, axis=0):
    x = tensor(x)
    return cast(pt.cumsum(x, axis=axis), x.dtype)


def cumprod(x, axis=0):
    x = tensor(x)
    return cast(pt.cumprod(x, axis=axis), x.dtype)


# Activations


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """max_value above it, x above the threshold, alpha * (x - threshold) below."""
    x = tensor(x)
    below = number(alpha, x) * (x - number(threshold, x)) if alpha else pt.zeros_like(x)
    if threshold:
        result = pt.switch(pt.ge(x, number(threshold, x)), x, below)
    else:
        result = pt.switch(pt.gt(x, 0), x, below)
    return result if max_value is None else pt.minimum(result, tensor(max_value, x.dtype))


def elu(x, alpha=1.0):
    x = floating(x)
    below = tensor(alpha, x.dtype) * pt.expm1(pt.minimum(x, cast(0, x.dtype)))
    return pt.switch(pt.gt(x, 0), x, below)


def softmax(x, axis=-1):
    x = floating(x)
    if x.ndim == 0:
        raise ValueError("softmax(): x must have an axis, got a scalar.")
    return _softmax(x, axis=axis)


def softplus(x):
    return pt.softplus(floating(x))


def softsign(x):
    x = floating(x)
    return x / (1 + pt.abs(x))


def sigmoid(x):
    return pt.sigmoid(floating(x))


def hard_sigmoid(x):
    x = floating(x)
    return clip(x * number(0.2, x) + number(0.5, x), 0.0, 1.0)


def tanh(x):
    return pt.tanh(floating(x))


# Losses


def _classes(name, output, axis):
    rank = output.ndim
    if not -rank <= axis < rank:
        raise ValueError(
            f"{name}(): Unexpected channels axis {axis}: the output has the shape "
            f"{int_shape(output)}."
        )
    return axis % rank


def _clipped(x):
    return clip(x, config.epsilon(), 1.0 - config.epsilon())


def _log_shares(output, axis, from_logits):
    """The logarithms of the classes' probabilities."""
    if from_logits:
        return log_softmax(output, axis=axis)
    return pt.log(_clipped(output / sum(output, axis, True)))


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """Minus the sum of target * log(output) along the axis of the classes."""
    target, output = meet(target, output)
    axis = _classes("categorical_crossentropy", output, axis)
    return -sum(target * _log_shares(output, axis, from_logits), axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """categorical_crossentropy of integer classes."""
    output = tensor(output)
    axis = _classes("sparse_categorical_crossentropy", output, axis)
    if not from_logits:
        output = pt.log(_clipped(output))
    logs = pt.moveaxis(log_softmax(output, axis=axis), axis, -1)
    rest = int_shape(logs)[:-1]
    classes = logs.shape[-1]
    flat = pt.reshape(logs, (-1, classes))
    target = pt.reshape(cast(tensor(target), "int64"), (-1,))
    costs = -flat[pt.arange(flat.shape[0]), target]
    return shaped(pt.reshape(costs, logs.shape[:-1], ndim=logs.ndim - 1), rest)


def binary_crossentropy(target, output, from_logits=False):
    """Element by element; outputs are clipped to epsilon and 1 - epsilon."""
    target, output = meet(target, output)
    if from_logits:
        return softplus(output) - output * target
    p = _clipped(output)
    epsilon = number(config.epsilon(), p)
    return -(target * pt.log(p + epsilon) + (1 - target) * pt.log(1 - p + epsilon))


# What is made from a shape or another tensor


def zeros_like(x, dtype=None, name=None):
    return pt.zeros_like(x, dtype=dtype_name(dtype))


def ones_like(x, dtype=None, name=None):
    return pt.ones_like(x, dtype=dtype_name(dtype))


def _filled(shape, number, dtype, name):
    dtype = dtype_name(dtype)
    if is_symbolic(shape):
        shape = [shape[i] for i in range(int_shape(shape)[0])]
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not builtins.any(map(is_symbolic, shape)):
        return variable(np.full(shape, number, dtype), dtype, name)
    return shaped(pt.full(shape, np.asarray(number, dtype)), known_sizes(shape))


def zeros(shape, dtype=None, name=None):
    """A variable; where a size is a tensor, a tensor."""
    return _filled(shape, 0, dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable; where a size is a tensor, a tensor."""
    return _filled(shape, 1, dtype, name)


def eye(size, dtype=None, name=None):
    """A variable: ones on the diagonal."""
    rows, columns = size if isinstance(size, (list, tuple)) else (size, size)
    return variable(np.eye(rows, columns), dtype, name)


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    if not builtins.any(map(is_symbolic, (start, stop, step))):
        return pt.as_tensor_variable(np.arange(start, stop, step).astype(dtype_name(dtype)))
    return cast(pt.arange(start, stop, step), dtype)
