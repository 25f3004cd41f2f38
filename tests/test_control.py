"""Loops, choices, phases and control dependencies, against NumPy loops written here."""

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend("numpy")
BATCH, TIME, WIDTH, UNITS = 2, 4, 3, 5
RNG = np.random.default_rng(0)
SEQUENCE = RNG.normal(size=(BATCH, TIME, WIDTH)).astype("float32")
KERNEL = RNG.normal(size=(WIDTH, UNITS)).astype("float32")
RECURRENT = RNG.normal(size=(UNITS, UNITS)).astype("float32")
START = RNG.normal(size=(BATCH, UNITS)).astype("float32")
MASK = np.array([[1, 1, 0, 1], [0, 1, 0, 0]], "float32")
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture(autouse=True)
def _fresh():
    K.clear_session()
    yield
    K.clear_session()


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


# rnn


def numpy_rnn(sequence, start, backwards=False, mask=None, constant=0.0):
    """(last output, outputs, last state) of the cell below, step by step and sample by sample."""
    batch, time, _ = sequence.shape
    state = start.copy()
    previous = np.zeros((batch, UNITS))
    outputs = []
    for t in reversed(range(time)) if backwards else range(time):
        new = np.tanh(sequence[:, t] @ KERNEL + state @ RECURRENT) + constant
        output = 2 * new
        for i in range(batch):
            if mask is not None and not mask[i, t]:
                new[i], output[i] = state[i], previous[i]
        state, previous = new, output
        outputs.append(output)
    return outputs[-1], np.stack(outputs, 1), state


def cell():
    kernel, recurrent = K.variable(KERNEL), K.variable(RECURRENT)

    def step(x, states):
        new = K.tanh(K.dot(x, kernel) + K.dot(states[0], recurrent))
        for constant in states[1:]:
            new = new + constant
        return 2 * new, [new]

    return step


MASKS = {
    "none": None,
    "float": MASK,
    "bool": MASK.astype(bool),
    "int": MASK.astype("int32"),
    "rank 3": MASK[:, :, None],
    "all": np.ones((BATCH, TIME)),
    "nothing": np.zeros((BATCH, TIME)),
}


@pytest.mark.parametrize("result", [0, 1, 2], ids=["last", "outputs", "state"])
@pytest.mark.parametrize("shape", [(BATCH, TIME), (None, TIME), (BATCH, None), (None, None)], ids=str)
@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unroll"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("mask", MASKS)
def test_rnn(mask, backwards, unroll, shape, result):
    if unroll and shape[1] is None:
        return
    array = MASKS[mask]
    x, start = K.placeholder((*shape, WIDTH)), K.placeholder((shape[0], UNITS))
    given = None if array is None else K.constant(array, array.dtype)
    last, outputs, states = K.rnn(cell(), x, [start], backwards, given, unroll=unroll)
    found = K.function([x, start], [[last, outputs, states[0]][result]])([SEQUENCE, START])[0]
    plain = None if array is None else array.reshape(BATCH, TIME)
    close(found, numpy_rnn(SEQUENCE, START, backwards, plain)[result])


@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unroll"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_rnn_constants(count, unroll):
    constants = [K.constant(0.25)] * count
    found = K.rnn(cell(), K.variable(SEQUENCE), [K.variable(START)], constants=constants, unroll=unroll)
    close(K.eval(found[1]), numpy_rnn(SEQUENCE, START, constant=0.25 * count)[1])


def test_rnn_mask_is_fed():
    x, mask = K.placeholder((None, None, WIDTH)), K.placeholder((None, None))
    outputs = K.rnn(cell(), x, [K.variable(START)], mask=mask)[1]
    close(K.function([x, mask], [outputs])([SEQUENCE, MASK])[0], numpy_rnn(SEQUENCE, START, mask=MASK)[1])


def test_rnn_input_length_is_taken():
    found = K.rnn(cell(), K.variable(SEQUENCE), [K.variable(START)], input_length=TIME)[1]
    close(K.eval(found), numpy_rnn(SEQUENCE, START)[1])


@pytest.mark.parametrize("shape", [(BATCH, TIME), (None, TIME), (BATCH, None), (None, None)], ids=str)
def test_rnn_shapes(shape):
    x = K.placeholder((*shape, WIDTH))
    last, outputs, states = K.rnn(cell(), x, [K.placeholder((shape[0], UNITS))])
    assert (last.shape, outputs.shape, states[0].shape) == ((shape[0], UNITS), (*shape, UNITS), (shape[0], UNITS))


def test_rnn_states_are_a_list():
    assert isinstance(K.rnn(cell(), K.variable(SEQUENCE), [K.variable(START)])[2], list)


@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unroll"])
def test_rnn_without_states(unroll):
    x = K.variable(SEQUENCE)
    last, outputs, states = K.rnn(lambda t, s: (t * 2, s), x, [], unroll=unroll)
    close(K.eval(outputs), SEQUENCE * 2)
    close(K.eval(last), SEQUENCE[:, -1] * 2)
    assert states == []


