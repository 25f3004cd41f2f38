"""Operators and brackets on tensors: with tensors, Python and NumPy numbers on either side.

They belong to no function of K; they are counted as cases of K.variable, whose results have them.
"""

import operator

import numpy as np
import pytest
from kswitch.conformance.arrays import bools, floats, ints, positive
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.oracle import each

X = positive(2, 3)
N = ints(2, 3, low=1, high=6)
ARITHMETIC = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor-divide": operator.floordiv,
    "mod": operator.mod,
    "power": operator.pow,
}
COMPARISONS = {
    "less": operator.lt,
    "less-equal": operator.le,
    "greater": operator.gt,
    "greater-equal": operator.ge,
}


def operands(name, function, grad=True):
    """An operator with each kind of operand on each side."""
    y = positive(2, 3, seed=1)
    wanted = each(function)

    def case(kind, arrays, build, want, **options):
        options.setdefault("grad", grad)
        return Case("variable", arrays, want, id=f"{name}-{kind}", build=build, **options)

    def left(number):
        return lambda K, x: function(x, number), lambda x: wanted(x, number)

    def right(number):
        return lambda K, x: function(number, x), lambda x: wanted(number, x)

    found = [
        case("tensor", (X, y), lambda K, a, b: function(a, b), wanted, batch=(0, 1)),
        case("number", (X,), *left(0.5)),
        case("number-first", (X,), *right(0.5)),
        # A NumPy number on the left of a native tensor is the engine's own affair.
        case("numpy-first", (X,), *right(np.float32(0.5)), native=False, batch=()),
        case("array-first", (X,), *right(positive(3, seed=2)), native=False, batch=()),
        case("ints-and-floats", (N, X), lambda K, a, b: function(a, b), wanted, native=False,
             batch=()),
    ]  # fmt: skip
    if name in COMPARISONS:
        return found
    grad = False  # the rules have been seen
    found += [
        case("row", (X, positive(3, seed=2)), lambda K, a, b: function(a, b), wanted),
        case("int", (X,), *left(2), batch=()),
        case("int-first", (X,), *right(2), batch=()),
        case("numpy", (X,), *left(np.float32(0.5)), native=False, batch=()),
        case("numpy-float64", (X,), *left(np.float64(0.5)), native=False, batch=()),
        case("ints-and-number", (N,), *left(0.5), native=False, batch=()),
        case("wide", (X.astype("float64"), y), lambda K, a, b: function(a, b), wanted,
             native=False, batch=()),
    ]  # fmt: skip
    if name != "divide":
        found += [
            case(
                "ints", (N, N[:, ::-1].copy()), lambda K, a, b: function(a, b), wanted, batch=(0, 1)
            ),
            case("ints-int", (N,), *left(2)),
            case("ints-int-first", (N,), *right(2)),
        ]
    return found


CASES = []
for name, function in ARITHMETIC.items():
    CASES += operands(name, function, "none" if name == "floor-divide" else True)
for name, function in COMPARISONS.items():
    CASES += operands(name, function, False)

CASES += [
    Case("variable", (N, ints(2, 3, low=1, high=4)), each(operator.truediv), id="divide-ints",
         build=lambda K, a, b: a / b, dtype="float32", batch=(0, 1), native=False),
    Case("variable", (floats(2, 3),), each(operator.neg), id="negative", build=lambda K, x: -x),
    Case("variable", (N,), each(operator.neg), id="negative-ints", build=lambda K, x: -x),
    Case("variable", (floats(2, 3),), each(abs), id="absolute", build=lambda K, x: abs(x)),
    Case("variable", (floats(2, 3),), each(operator.pos), id="positive", build=lambda K, x: +x,
         native=False),  # tf.Tensor has no unary plus
    Case("variable", (floats(2, 3), floats(3, 4, seed=1)), operator.matmul, id="matmul",
         build=lambda K, x, y: x @ y),
    Case("variable", (floats(2, 3, 4), floats(2, 4, 5, seed=1)), operator.matmul, id="matmul-batch",
         build=lambda K, x, y: x @ y, batch=(0, 1)),
    Case("variable", (bools(2, 3), bools(2, 3, seed=1)), operator.and_, id="and", batch=(0, 1),
         build=lambda K, a, b: a & b),
    Case("variable", (bools(2, 3), bools(2, 3, seed=1)), operator.or_, id="or", batch=(0, 1),
         build=lambda K, a, b: a | b),
    Case("variable", (bools(2, 3),), operator.invert, id="not", build=lambda K, a: ~a),
    Case("variable", (floats(2, 3),), lambda x: (x > -1) & (x < 1) | ~(x < 1.5), id="logic",
         build=lambda K, x: (x > -1) & (x < 1) | ~(x < 1.5), grad=False),
]  # fmt: skip

# Dtypes that meet: what comes out; Python numbers have no width of their own

PROMOTIONS = {
    ("int8", "int32"): "int32",
    ("uint8", "int8"): "int16",
    ("uint8", "int32"): "int32",
    ("int32", "int64"): "int64",
    ("bool", "int32"): "int32",
    ("bool", "float32"): "float32",
    ("float16", "float32"): "float32",
    ("float16", "int32"): "float16",
    ("int64", "float32"): "float32",
    ("float32", "float64"): "float64",
    ("int32", "float64"): "float64",
}
CASES += [
    Case("variable", (N.astype(a), N[:, ::-1].astype(b)), lambda x, y: 1 * x + 1 * y, dtype=result,
         id=f"promotion-{a}-{b}", build=lambda K, x, y: x + y, native=False, batch=(), grad=False)
    for (a, b), result in PROMOTIONS.items()
]  # fmt: skip
CASES += [
    Case("variable", (np.array([1, 0, 1], dtype),), lambda x, n=number: x + n, dtype=result,
         id=f"promotion-{dtype}-{type(number).__name__}", build=lambda K, x, n=number: x + n,
         native=False, batch=(), grad=False)
    for dtype, number, result in (
        ("int8", 2, "int8"), ("uint8", 2, "uint8"), ("int64", 2, "int64"), ("bool", 2, "int32"),
        ("float16", 2, "float16"), ("float16", 0.5, "float16"), ("float64", 0.5, "float64"),
        ("int8", 0.5, "float32"), ("bool", 0.5, "float32"),
    )
]  # fmt: skip

