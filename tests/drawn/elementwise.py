"""Drawn calls of element-wise functions and operators, activations and reductions."""

import operator

import numpy as np
from drawn.calls import (
    ALL,
    FLOATS,
    INF,
    INTS,
    NUMBERS,
    SPECIAL,
    arrays,
    axes,
    axis,
    broadcasting,
    calls_of,
    case,
    dtypes,
    floating,
    shapes,
    tensors,
)
from hypothesis import strategies as st

NUMBER = st.sampled_from([0.5, 0, 1, 2, -1, -0.75, 2.5])


# Functions of one tensor


@calls_of("square", "abs", "sign", "round", "elu", "softsign")
def of_numbers(draw, op):
    x = draw(tensors(NUMBERS, special=SPECIAL))
    if op == "elu":
        return case(op, x, *draw(st.sampled_from([(), (0.5,), (2,)])))
    return case(op, x)


@calls_of("sqrt", "exp", "log", "sin", "cos", "softplus", "sigmoid", "hard_sigmoid", "tanh")
def of_anything(draw, op):
    names = NUMBERS if op == "hard_sigmoid" else ALL
    return case(op, draw(tensors(names, special=SPECIAL)))


@calls_of("relu")
def relu(draw, op):
    options = {}
    if draw(st.booleans()):
        options["alpha"] = draw(st.sampled_from([0.25, 0.0, 1.0, 2]))
    if draw(st.booleans()):
        options["max_value"] = draw(st.sampled_from([1.5, 2, None, 0.5]))
    if draw(st.booleans()):
        options["threshold"] = draw(st.sampled_from([0.5, 0.0, -0.5, 1]))
    special = SPECIAL if set(options) <= {"max_value"} else (INF, -0.0)
    return case(op, draw(tensors(special=special)), **options)


@calls_of("softmax")
def softmax(draw, op):
    x = draw(tensors(ALL, (1, 4), special=(-INF,)))
    options = {"axis": draw(axis(x.ndim))} if draw(st.booleans()) else {}
    return case(op, x, **options)


@calls_of("identity", "stop_gradient", "print_tensor", "shape", "size")
def as_it_is(draw, op):
    x = draw(tensors(ALL, special=SPECIAL))
    return case(op, x, native=op not in ("shape", "size"))


@calls_of("zeros_like", "ones_like", "cast")
def of_dtype(draw, op):
    x = draw(tensors(ALL))
    dtype = draw(dtypes(ALL))
    if op != "cast" and draw(st.booleans()):
        return case(op, x)
    if dtype.startswith("uint") and op == "cast":
        x = abs(x) if x.dtype.name != "bool" else x
    return case(op, x, dtype, native=True)


# Functions of two tensors


@st.composite
def pairs(draw, names=NUMBERS, same=False, special=SPECIAL, low=-3.0, high=3.0):
    """Two operands that broadcast, of one dtype or two; one of them may be a number."""
    x = draw(tensors(names, special=special, low=low, high=high))
    form = draw(st.sampled_from(["tensor", "tensor", "number right", "number left"]))
    if form != "tensor":
        number = draw(NUMBER.filter(lambda n: low <= n <= high))
        if x.dtype.name == "uint8":
            number = abs(number)
        return (x, number) if form == "number right" else (number, x)
    name = x.dtype.name if same or draw(st.booleans()) else draw(dtypes(names))
    y = draw(arrays(draw(broadcasting(x.shape)), name, special=special, low=low, high=high))
    return x, y


