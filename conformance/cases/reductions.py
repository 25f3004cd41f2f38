"""Reductions over axes, and running sums and products."""

import builtins
import math

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints, positive
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.oracle import each, mean_of, reduction, running, variance_of

X = floats(2, 3, 4)
N = ints(2, 3, 4, low=-3, high=4)
B = bools(2, 3)
INF, NAN = float("inf"), float("nan")


def logsumexp_of(numbers):
    return math.log(math.fsum(math.exp(v) for v in numbers))


FUNCTIONS = {
    "sum": math.fsum,
    "prod": math.prod,
    "max": builtins.max,
    "min": builtins.min,
    "mean": mean_of,
    "var": variance_of,
    "std": lambda numbers: math.sqrt(variance_of(numbers)),
    "logsumexp": logsumexp_of,
    "any": builtins.any,
    "all": builtins.all,
}
AXES = {
    "all-axes": {},
    "axis0": {"axis": 0},
    "axis1": {"axis": 1},
    "last": {"axis": -1},
    "list": {"axis": [0, 2]},
    "tuple": {"axis": (1, 2)},
    "negative-list": {"axis": [-1, -2]},
    "every-axis": {"axis": [0, 1, 2]},
    "no-axis": {"axis": []},
    "keepdims": {"keepdims": True},
    "axis1-keepdims": {"axis": 1, "keepdims": True},
    "list-keepdims": {"axis": [0, -1], "keepdims": True},
}
WHOLE = ("all-axes", "axis0", "last", "list", "keepdims", "axis1-keepdims")  # run in every mode
CASES = []
for op, function in FUNCTIONS.items():
    grad = op not in ("any", "all")
    x = np.where(X > 0.5, X, 0).astype("float32") if not grad else X
    CASES += [
        Case(op, (x,), reduction(function), options, id=name, batch=(0,) if name in WHOLE else (),
             grad=grad and name in WHOLE and (2 if name in ("all-axes", "last") else True))
        for name, options in AXES.items()
        if not (name == "no-axis" and op in ("var", "std"))
    ]  # fmt: skip
    CASES += [
        Case(op, (X, 1), reduction(function), id="positional", grad=False, batch=()),
        Case(op, (X, 1, True), reduction(function), id="positional-keepdims", grad=False, batch=()),
        Case(op, (floats(1).reshape(()),), reduction(function), id="scalar", batch=(),
             grad=grad and op != "std"),
        Case(op, (floats(1, 3),), reduction(function), {"axis": 0}, id="one-row", batch=(),
             grad=grad and op != "std"),
    ]  # fmt: skip
    if op in ("sum", "prod", "max", "min"):
        CASES.append(Case(op, (N,), reduction(function), {"axis": 1}, id="ints", dtype="int32"))
        CASES += [
            Case(op, (ints(2, 3, high=5).astype(dtype),), reduction(function), {"axis": -1},
                 id=dtype, dtype=dtype)
            for dtype in ("int8", "uint8", "int64", "float16", "float64")
        ]  # fmt: skip
    else:
        dtype = "float32" if grad else "bool"
        CASES.append(Case(op, (N,), reduction(function), {"axis": 1}, id="ints", dtype=dtype,
                          native=op != "logsumexp"))  # fmt: skip
    if op in ("sum", "prod"):
        CASES.append(Case(op, (B,), reduction(function), {"axis": 0}, id="bools", dtype="int32"))
    if op in ("mean", "var", "std"):
        CASES.append(Case(op, (B,), reduction(function), {"axis": 0}, id="bools", dtype="float32"))
    CASES += [
        Raises(op, (X, 3), ValueError, "axis 3 is out of range for rank 3", id="axis"),
        Raises(op, (X, [0, -4]), ValueError, "axis -4 is out of range for rank 3", id="axes"),
    ]

