"""Graphs of many thousand nodes: no recursion, no quadratic work, no memory for what is dead."""

import gc
import sys
import tracemalloc

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend("numpy")
LONG = 50_000


@pytest.fixture(scope="module")
def chain():
    """A placeholder and a chain of nodes from it."""
    x = K.placeholder((2,))
    y = x
    for _ in range(LONG):
        y = y * 1.0001
    return x, y


@pytest.fixture(scope="module")
def function(chain):
    x, y = chain
    return K.function([x], [y, *K.gradients(K.sum(y), [x])])


def test_the_graph_is_deeper_than_python_recurses():
    assert sys.getrecursionlimit() < LONG


def test_long_chain_is_evaluated(function):
    np.testing.assert_allclose(function([[1, 2]])[0], np.array([1, 2]) * 1.0001**LONG, rtol=1e-2)


def test_long_chain_is_differentiated(function):
    np.testing.assert_allclose(function([[1, 2]])[1], [1.0001**LONG] * 2, rtol=1e-2)


def test_long_chain_of_a_variable_is_evaluated_without_compiling():
    v = K.variable(1.0)
    y = v
    for _ in range(LONG):
        y = y + 1.0
    assert K.eval(y) == LONG + 1


def test_long_chain_of_sizes():
    x = K.placeholder((None, 2))
    n = K.shape(x)[0]
    for _ in range(5000):
        n = n + 1
    assert K.function([x], [n])([np.ones((3, 2))])[0] == 5003


def test_long_chain_of_loops():
    x = K.placeholder((3, 2))
    y = x
    for _ in range(300):
        y = K.map_fn(lambda row: row + 1.0, y)
    np.testing.assert_array_equal(K.function([x], [y])([np.zeros((3, 2))])[0], np.full((3, 2), 300))


def test_wide_sum():
    variables = [K.variable(1.0) for _ in range(3000)]
    total = sum(variables)
    gradients = K.gradients(total, variables)
    results = K.function(
        [], [total, *gradients], [(v, v + g) for v, g in zip(variables, gradients, strict=True)]
    )([])
    assert results[0] == 3000
    assert float(K.get_value(variables[-1])) == 2


def test_one_tensor_that_is_used_often():
    v = K.variable(1.0)
    total = sum(v * float(i) for i in range(5000))
    assert K.eval(K.gradients(total, [v])[0]) == pytest.approx(sum(range(5000)), rel=1e-3)


def test_diamonds_are_walked_once():
    v = K.variable(1.0)
    y = v
    for _ in range(60):
        y = y + y * 0.5
    np.testing.assert_allclose(K.eval(K.gradients(y, [v])[0]), 1.5**60, rtol=1e-3)


def test_equal_diamonds_become_one_chain():
    x = K.placeholder((2,))
    a, b = x, x
    for _ in range(50):
        a, b = K.exp(a + b), K.exp(a + b)
    assert K.function([x], [a + b]).source.count("exp") == 50


def test_collector_rests_and_is_woken(monkeypatch):
    x = K.variable(1.0)
    seen = []
    rule = K.tanh(x).op.gradients["x"]

    def watched(*args):
        seen.append(gc.isenabled())
        return rule(*args)

    monkeypatch.setitem(K.tanh(x).op.gradients, "x", watched)
    K.gradients(K.tanh(x), [x])
    assert seen == [False]
    assert gc.isenabled()
    with pytest.raises(TypeError):
        K.gradients(1.0, [x])
    assert gc.isenabled()
    gc.disable()
    try:
        K.gradients(K.tanh(x), [x])
        assert not gc.isenabled()
    finally:
        gc.enable()


# Memory


def peak(function, feeds):
    """The most bytes that live at one time during a call, the results included."""
    function(feeds)
    tracemalloc.start()
    try:
        results = function(feeds)
        assert results is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


SIZE = 100_000
BYTES = 4 * SIZE


@pytest.mark.parametrize(
    ("step", "arrays"),
    [
        (lambda y: y * 1.0001, 1),
        (lambda y: y + 1.0, 1),
        (K.tanh, 2),
        (lambda y: K.exp(y * 0.001) - 1.0, 2),
        (lambda y: K.tanh(y) + K.sin(y), 3),
    ],
)
def test_long_chain_needs_little_memory(step, arrays):
    x = K.placeholder((None,))
    y = x
    for _ in range(200):
        y = step(y)
    assert peak(K.function([x], [y]), [np.ones(SIZE, "float32")]) < (arrays + 0.2) * BYTES


def test_gradient_keeps_one_array_for_each_step():
    x = K.placeholder((None,))
    y = x
    for _ in range(50):
        y = K.tanh(y)
    function = K.function([x], K.gradients(K.sum(y), [x]))
    assert peak(function, [np.ones(SIZE, "float32")]) < 54 * BYTES


def test_gradient_of_a_linear_chain_keeps_nothing():
    x = K.placeholder((None,))
    y = x
    for _ in range(50):
        y = y * 1.0001
    function = K.function([x], K.gradients(K.sum(y), [x]))
    assert peak(function, [np.ones(SIZE, "float32")]) < 3 * BYTES


def test_update_needs_no_second_copy():
    v, x = K.variable(np.ones(SIZE)), K.placeholder((SIZE,))
    function = K.function([x], [], [(v, v * 0.9 + x * 0.1)])
    assert peak(function, [np.ones(SIZE, "float32")]) < 1.2 * BYTES


def test_what_was_only_recorded_holds_no_arrays():
    tracemalloc.start()
    try:
        y = K.placeholder((SIZE,))
        for _ in range(100):
            y = K.tanh(y)
        K.gradients(K.sum(y), [y])
        assert tracemalloc.get_traced_memory()[1] < 2 * BYTES
    finally:
        tracemalloc.stop()


# The same text each time


def test_source_of_a_long_graph_is_the_same_each_time():
    def source():
        x, w = K.placeholder((None, 4)), K.variable(np.ones((4, 4)))
        y = x
        for i in range(300):
            y = K.tanh(K.dot(y, w) * float(i) + K.mean(y, 1, True))
        return K.function([x], [y, *K.gradients(K.mean(y), [w])], [(w, w * 0.5)]).source

    assert source() == source()
