"""The Python text of compiled functions: short graphs, exact texts."""

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


# Expressions


def test_call_of_a_kernel(x, w):
    text = """
    def program(x0):
        t1 = dot(x0, v0)
        return (t1,)
    """
    check(text, [x], [K.dot(x, w)])


def test_operators_are_written_as_such(x):
    text = """
    def program(x0):
        t1 = x0 + 1
        return (t1,)
    """
    check(text, [x], [x + 1])


def test_options_that_are_the_default_are_left_out(x):
    text = """
    def program(x0):
        t1 = sum(x0, 1)
        return (t1,)
    """
    check(text, [x], [K.sum(x, axis=1, keepdims=False)])


def test_negative_numbers_are_in_parentheses(x):
    text = """
    def program(x0):
        t1 = (-2.0) - x0
        return (t1,)
    """
    check(text, [x], [-2.0 - x])


@pytest.mark.parametrize(
    ("number", "written"), [(np.inf, "inf"), (-np.inf, "-inf"), (np.nan, "nan")]
)
def test_numbers_that_have_no_literal(x, number, written):
    text = f"""
    def program(x0):
        t1 = x0 * float('{written}')
        return (t1,)
    """
    check(text, [x], [x * number])


def test_equal_calls_are_written_once(x):
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = t1 + t1
        del t1
        return (t2,)
    """
    check(text, [x], [K.exp(x) + K.exp(x)])


def test_lists_and_numpy_integers_are_written_as_literals(x):
    text = """
    def program(x0):
        t1 = permute_dimensions(x0, (1, 0))
        t2 = sum(t1, (0, 1))
        t3 = max(t1, 1)
        del t1
        return (t2, t3)
    """
    y = K.permute_dimensions(x, [1, 0])
    check(text, [x], [K.sum(y, [0, 1]), K.max(K.permute_dimensions(x, (1, 0)), np.int64(1))])


def test_calls_with_other_options_are_not_equal(x):
    text = """
    def program(x0):
        t1 = sum(x0, 0)
        t2 = sum(x0, 1)
        return (t1, t2)
    """
    check(text, [x], [K.sum(x, 0), K.sum(x, 1)])


def test_equal_outputs_are_computed_once_and_do_not_share_memory(x):
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = copy(t1)
        return (t1, t2)
    """
    check(text, [x], [K.exp(x), K.exp(x)])


def test_dead_code_is_left_out(x):
    K.tanh(x) * K.sum(x)
    text = """
    def program(x0):
        t1 = exp(x0)
        return (t1,)
    """
    check(text, [x], [K.exp(x)])


def test_names_are_deleted_after_their_last_use(x):
    z = K.exp(x)
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = sum(t1)
        t3 = tanh(t1)
        del t1
        t4 = max(t3)
        del t3
        return (t2, t4)
    """
    check(text, [x], [K.sum(z), K.max(K.tanh(z))])


def test_what_is_fed_is_not_computed(x):
    z = K.exp(x)
    text = """
    def program(x0):
        t1 = x0 + 1
        return (t1,)
    """
    check(text, [z], [z + 1])


def test_outputs_that_are_feeds_are_copied(x):
    text = """
    def program(x0):
        t1 = copy(x0)
        return (t1,)
    """
    check(text, [x], [K.identity(K.stop_gradient(x))])


def test_outputs_that_are_variables_are_copied(w):
    text = """
    def program():
        t1 = copy(v0)
        return (t1,)
    """
    check(text, [], [w])


def test_views_of_variables_are_copied(w):
    text = """
    def program():
        t1 = permute_dimensions(v0, (1, 0))
        t2 = copy(t1)
        del t1
        return (t2,)
    """
    check(text, [], [K.transpose(w)])


def test_no_outputs():
    text = """
    def program():
        return ()
    """
    check(text, [], [])


# Constants


def test_arrays_are_globals(s):
    text = """
    def program(x0):
        t2 = x0 + c1
        return (t2,)
    """
    check(text, [s], [s + np.arange(4.0)])


def test_equal_arrays_are_one_global(s):
    text = """
    def program(x0):
        t2 = x0 + c1
        t3 = x0 * c1
        return (t2, t3)
    """
    check(text, [s], [s + np.arange(4.0), s * np.arange(4.0)])


def test_scalar_constants_are_literals(s):
    text = """
    def program(x0):
        t1 = x0 * 2.5
        return (t1,)
    """
    check(text, [s], [s * K.constant(2.5)])


def test_what_does_nothing_is_left_out(s):
    text = """
    def program(x0):
        t1 = exp(x0)
        return (t1,)
    """
    check(text, [s], [((K.identity(K.exp(s)) * 1 + 0) / 1 - 0) + K.zeros_like(s)])


# Writing over operands


def test_temporaries_are_written_over(s):
    text = """
    def program(x0):
        t1 = x0 + 1
        t2 = imul(t1, 2)
        del t1
        t3 = isub(t2, 3)
        del t2
        return (t3,)
    """
    check(text, [s], [(s + 1) * 2 - 3])


def test_second_operand_is_written_over_where_order_does_not_matter(s):
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = iadd(t1, x0)
        del t1
        return (t2,)
    """
    check(text, [s], [s + K.exp(s)])


