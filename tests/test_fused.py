"""Updates of optimizers in one call: they are found, and do what the formula says."""

import numpy as np
import pytest

from kswitch import backend as K
from kswitch.bench import models
from kswitch.compile import fused
from kswitch.compile.reading import Reading


def find(updates):
    functions = K._functions
    found, rest = fused.find(functions, Reading(functions, 0, {}), updates)
    return [call.kernel for call in found], len(rest)


@pytest.fixture
def p():
    return K.variable(np.arange(6.0).reshape(2, 3))


@pytest.fixture
def g():
    return K.constant(np.linspace(-1, 1, 6).reshape(2, 3))


def test_descent_is_found(p, g):
    assert find([K.update_sub(p, 0.1 * g)]) == (["descend"], 0)
    assert find([K.update(p, p - g * K.variable(0.1))]) == (["descend"], 0)


@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_optimizers_of_keras_are_found(p, g, optimizer):
    updates = models.OPTIMIZERS[optimizer](K, [p], [g])
    kernel = {"SGD": "momentum", "Adam": "adam"}[optimizer]
    assert find(updates) == ([kernel], len(updates) - {"SGD": 2, "Adam": 3}[optimizer])


def test_rates_may_be_variables(p, g):
    b1, b2, rate = (K.variable(x) for x in (0.9, 0.99, 0.1))
    m, v = K.zeros((2, 3)), K.zeros((2, 3))
    new_m = (b1 * m) + (1.0 - b1) * g
    new_v = (b2 * v) + (1.0 - b2) * K.square(g)
    new_p = p - rate * new_m / (K.sqrt(new_v) + 1e-7)
    assert find([K.update(m, new_m), K.update(v, new_v), K.update(p, new_p)])[0] == ["adam"]


@pytest.mark.parametrize(
    "change",
    [
        lambda p, g, other: p - g,
        lambda p, g, other: 0.1 * g - p,
        lambda p, g, other: other - 0.1 * g,
        lambda p, g, other: p - 0.1 * K.sum(g),
        lambda p, g, other: p - 0.1 * g[:1],
        lambda p, g, other: K.maximum(p - 0.1 * g, 0.0),
    ],
    ids=["no-rate", "turned", "other", "scalar", "broadcast", "constraint"],
)
def test_other_formulas_are_left_alone(p, g, change):
    assert find([K.update(p, change(p, g, K.ones((2, 3))))]) == ([], 1)


def test_average_with_other_weights_is_left_alone(p, g):
    m, v = K.zeros((2, 3)), K.zeros((2, 3))
    new_m = 0.9 * m + 0.2 * g
    new_v = 0.99 * v + 0.01 * K.square(g)
    new_p = p - 0.1 * new_m / (K.sqrt(new_v) + 1e-7)
    assert find([K.update(m, new_m), K.update(v, new_v), K.update(p, new_p)])[0] == []


def test_variable_with_two_updates_is_left_alone(p, g):
    assert find([K.update_sub(p, 0.1 * g), K.update_sub(p, 0.2 * g)]) == ([], 2)