@calls_of("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
def comparisons(draw, op):
    x, y = draw(pairs(ALL if op.endswith("equal") else NUMBERS))
    return case(op, x, y)


@calls_of("maximum", "minimum")
def extrema(draw, op):
    return case(op, *draw(pairs()))


@calls_of("pow")
def power(draw, op):
    """Of integers only with exponents from 0 on: there is no other integer power."""
    if draw(st.booleans()):
        x = draw(tensors(INTS))
        return case(op, x, draw(st.sampled_from([2, 0, 1, 3])))
    x, y = draw(pairs(FLOATS, special=(INF, 0.0)))
    return case(op, x, y)


@calls_of("clip")
def clip(draw, op):
    x = draw(tensors(NUMBERS, special=SPECIAL))
    limits = []
    for _ in range(2):
        form = draw(st.sampled_from(["number", "none", "tensor"]))
        if form == "number":
            limits.append(draw(NUMBER))
        elif form == "none":
            limits.append(None)
        else:
            limits.append(draw(arrays(draw(broadcasting(x.shape)), x.dtype.name)))
    if x.dtype.name == "uint8":
        limits = [abs(v) if isinstance(v, (int, float)) else v for v in limits]
    return case(op, x, *limits)


OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "unary -": operator.neg,
    "~": operator.invert,
}


@calls_of(*OPERATORS)
def operators(draw, op):
    function = OPERATORS[op]
    if op in ("unary -", "~"):
        x = draw(tensors(("bool", *INTS) if op == "~" else NUMBERS))
        return case(op, x, build=lambda K, x: function(x), native=floating(x.dtype.name))
    if op in ("&", "|"):
        x = draw(tensors(("bool", *INTS)))
        y = draw(arrays(draw(broadcasting(x.shape)), x.dtype.name))
        return case(op, x, y, build=lambda K, x, y: function(x, y), native=False)
    if op in ("//", "%"):  # by 0 there is no integer quotient
        x, y = (
            draw(pairs(special=(), low=1))
            if draw(st.booleans())
            else draw(pairs(FLOATS, special=()))
        )
    else:
        x, y = draw(pairs())
    if not hasattr(y, "shape"):
        return case(op, x, build=lambda K, x: function(x, y), native=False, id=f"by {y}")
    if not hasattr(x, "shape"):
        return case(op, y, build=lambda K, y: function(x, y), native=False, id=f"of {x}")
    return case(op, x, y, build=lambda K, x, y: function(x, y), native=False)


# Reductions


def factors(shape):
    """The limits of factors whose product is still a number in half precision."""
    return {"low": -1.5, "high": 1.5} if np.prod(shape) <= 20 else {"low": -1, "high": 1}


