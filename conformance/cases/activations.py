"""Activation functions."""

import math

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats, ints
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.oracle import each

X = floats(2, 6, low=-4, high=4)
FAR = np.array([-1000, -50, -1, 0, 1, 50, 1000], "float32")

SIMPLE = {
    "softplus": lambda v: max(v, 0) + math.log1p(math.exp(-abs(v))),
    "softsign": lambda v: v / (1 + abs(v)),
    "sigmoid": lambda v: 1 / (1 + math.exp(-v)) if v > -700 else 0.0,
    "hard_sigmoid": lambda v: min(max(0.2 * v + 0.5, 0), 1),
    "tanh": math.tanh,
}
CASES = []
for op, function in SIMPLE.items():
    CASES += [
        Case(op, (X,), each(function, float), grad=2),
        Case(op, (FAR,), each(function, float), id="far", grad=False),
        Case(op, (floats(2, 3, dtype="float16"),), each(function, float), id="float16", grad=False),
        Case(op, (np.array(0.5, "float32"),), each(function, float), id="scalar", batch=()),
        Case(op, (X[:0],), each(function, float), id="empty"),
    ]
    if op not in ("softsign", "hard_sigmoid"):
        CASES.append(Case(op, (ints(2, 3, low=-3, high=4),), each(function, float), id="ints",
                          dtype="float32", native=False))  # fmt: skip

RELU = {
    "alpha": {"alpha": 0.3},
    "max": {"max_value": 1.5},
    "max-0": {"max_value": 0.0},
    "threshold": {"threshold": 1.0},
    "alpha-max": {"alpha": 0.3, "max_value": 1.5},
    "alpha-threshold": {"alpha": 0.3, "threshold": 1.0},
    "max-threshold": {"max_value": 2.5, "threshold": 1.0},
    "all": {"alpha": 0.3, "max_value": 2.5, "threshold": 1.0},
    "negative-threshold": {"alpha": 0.3, "max_value": 2.5, "threshold": -1.0},
    "int-options": {"alpha": 1, "max_value": 2, "threshold": 0},
}
CASES += [
    Case("relu", (X,), lambda x: oracle.relu(x), grad=2),
    # the gradient by the result differs with x, so that it has a second derivative of its own
    Case("relu", (X,), lambda x: oracle.relu(x) ** 2, id="squared", grad=2,
         build=lambda K, x: K.square(K.relu(x))),
    Case("sigmoid", (X,), each(lambda v: 1 / (1 + math.exp(-v)) ** 2, float), id="squared", grad=2,
         build=lambda K, x: K.square(K.sigmoid(x))),
    *(
        Case("relu", (X,), lambda x, **options: oracle.relu(x, **options), options, id=name)
        for name, options in RELU.items()
    ),
    Case("relu", (X, 0.3, 1.5, 1.0), oracle.relu, id="positional"),
    Case("relu", (X[:0],), oracle.relu, id="empty"),
    Case("relu", (ints(2, 3, low=-3, high=4),), each(lambda v: max(v, 0)), id="ints"),
    Case("relu", (FAR,), oracle.relu, id="far", grad=False),
    Case("elu", (X,), each(lambda v: v if v > 0 else math.expm1(v), float), grad=2),
    Case("elu", (X, 0.5), lambda x, a: each(lambda v: v if v > 0 else a * math.expm1(v), float)(x),
         id="alpha"),
    Case("elu", (FAR,), each(lambda v: v if v > 0 else math.expm1(v), float), id="far", grad=False),
    Case("softmax", (X,), oracle.softmax, grad=2),
    Case("softmax", (floats(2, 3, 4),), oracle.softmax, {"axis": 1}, id="axis1"),
    Case("softmax", (floats(2, 3, 4), 0), oracle.softmax, id="axis0"),
    Case("softmax", (floats(2, 3, 4),), oracle.softmax, {"axis": -2}, id="negative"),
    Case("softmax", (floats(4),), oracle.softmax, id="vector", batch=()),
    Case("softmax", (FAR[None],), oracle.softmax, id="far", grad=False),
    Raises("softmax", (X, 2), ValueError, r"softmax\(\): axis 2 is out of range"),
]  # fmt: skip


def slope(K, function, value):
    x = K.variable([value])
    return K.eval(K.gradients(function(x), [x])[0])[0]


@program("relu", CASES)
def gradient_at_0_is_0(K):
    assert slope(K, K.relu, 0.0) == 0


@program("relu", CASES)
def gradient_at_0_of_a_leak_is_alpha(K):
    assert abs(slope(K, lambda x: K.relu(x, alpha=0.25), 0.0) - 0.25) < 1e-6


@program("elu", CASES)
def gradient_at_0_is_1(K):
    assert slope(K, K.elu, 1e-6) == 1


@program("sigmoid", CASES)
def gradient_of_far_values_is_finite(K):
    assert [slope(K, K.sigmoid, v) for v in (-1000.0, 1000.0)] == [0, 0]


@program("softplus", CASES)
def gradient_far_out_is_0_and_1(K):
    assert [slope(K, K.softplus, v) for v in (-1000.0, 1000.0)] == [0, 1]
