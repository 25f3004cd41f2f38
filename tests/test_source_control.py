"""The Python text of sizes, phases, random numbers, loops, branches and gradients."""

from textwrap import dedent

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend("numpy")


@pytest.fixture
def x():
    return K.placeholder((None, 4))


@pytest.fixture
def s():
    return K.placeholder((3, 4))


@pytest.fixture
def v():
    return K.variable(np.ones((3, 4)))


@pytest.fixture
def w():
    return K.variable(np.ones((4, 2)))


def check(text, inputs, outputs, updates=()):
    """The source of a function is this text, which is given indented."""
    assert K.function(inputs, outputs, updates).source == dedent(text).lstrip("\n")


# Sizes


def test_sizes_are_plain_numbers(x):
    text = """
    def program(x0):
        t1 = x0.shape[0]
        t2 = t1 * 2
        del t1
        t3 = fill((t2, 3), 0, 'float32')
        del t2
        return (t3,)
    """
    check(text, [x], [K.zeros((K.shape(x)[0] * 2, 3))])


def test_known_sizes_are_literals(x):
    text = """
    def program(x0):
        t1 = x0.shape[0]
        t2 = fill((t1, 8), 0, 'float32')
        del t1
        return (t2,)
    """
    check(text, [x], [K.zeros((K.shape(x)[0], K.shape(x)[1] * 2))])


def test_shapes_are_numpy_arrays(x):
    text = """
    def program(x0):
        t1 = host_shape(x0)
        t2 = t1 * 2
        del t1
        t3 = host_getitem(t2, (0,))
        del t2
        t4 = fill((t3, 8), 0, 'float32')
        del t3
        return (t4,)
    """
    check(text, [x], [K.zeros(K.shape(x) * 2)])


def test_count_of_a_mean_is_a_plain_number(x):
    n = K.cast(K.shape(x)[0], "float32")
    text = """
    def program(x0):
        t1 = x0.shape[0]
        t2 = float(t1)
        del t1
        t3 = x0 / t2
        del t2
        return (t3,)
    """
    check(text, [x], [x / n])


def test_size_becomes_a_tensor_where_one_is_needed(x):
    text = """
    def program(x0):
        t1 = x0.shape[0]
        t2 = asarray(t1, 'int32')
        del t1
        t3 = square(t2)
        del t2
        return (t3,)
    """
    check(text, [x], [K.square(K.shape(x)[0])])


# Phases


def test_test_phase_is_a_program_of_its_own(s):
    text = """
    def program(x0):
        t1 = tanh(x0)
        return (t1,)
    """
    check(text, [s], [K.in_train_phase(lambda: K.exp(s), lambda: K.tanh(s))])


def test_training_phase_is_a_program_of_its_own(s):
    result = K.in_train_phase(lambda: K.exp(s), lambda: K.tanh(s))
    text = """
    def program(x0):
        t1 = exp(x0)
        return (t1,)
    """
    K.set_learning_phase(1)
    try:
        check(text, [s], [result])
    finally:
        K.clear_session()


def test_phase_itself_is_a_constant():
    text = """
    def program():
        t2 = copy(c1)
        return (t2,)
    """
    check(text, [], [K.learning_phase()])


# Random numbers


def test_equal_random_calls_are_never_merged(s):
    text = """
    def program(x0):
        t1 = dropout_mask(x0, 0.5, None, seed0)
        t2 = imul(t1, x0)
        del t1
        t3 = dropout_mask(x0, 0.5, None, seed1)
        t4 = imul(t3, x0)
        del t3
        t5 = iadd(t4, t2)
        del t2, t4
        return (t5,)
    """
    check(text, [s], [K.dropout(s, 0.5, seed=1) + K.dropout(s, 0.5, seed=1)])


def test_one_random_tensor_is_drawn_once():
    noise = K.random_normal((2,), seed=3)
    text = """
    def program():
        t1 = standard_normal(seed0, (2,), 'float32')
        t2 = t1 * 2
        return (t1, t2)
    """
    check(text, [], [noise, noise * 2])


# Loops and branches


@pytest.fixture
def loop(w):
    """The results of an rnn whose step reads a weight and an invariant of it."""
    u = K.variable(np.ones((2, 2)))
    sequence = K.placeholder((2, None, 4))

    def step(x, states):
        state = K.tanh(K.dot(x, w) + K.dot(states[0], K.exp(u)))
        return state, [state]

    return sequence, K.rnn(step, sequence, [K.zeros((2, 2))])


