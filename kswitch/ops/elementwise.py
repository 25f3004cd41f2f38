"""Element-wise arithmetic, comparison and functions, with broadcasting as in NumPy."""

from kswitch.declare import DType, Floating, Operand, Plain, Spec, Tensor, gradient, op
from kswitch.ops.rules import broadcast, dtype_of, same, shape_of


def _binary(name, x, y):
    return Spec(_together(name, x, y), dtype_of(x, y))


def _comparison(name, x, y):
    return Spec(_together(name, x, y), "bool")


def _together(name, x, y):
    """The shape that two operands broadcast to."""
    first, second = shape_of(x), shape_of(y)
    return first if second in ((), first) else broadcast(name, first, second)


# Arithmetic operators


@op(public=False, infix="{} + {}")
def add(x: Operand, y: Operand) -> Spec:
    """x + y."""
    return _binary("add", x, y)


@gradient(add, "x", "y")
def _(K, g, z, x, y):
    return g


@op(public=False, infix="{} - {}")
def subtract(x: Operand, y: Operand) -> Spec:
    """x - y."""
    return _binary("subtract", x, y)


@gradient(subtract, "x")
def _(K, g, z, x, y):
    return g


@gradient(subtract, "y")
def _(K, g, z, x, y):
    return -g


@op(public=False, infix="{} * {}")
def multiply(x: Operand, y: Operand) -> Spec:
    """x * y."""
    return _binary("multiply", x, y)


@gradient(multiply, "x")
def _(K, g, z, x, y):
    return g * y


@gradient(multiply, "y")
def _(K, g, z, x, y):
    return g * x


@op(public=False, infix="{} / {}")
def divide(x: Floating, y: Floating) -> Spec:
    """x / y; integers are divided as floatx."""
    return _binary("divide", x, y)


@gradient(divide, "x")
def _(K, g, z, x, y):
    return g / y


@gradient(divide, "y")
def _(K, g, z, x, y):
    return -(g * z) / y


@op(public=False, infix="{} // {}", differentiable=False)
def floor_divide(x: Operand, y: Operand) -> Spec:
    """x / y rounded towards minus infinity."""
    return _binary("floor_divide", x, y)


@op(public=False, infix="{} % {}")
def mod(x: Operand, y: Operand) -> Spec:
    """The remainder of floor_divide: it has the sign of y."""
    return _binary("mod", x, y)


@gradient(mod, "x")
def _(K, g, z, x, y):
    return g


@gradient(mod, "y")
def _(K, g, z, x, y):
    return -g * K.floor_divide(x, y)


def _record_negative(K, x):
    """As 0 - x where x is unsigned: TensorFlow has no other way."""
    if type(x) in K.SYMBOLIC and x.dtype.startswith("uint"):
        return K.subtract(0, x)
    return None


@op(public=False, infix="-{}", record=_record_negative)
def negative(x: Operand) -> Spec:
    """-x."""
    return same(x)


@gradient(negative, "x")
def _(K, g, z, x):
    return -g


@op
def pow(x: Operand, a: Operand) -> Spec:
    """Element-wise power, x to the a.

    Args:
        x: tensor or number.
        a: exponent: a number or a tensor that broadcasts against x.

    Returns:
        A tensor of the dtype in which x and a meet.
    """
    return _binary("pow", x, a)


@gradient(pow, "x")
def _(K, g, z, x, a):
    if isinstance(a, (int, float)):
        if a == 2:
            return g * (2 * x)
        return g * a * K.pow(x, a - 1)
    return g * a * K.pow(x, a - 1)


@gradient(pow, "a")
def _(K, g, z, x, a):
    if isinstance(x, (int, float)):
        x = K.fill_like(a, x, a.dtype)
    positive = x > 0
    return g * z * K.where(positive, K.log(K.where(positive, x, 1.0)), 0.0)


# Comparisons


@op(infix="{} == {}", differentiable=False)
def equal(x: Operand, y: Operand) -> Spec:
    """Element-wise x == y, a bool tensor. (The operator == compares identity.)"""
    return _comparison("equal", x, y)


@op(infix="{} != {}", differentiable=False)
def not_equal(x: Operand, y: Operand) -> Spec:
    """Element-wise x != y, a bool tensor."""
    return _comparison("not_equal", x, y)


