"""Maps and folds, choices, phases and control dependencies."""

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend("numpy")
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture(autouse=True)
def _fresh():
    K.clear_session()
    yield
    K.clear_session()


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


# map_fn, foldl, foldr


def test_map():
    np.testing.assert_array_equal(
        K.eval(K.map_fn(lambda row: row[::-1] * 2, K.variable(MATRIX))), MATRIX[:, ::-1] * 2
    )


def test_map_over_an_unknown_number_of_rows():
    x = K.placeholder((None, 3))
    y = K.map_fn(K.sum, x)
    assert y.shape == (None,)
    np.testing.assert_array_equal(K.function([x], [y])([MATRIX])[0], MATRIX.sum(1))


@pytest.mark.parametrize("pack", [tuple, list])
def test_map_over_several_tensors(pack):
    v = K.variable(MATRIX)
    found = K.map_fn(lambda rows: rows[0] * K.sum(rows[1]), pack([v, v + 1]))
    np.testing.assert_array_equal(K.eval(found), MATRIX * (MATRIX + 1).sum(1, keepdims=True))


def test_map_to_several_tensors():
    a, b = K.map_fn(lambda row: (K.sum(row), row * 2), K.variable(MATRIX))
    np.testing.assert_array_equal(K.eval(a), MATRIX.sum(1))
    np.testing.assert_array_equal(K.eval(b), MATRIX * 2)


def test_map_to_another_dtype():
    assert K.map_fn(lambda row: K.argmax(row), K.variable(MATRIX), dtype="int32").dtype == "int32"


def test_map_with_a_list_of_dtypes():
    found = K.map_fn(
        lambda row: [K.sum(row), K.argmax(row)], K.variable(MATRIX), dtype=["float64", "int32"]
    )
    assert [x.dtype for x in found] == ["float64", "int32"]


def test_map_over_numbers_reads_a_tensor_of_outside():
    v = K.variable(MATRIX)
    found = K.map_fn(lambda i: K.sum(v[i]) * K.cast(i, "float32"), K.arange(2), dtype="float32")
    np.testing.assert_array_equal(K.eval(found), MATRIX.sum(1) * [0, 1])


def test_map_inside_a_map():
    v = K.variable(MATRIX)
    found = K.map_fn(lambda row: K.map_fn(lambda x: x * K.sum(row) + K.sum(v), row), v)
    np.testing.assert_array_equal(K.eval(found), MATRIX * MATRIX.sum(1, keepdims=True) + 15)


def test_map_over_no_rows():
    x = K.placeholder((None, 3))
    assert K.function([x], [K.map_fn(lambda row: row[:2], x)])([np.zeros((0, 3))])[0].shape == (
        0,
        2,
    )


def test_map_to_a_value_of_outside():
    np.testing.assert_array_equal(
        K.eval(K.map_fn(lambda row: K.constant(1.0), K.variable(MATRIX))), [1, 1]
    )


def test_map_to_a_number():
    np.testing.assert_array_equal(K.eval(K.map_fn(lambda row: 1.5, K.variable(MATRIX))), [1.5, 1.5])


@pytest.mark.parametrize(
    ("fold", "wanted"), [(K.foldl, [[0, 1, 2], [3, 4, 5]]), (K.foldr, [[3, 4, 5], [0, 1, 2]])]
)
def test_fold_begins_with_the_first_entry(fold, wanted):
    found = fold(lambda total, row: total * 10 + row, K.variable(MATRIX))
    np.testing.assert_array_equal(K.eval(found), 10 * np.array(wanted[0]) + wanted[1])


@pytest.mark.parametrize(("fold", "wanted"), [(K.foldl, 1012.0), (K.foldr, 1210.0)])
def test_fold_begins_with_the_initializer(fold, wanted):
    found = fold(lambda total, x: total * 10 + x, K.variable([0.0, 1.0, 2.0]), K.constant(1.0))
    assert K.eval(found) == wanted


def test_fold_over_a_number_as_initializer():
    assert K.eval(K.foldl(lambda total, x: total + x, K.variable([1.0, 2.0]), 0.5)) == 3.5