E = np.zeros((0, 3), "float32")
CASES += [
    Case("sum", (E,), [0.0, 0, 0], {"axis": 0}, id="empty", batch=()),
    Case("prod", (E,), [1.0, 1, 1], {"axis": 0}, id="empty", batch=()),
    Case("mean", (E,), np.zeros(0), {"axis": 1}, id="empty"),
    Case("max", (E,), np.zeros(0), {"axis": 1}, id="empty"),
    Case("any", (E,), [False] * 3, {"axis": 0}, id="empty", grad=False, batch=()),
    Case("all", (E,), [True] * 3, {"axis": 0}, id="empty", grad=False, batch=()),
    Case("any", (bools(2, 3),), reduction(builtins.any), {"axis": 1}, id="bools"),
    Case("all", (bools(2, 3),), reduction(builtins.all), {"axis": 1}, id="bools"),
    Case("max", (np.array([NAN, 1, 2], "float32"),), NAN, id="nan", grad=False),
    Case("min", (np.array([-INF, 1, 2], "float32"),), -INF, id="infinity", grad=False),
    Case("sum", (np.full(4096, 1.0, "float16"),), 4096.0, id="float16-large", grad=False),
    Case("prod", (np.array([2, 0, 3, 0.5], "float32"),), 0.0, id="one-zero"),
    Case("prod", (np.array([[2, 0, 0], [3, 1, 0.5]], "float32"),), [0, 1.5], {"axis": 1},
         id="zeros", grad=2),
    Case("logsumexp", (np.array([1e4, 1e4, -1e4], "float32"),), 1e4 + math.log(2), id="large"),
    Case("logsumexp", (np.array([-INF, -INF], "float32"),), -INF, id="infinity", grad=False),
    Case("var", (np.array([1e3, 1e3 + 1, 1e3 + 2], "float32"),), 2 / 3, id="offset",
         tolerance=1e-4),
]  # fmt: skip


@program("max", CASES)
def equal_maxima_share_the_gradient(K):
    x = K.variable([[1.0, 3, 3], [2, 2, 2]])
    g = K.gradients(K.max(x, axis=1), [x])[0]
    np.testing.assert_allclose(K.eval(g), [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]], 1e-6)


@program("min", CASES)
def equal_minima_share_the_gradient(K):
    x = K.variable([1.0, 1, 3])
    np.testing.assert_allclose(K.eval(K.gradients(K.min(x), [x])[0]), [0.5, 0.5, 0], 1e-6)


@program("prod", CASES)
def a_list_of_scalars_is_stacked(K):
    x = K.placeholder((None, 3, 4))
    n = K.prod([K.shape(x)[i] for i in (0, 2)])
    assert K.function([x], [n])([np.zeros((5, 3, 4))])[0] == 20


@program("sum", CASES)
def of_a_list(K):
    assert K.eval(K.sum([1.0, 2.0, 4.0])) == 7


# The position of an extremum


def position(better):
    def apply(x, axis=-1):
        rows = np.moveaxis(x, axis, -1)
        result = np.zeros(rows.shape[:-1], int)
        for place in np.ndindex(*result.shape):
            row = rows[place].tolist()
            result[place] = row.index(better(row))
        return result

    return apply


TIES = np.array([[3, 1, 3, 1], [2, 2, 2, 2], [0, 5, 5, -1]], "float32")
for op, better in (("argmax", builtins.max), ("argmin", builtins.min)):
    options = {"dtype": "int64", "grad": False}
    CASES += [
        Case(op, (X,), position(better), **options),
        Case(op, (X,), position(better), {"axis": 0}, id="axis0", **options),
        Case(op, (X, 1), position(better), id="axis1", **options),
        Case(op, (X,), position(better), {"axis": -3}, id="negative", **options),
        Case(op, (N,), position(better), id="ints", **options),
        Case(op, (TIES,), position(better), id="first-of-equal", **options),
        Raises(op, (X, 3), ValueError, rf"{op}\(\): axis 3 is out of range", id="axis"),
    ]
# Running sums and products

for op, function in (("cumsum", math.fsum), ("cumprod", math.prod)):
    CASES += [
        Case(op, (X,), running(function), grad=2),
        Case(op, (X,), running(function), {"axis": 1}, id="axis1"),
        Case(op, (X, -1), running(function), id="last"),
        Case(op, (N,), running(function), {"axis": 1}, id="ints"),
        Case(op, (ints(2, 3, high=3).astype("int8"), 1), running(function), id="int8"),
        Case(op, (floats(4),), running(function), id="vector", batch=()),
        Case(op, (E,), lambda x: x, id="empty"),
        Raises(op, (X, 3), ValueError, rf"{op}\(\): axis 3 is out of range", id="axis"),
    ]
CASES += [
    Case("cumprod", (np.array([2, 0, 3, 0, 4], "float32"),), running(math.prod), id="zeros"),
    Case("cumsum", (positive(3, 2),),
         lambda x: each(float)(np.array([x[0], x[0] + x[1], x.sum(0)])),
         id="by-hand", batch=()),
]  # fmt: skip