# Brackets

BOX = floats(3, 4, 5)
KEYS = {
    "int": np.s_[1],
    "negative-int": np.s_[-1],
    "ints": np.s_[1, -2],
    "all-ints": np.s_[1, 2, 3],
    "slice": np.s_[1:],
    "second-axis": np.s_[:, 1],
    "slices": np.s_[:2, 1:3, :-1],
    "step": np.s_[::2, 1::2],
    "negative-step": np.s_[:, ::-1],
    "negative-step-ends": np.s_[:, 3:0:-2],
    "ellipsis": np.s_[..., 1],
    "ellipsis-middle": np.s_[1, ..., 2],
    "ellipsis-alone": np.s_[...],
    "ellipsis-slice": np.s_[..., :3],
    "new-axis": np.s_[None],
    "new-axis-last": np.s_[..., None],
    "new-axis-middle": np.s_[:, None, 1],
    "empty": np.s_[:, 2:2],
    "past-the-end": np.s_[:, 2:99],
    "numpy-int": (slice(None), np.int64(1)),
}
UNKNOWN = ("slice", "slices", "negative-step", "second-axis", "new-axis")  # with an unknown batch
REVERSED = [name for name in KEYS if name.startswith("negative-step")]
CASES += [
    Case("variable", (BOX,), lambda x, key=key: x[key], id=f"brackets-{name}",
         build=lambda K, x, key=key: x[key], grad=2 if name in ("int", "slices") else True,
         batch=(0,) if name in UNKNOWN else (), native=name not in REVERSED)
    for name, key in KEYS.items()
]  # fmt: skip
CASES += [
    Case("variable", (BOX, np.array(2, "int32")), lambda x, i: x[i], id="brackets-scalar-tensor",
         build=lambda K, x, i: x[i], batch=(), native=False),
    Case("variable", (BOX, np.array(2, "int32")), lambda x, i: x[:, i - 1 :, i],
         id="brackets-slice-by-tensor", build=lambda K, x, i: x[:, i - 1 :, i], batch=(),
         native=False,
         wide=True),
    Case("variable", (BOX, floats(2, 3)), lambda x, y: x[..., :3], id="brackets-slice-by-size",
         build=lambda K, x, y: x[..., : K.shape(y)[-1]], batch=(0, 1), inner=(0,)),
    Case("variable", (BOX,), lambda x: x[len(x) - 1], id="brackets-by-unknown-size",
         build=lambda K, x: x[K.shape(x)[0] - 1]),
    Raises("variable", (BOX,), IndexError, "too many indices", id="brackets-too-many",
           build=lambda K, x: x[0, 0, 0, 0]),
    Raises("variable", (BOX,), IndexError, "index 4 is out of range for axis 1",
           id="brackets-out-of-range", build=lambda K, x: x[:, 4]),
    Raises("variable", (BOX, ints(2, high=3)), TypeError, r"use K.gather\(x, indices\)",
           id="brackets-vector", build=lambda K, x, i: x[i]),
    Raises("variable", (floats(3),), TypeError, "has no truth value", id="truth-value",
           build=lambda K, x: 1 if x > 0 else 2),
    Raises("variable", (floats(2, 3), floats(2)), ValueError, "do not broadcast", id="add-shapes",
           build=lambda K, x, y: x + y),
]  # fmt: skip


@program("variable", CASES)
def operators_in_place_bind_a_new_tensor(K):
    x = K.variable([1.0, 2.0])
    y = x
    y += 1
    y *= 2
    y /= 4
    assert y is not x
    np.testing.assert_allclose(K.eval(y), [1, 1.5])
    np.testing.assert_allclose(K.eval(x), [1, 2])


@program("variable", CASES)
def a_variable_is_true_and_equal_to_itself_only(K):
    x, y = K.variable([1.0]), K.variable([1.0])
    assert x
    assert x == x
    assert x != y
    assert len({x, y}) == 2


@program("variable", CASES)
def entries_can_be_unpacked_where_their_number_is_known(K):
    a, b = K.variable([[1.0, 2], [3, 4]])
    np.testing.assert_allclose([K.eval(a), K.eval(b)], [[1, 2], [3, 4]])
    with pytest.raises(TypeError):
        iter(K.placeholder((None, 2)))


@program("variable", CASES)
def tensors_take_free_attributes(K):
    x = K.variable([1.0]) + 1
    x._keras_shape, x._keras_history = (1,), "layer"
    assert (x._keras_shape, x._keras_history) == ((1,), "layer")


@program("equal", CASES)
def bools_are_compared_with_constant_bools(K):
    x = K.placeholder((None,), dtype="bool")
    step = K.function([x], [K.equal(x, K.zeros_like(x, dtype="bool"))])
    np.testing.assert_array_equal(step([np.array([True, False])])[0], [False, True])


@program("equal", CASES)
def a_batch_of_unknown_size_is_compared_with_one_of_known_size(K):
    x, y = K.placeholder((None,)), K.variable([1.0, 2, 3])
    step = K.function([x], [K.sum(K.cast(K.equal(x, y), "float32"))])
    np.testing.assert_allclose(step([np.array([1, 0, 3], "float32")]), [2])