def test_fold_of_one_entry():
    np.testing.assert_array_equal(
        K.eval(K.foldl(lambda total, row: total * row, K.variable(MATRIX[:1]))), MATRIX[0]
    )


def test_fold_whose_state_is_a_variable_leaves_it_alone():
    v = K.variable(np.ones(3))
    K.eval(K.foldl(lambda total, row: total + row, K.variable(MATRIX), v))
    np.testing.assert_array_equal(K.get_value(v), np.ones(3))


# switch


@pytest.mark.parametrize("condition", [True, 1, 2.5, np.bool_(True)], ids=repr)
def test_plain_true_condition(condition):
    assert K.switch(condition, 1.0, 2.0) == 1.0


@pytest.mark.parametrize("condition", [False, 0, 0.0, np.bool_(False)], ids=repr)
def test_plain_false_condition(condition):
    assert K.switch(condition, 1.0, 2.0) == 2.0


def test_plain_condition_calls_only_one_function():
    assert K.switch(True, lambda: 1, lambda: 1 / 0) == 1


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize(
    ("then", "otherwise"),
    [
        (1.5, 2.5),
        (1, 2.5),
        (lambda: K.constant(1.5), lambda: K.constant(2.5)),
        (lambda: 1.5, lambda: 2.5),
        (K.constant(1.5), lambda: K.constant(2.5)),
        (K.constant(1.5), 2.5),
        (1.5, K.constant(2.5)),
        (K.constant([1.5, 2.5]), K.constant([3.5, 4.5])),
        (K.constant([1.5, 2.5]), 0.0),
        (0.0, K.constant([1.5, 2.5])),
    ],
)
def test_scalar_condition(then, otherwise, value):
    chosen = then if value > 0 else otherwise
    wanted = K.eval(chosen() if callable(chosen) else chosen)
    found = K.eval(K.switch(K.variable(value) > 0, then, otherwise))
    np.testing.assert_array_equal(found, np.broadcast_to(wanted, found.shape))


@pytest.mark.parametrize("value", [0, 1, -2])
@pytest.mark.parametrize("dtype", ["int32", "float32", "bool"])
def test_condition_that_is_a_number(dtype, value):
    assert K.eval(K.switch(K.variable(value, dtype), 1.0, 2.0)) == (1 if value else 2)


def test_only_one_branch_is_computed(capsys):
    v = K.variable(1.0)
    K.eval(K.switch(v > 0, lambda: K.print_tensor(v, "then"), lambda: K.print_tensor(v, "else")))
    assert capsys.readouterr().out == "then 1.0\n"


def test_branches_of_several_tensors():
    v = K.variable(1.0)
    a, b = K.switch(v > 0, lambda: [v, v * 2], lambda: [v * 3, v * 4])
    assert (K.eval(a), K.eval(b)) == (1, 2)


def test_branches_of_other_numbers_of_tensors():
    v = K.variable(1.0)
    with pytest.raises(ValueError, match=r"switch\(\): one branch returns 1 tensors, the other 2"):
        K.switch(v > 0, lambda: [v], lambda: [v, v])


def test_branches_of_other_sizes():
    v = K.variable(np.arange(4.0))
    found = K.switch(K.sum(v) > 0, lambda: v[:3], lambda: v)
    assert found.shape == (None,)
    np.testing.assert_array_equal(K.eval(found), [0, 1, 2])


def test_branches_of_other_dtypes():
    v = K.variable(1.0)
    assert K.switch(v > 0, lambda: K.cast(v, "int32"), lambda: v).dtype == "float32"


def test_branch_can_be_a_value_of_outside():
    v = K.variable(1.0)
    assert K.eval(K.switch(v > 0, lambda: v, lambda: K.zeros_like(v))) == 1


def test_condition_element_by_element():
    v = K.variable(MATRIX)
    np.testing.assert_array_equal(
        K.eval(K.switch(v > 2, v, -v)), np.where(MATRIX > 2, MATRIX, -MATRIX)
    )


def test_condition_of_lower_rank_counts_from_the_first_axis():
    v = K.variable(MATRIX)
    found = K.switch(K.variable([1.0, 0.0]), v, K.zeros_like(v))
    np.testing.assert_array_equal(K.eval(found), MATRIX * [[1], [0]])