@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unroll"])
def test_rnn_without_states_and_with_a_mask(unroll):
    found = K.rnn(lambda t, s: (t * 2, s), K.variable(SEQUENCE), [], mask=K.constant(MASK), unroll=unroll)[1]
    wanted = SEQUENCE * 2
    wanted[0, 2] = wanted[0, 1]
    wanted[1, 0] = 0
    wanted[1, 2] = wanted[1, 3] = wanted[1, 1]
    close(K.eval(found), wanted)


@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unroll"])
def test_rnn_states_of_other_shapes(unroll):
    def step(x, states):
        total, count = states
        return K.sum(x, 1, True), [total + K.sum(x), count + 1]

    total, count = K.variable(0.0), K.variable(np.zeros((2, 2)), "int32")
    _, outputs, states = K.rnn(step, K.variable(SEQUENCE), [total, count], unroll=unroll)
    close(K.eval(outputs), SEQUENCE.sum(2, keepdims=True))
    close(K.eval(states[0]), SEQUENCE.sum())
    np.testing.assert_array_equal(K.eval(states[1]), np.full((2, 2), TIME))


def test_rnn_integer_states_keep_their_dtype():
    step = lambda x, s: (x, [K.cast(K.argmax(x, 1), "int32")])
    states = K.rnn(step, K.variable(SEQUENCE), [K.zeros((BATCH,), "int32")])[2]
    assert states[0].dtype == "int32"
    np.testing.assert_array_equal(K.eval(states[0]), SEQUENCE[:, -1].argmax(1))


def test_rnn_integer_outputs():
    step = lambda x, s: (K.cast(K.argmax(x, 1), "int32"), s)
    outputs = K.rnn(step, K.variable(SEQUENCE), [])[1]
    np.testing.assert_array_equal(K.eval(outputs), SEQUENCE.argmax(2))


def test_rnn_masked_states_are_independent_of_the_output():
    step = lambda x, s: (s[0] * 10, [s[0] + 1])
    mask = K.constant([[1, 0, 1, 1]])
    _, outputs, states = K.rnn(step, K.zeros((1, 4, 1)), [K.ones((1, 1))], mask=mask)
    np.testing.assert_array_equal(K.eval(outputs).ravel(), [10, 10, 20, 30])
    assert K.eval(states[0]) == 4


def test_rnn_over_images():
    images = RNG.normal(size=(2, 3, 4, 5, 6)).astype("float32")
    outputs = K.rnn(lambda x, s: (x + s[0], [x]), K.variable(images), [K.zeros((2, 4, 5, 6))])[1]
    wanted = images.copy()
    wanted[:, 1:] += images[:, :-1]
    close(K.eval(outputs), wanted)


def test_rnn_over_images_with_a_mask():
    images = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
    mask = np.array([[1, 0, 1], [1, 1, 0]])
    outputs = K.rnn(lambda x, s: (x, s), K.variable(images), [], mask=K.constant(mask))[1]
    wanted = images.copy()
    wanted[0, 1], wanted[1, 2] = wanted[0, 0], wanted[1, 1]
    close(K.eval(outputs), wanted)


def test_rnn_of_one_step():
    last = K.rnn(cell(), K.variable(SEQUENCE[:, :1]), [K.variable(START)])[0]
    close(K.eval(last), numpy_rnn(SEQUENCE[:, :1], START)[0])


def test_rnn_of_changing_lengths():
    x = K.placeholder((None, None, WIDTH))
    function = K.function([x], [K.rnn(cell(), x, [K.variable(START)])[0]])
    for n in (3, 1, 4):
        close(function([SEQUENCE[:, :n]])[0], numpy_rnn(SEQUENCE[:, :n], START)[0])


def test_rnn_calls_its_step_once_outside_the_loop_first():
    """What a cell computes in the first call and keeps (a dropout mask) does not belong to the loop."""
    kept = []

    def step(x, states):
        if not kept:
            kept.append(K.dropout(K.ones_like(x), 0.5))
        return x * kept[0], states

    outputs = K.eval(K.rnn(step, K.variable(np.ones((1, 50, 20))), [])[1])
    np.testing.assert_array_equal(outputs, np.repeat(outputs[:, :1], 50, 1))


def test_random_numbers_in_a_step_are_new_in_each_step():
    step = lambda x, s: (x + K.random_uniform((1, 4)), s)
    outputs = K.eval(K.rnn(step, K.zeros((1, 3, 4)), [])[1])
    assert len(np.unique(outputs)) == 12


def test_random_numbers_in_a_step_are_new_in_each_call():
    step = lambda x, s: (x + K.random_uniform((1, 4)), s)
    function = K.function([], [K.rnn(step, K.zeros((1, 3, 4)), [])[1]])
    assert not np.array_equal(function([])[0], function([])[0])


def test_random_state_is_drawn_once():
    noise = K.random_uniform((1, 4))
    outputs = K.eval(K.rnn(lambda x, s: (x + noise, s), K.zeros((1, 3, 4)), [])[1])
    np.testing.assert_array_equal(outputs, np.repeat(outputs[:, :1], 3, 1))