def _in_order(name):
    """Records a comparison of bools as one of integers: TensorFlow has no order of bools."""

    def record(K, x, y):
        if not _is_bool(K, x) or not _is_bool(K, y):
            return None
        cast = K.declarations["cast"]
        return getattr(K, name)(K.record(cast, (x, "uint8")), K.record(cast, (y, "uint8")))

    return record


def _is_bool(K, x):
    return type(x) is bool or getattr(x, "dtype", None) == "bool"


@op(infix="{} > {}", differentiable=False, record=_in_order("greater"))
def greater(x: Operand, y: Operand) -> Spec:
    """Element-wise x > y, a bool tensor."""
    return _comparison("greater", x, y)


@op(infix="{} >= {}", differentiable=False, record=_in_order("greater_equal"))
def greater_equal(x: Operand, y: Operand) -> Spec:
    """Element-wise x >= y, a bool tensor."""
    return _comparison("greater_equal", x, y)


@op(infix="{} < {}", differentiable=False, record=_in_order("less"))
def less(x: Operand, y: Operand) -> Spec:
    """Element-wise x < y, a bool tensor."""
    return _comparison("less", x, y)


@op(infix="{} <= {}", differentiable=False, record=_in_order("less_equal"))
def less_equal(x: Operand, y: Operand) -> Spec:
    """Element-wise x <= y, a bool tensor."""
    return _comparison("less_equal", x, y)


@op(public=False, infix="{} & {}", differentiable=False)
def logical_and(x: Operand, y: Operand) -> Spec:
    """Element-wise and of bools; bitwise and of integers."""
    return _binary("logical_and", x, y)


@op(public=False, infix="{} | {}", differentiable=False)
def logical_or(x: Operand, y: Operand) -> Spec:
    """Element-wise or of bools; bitwise or of integers."""
    return _binary("logical_or", x, y)


@op(public=False, infix="~{}", differentiable=False)
def logical_not(x: Operand) -> Spec:
    """Element-wise not of bools; bitwise not of integers."""
    return same(x)


@op(public=False)
def where(condition: Tensor, x: Operand, y: Operand) -> Spec:
    """x where the condition holds, else y; all three broadcast.

    Args:
        condition: bool tensor.
        x, y: tensors or numbers.
    """
    shape = broadcast("where", condition.shape, shape_of(x), shape_of(y))
    found = [v.dtype for v in (x, y) if hasattr(v, "dtype")]
    if found:
        return Spec(shape, found[0])
    from kswitch import config

    return Spec(shape, config.floatx())


@gradient(where, "x")
def _(K, g, z, condition, x, y):
    return K.where(condition, g, 0.0)


@gradient(where, "y")
def _(K, g, z, condition, x, y):
    return K.where(condition, 0.0, g)


@op
def maximum(x: Operand, y: Operand) -> Spec:
    """Element-wise maximum of two tensors; where they are equal each gets half of the gradient."""
    return _binary("maximum", x, y)


@op
def minimum(x: Operand, y: Operand) -> Spec:
    """Element-wise minimum of two tensors; where they are equal each gets half of the gradient."""
    return _binary("minimum", x, y)


def _share(K, g, z, x, y):
    """g where x was chosen, half of it where x and y are equal."""
    return g * K.cast(K.equal(z, x), g.dtype) / (1.0 + K.cast(K.equal(x, y), g.dtype))


@gradient(maximum, "x")
def _(K, g, z, x, y):
    return _share(K, g, z, x, y)


@gradient(maximum, "y")
def _(K, g, z, x, y):
    return _share(K, g, z, y, x)


@gradient(minimum, "x")
def _(K, g, z, x, y):
    return _share(K, g, z, x, y)


@gradient(minimum, "y")
def _(K, g, z, x, y):
    return _share(K, g, z, y, x)


@op(view=True)
def clip(x: Operand, min_value: Operand = None, max_value: Operand = None) -> Spec:
    """Limits x element-wise to [min_value, max_value].

    Args:
        x: tensor.
        min_value, max_value: numbers or tensors that broadcast against x; None for no limit. Where
            max_value is below min_value the result is min_value, as in Keras 2.

    Returns:
        A tensor of x's dtype. The gradient is 1 inside the limits and on them, 0 outside.
    """
    shape = broadcast("clip", x.shape, shape_of(min_value), shape_of(max_value))
    return Spec(shape, x.dtype)


