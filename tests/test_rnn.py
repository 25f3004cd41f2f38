"""K.rnn, against a NumPy loop that is written here."""

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


@pytest.fixture(autouse=True)
def _fresh():
    K.clear_session()
    yield
    K.clear_session()


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


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


LOOPS = [
    (shape, unroll)
    for shape in [(BATCH, TIME), (None, TIME), (BATCH, None), (None, None)]
    for unroll in (False, True)
    if not (unroll and shape[1] is None)
]


@pytest.mark.parametrize("result", [0, 1, 2], ids=["last", "outputs", "state"])
@pytest.mark.parametrize(("shape", "unroll"), LOOPS)
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("mask", MASKS)
def test_rnn(mask, backwards, shape, unroll, result):
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
    found = K.rnn(
        cell(), K.variable(SEQUENCE), [K.variable(START)], constants=constants, unroll=unroll
    )
    close(K.eval(found[1]), numpy_rnn(SEQUENCE, START, constant=0.25 * count)[1])


def test_rnn_mask_is_fed():
    x, mask = K.placeholder((None, None, WIDTH)), K.placeholder((None, None))
    outputs = K.rnn(cell(), x, [K.variable(START)], mask=mask)[1]
    close(
        K.function([x, mask], [outputs])([SEQUENCE, MASK])[0],
        numpy_rnn(SEQUENCE, START, mask=MASK)[1],
    )


def test_rnn_input_length_is_taken():
    found = K.rnn(cell(), K.variable(SEQUENCE), [K.variable(START)], input_length=TIME)[1]
    close(K.eval(found), numpy_rnn(SEQUENCE, START)[1])


@pytest.mark.parametrize(
    "shape", [(BATCH, TIME), (None, TIME), (BATCH, None), (None, None)], ids=str
)
def test_rnn_shapes(shape):
    x = K.placeholder((*shape, WIDTH))
    last, outputs, states = K.rnn(cell(), x, [K.placeholder((shape[0], UNITS))])
    assert (last.shape, outputs.shape, states[0].shape) == (
        (shape[0], UNITS),
        (*shape, UNITS),
        (shape[0], UNITS),
    )


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
    found = K.rnn(
        lambda t, s: (t * 2, s), K.variable(SEQUENCE), [], mask=K.constant(MASK), unroll=unroll
    )[1]
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
    """What a cell computes in the first call and keeps, a dropout mask, is outside the loop."""
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
    second = K.rnn(
        lambda t, s: (t + s[0], [t + s[0]]), first, [K.zeros((BATCH, WIDTH))], go_backwards=True
    )[0]
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
    with pytest.raises(
        ValueError, match=r"rnn\(\): Input should be at least 3D, got the shape \(2, 3\)"
    ):
        K.rnn(cell(), K.placeholder((2, 3)), [])


def test_rnn_unrolled_over_an_unknown_time():
    with pytest.raises(
        ValueError, match=r"rnn\(\): Unrolling requires a fixed number of timesteps"
    ):
        K.rnn(cell(), K.placeholder((2, None, 3)), [K.variable(START)], unroll=True)


def test_state_that_changes_its_shape():
    with pytest.raises(
        ValueError,
        match=r"a loop's state must keep its shape: it starts as \(2, 1\) and becomes \(2, 2\)",
    ):
        K.rnn(
            lambda x, s: (x, [K.concatenate([s[0], s[0]])]), K.variable(SEQUENCE), [K.zeros((2, 1))]
        )