@calls_of("sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "logsumexp")
def reductions(draw, op):
    names = NUMBERS if op in ("var", "std", "max", "min") else ALL
    special = (
        (INF,) if op in ("max", "min", "logsumexp") else SPECIAL if op in ("any", "all") else ()
    )
    # there is no largest number among none
    least = 1 if op in ("max", "min", "logsumexp") else 0
    shape = draw(shapes(least=least))
    limits = factors(shape) if op == "prod" else {}
    x = draw(arrays(shape, draw(dtypes(names)), special=special, **limits))
    options = {}
    if draw(st.booleans()):
        options["axis"] = draw(axes(x.ndim))
    if draw(st.booleans()):
        options["keepdims"] = draw(st.booleans())
    return case(op, x, **options)


@calls_of("argmax", "argmin")
def positions(draw, op):
    x = draw(tensors(ALL, (1, 4), least=1))
    options = {"axis": draw(axis(x.ndim))} if draw(st.booleans()) else {}
    return case(op, x, **options)


@calls_of("cumsum", "cumprod")
def running(draw, op):
    shape = draw(shapes(1, 4))
    limits = factors(shape) if op == "cumprod" else {}
    x = draw(arrays(shape, draw(dtypes(NUMBERS)), **limits))
    options = {"axis": draw(axis(x.ndim))} if draw(st.booleans()) else {}
    return case(op, x, **options)


@calls_of("l2_normalize")
def l2_normalize(draw, op):
    x = draw(tensors())
    options = {"axis": draw(axes(x.ndim))} if draw(st.booleans()) else {}
    return case(op, x, **options)


# Losses and normalisation


@st.composite
def probabilities(draw, shape, dtype):
    """Numbers from 0 to 1, both included."""
    return draw(arrays(shape, dtype, 0.0, 1.0))


@calls_of("categorical_crossentropy", "binary_crossentropy")
def crossentropies(draw, op):
    shape = draw(shapes(1, 4, least=1))
    dtype = draw(dtypes())
    options = {}
    if draw(st.booleans()):
        options["from_logits"] = draw(st.booleans())
    target = draw(probabilities(shape, dtype))
    # near 1 the result hangs on how an engine rounds 1 - output + epsilon
    limits = (-3.0, 3.0) if options.get("from_logits") else (0.125, 0.875)
    output = draw(arrays(shape, dtype, *limits))
    if op == "categorical_crossentropy" and draw(st.booleans()):
        options["axis"] = draw(st.sampled_from([-1, *range(len(shape)), len(shape)]))
    return case(op, target, output, **options)


@calls_of("sparse_categorical_crossentropy")
def sparse_crossentropy(draw, op):
    shape = draw(shapes(1, 4, least=1))
    at = draw(st.sampled_from([-1, *range(len(shape))]))
    places = at % len(shape)
    options = {"axis": at} if at != -1 or draw(st.booleans()) else {}
    if draw(st.booleans()):
        options["from_logits"] = draw(st.booleans())
    name = draw(dtypes(("int32", "int64", "float32", "uint8")))
    target = draw(arrays(shape[:places] + shape[places + 1 :], name, 0, shape[places] - 1))
    if name == "float32":
        target = np.asarray(target.round())  # not a number, if it is one
    limits = (-3.0, 3.0) if options.get("from_logits") else (0.125, 1.0)
    return case(op, target, draw(arrays(shape, draw(dtypes()), *limits)), native=False, **options)


@calls_of("in_top_k")
def in_top_k(draw, op):
    rows, classes = draw(shapes(2, 2, least=1))
    predictions = draw(arrays((rows, classes), draw(dtypes())))
    targets = draw(arrays((rows,), draw(dtypes(("int32", "int64"))), 0, classes - 1))
    return case(op, predictions, targets, draw(st.integers(-1, 5)), native=True)


@calls_of("bias_add")
def bias_add(draw, op):
    x = draw(tensors(ranks=(1, 5)))
    form = draw(st.sampled_from(["channels_last", "channels_first", None]))
    sizes = list(x.shape[1:])
    if form == "channels_first" and len(sizes) > 1:
        sizes = [*sizes[1:], sizes[0]]
    shape = tuple(sizes[-1:] if draw(st.booleans()) else sizes) if sizes else x.shape
    bias = draw(arrays(shape, x.dtype.name))
    options = {"data_format": form} if form or draw(st.booleans()) else {}
    return case(op, x, bias, batch=(0,), **options)


@calls_of("batch_normalization")
def batch_normalization(draw, op):
    x = draw(tensors(ranks=(2, 4)))
    name = x.dtype.name
    at = draw(st.sampled_from([-1, *range(-x.ndim, x.ndim)]))
    shape = (x.shape[at],)
    if draw(st.booleans()):
        shape = tuple(n if i == at % x.ndim else 1 for i, n in enumerate(x.shape))
    mean, beta, gamma = (draw(arrays(shape, name)) for _ in range(3))
    var = draw(arrays(shape, name, 0.25, 3.0))
    options = {"axis": at} if at != -1 else {}
    if draw(st.booleans()):
        options["epsilon"] = 0.125
    beta = beta if draw(st.booleans()) else None
    gamma = gamma if draw(st.booleans()) else None
    return case(op, x, mean, var, beta, gamma, batch=(0,), **options)


@calls_of("normalize_batch_in_training")
def normalize_batch_in_training(draw, op):
    x = draw(tensors(ranks=(2, 4), least=1))
    kept = draw(st.integers(0, x.ndim - 1))
    reduced = [i for i in range(x.ndim) if i != kept]
    if draw(st.booleans()):
        reduced = [i - x.ndim for i in reduced]
    gamma, beta = (
        draw(arrays((x.shape[kept],), x.dtype.name)) if draw(st.booleans()) else None for _ in "ab"
    )
    # near 0 the square root of the variance magnifies rounding
    return case(op, x, gamma, beta, reduced, draw(st.sampled_from([0.125, 1])), batch=(0,))