@gradient(clip, "x")
def _(K, g, z, x, min_value, max_value):
    inside = K.equal(z, x)
    limits = [v for v in (min_value, max_value) if v is not None]
    if len(limits) == 2 and not all(isinstance(v, (int, float)) for v in limits):
        inside = inside & (x <= max_value)  # else x is the minimum, and above the maximum
    return K.where(inside, g, 0.0)


@gradient(clip, "min_value")
def _(K, g, z, x, min_value, max_value):
    if max_value is not None:
        x = K.minimum(x, max_value)
    return K.where(x < min_value, g, 0.0)


@gradient(clip, "max_value")
def _(K, g, z, x, min_value, max_value):
    above = x > max_value
    if min_value is not None:
        above = above & K.less_equal(min_value, max_value)
    return K.where(above, g, 0.0)


# Functions of one tensor


@op
def square(x: Operand) -> Spec:
    """Element-wise square."""
    return same(x)


@gradient(square, "x")
def _(K, g, y, x):
    return g * (2.0 * x)


@op
def abs(x: Operand) -> Spec:
    """Element-wise absolute value; its gradient at 0 is 0."""
    return same(x)


@gradient(abs, "x")
def _(K, g, y, x):
    return g * K.sign(x)


@op
def sign(x: Operand) -> Spec:
    """Element-wise sign: -1, 0 or 1, of x's dtype. Its gradient is 0 everywhere."""
    return same(x)


@gradient(sign, "x")
def _(K, g, y, x):
    return K.fill_like(x, 0.0, x.dtype)


@op
def sqrt(x: Floating) -> Spec:
    """Element-wise square root; negative numbers count as 0, as in Keras 2."""
    return same(x)


@gradient(sqrt, "x")
def _(K, g, y, x):
    # the root of -0.0 is -0.0 on some engines: |y| keeps the sign of the infinity at 0
    return K.where(x < 0.0, 0.0, 0.5 * g / K.abs(y))


@op
def exp(x: Floating) -> Spec:
    """Element-wise exponential."""
    return same(x)


@gradient(exp, "x")
def _(K, g, y, x):
    return g * y


@op
def log(x: Floating) -> Spec:
    """Element-wise natural logarithm: -inf for 0, NaN for negative numbers."""
    return same(x)


@gradient(log, "x")
def _(K, g, y, x):
    return g / x


@op(differentiable=False)
def round(x: Operand) -> Spec:
    """Rounds element-wise to the nearest integer, halves to the even one; keeps the dtype."""
    return same(x)


@op
def sin(x: Floating) -> Spec:
    """Element-wise sine; x in radians."""
    return same(x)


@gradient(sin, "x")
def _(K, g, y, x):
    return g * K.cos(x)


@op
def cos(x: Floating) -> Spec:
    """Element-wise cosine; x in radians."""
    return same(x)


@gradient(cos, "x")
def _(K, g, y, x):
    return -(g * K.sin(x))


@op(view=True)
def cast(x: Tensor, dtype: DType) -> Spec:
    """x in another dtype; a new tensor, x itself stays as it is.

    Args:
        x: tensor, number or array.
        dtype: "float32", "int32", "bool", np.float16, …

    Raises:
        TypeError: dtype names no dtype.
    """
    return Spec(x.shape, dtype)


@gradient(cast, "x")
def _(K, g, y, x, dtype):
    return K.cast(g, x.dtype)


@op(view=True)
def identity(x: Tensor, name: Plain = None) -> Spec:
    """A new tensor with the value of x."""
    return same(x)


@gradient(identity, "x")
def _(K, g, y, x, name):
    return g


@op(public=False, view=True)
def sum_like(g: Tensor, x: Tensor) -> Spec:
    """Sums g over the axes that broadcasting had added to x or stretched: undoes broadcasting."""
    return Spec(x.shape, g.dtype)


@gradient(sum_like, "g")
def _(K, h, y, g, x):
    return h + K.fill_like(g, 0.0, g.dtype)


@gradient(sum_like, "x")
def _(K, h, y, g, x):
    return None