def test_second_operand_of_a_difference_stays(s):
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = x0 - t1
        del t1
        return (t2,)
    """
    check(text, [s], [s - K.exp(s)])


def test_what_is_read_again_stays(s):
    z = K.exp(s)
    text = """
    def program(x0):
        t1 = exp(x0)
        t2 = t1 + 1
        t3 = imul(t2, t1)
        del t1, t2
        return (t3,)
    """
    check(text, [s], [(z + 1) * z])


def test_smaller_operand_stays(s):
    text = """
    def program(x0):
        t1 = sum(x0, 1, True)
        t2 = exp(x0)
        t3 = itruediv(t2, t1)
        del t1, t2
        return (t3,)
    """
    check(text, [s], [K.exp(s) / K.sum(s, 1, True)])


def test_operand_of_another_dtype_stays():
    x = K.placeholder((3,), dtype="int32")
    text = """
    def program(x0):
        t1 = x0 + 1
        t2 = t1 * 2
        del t1
        return (t2,)
    """
    check(text, [x], [(x + 1) * 2])


# Updates


def test_update_writes_into_the_variable(s, v):
    text = """
    def program(x0):
        t1 = iadd(v0, x0)
        del t1
        return ()
    """
    check(text, [s], [], [K.update_add(v, s)])


def test_update_of_an_optimizer_is_one_call_at_the_end(s, v):
    m = K.variable(np.zeros((3, 4)))
    new = 0.9 * m - 0.1 * s
    text = """
    def program(x0):
        t1 = sum(v0)
        momentum(v0, v1, x0, 0.9, 0.1)
        return (t1,)
    """
    check(text, [s], [K.sum(v)], [(m, new), (v, v + new)])


def test_update_may_write_over_a_gradient_that_is_not_read_again(s, v, w):
    text = """
    def program(x0):
        t1 = tanh(x0)
        t2 = tanh(t1)
        descend(v0, t1, 0.5)
        descend(v1, t2, 0.5, True)
        del t2
        return (t1,)
    """
    other = K.variable(np.ones((3, 4)))
    g = K.tanh(s)
    check(text, [s], [g], [K.update_sub(v, 0.5 * g), K.update_sub(other, 0.5 * K.tanh(g))])


def test_update_chain_is_at_the_end(s, v):
    m = K.variable(np.zeros((3, 4)))
    new = 0.9 * m + 0.1 * s
    text = """
    def program(x0):
        t1 = sum(v0)
        t2 = 0.1 * x0
        t3 = imul(v1, 0.9)
        t4 = iadd(t3, t2)
        del t2, t3
        t5 = iadd(v0, t4)
        del t4, t5
        return (t1,)
    """
    check(text, [s], [K.sum(v)], [(m, new), (v, v + new)])


def test_update_with_another_variable_is_a_copy():
    a, b = K.variable(1.0), K.variable(2.0)
    text = """
    def program():
        t1 = copy(v0)
        t2 = copy(v1)
        assign(v1, t1)
        del t1
        assign(v0, t2)
        del t2
        return ()
    """
    check(text, [], [], [(a, b), (b, a)])


def test_update_whose_old_value_is_needed_comes_after_a_copy(v):
    text = """
    def program():
        t2 = copy(v0)
        t1 = iadd(v0, 1)
        del t1
        assign(v1, t2)
        del t2
        return ()
    """
    check(text, [], [], [(v, v + 1), (K.variable(np.zeros((3, 4))), v)])


def test_new_value_that_is_a_view_of_the_old_one_is_a_copy():
    """torch refuses to copy a tensor into memory that it shares."""
    v = K.variable(np.ones((3, 3)))
    text = """
    def program():
        t1 = permute_dimensions(v0, (1, 0))
        t2 = copy(t1)
        del t1
        assign(v0, t2)
        del t2
        return ()
    """
    check(text, [], [], [(v, K.transpose(v))])


def test_operand_that_shares_memory_with_the_other_stays():
    v = K.variable(np.ones((3, 3)))
    text = """
    def program():
        t1 = permute_dimensions(v0, (1, 0))
        t2 = v0 - t1
        del t1
        assign(v0, t2)
        del t2
        return ()
    """
    check(text, [], [], [(v, v - K.transpose(v))])


def test_update_after_which_something_is_computed():
    a = K.variable(1.0)
    update = K.update_add(a, 1.0)
    with K.control_dependencies([update]):
        after = a * 2
    text = """
    def program():
        t1 = v0 + 1.0
        t2 = t1 * 2
        t3 = v0 * 2
        assign(v0, t1)
        del t1
        return (t2, t3)
    """
    check(text, [], [after, a * 2], [update])


# Always the same


def test_new_values_that_are_returned_come_in_the_order_of_the_old_ones(s, v, monkeypatch):
    monkeypatch.setattr(K._functions.adapter, "IN_PLACE", False)
    m = K.variable(np.ones((3, 4)))
    text = """
    def program(x0, v0, v1):
        t1 = v0 * x0
        t2 = v1 - t1
        del t1
        t3 = v0 + t2
        return (), (t3, t2)
    """
    velocity = m - v * s
    check(text, [s], [], [(m, velocity), (v, v + velocity)])


def test_text_is_the_same_each_time():
    def build():
        x, w = K.placeholder((None, 4)), K.variable(np.ones((4, 4)))
        y = x
        for _ in range(20):
            y = K.tanh(K.dot(y, w)) + K.dropout(y, 0.5, seed=1)
        loss = K.mean(K.square(y)) + K.sum(K.map_fn(lambda row: row * K.exp(w[0]), y))
        return K.function([x], [loss, *K.gradients(loss, [w])], [(w, w * 0.9)]).source

    assert build() == build()
