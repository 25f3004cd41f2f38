"""Reductions over axes. `axis` is None for all axes, an int, or a list of ints; negative ones count
from the end."""

import math

from kswitch.declare import Floating, Operand, Plain, Spec, Tensor, composite, gradient, op
from kswitch.graph import dtypes
from kswitch.ops.rules import axes_of, axis_of, product, reduced, same


def _restore(K, g, x, axis, keepdims):
    """g with the reduced axes back as axes of size 1."""
    if keepdims or not x.shape:
        return g
    for i in axes_of("gradient", axis, len(x.shape)):
        g = K.expand_dims(g, i)
    return g


def _stretch(K, g, x, axis, keepdims):
    """g repeated along the reduced axes to x's shape."""
    return K.broadcast_like(_restore(K, g, x, axis, keepdims), x)


@op
def sum(x: Operand, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Sum over axes.

    Args:
        x: tensor.
        axis: None for all axes, an int, or a list of ints.
        keepdims: whether the reduced axes stay, with size 1.

    Returns:
        A tensor of x's dtype; the sum of bools is int32.
    """
    dtype = "int32" if x.dtype == "bool" else x.dtype
    return Spec(reduced("sum", x.shape, axis, keepdims), dtype)


@gradient(sum, "x")
def _(K, g, y, x, axis, keepdims):
    return _stretch(K, g, x, axis, keepdims)


@op
def prod(x: Operand, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Product over axes; see K.sum for the arguments. A list of scalar tensors is stacked first."""
    dtype = "int32" if x.dtype == "bool" else x.dtype
    return Spec(reduced("prod", x.shape, axis, keepdims), dtype)


@gradient(prod, "x")
def _(K, g, y, x, axis, keepdims):
    """The product of all others, from both sides, so that zeros need no division."""
    axes = axes_of("prod", axis, len(x.shape))
    rest = [i for i in range(len(x.shape)) if i not in axes]
    order = [*axes, *rest]
    moved = K.permute_dimensions(x, order) if x.shape else K.reshape(x, (1,))
    count = math.prod(_sizes(K, x, axes))
    rows = K.reshape(moved, (count, *_sizes(K, x, rest)))
    others = _exclusive_product(K, rows) * K.reverse(_exclusive_product(K, K.reverse(rows, 0)), 0)
    others = K.reshape(others, K.shape(moved))
    if x.shape:
        others = K.permute_dimensions(others, [order.index(i) for i in range(len(order))])
    else:
        others = K.reshape(others, ())
    return _restore(K, g, x, axis, keepdims) * others


def _sizes(K, x, axes):
    """The sizes of some axes: ints where known."""
    return [x.shape[i] if x.shape[i] is not None else K.shape(x)[i] for i in axes]


def _exclusive_product(K, x):
    """Along the first axis, the product of all earlier entries; 1 for the first."""
    ones = K.fill_like(x[:1], 1.0, x.dtype)
    return K.cumprod(K.concatenate([ones, x[:-1]], 0), 0)


def _extremum(name):
    def rule(K, g, y, x, axis, keepdims):
        chosen = K.cast(K.equal(x, _restore(K, y, x, axis, keepdims)), g.dtype)
        count = K.sum(chosen, axis, True)
        return chosen * (_restore(K, g, x, axis, keepdims) / count)

    rule.__name__ = f"{name}_gradient"
    return rule


@op
def max(x: Operand, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Maximum over axes; see K.sum for the arguments. Equal maxima share the gradient equally."""
    return Spec(reduced("max", x.shape, axis, keepdims), x.dtype)


@op
def min(x: Operand, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Minimum over axes; see K.sum for the arguments. Equal minima share the gradient equally."""
    return Spec(reduced("min", x.shape, axis, keepdims), x.dtype)


gradient(max, "x")(_extremum("max"))
gradient(min, "x")(_extremum("min"))


@op
def mean(x: Floating, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Mean over axes; see K.sum for the arguments. The mean of integers and bools is floatx."""
    return Spec(reduced("mean", x.shape, axis, keepdims), x.dtype)


@gradient(mean, "x")
def _(K, g, y, x, axis, keepdims):
    sizes = [x.shape[i] for i in axes_of("mean", axis, len(x.shape))]
    count = product(sizes)
    if count is None:
        sizes = [
            K.cast(K.maximum(K.size(v), 1), g.dtype) for v in (x, y)
        ]  # 0 / 0 is any number here
        count = sizes[0] / sizes[1]
    elif count == 0:
        return K.fill_like(x, 0.0, x.dtype)
    return _stretch(K, g / count, x, axis, keepdims)


@composite
def var(K, x, axis=None, keepdims=False):
    """Population variance over axes: the mean squared distance from the mean; see K.sum."""
    x = K.to_floating(x)
    return K.mean(K.square(x - K.mean(x, axis, True)), axis, keepdims)


@composite
def std(K, x, axis=None, keepdims=False):
    """Population standard deviation over axes, the root of K.var; see K.sum for the arguments."""
    return K.sqrt(K.var(x, axis, keepdims))


@op(differentiable=False)
def any(x: Tensor, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Whether any element is true (not 0), over axes, as bool; see K.sum for the arguments."""
    return Spec(reduced("any", x.shape, axis, keepdims), "bool")


@op(differentiable=False)
def all(x: Tensor, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """Whether all elements are true (not 0), over axes, as bool; see K.sum for the arguments."""
    return Spec(reduced("all", x.shape, axis, keepdims), "bool")


def _index(name, x, axis):
    axis = axis_of(name, axis, len(x.shape))
    return Spec(x.shape[:axis] + x.shape[axis + 1 :], "int64")


@op(differentiable=False)
def argmax(x: Tensor, axis: Plain = -1) -> Spec:
    """The position of the maximum along an axis, the first of equal ones, as int64."""
    return _index("argmax", x, axis)


@op(differentiable=False)
def argmin(x: Tensor, axis: Plain = -1) -> Spec:
    """The position of the minimum along an axis, the first of equal ones, as int64."""
    return _index("argmin", x, axis)


@op
def logsumexp(x: Floating, axis: Plain = None, keepdims: Plain = False) -> Spec:
    """log(sum(exp(x))) over axes without overflow; see K.sum for the arguments."""
    return Spec(reduced("logsumexp", x.shape, axis, keepdims), x.dtype)


@gradient(logsumexp, "x")
def _(K, g, y, x, axis, keepdims):
    share = K.exp(x - _restore(K, y, x, axis, keepdims))
    return _restore(K, g, x, axis, keepdims) * share


@op
def cumsum(x: Operand, axis: Plain = 0) -> Spec:
    """Sum of all elements up to each one along an axis; keeps the dtype."""
    axis_of("cumsum", axis, len(x.shape))
    return same(x)


@gradient(cumsum, "x")
def _(K, g, y, x, axis):
    return K.reverse(K.cumsum(K.reverse(g, axis), axis), axis)


@op
def cumprod(x: Operand, axis: Plain = 0) -> Spec:
    """Product of all elements up to each one along an axis; keeps the dtype."""
    axis_of("cumprod", axis, len(x.shape))
    return same(x)


@gradient(cumprod, "x")
def _(K, g, y, x, axis):
    """By x[i]: what stands before it times the sum of g[j] x[i + 1] … x[j], so that zeros need no
    division.
    """
    at = axis_of("cumprod", axis, len(x.shape))
    order = [at, *(i for i in range(len(x.shape)) if i != at)]
    rows, g = K.permute_dimensions(x, order), K.permute_dimensions(g, order)

    def step(after, x, g):
        total = g + after
        return [x * total], [total]

    start = K.fill_like(K.sum(rows, 0), 0.0, x.dtype)
    after = K.scan(step, [rows, g], [start], None, True)[1]
    result = _exclusive_product(K, rows) * after
    return K.permute_dimensions(result, [order.index(i) for i in range(len(order))])


@composite(public=False)
def to_floating(K, x):
    """x in floatx if it is an integer or bool tensor, else x itself."""
    if dtypes.is_float(K.dtype(x)):
        return x
    return K.cast(x, K.floatx())