def test_condition_with_callables():
    v = K.variable(MATRIX)
    found = K.switch(v > 2, lambda: v, lambda: -v)
    np.testing.assert_array_equal(K.eval(found), np.where(MATRIX > 2, MATRIX, -MATRIX))


def test_condition_of_higher_rank():
    v = K.variable(MATRIX)
    with pytest.raises(
        ValueError,
        match=r"switch\(\): Rank of `condition` should be less than or equal .* got ranks 2 and 1",
    ):
        K.switch(v > 2, v[0], v[1])


def test_switch_inside_a_switch():
    v = K.placeholder(())
    y = K.switch(v > 0, lambda: K.switch(v > 5, lambda: v * 100, lambda: v * 10), lambda: v)
    function = K.function([v], [y])
    assert [float(function([n])[0]) for n in (-1, 1, 6)] == [-1, 10, 600]


def test_switch_inside_a_loop():
    found = K.map_fn(
        lambda x: K.switch(x > 2, lambda: x * 10, lambda: x), K.variable([1.0, 2.0, 3.0])
    )
    np.testing.assert_array_equal(K.eval(found), [1, 2, 30])


def test_loop_inside_a_switch():
    v = K.variable(MATRIX)
    found = K.switch(K.sum(v) > 0, lambda: K.foldl(lambda a, b: a + b, v), lambda: v[0])
    np.testing.assert_array_equal(K.eval(found), MATRIX.sum(0))


def test_learning_rate_schedule():
    step, rate = K.variable(0.0), K.variable(0.5)
    chosen = K.switch(step >= 2, rate * 0.1, rate)
    function = K.function([], [chosen], [K.update_add(step, 1)])
    close([function([])[0] for _ in range(4)], [0.5, 0.5, 0.05, 0.05])


# Phases


@pytest.mark.parametrize("training", [1, True, np.int32(1), np.bool_(True)], ids=repr)
def test_static_training_phase_may_have_another_shape(training):
    found = K.in_train_phase(K.ones((3, 3)), K.zeros((2, 2)), training=training)
    np.testing.assert_array_equal(K.eval(found), np.ones((3, 3)))


@pytest.mark.parametrize("training", [0, False, np.int32(0), np.bool_(False)], ids=repr)
def test_static_test_phase_may_have_another_shape(training):
    found = K.in_train_phase(K.ones((3, 3)), K.zeros((2, 2)), training=training)
    np.testing.assert_array_equal(K.eval(found), np.zeros((2, 2)))


def test_static_phase_calls_only_one_function():
    assert K.in_train_phase(lambda: 1, lambda: 1 / 0, training=1) == 1


def test_test_phase_is_the_reverse():
    assert K.in_test_phase(lambda: 1, lambda: 2, training=0) == 1


@pytest.mark.parametrize(("value", "wanted"), [(0, 2), (1, 1)])
def test_training_that_is_a_tensor(value, wanted):
    training = K.placeholder((), dtype="int32")
    found = K.in_train_phase(K.constant(1.0), K.constant(2.0), training=training)
    assert K.function([training], [found])([value])[0] == wanted


def test_phase_of_other_sizes_is_unknown():
    x = K.placeholder((4, 3))
    found = K.in_train_phase(x[:2], x)
    assert found.shape == (None, 3)


def test_phase_of_two_numbers_is_a_plain_number():
    assert K.in_train_phase(1.0, 2.0) == 2.0


def test_phase_of_a_tensor_and_a_number():
    x = K.placeholder((2,))
    function = K.function([x, K.learning_phase()], [K.in_train_phase(x, 0.5)])
    np.testing.assert_array_equal(function([[3, 4], 1])[0], [3, 4])
    assert (function([[3, 4], 0])[0] == 0.5).all()


def test_phase_marks_what_depends_on_it():
    x = K.placeholder((2,))
    y = K.in_train_phase(x * 2, x)
    assert [(y + 1).phase, (x + 1).phase] == [True, False]


# Control dependencies


@pytest.fixture
def counter():
    return K.variable(1.0)