def test_loop_hoists_invariants(loop):
    sequence, (_, outputs, _) = loop
    text = """
    def program(x0):
        t1 = permute_dimensions(x0, (1, 0, 2))
        t2 = t1.shape[0]
        t3 = exp(v0)
        t4 = dot(t1, v1)
        del t1
        def step7(a5, a6):
            t9 = dot(a5, t3)
            t10 = iadd(t9, a6)
            del t9
            t11 = tanh(t10)
            del t10
            return (t11,), (t11,)
        t12 = scan(step7, (t4,), (v2,), t2, False)
        del t2, t3, t4
        t13 = t12[1]
        del t12
        t14 = permute_dimensions(t13, (1, 0, 2))
        del t13
        t15 = copy(t14)
        del t14
        return (t15,)
    """
    check(text, [sequence], [outputs])


def test_loop_drops_outputs_that_nobody_reads(loop):
    sequence, (last, _, _) = loop
    text = """
    def program(x0):
        t1 = permute_dimensions(x0, (1, 0, 2))
        t2 = t1.shape[0]
        t3 = exp(v0)
        t4 = dot(t1, v1)
        del t1
        def step7(a5, a6):
            t9 = dot(a5, t3)
            t10 = iadd(t9, a6)
            del t9
            t11 = tanh(t10)
            del t10
            return (t11,), ()
        t12 = scan(step7, (t4,), (v2,), t2, False)
        del t2, t3, t4
        t13 = t12[0]
        del t12
        t14 = copy(t13)
        del t13
        return (t14,)
    """
    check(text, [sequence], [last])


def test_map_captures_what_it_reads(x):
    b = K.variable(np.ones(4))
    text = """
    def program(x0):
        t1 = x0.shape[0]
        t2 = exp(v0)
        def step4(a3):
            t6 = a3 * t2
            t7 = sum(t6)
            del t6
            return (), (t7,)
        t8 = scan(step4, (x0,), (), t1, False)
        del t1, t2
        t9 = t8[0]
        del t8
        t10 = copy(t9)
        del t9
        return (t10,)
    """
    check(text, [x], [K.map_fn(lambda row: K.sum(row * K.exp(b)), x)])


def test_random_numbers_of_a_loop_are_drawn_inside(x):
    text = """
    def program(x0):
        t1 = x0.shape[0]
        def step3(a2):
            t5 = standard_normal(seed0, (4,), 'float32')
            t6 = iadd(t5, a2)
            del t5
            return (), (t6,)
        t7 = scan(step3, (x0,), (), t1, False)
        del t1
        t8 = t7[0]
        del t7
        t9 = copy(t8)
        del t8
        return (t9,)
    """
    check(text, [x], [K.map_fn(lambda row: row + K.random_normal((4,), seed=1), x)])


def test_branches_compute_what_is_theirs(s, w):
    p, shared = K.placeholder(()), K.exp(s)
    text = """
    def program(x0, x1):
        t1 = exp(x1)
        t2 = x0 > 0
        def branch4():
            t3 = tanh(t1)
            return (t3,)
        def branch8():
            t5 = sum(v0)
            t6 = sin(t1)
            t7 = imul(t6, t5)
            del t5, t6
            return (t7,)
        t9 = cond(t2, branch4, branch8)
        del t1, t2
        t10 = t9[0]
        del t9
        t11 = copy(t10)
        del t10
        return (t11,)
    """
    check(text, [p, s], [K.switch(p > 0, lambda: K.tanh(shared), lambda: K.sin(shared) * K.sum(w))])


# Gradients


def test_gradient_of_a_mean_begins_as_a_number(x, w):
    b = K.variable(np.zeros(2))
    loss = K.mean(K.square(K.dot(x, w) + b))
    text = """
    def program(x0):
        t1 = dot(x0, v0)
        t2 = iadd(t1, v1)
        del t1
        t3 = 2.0 * t2
        t4 = square(t2)
        del t2
        t5 = t4.shape[0] * 2
        del t4
        t6 = t5 if t5 > 1 else 1
        del t5
        t7 = float(t6)
        del t6
        t8 = 1.0 / t7
        del t7
        t9 = imul(t3, t8)
        del t3, t8
        t10 = matmul(x0, t9, True)
        t11 = sum_like(t9, v1)
        del t9
        return (t10, t11)
    """
    check(text, [x], K.gradients(loss, [w, b]))


def test_broadcasting_of_equal_batches_is_not_undone(x):
    y = K.placeholder((None, 4))
    text = """
    def program(x0, x1):
        t1 = copy(x1)
        return (t1,)
    """
    check(text, [x, y], K.gradients(K.sum(x * y), [x]))


def test_broadcasting_of_other_batches_is_undone(x):
    y = K.placeholder((None, 4))
    function = K.function([x, y], K.gradients(K.sum(x * y), [x]))
    function([np.ones((1, 4)), np.ones((3, 4))])
    assert "sum_like" in function.programs[0, False].source
