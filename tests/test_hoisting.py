"""Products move out of loops, gradients by slices are joined; the numbers stay the same."""

import numpy as np
import pytest

from kswitch import backend as K
from kswitch.compile import optimizations

B, T, F, U = 2, 5, 3, 4


def arrays(*shapes):
    random = np.random.default_rng(1)
    return [random.standard_normal(shape).astype("float32") for shape in shapes]


def gated(x, w, u, b):
    """A recurrent network whose gates are slices of one product: its last state and all outputs."""

    def step(row, states):
        (h,) = states
        z = K.bias_add(K.dot(row, w) + K.dot(h, u), b)
        new = K.sigmoid(z[:, :U]) * K.tanh(z[:, U : 2 * U]) + K.sigmoid(z[:, 2 * U :]) * h
        return new, [new]

    zeros = K.zeros_like(K.dot(K.sum(x, 1), w)[:, :U])
    last, outputs, _ = K.rnn(step, x, [zeros])
    return last, outputs


@pytest.fixture
def network():
    x = K.placeholder((None, T, F))
    weights = [K.variable(a) for a in arrays((F, 3 * U), (U, 3 * U), (3 * U,))]
    last, outputs = gated(x, *weights)
    loss = K.sum(K.square(last)) + K.sum(outputs)
    return x, weights, loss


def steps_of(source):
    """The texts of the nested defs."""
    found, inside = [], False
    for line in source.splitlines():
        if line.startswith("    def "):
            found.append("")
            inside = True
        elif not line.startswith("        "):
            inside = False
        if inside:
            found[-1] += line + "\n"
    return found


def test_step_multiplies_its_state_only(network):
    x, _, loss = network
    (step,) = steps_of(K.function([x], [loss]).source)
    assert step.count("dot(") == 1


def test_reverse_step_adds_up_no_weights(network):
    x, weights, loss = network
    _, reverse = steps_of(K.function([x], K.gradients(loss, weights)).source)
    assert reverse.count("matmul(") == 1  # the gradient by the state
    assert "sum_like" not in reverse


def test_gradients_by_slices_are_joined(network):
    x, weights, loss = network
    source = K.function([x], K.gradients(loss, weights)).source
    assert "concatenate(" in source
    assert "getitem_gradient" not in source


@pytest.mark.parametrize("without", [set(), {"hoisting"}, {"lists"}, set(optimizations.NAMES)])
def test_gradients_are_the_same_without(network, monkeypatch, without):
    x, weights, loss = network
    (value,) = arrays((B, T, F))
    expected = K.function([x], [loss, *K.gradients(loss, weights)])([value])
    monkeypatch.setattr(optimizations, "ENABLED", frozenset(optimizations.NAMES) - without)
    last, outputs = gated(x, *weights)
    loss = K.sum(K.square(last)) + K.sum(outputs)
    got = K.function([x], [loss, *K.gradients(loss, weights)])([value])
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, 1e-5, 1e-5)


def test_second_derivatives(network):
    x, weights, loss = network
    (value, move) = arrays((B, T, F), (F, 3 * U))
    (g,) = K.gradients(loss, [weights[0]])
    (h,) = K.gradients(K.sum(g * move), [weights[0]])
    second = K.function([x], [h])
    first = K.function([x], [K.sum(g * move)])
    (got,) = second([value])
    before = K.get_value(weights[0])
    sides = []
    for sign in (1, -1):
        K.set_value(weights[0], before + sign * 1e-2 * move)
        sides.append(first([value])[0])
    np.testing.assert_allclose(np.sum(got * move), (sides[0] - sides[1]) / 2e-2, 2e-2)


def test_output_that_needs_no_loop():
    """As a layer applied to every time step."""
    x, w = K.placeholder((None, T, F)), K.variable(arrays((F, U))[0])
    _, outputs, _ = K.rnn(lambda row, states: (K.dot(row, w), []), x, [])
    function = K.function([x], [outputs])
    (value,) = arrays((B, T, F))
    np.testing.assert_allclose(function([value])[0], value @ K.get_value(w), 1e-5, 1e-5)
    assert "scan(" not in function.source


def test_loop_without_steps():
    x = K.placeholder((None, None, F))
    weights = [K.variable(a) for a in arrays((F, 3 * U), (U, 3 * U), (3 * U,))]
    _, outputs = gated(K.concatenate([x, x], 1)[:, 2:], *weights)
    gradients = K.gradients(K.sum(outputs), weights)
    results = K.function([x], [outputs, *gradients])([np.ones((B, 1, F))])
    assert results[0].shape == (B, 0, U)
    assert all(not g.any() for g in results[1:])


@pytest.mark.parametrize(
    "keys",
    [
        (np.s_[:, :2], np.s_[:, 3:]),
        (np.s_[:, :3], np.s_[:, 2:]),
        (np.s_[:, :2], np.s_[:2, 2:]),
        (np.s_[:, 0], np.s_[:, 1:]),
        (np.s_[:, ::2], np.s_[:, 1::2]),
    ],
    ids=["gap", "overlap", "two-axes", "number", "steps"],
)
def test_slices_that_do_not_tile_are_added(keys):
    (value,) = arrays((4, 5))
    x = K.variable(value)
    loss = K.sum(K.square(x[keys[0]])) + 3 * K.sum(x[keys[1]])
    expected = np.zeros_like(value)
    expected[keys[0]] += 2 * value[keys[0]]
    expected[keys[1]] += 3
    np.testing.assert_allclose(K.eval(K.gradients(loss, [x])[0]), expected, 1e-5)