@pytest.mark.parametrize(
    "make", [lambda c: c * 10, lambda c: K.identity(c) * 10, lambda c: K.sum(c) * 10]
)
def test_what_is_made_inside_sees_the_new_value(make, counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        result = make(counter)
    assert K.eval(result) == 20


def test_evaluation_performs_the_update_once(counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        result = counter * 10 + counter
    K.eval(result)
    assert K.get_value(counter) == 2


def test_function_performs_the_update_once(counter):
    update = K.update_add(counter, 1)
    with K.control_dependencies([update]):
        result = counter * 10
    function = K.function([], [result], [update])
    assert [float(function([])[0]) for _ in range(2)] == [20, 30]
    assert K.get_value(counter) == 3


def test_function_without_the_update_performs_it_all_the_same(counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        result = counter * 10
    assert K.function([], [result])([])[0] == 20
    assert K.get_value(counter) == 2


def test_what_is_made_outside_sees_the_old_value(counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        inside = counter * 10
    assert [float(x) for x in K.function([], [inside, counter * 10, counter])([])] == [20, 10, 1]


def test_what_was_made_before_sees_the_old_value(counter):
    before = counter * 10
    with K.control_dependencies([K.update_add(counter, 1)]):
        result = before + 0.5
    assert K.eval(result) == 10.5


def test_one_update_instead_of_a_list(counter):
    with K.control_dependencies(K.update_add(counter, 1)):
        result = K.identity(counter)
    assert K.eval(result) == 2


@pytest.mark.parametrize("inputs", [[], None, [None]])
def test_nothing_to_wait_for(inputs, counter):
    with K.control_dependencies(inputs):
        result = counter * 10
    assert K.eval(result) == 10


def test_dependencies_inside_dependencies(counter):
    other = K.variable(5.0)
    with (
        K.control_dependencies([K.update_add(counter, 1)]),
        K.control_dependencies([K.update_add(other, 1)]),
    ):
        result = counter * 10 + other
    assert K.eval(result) == 26


def test_dependencies_end_with_the_block(counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        pass
    assert K.eval(counter * 10) == 10


def test_update_after_an_update(counter):
    with K.control_dependencies([K.update_add(counter, 1)]):
        second = K.update(counter, counter * 10)
    assert K.eval(second) == 20
    assert K.get_value(counter) == 20


def test_variable_that_is_first_read_inside_is_one_variable(counter):
    v = K.variable(np.ones((2, 2)))
    with K.control_dependencies([K.update_add(counter, 1)]):
        inside = v * 3
    function = K.function([], [inside, v + 1], [(v, v * 2)])
    first, second = function([])
    assert (first[0, 0], second[0, 0], K.get_value(v)[0, 0]) == (3, 2, 2)
    assert "v2" not in function.source


def test_update_to_the_new_value_of_another_variable(counter):
    other = K.variable(0.0)
    with K.control_dependencies([K.update_add(counter, 1)]):
        second = K.update(other, counter)
    K.function([], [], [second])([])
    assert K.get_value(other) == 2


def test_dependencies_of_dependencies(counter):
    other = K.variable(5.0)
    with K.control_dependencies([K.update_add(counter, 1)]):
        second = K.update_add(other, 1)
    with K.control_dependencies([second]):
        result = counter * 10 + other
    assert K.eval(result) == 26


def test_mean_metric():
    """As Keras 2.3's metrics: two counters, and a quotient that is computed after both updates."""
    total, count, x = K.variable(0.0), K.variable(0.0), K.placeholder((None,))
    first = K.update_add(total, K.sum(x))
    with K.control_dependencies([first]):
        second = K.update_add(count, K.cast(K.size(x), "float32"))
    with K.control_dependencies([second]):
        result = K.identity(total / count)
    function = K.function([x], [result], [first, second])
    assert [float(function([a])[0]) for a in ([2.0, 4.0], [9.0])] == [3, 5]


def test_dependency_that_is_no_update(counter, capsys):
    with K.control_dependencies([K.print_tensor(counter, "first")]):
        result = K.constant(2.0) * counter
    K.eval(result)
    assert capsys.readouterr().out == "first 1.0\n"
