"""Steps of the usual optimizers against NumPy, on any engine: with outputs, rates and other updates
that read what the step changes.
"""

import numpy as np
import pytest

from kswitch import backend as K
from kswitch.bench import models

SHAPE = (3, 4)


def arrays(count):
    random = np.random.default_rng(3)
    return [random.standard_normal(SHAPE).astype("float32") for _ in range(count)]


def sgd(p, m, g):
    m = models.MOMENTUM * m - models.RATE * g
    return p + m, m


def adam(p, m, v, g, t):
    b1, b2 = models.ADAM["beta_1"], models.ADAM["beta_2"]
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    rate = models.ADAM["rate"] * np.sqrt(1 - b2**t) / (1 - b1**t)
    return p - rate * m / (np.sqrt(v) + models.ADAM["epsilon"]), m, v


@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_steps_follow_the_formula(optimizer):
    start, *gradients = arrays(4)
    p, g = K.variable(start), K.placeholder(SHAPE)
    updates = models.OPTIMIZERS[optimizer](K, [p], [g])
    step = K.function([g], [K.sum(p)], updates=updates)
    expected, m, v = start.astype("float64"), 0.0, 0.0
    for t, gradient in enumerate(gradients, 1):
        (before,) = step([gradient])
        np.testing.assert_allclose(before, expected.sum(), 1e-4, err_msg="outputs come first")
        if optimizer == "SGD":
            expected, m = sgd(expected, m, gradient)
        else:
            expected, m, v = adam(expected, m, v, gradient, t)
        np.testing.assert_allclose(K.get_value(p), expected, 1e-5, 1e-6)


@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_gradient_may_lie_otherwise_in_memory_than_the_variable(optimizer):
    start, gradient = arrays(2)
    p, g = K.variable(start), K.placeholder(SHAPE[::-1])
    updates = models.OPTIMIZERS[optimizer](K, [p], [K.transpose(g)])
    K.function([g], [], updates=updates)([np.ascontiguousarray(gradient.T)])
    if optimizer == "SGD":
        expected = sgd(start, 0.0, gradient)[0]
    else:
        expected = adam(start, 0.0, 0.0, gradient, 1)[0]
    np.testing.assert_allclose(K.get_value(p), expected, 1e-5, 1e-6)


def test_all_new_values_come_from_the_old_state():
    """The rate, an average of the weights, and another variable change in the same step."""
    start, gradient = arrays(2)
    p, rate, average, other = (K.variable(x) for x in (start, 0.5, np.zeros(SHAPE), start))
    g = K.constant(gradient)
    new = p - rate * g
    updates = [
        K.update(rate, rate * 0.1),
        K.update(p, new),
        K.update(average, average + 0.25 * new),
        K.update(other, other - rate * p),
    ]
    K.function([], [], updates=updates)([])
    moved = start - 0.5 * gradient
    np.testing.assert_allclose(K.get_value(p), moved, 1e-5, 1e-6)
    np.testing.assert_allclose(K.get_value(average), 0.25 * moved, 1e-5, 1e-6)
    np.testing.assert_allclose(K.get_value(other), start - 0.5 * start, 1e-5, 1e-6)
    np.testing.assert_allclose(K.get_value(rate), 0.05, 1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_other_dtypes(optimizer, dtype):
    before = K.floatx()
    K.set_floatx(dtype)
    try:
        start, gradient = (a.astype(dtype) for a in arrays(2))
        p = K.variable(start)
        updates = models.OPTIMIZERS[optimizer](K, [p], [K.constant(gradient)])
        K.function([], [], updates=updates)([])
        start, gradient = start.astype("float64"), gradient.astype("float64")
        if optimizer == "SGD":
            expected = sgd(start, 0.0, gradient)[0]
        else:
            expected = adam(start, 0.0, 0.0, gradient, 1)[0]
        tolerance = 4e-3 if dtype == "float16" else 1e-6
        np.testing.assert_allclose(K.get_value(p), expected, tolerance, tolerance)
        assert K.get_value(p).dtype == dtype
    finally:
        K.set_floatx(before)


def test_output_that_waits_for_an_update_sees_it_once():
    start, gradient = arrays(2)
    p = K.variable(start)
    update = K.update_sub(p, 0.5 * K.constant(gradient))
    with K.control_dependencies([update]):
        after = K.identity(p)
    (got,) = K.function([], [after], updates=[update])([])
    np.testing.assert_allclose(got, start - 0.5 * gradient, 1e-5, 1e-6)
    np.testing.assert_allclose(K.get_value(p), got)


def test_steps_along_each_other_use_the_old_state():
    a, b = arrays(2)
    v, w = K.variable(a), K.variable(b)
    K.function([], [], updates=[K.update_sub(v, 0.5 * w), K.update_sub(w, 0.25 * v)])([])
    np.testing.assert_allclose(K.get_value(v), a - 0.5 * b, 1e-5, 1e-6)
    np.testing.assert_allclose(K.get_value(w), b - 0.25 * a, 1e-5, 1e-6)