def test_phase_inside_a_step():
    x = K.placeholder((1, 3, 1))
    outputs = K.rnn(lambda t, s: (K.in_train_phase(t * 2, t), s), x, [])[1]
    function = K.function([x, K.learning_phase()], [outputs])
    assert [function([np.ones((1, 3, 1)), p])[0].sum() for p in (0, 1)] == [3, 6]


def test_dropout_inside_a_step_by_phase():
    x = K.placeholder((1, 3, 100))
    outputs = K.rnn(lambda t, s: (K.in_train_phase(lambda: K.dropout(t, 0.5), t), s), x, [])[1]
    function = K.function([x, K.learning_phase()], [outputs])
    assert function([np.ones((1, 3, 100)), 0])[0].sum() == 300
    assert len(np.unique(function([np.ones((1, 3, 100)), 1])[0], axis=1)[0]) == 3


def test_rnn_inside_an_rnn():
    def outer(x, states):
        inner = K.rnn(lambda t, s: (t + s[0], [t + s[0]]), K.expand_dims(x), [states[0]])
        return inner[0], inner[2]

    found = K.rnn(outer, K.variable(SEQUENCE), [K.zeros((BATCH, 1))])[1]
    close(K.eval(found)[:, :, 0], SEQUENCE.sum(2).cumsum(1))


def test_two_rnns_in_a_row():
    x = K.variable(SEQUENCE)
    first = K.rnn(lambda t, s: (t + s[0], [t + s[0]]), x, [K.zeros((BATCH, WIDTH))])[1]
    second = K.rnn(lambda t, s: (t + s[0], [t + s[0]]), first, [K.zeros((BATCH, WIDTH))], go_backwards=True)[0]
    close(K.eval(second), SEQUENCE.cumsum(1).sum(1))


def test_final_state_can_be_stored():
    state = K.variable(START)
    x = K.placeholder((BATCH, None, WIDTH))
    states = K.rnn(cell(), x, [state])[2]
    function = K.function([x], [], [(state, states[0])])
    function([SEQUENCE])
    function([SEQUENCE])
    close(K.get_value(state), numpy_rnn(SEQUENCE, numpy_rnn(SEQUENCE, START)[2])[2])


def test_rnn_of_rank_two():
    with pytest.raises(ValueError, match=r"rnn\(\): Input should be at least 3D, got the shape \(2, 3\)"):
        K.rnn(cell(), K.placeholder((2, 3)), [])


def test_rnn_unrolled_over_an_unknown_time():
    with pytest.raises(ValueError, match=r"rnn\(\): Unrolling requires a fixed number of timesteps"):
        K.rnn(cell(), K.placeholder((2, None, 3)), [K.variable(START)], unroll=True)


def test_state_that_changes_its_shape():
    with pytest.raises(ValueError, match=r"a loop's state must keep its shape: it starts as \(2, 1\) and becomes \(2, 2\)"):
        K.rnn(lambda x, s: (x, [K.concatenate([s[0], s[0]])]), K.variable(SEQUENCE), [K.zeros((2, 1))])


# map_fn, foldl, foldr


def test_map():
    np.testing.assert_array_equal(K.eval(K.map_fn(lambda row: row[::-1] * 2, K.variable(MATRIX))), MATRIX[:, ::-1] * 2)


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
    found = K.map_fn(lambda row: [K.sum(row), K.argmax(row)], K.variable(MATRIX), dtype=["float64", "int32"])
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
    assert K.function([x], [K.map_fn(lambda row: row[:2], x)])([np.zeros((0, 3))])[0].shape == (0, 2)


def test_map_to_a_value_of_outside():
    np.testing.assert_array_equal(K.eval(K.map_fn(lambda row: K.constant(1.0), K.variable(MATRIX))), [1, 1])


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
    np.testing.assert_array_equal(K.eval(K.foldl(lambda total, row: total * row, K.variable(MATRIX[:1]))), MATRIX[0])


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
    np.testing.assert_array_equal(K.eval(K.switch(v > 2, v, -v)), np.where(MATRIX > 2, MATRIX, -MATRIX))


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
    with pytest.raises(ValueError, match=r"switch\(\): Rank of `condition` should be less than or equal .* got ranks 2 and 1"):
        K.switch(v > 2, v[0], v[1])


def test_switch_inside_a_switch():
    v = K.placeholder(())
    y = K.switch(v > 0, lambda: K.switch(v > 5, lambda: v * 100, lambda: v * 10), lambda: v)
    function = K.function([v], [y])
    assert [float(function([n])[0]) for n in (-1, 1, 6)] == [-1, 10, 600]


def test_switch_inside_a_loop():
    found = K.map_fn(lambda x: K.switch(x > 2, lambda: x * 10, lambda: x), K.variable([1.0, 2.0, 3.0]))
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


@pytest.mark.parametrize("make", [lambda c: c * 10, lambda c: K.identity(c) * 10, lambda c: K.sum(c) * 10])
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
    with K.control_dependencies([K.update_add(counter, 1)]), K.control_dependencies([K.update_add(other, 1)]):
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
