"""Activation functions."""

from kswitch.declare import Floating, Operand, Plain, Spec, composite, gradient, op
from kswitch.ops.rules import axis_of, same


@op
def relu(x: Operand, alpha: Plain = 0.0, max_value: Plain = None, threshold: Plain = 0.0) -> Spec:
    """Rectified linear unit: max_value from there on, x from threshold on, alpha * (x - threshold)
    below.

    Args:
        x: tensor.
        alpha: slope below the threshold.
        max_value: the largest value, None for no limit.
        threshold: where the linear part begins. The gradient at it is alpha.
    """
    return same(x)


@gradient(relu, "x")
def _(K, g, y, x, alpha, max_value, threshold):
    return K.relu_gradient(g, x, alpha, max_value, threshold)


@op(public=False)
def relu_gradient(
    g: Operand, x: Operand, alpha: Plain = 0.0, max_value: Plain = None, threshold: Plain = 0.0
) -> Spec:
    """g where relu is linear, alpha * g below, 0 where it is cut off."""
    return same(x)


@gradient(relu_gradient, "g")
def _(K, h, y, g, x, alpha, max_value, threshold):
    return K.relu_gradient(h, x, alpha, max_value, threshold)


@gradient(relu_gradient, "x")
def _(K, h, y, g, x, alpha, max_value, threshold):
    return None


@composite
def elu(K, x, alpha=1.0):
    """Exponential linear unit: x above 0, alpha * (exp(x) - 1) below.

    Args:
        x: tensor.
        alpha: the negative value that is approached.
    """
    return K.relu(x) + alpha * (K.exp(K.minimum(x, 0.0)) - 1.0)


@op
def softmax(x: Floating, axis: Plain = -1) -> Spec:
    """exp(x) over its sum along an axis, computed without overflow."""
    axis_of("softmax", axis, len(x.shape))
    return same(x)


@gradient(softmax, "x")
def _(K, g, y, x, axis):
    return y * (g - K.sum(g * y, axis, True))


@op(public=False)
def log_softmax(x: Floating, axis: Plain = -1) -> Spec:
    """The logarithm of K.softmax, exact where that would be 0."""
    axis_of("log_softmax", axis, len(x.shape))
    return same(x)


@gradient(log_softmax, "x")
def _(K, g, y, x, axis):
    return g - K.exp(y) * K.sum(g, axis, True)


@op
def softplus(x: Floating) -> Spec:
    """log(1 + exp(x)), without overflow."""
    return same(x)


@gradient(softplus, "x")
def _(K, g, y, x):
    return g * K.sigmoid(x)


@composite
def softsign(K, x):
    """x / (1 + |x|)."""
    return x / (1.0 + K.abs(x))


@op
def sigmoid(x: Floating) -> Spec:
    """1 / (1 + exp(-x)), without overflow."""
    return same(x)


@gradient(sigmoid, "x")
def _(K, g, y, x):
    return K.sigmoid_gradient(g, y)


@op(public=False)
def sigmoid_gradient(g: Operand, y: Operand) -> Spec:
    """g * y * (1 - y) for y = sigmoid(x)."""
    return same(y)


@gradient(sigmoid_gradient, "g")
def _(K, h, z, g, y):
    return K.sigmoid_gradient(h, y)


@gradient(sigmoid_gradient, "y")
def _(K, h, z, g, y):
    return h * g * (1.0 - 2.0 * y)


@composite
def hard_sigmoid(K, x):
    """Piecewise linear sigmoid: 0 below -2.5, 1 above 2.5, 0.2 x + 0.5 between."""
    return K.clip(0.2 * x + 0.5, 0.0, 1.0)


@op
def tanh(x: Floating) -> Spec:
    """Element-wise hyperbolic tangent."""
    return same(x)


@gradient(tanh, "x")
def _(K, g, y, x):
    return K.tanh_gradient(g, y)


@op(public=False)
def tanh_gradient(g: Operand, y: Operand) -> Spec:
    """g * (1 - y * y) for y = tanh(x)."""
    return same(y)


@gradient(tanh_gradient, "g")
def _(K, h, z, g, y):
    return K.tanh_gradient(h, y)


@gradient(tanh_gradient, "y")
def _(K, h, z, g, y):
    return h * g * (-2.0 * y)
