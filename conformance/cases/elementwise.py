"""Element-wise functions and operators."""

import math
import operator

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints, positive
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.oracle import each

NAN, INF = float("nan"), float("inf")
X = floats(2, 3)
N = ints(2, 3, low=-3, high=4)


def literal(*numbers, dtype="float32"):
    return np.array(numbers, dtype)


def function(op, oracle, x=X, second=2, **options):
    """A function of one tensor: of rank 2, with second derivatives, and of rank 0."""
    return [
        Case(op, (x,), each(oracle, float), grad=second, **options),
        Case(op, (x[0, 0].reshape(()),), each(oracle, float), id="scalar", batch=()),
        Case(op, (x[:0],), each(oracle, float), id="empty", grad=second),
    ]


CASES = [
    *function("square", lambda v: v * v),
    *function("abs", abs, second=True),
    *function("sqrt", math.sqrt, positive(2, 3)),
    *function("exp", math.exp),
    *function("log", math.log, positive(2, 3)),
    *function("sin", math.sin),
    *function("cos", math.cos),
    *function("sign", lambda v: math.copysign(1, v), second=True),
    *function("round", round, second="none"),
    *function("identity", lambda v: v, second=True),
    Case("square", (N,), each(lambda v: v * v), id="ints"),
    Case("abs", (N,), each(abs), id="ints"),
    Case("abs", (literal(0),), literal(0), id="gradient-at-0", grad=False),
    Case("sign", (literal(-2, -0.0, 0, 3),), [-1.0, 0, 0, 1], id="zeros", grad=False),
    Case("sign", (N,), each(lambda v: (v > 0) - (v < 0)), id="ints"),
    Case("sqrt", (literal(-1, 0, 4),), literal(0, 0, 2), id="negative-is-0", grad=False),
    Case("log", (literal(0, -1, 1),), literal(-INF, NAN, 0), id="limits", grad=False),
    Case("exp", (literal(-INF, INF, NAN),), literal(0, INF, NAN), id="limits", grad=False),
    Case(
        "round",
        (literal(0.5, 1.5, 2.5, -0.5, -1.5, 2.6),),
        literal(0, 2, 2, -0.0, -2, 3),
        id="halves-to-even",
        grad=False,
    ),
    Case("round", (N,), each(lambda v: v), id="ints"),
    Case("exp", (N,), each(math.exp), id="ints-are-floatx", dtype="float32", native=False),
    Case("identity", (X,), lambda x, name: x, {"name": "copy"}, id="name"),
    Case("identity", (bools(2, 3),), each(bool), id="bools"),
]


@program("sqrt", CASES)
def of_a_number(K):
    np.testing.assert_allclose(K.eval(K.sqrt(2)), 2**0.5, 1e-6)


@program("log", CASES)
def of_a_number_times_a_variable(K):
    np.testing.assert_allclose(K.eval(K.log(10.0) * K.variable(2.0)), 2 * math.log(10), 1e-6)


@program("exp", CASES)
def of_a_list(K):
    np.testing.assert_allclose(K.eval(K.exp([1.0, 0.0])), [math.e, 1], 1e-6)


# Powers

CASES += [
    Case("pow", (positive(2, 3), 3), each(pow), id="number", grad=2),
    Case("pow", (X, 2), each(pow), id="square", grad=2),
    Case("pow", (positive(2, 3), 0.5), each(pow), id="root", grad=2),
    Case("pow", (positive(2, 3), -1), each(pow), id="inverse", grad=2),
    Case("pow", (X, 0), each(pow), id="zero"),
    Case(
        "pow", (positive(2, 3), floats(2, 3, seed=1)), each(pow), id="tensor", batch=(0, 1), grad=2
    ),
    Case("pow", (positive(2, 3), floats(3, seed=1)), each(pow), id="broadcast"),
    Case("pow", (2.0, X), each(pow), id="number-base", grad=2),
    Case("pow", (np.float32(2), X), each(pow), id="numpy-base"),
    Case("pow", (N, 2), each(pow), id="ints"),
    Case("pow", (literal(0, -2), 2), literal(0, 4), id="zero-base"),
]

# Two tensors


def difference(a, b):
    return a - b


def pairs(op, oracle, grad=True, dtype=None):
    """A function of two tensors with every kind of operand, some of them equal."""
    y = floats(2, 3, seed=1)
    same = y.copy()
    same[0] = X[0]
    whole = ints(2, 3, low=-3, high=4, seed=1)
    found = [
        Case(op, (X, y), each(oracle), grad=grad, batch=(0, 1)),
        Case(op, (X, same), each(oracle), id="equal", grad=False, batch=()),
        Case(op, (X, floats(3, seed=1)), each(oracle), id="row", grad=grad),
        Case(op, (X, 0.5), each(oracle), id="number", grad=grad),
        Case(op, (0.5, X), each(oracle), id="number-first", grad=grad, batch=()),
        Case(op, (N, whole), each(oracle), id="ints", batch=()),
        Case(op, (N, X), each(oracle), id="ints-floats", native=False, grad=grad, batch=(),
             dtype=dtype),
    ]  # fmt: skip
    if dtype and op != "equal":
        return found
    return [
        *found,
        Case(op, (floats(3, seed=1), X), each(oracle), id="row-first", grad=grad, batch=(1,)),
        Case(op, (X, floats(2, 1, seed=2)), each(oracle), id="column", grad=grad, batch=(0, 1)),
        Case(op, (floats(3, 1), floats(1, 4, seed=1)), each(oracle), id="outer", grad=grad),
        Case(op, (floats(4, 1, 2), floats(3, 2, seed=1)), each(oracle), id="ranks", grad=grad),
        Case(op, (X, 1), each(oracle), id="int-number", grad=grad, batch=()),
        Case(op, (X, np.float32(0.5)), each(oracle), id="numpy-number", grad=grad, batch=()),
        Case(op, (N, 2), each(oracle), id="ints-number", batch=()),
        Case(op, (N, 0.5), each(oracle), id="ints-float-number", native=False, batch=(),
             dtype=dtype or "float32"),
        Case(op, (X[:0], y[:0]), each(oracle, bool if dtype else float), id="empty", batch=(),
             grad=grad),
    ]  # fmt: skip


CASES += [
    *pairs("maximum", max),
    *pairs("minimum", min),
    *pairs("equal", operator.eq, False, "bool"),
    *pairs("not_equal", operator.ne, False, "bool"),
    *pairs("greater", operator.gt, False, "bool"),
    *pairs("greater_equal", operator.ge, False, "bool"),
    *pairs("less", operator.lt, False, "bool"),
    *pairs("less_equal", operator.le, False, "bool"),
    Case("equal", (bools(2, 3), bools(2, 3, seed=1)), each(operator.eq), id="bools", batch=(0, 1)),
    Case(
        "equal",
        (literal(NAN, INF), literal(NAN, INF)),
        [False, True],
        id="nan",
        batch=(0, 1),
        grad=False,
    ),
    Case(
        "maximum",
        (literal(NAN, 1), literal(1, NAN)),
        [NAN, NAN],
        id="nan",
        batch=(0, 1),
        grad=False,
    ),
    Raises("maximum", (X, floats(4)), ValueError, r"maximum\(\): the shapes .* do not broadcast"),
    Raises("equal", (X, floats(2, 2)), ValueError, r"equal\(\): the shapes .* do not broadcast"),
]

# Limits


def clip(x, low, high):
    low, high = -INF if low is None else low, INF if high is None else high
    return each(lambda v, a, b: min(max(v, a), b), float)(x, low, high)


CASES += [
    Case("clip", (X, -0.5, 1.0), clip),
    Case("clip", (X, None, 1.0), clip, id="no-minimum"),
    Case("clip", (X, -0.5, None), clip, id="no-maximum"),
    Case("clip", (X, 1.0, -0.5), lambda x, a, b: np.ones(x.shape), id="crossed", grad=False),
    Case(
        "clip",
        (X, floats(2, 3, seed=1)),
        id="two",
        grad=False,
        batch=(),
        want=lambda x, y: np.clip(x, -0.5, 0.5) - 2 * np.clip(y, -0.5, 0.5),
        build=lambda K, x, y: K.clip(x, -0.5, 0.5) - K.clip(y, -0.5, 0.5) * 2,
    ),
    Case("clip", (X, 0, 1), clip, id="int-limits"),
    Case("clip", (N, -1, 2), each(lambda v, a, b: min(max(v, a), b)), id="ints"),
    Case(
        "clip",
        (X, floats(3, low=-2, high=-0.3), floats(3, low=0.1, high=1, seed=2)),
        clip,
        id="tensors",
    ),
    Case("clip", (X, np.float32(-0.5), np.float32(0.75)), clip, id="numpy-numbers"),
    Case("clip", (literal(NAN, INF, -INF), -1.0, 1.0), [NAN, 1, -1], id="limits", grad=False),
]

# dtypes

SOME = {("int32", "bool"), ("bool", "int32"), ("float64", "int64"), ("uint8", "int32")}
DTYPES = ("float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool")
CASES += [
    *(
        Case(
            "cast",
            (floats(2, 3, low=0.2, high=5).astype(old), new),
            lambda x, dtype: x.astype(dtype),
            id=f"{old}-{new}",
            dtype=new,
            grad=False,
            batch=(),
        )
        for old in DTYPES
        for new in DTYPES
        if "float32" in (old, new) or (old, new) in SOME
    ),
    Case("cast", (X, "float64"), lambda x, dtype: x, id="gradient", dtype="float64", native=False),
    Case("cast", (X, np.float16), lambda x, dtype: x, id="numpy-type", dtype="float16", grad=False),
    Case(
        "cast",
        (X, np.dtype("int32")),
        lambda x, dtype: x.astype(int),
        id="numpy-dtype",
        dtype="int32",
        grad=False,
    ),
    Case("cast", (literal(-1.7, 1.7), "int32"), [-1, 1], id="towards-0", grad=False),
    Case("cast", (1.0, "float32"), 1.0, id="number", dtype="float32"),
    Case("cast", (True, "float32"), 1.0, id="bool-number", dtype="float32"),
    Case("cast", ([1, 2], "float32"), [1.0, 2.0], id="list", dtype="float32"),
    Case(
        "cast",
        (X,),
        each(lambda v: v > 0.6, float),
        id="comparison",
        grad="none",
        build=lambda K, x: K.cast(x > 0.6, K.dtype(x)),
    ),
    Raises("cast", (X, "beerfloat"), TypeError, "dtype must be one of"),
]
