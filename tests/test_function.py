"""K.function: feeds, outputs, updates, the learning phase, and errors that say what was wrong."""

import re

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


@pytest.fixture
def x():
    return K.placeholder((None, 3))


@pytest.fixture
def v():
    return K.variable(MATRIX)


# Outputs


def test_outputs_are_a_list_of_arrays(x):
    results = K.function([x], [x * 2, K.sum(x)])([MATRIX])
    assert [type(r) for r in results] == [np.ndarray] * 2


def test_one_tensor_instead_of_a_list_gives_one_array(x):
    np.testing.assert_array_equal(K.function([x], x * 2)([MATRIX]), MATRIX * 2)


def test_tuple_of_outputs_gives_a_list(x):
    assert isinstance(K.function([x], (x, x))([MATRIX]), list)


def test_no_outputs(x):
    assert K.function([x], [])([MATRIX]) == []


@pytest.mark.parametrize("inputs", [[], ()])
def test_no_inputs(inputs, v):
    np.testing.assert_array_equal(K.function(inputs, [v + 1])([])[0], MATRIX + 1)


def test_call_without_arguments(v):
    np.testing.assert_array_equal(K.function([], v + 1)(), MATRIX + 1)


def test_output_that_does_not_depend_on_the_input(x):
    assert K.function([x], [K.constant(3.0)])([MATRIX])[0] == 3


def test_output_that_is_an_input(x):
    np.testing.assert_array_equal(K.function([x], [x])([MATRIX])[0], MATRIX)


@pytest.mark.parametrize("output", [2.5, 3, [1.0, 2.0], np.ones(3)], ids=repr)
def test_output_that_is_a_plain_value(output, x):
    np.testing.assert_array_equal(K.function([x], [output])([MATRIX])[0], output)


def test_output_list_with_a_native_tensor(x):
    np.testing.assert_array_equal(K.function([x], [x, MATRIX])([MATRIX])[1], MATRIX)


def test_outputs_have_the_dtype_of_the_tensors(x):
    results = K.function([x], [x > 1, K.argmax(x), K.cast(x, "float16")])([MATRIX])
    assert [r.dtype for r in results] == ["bool", "int64", "float16"]


def test_scalar_output_can_be_made_a_float(x):
    assert float(K.function([x], [K.sum(x)])([MATRIX])[0]) == 15


# Feeds


@pytest.mark.parametrize(
    "value",
    [
        MATRIX,
        MATRIX.tolist(),
        tuple(map(tuple, MATRIX)),
        MATRIX.astype("float64"),
        MATRIX.astype("int64"),
        MATRIX > 2,
    ],
    ids=["float32", "list", "tuple", "float64", "int64", "bool"],
)
def test_feed_is_cast_to_the_placeholder(value, x):
    result = K.function([x], [x + 0.5])([value])[0]
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, np.asarray(value, "float32") + 0.5)


def test_feed_of_an_integer_placeholder():
    x = K.placeholder((2,), dtype="int32")
    assert K.function([x], [x])([[1.0, 2.0]])[0].dtype == "int32"


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.array(2.0), True])
def test_feed_of_a_scalar(value):
    x = K.placeholder(())
    assert K.function([x], [x * 3])([value])[0] == 3 * float(value)


def test_feed_can_be_a_variable(x, v):
    np.testing.assert_array_equal(K.function([x], [x + 1])([v])[0], MATRIX + 1)


def test_feed_can_be_a_result(x, v):
    np.testing.assert_array_equal(K.function([x], [x + 1])([v * 2])[0], MATRIX * 2 + 1)


def test_feed_that_is_not_contiguous(x):
    np.testing.assert_array_equal(
        K.function([x], [x + 1])([MATRIX.T[:, ::-1][::-1].T])[0], MATRIX[::-1, ::-1] + 1
    )


def test_feeds_in_a_tuple(x):
    np.testing.assert_array_equal(K.function([x], [x + 1])((MATRIX,))[0], MATRIX + 1)


def test_intermediate_can_be_fed(x):
    y = x * 2
    np.testing.assert_array_equal(K.function([y], [y + 1])([MATRIX])[0], MATRIX + 1)


def test_intermediate_and_its_source_can_be_fed_together(x):
    y = x * 2
    a, b = K.function([x, y], [x, y + 1])([MATRIX, MATRIX * 0])
    np.testing.assert_array_equal(a, MATRIX)
    np.testing.assert_array_equal(b, MATRIX * 0 + 1)


def test_variable_can_be_fed_for_one_call(v):
    function = K.function([v], [v + 1])
    np.testing.assert_array_equal(function([MATRIX * 5])[0], MATRIX * 5 + 1)
    np.testing.assert_array_equal(K.get_value(v), MATRIX)


def test_variable_that_is_fed_can_be_updated(v):
    function = K.function([v], [], [(v, v + 1)])
    feed = MATRIX * 5
    function([feed])
    np.testing.assert_array_equal(K.get_value(v), MATRIX * 5 + 1)
    np.testing.assert_array_equal(feed, MATRIX * 5)


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_batch_of_any_size(n, x):
    assert K.function([x], [K.tanh(x) * 2])([np.ones((n, 3))])[0].shape == (n, 3)


def test_batches_of_changing_sizes(x):
    function = K.function([x], [K.sum(x), K.mean(x, 0)])
    assert [float(function([np.ones((n, 3))])[0]) for n in (4, 1, 4, 2)] == [12, 3, 12, 6]


@pytest.mark.parametrize(("n", "m", "size"), [(2, 2, 2), (1, 4, 4), (4, 1, 4)])
def test_two_batches_broadcast(n, m, size, x):
    y = K.placeholder((None, 3))
    assert K.function([x, y], [x + y])([np.ones((n, 3)), np.ones((m, 3))])[0].shape == (size, 3)


def test_two_batches_of_other_sizes_side_by_side(x):
    y = K.placeholder((None, 3))
    a, b = K.function([x, y], [K.sum(x), K.sum(y)])([np.ones((2, 3)), np.ones((5, 3))])
    assert (a, b) == (6, 15)


def test_two_batches_that_do_not_broadcast(x):
    y = K.placeholder((None, 3))
    with pytest.raises(ValueError, match="broadcast"):
        K.function([x, y], [x + y])([np.ones((2, 3)), np.ones((5, 3))])


def test_unused_input_is_fed_all_the_same(x):
    y = K.placeholder((2,))
    assert K.function([x, y], [K.sum(x)])([MATRIX, [1, 2]])[0] == 15


def test_one_placeholder_twice(x):
    assert K.function([x, x], [K.sum(x)])([MATRIX, MATRIX])[0] == 15


def test_feeds_of_other_kinds_from_call_to_call():
    x = K.placeholder((None, 2))
    function = K.function([x], [K.sum(x, 0)])
    for feed in (np.ones((3, 2), "float32"), np.ones((3, 2), "float64"), [[1, 1]] * 3):
        for _ in range(2):
            np.testing.assert_array_equal(function([feed])[0], [3, 3])
    for rows in (1, 4, 4, 1):
        feed = np.ones((rows, 2), "float32")
        np.testing.assert_array_equal(function([feed])[0], [rows, rows])
        with pytest.raises(ValueError, match="cannot feed a value of shape"):
            function([feed.T[:, :0]])


def test_phase_changes_from_call_to_call():
    x = K.placeholder((2,))
    function = K.function([x, K.learning_phase()], [K.in_train_phase(x, 2 * x)])
    feed = np.ones(2, "float32")
    for phase in (0, 0, 1, 1, 0):
        np.testing.assert_array_equal(function([feed, phase])[0], feed if phase else 2 * feed)


# Feeds that are wrong


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("expected", "shape"),
    [
        ((None, 3), (2, 4)),
        ((None, 3), (3,)),
        ((None, 3), (2, 3, 1)),
        ((None, 3), ()),
        ((None,), ()),
        ((None,), (2, 3)),
        ((None, None), (3,)),
        ((2, None), (3, 3)),
        ((2, 3), (4, 3)),
        ((), (1,)),
    ],
)
def test_feed_of_another_shape(expected, shape, dtype):
    x = K.placeholder(expected, name="images")
    message = f"cannot feed a value of shape {shape} for 'images:0', which has shape {expected}."
    with pytest.raises(ValueError, match=re.escape(message)):
        K.function([x], [x])([np.ones(shape, dtype)])


def test_number_of_feeds(x):
    y = K.placeholder((2,), name="labels")
    function = K.function([x, y], [x], name="train")
    message = (
        "<K.function 'train': 2 inputs, 1 outputs> takes 2 values, one for each input "
        "(Placeholder:0, labels:0), got 1."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        function([MATRIX])


def test_too_many_feeds(x):
    with pytest.raises(ValueError, match=r"takes 1 values, one for each input .* got 2"):
        K.function([x], [x])([MATRIX, MATRIX])


@pytest.mark.parametrize(
    "feeds", [MATRIX, 3, "text", {"x": 1}, None], ids=["array", "int", "str", "dict", "None"]
)
def test_feeds_that_are_no_list(feeds, x):
    with pytest.raises(TypeError, match=r"is called with one list of values, got"):
        K.function([x], [x])(feeds)


@pytest.mark.parametrize(
    "value", ["text", None, object(), [[1, 2, 3], [4]]], ids=["str", "None", "object", "ragged"]
)
def test_feed_that_is_no_array(value):
    x = K.placeholder((None, 3), name="images")
    with pytest.raises((TypeError, ValueError), match="images:0"):
        K.function([x], [x])([value])


def test_placeholder_that_is_not_fed(x):
    y = K.placeholder((2,), name="labels")
    with pytest.raises(
        ValueError,
        match=r"depends on the placeholder <Placeholder 'labels:0' .*>, which is not fed",
    ):
        K.function([x], [y])([MATRIX])


# Mistakes in the declaration


def test_unknown_keyword(x):
    message = 'Invalid argument "feed_dict" passed to K.function with the numpy backend'
    with pytest.raises(ValueError, match=message):
        K.function([x], [x], feed_dict={})


@pytest.mark.parametrize("keyword", [{"name": "predict"}, {"jit_compile": True}])
def test_known_keyword(keyword, x):
    assert K.function([x], [K.sum(x)], **keyword)([MATRIX])[0] == 15


def test_inputs_that_are_no_list(x):
    with pytest.raises(
        TypeError,
        match=r"function\(\): `inputs` should be a list or tuple of tensors, got <Placeholder",
    ):
        K.function(x, [x])


@pytest.mark.parametrize("value", [1.5, MATRIX, "x", None], ids=["float", "array", "str", "None"])
def test_input_that_is_no_tensor(value, x):
    with pytest.raises(
        TypeError, match=r"function\(\): an input must be a tensor of the backend 'numpy', got"
    ):
        K.function([value], [x])


@pytest.mark.parametrize("update", [3, "x", MATRIX, None], ids=["int", "str", "array", "None"])
def test_update_that_is_none(update, x):
    with pytest.raises(
        TypeError, match=r"function\(\): an update is the result of K\.update\(\.\.\.\) or a pair"
    ):
        K.function([x], [x], [update])


@pytest.mark.parametrize("output", ["text", None, object()], ids=["str", "None", "object"])
def test_output_that_is_no_tensor(output, x):
    with pytest.raises(TypeError, match="expected a tensor, an array or a number"):
        K.function([x], [output])


def test_repr(x):
    assert (
        repr(K.function([x], [x, x], name="train")) == "<K.function 'train': 1 inputs, 2 outputs>"
    )


def test_attributes(x):
    function = K.function([x], [x], name="train")
    assert (function.inputs, function.outputs, function.name) == ([x], [x], "train")


# Updates


def test_update_happens_at_each_call(v):
    function = K.function([], [], [K.update_add(v, 1)])
    for _ in range(3):
        function([])
    np.testing.assert_array_equal(K.get_value(v), MATRIX + 3)


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda v: K.update(v, v * 2), MATRIX * 2),
        (lambda v: K.update_add(v, 2), MATRIX + 2),
        (lambda v: K.update_sub(v, v), MATRIX * 0),
        (lambda v: K.moving_average_update(v, 10.0, 0.75), MATRIX * 0.75 + 2.5),
        (lambda v: K.update(v, MATRIX + 9), MATRIX + 9),
        (lambda v: (v, v * 2), MATRIX * 2),
        (lambda v: (v, MATRIX + 9), MATRIX + 9),
        (lambda v: (v, v.assign(v * 2)), MATRIX * 2),
        (lambda v: [K.update_add(v, 2)], MATRIX + 2),
        (lambda v: [[(v, v * 2)]], MATRIX * 2),
        (lambda v: ((v, v * 2),), MATRIX * 2),
    ],
)
def test_form_of_an_update(make, wanted, v):
    K.function([], [], [make(v)])([])
    np.testing.assert_array_equal(K.get_value(v), wanted)


@pytest.mark.parametrize("updates", [None, [], ()])
def test_no_updates(updates, v):
    np.testing.assert_array_equal(K.function([], [v], updates)([])[0], MATRIX)


def test_outputs_are_of_the_old_state(v):
    function = K.function([], [v], [K.update_add(v, 1)])
    np.testing.assert_array_equal([function([])[0][0, 0] for _ in range(3)], [0, 1, 2])


def test_all_new_values_are_of_the_old_state():
    a, b = K.variable(1.0), K.variable(2.0)
    K.function([], [], [(a, a + b), (b, a * 10)])([])
    assert (K.get_value(a), K.get_value(b)) == (3, 10)


def test_update_that_is_an_output_too(v):
    update = K.update_add(v, 1)
    np.testing.assert_array_equal(K.function([], [update], [update])([])[0], MATRIX + 1)
    np.testing.assert_array_equal(K.get_value(v), MATRIX + 1)


def test_update_that_is_only_an_output_happens(v):
    np.testing.assert_array_equal(K.function([], [K.update_add(v, 1)])([])[0], MATRIX + 1)
    np.testing.assert_array_equal(K.get_value(v), MATRIX + 1)


def test_update_of_a_fed_value(x, v):
    K.function([x], [], [(v, x * 2)])([MATRIX])
    np.testing.assert_array_equal(K.get_value(v), MATRIX * 2)


@pytest.mark.parametrize("n", [1, 3])
def test_update_to_a_value_of_another_batch_size(n, x, v):
    w = K.variable(1.0)
    function = K.function([x], [], [(w, w + 1), (v, x)])
    message = (
        r"update\(\): the variable 'Variable:0' of shape \(2, 3\) cannot take a value of shape"
    )
    with pytest.raises(ValueError, match=message):
        function([np.ones((n, 3))])
    assert K.get_value(w) == 1


def test_update_to_a_value_of_unknown_batch_size(x, v):
    K.function([x], [], [(v, x * 2)])([MATRIX])
    np.testing.assert_array_equal(K.get_value(v), MATRIX * 2)


def test_update_of_an_integer_counter():
    n = K.variable(0, dtype="int64")
    function = K.function([], [n], [K.update_add(n, 1)])
    assert [int(function([])[0]) for _ in range(3)] == [0, 1, 2]
    assert K.get_value(n).dtype == "int64"


def test_two_functions_share_their_variables(v):
    K.function([], [], [(v, v * 2)])([])
    np.testing.assert_array_equal(K.function([], [v])([])[0], MATRIX * 2)


def test_value_that_is_set_is_seen(v):
    function = K.function([], [K.sum(v)])
    function([])
    K.set_value(v, MATRIX * 2)
    assert function([])[0] == 30


def test_eval_of_an_update_happens_once(v):
    np.testing.assert_array_equal(K.eval(K.update_add(v, 1)), MATRIX + 1)
    np.testing.assert_array_equal(K.get_value(v), MATRIX + 1)


# Learning phase


@pytest.fixture
def phased(x):
    """A function of x and the phase: 2 x in the training phase, else x."""
    return K.function([x, K.learning_phase()], [K.in_train_phase(lambda: 2 * x, x)])


@pytest.mark.parametrize(
    "phase", [1, True, 1.0, np.bool_(True), np.int32(1), np.array(1)], ids=repr
)
def test_training_phase_is_fed(phase, phased):
    np.testing.assert_array_equal(phased([MATRIX, phase])[0], 2 * MATRIX)


@pytest.mark.parametrize(
    "phase", [0, False, 0.0, np.bool_(False), np.int32(0), np.array(0)], ids=repr
)
def test_test_phase_is_fed(phase, phased):
    np.testing.assert_array_equal(phased([MATRIX, phase])[0], MATRIX)


def test_phase_can_change_from_call_to_call(phased):
    assert [phased([MATRIX, p])[0][0, 1] for p in (1, 0, 1, 0)] == [2, 1, 2, 1]


def test_phase_can_be_left_out(phased):
    np.testing.assert_array_equal(phased([MATRIX])[0], MATRIX)


def test_phase_can_be_the_first_input(x):
    function = K.function([K.learning_phase(), x], [K.in_train_phase(lambda: 2 * x, x)])
    np.testing.assert_array_equal(function([1, MATRIX])[0], 2 * MATRIX)


def test_phase_that_nothing_depends_on(x):
    assert K.function([x, K.learning_phase()], [K.sum(x)])([MATRIX, 1])[0] == 15


def test_phase_is_the_test_phase_unless_fed(x):
    np.testing.assert_array_equal(
        K.function([x], [K.in_train_phase(2 * x, x)])([MATRIX])[0], MATRIX
    )


def test_phase_that_was_set_afterwards_counts(x):
    function = K.function([x], [K.in_train_phase(2 * x, x)])
    K.set_learning_phase(1)
    np.testing.assert_array_equal(function([MATRIX])[0], 2 * MATRIX)


def test_phase_that_was_set_before_is_an_int():
    K.set_learning_phase(1)
    assert K.learning_phase() == 1


def test_phase_that_was_set_may_stand_among_the_inputs(x):
    K.set_learning_phase(1)
    function = K.function([x, K.learning_phase()], [K.in_train_phase(lambda: 2 * x, x)])
    np.testing.assert_array_equal(function([MATRIX, 1])[0], 2 * MATRIX)


@pytest.mark.parametrize("value", [2, -1, "train", None])
def test_phase_that_is_none(value):
    with pytest.raises(ValueError, match="Expected learning phase to be 0 or 1, got"):
        K.set_learning_phase(value)


def test_phase_as_a_number(x):
    phase = K.learning_phase()
    function = K.function([x, phase], [x * K.cast(phase, "float32")])
    assert [function([MATRIX, p])[0].sum() for p in (0, 1)] == [0, 15]


def test_update_only_in_the_training_phase(v):
    function = K.function([K.learning_phase()], [], [(v, K.in_train_phase(lambda: v + 1, v))])
    function([0])
    np.testing.assert_array_equal(K.get_value(v), MATRIX)
    function([1])
    np.testing.assert_array_equal(K.get_value(v), MATRIX + 1)


def test_eval_is_in_the_test_phase(v):
    np.testing.assert_array_equal(K.eval(K.in_train_phase(v * 2, v)), MATRIX)


def test_eval_follows_the_phase_that_was_set(v):
    y = K.in_train_phase(v * 2, v)
    K.set_learning_phase(1)
    np.testing.assert_array_equal(K.eval(y), MATRIX * 2)


def test_graph_of_before_clear_session_works_on(x):
    function = K.function([x, K.learning_phase()], [K.in_train_phase(2 * x, x)])
    K.clear_session()
    np.testing.assert_array_equal(function([MATRIX, 1])[0], 2 * MATRIX)


# Random numbers


def test_random_numbers_are_new_at_each_call():
    function = K.function([], [K.random_normal((3,))])
    assert not np.array_equal(function([])[0], function([])[0])


def test_one_random_tensor_has_one_value_in_a_call():
    noise = K.random_normal((3,))
    a, b = K.function([], [noise, noise * 1.0])([])
    np.testing.assert_array_equal(a, b)


def test_two_random_tensors_differ():
    a, b = K.function([], [K.random_normal((3,)), K.random_normal((3,))])([])
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("make", [K.random_normal, K.random_uniform, K.truncated_normal])
def test_seed_fixes_the_sequence(make):
    def sequence():
        function = K.function([], [make((3,), seed=5)])
        return np.stack([function([])[0] for _ in range(3)])

    np.testing.assert_array_equal(sequence(), sequence())


def test_numpy_seed_fixes_everything():
    def sequence():
        np.random.seed(4)
        function = K.function([], [K.random_normal((3,)), K.dropout(K.ones((9,)), 0.5)])
        return np.concatenate(function([]) + function([]))

    np.testing.assert_array_equal(sequence(), sequence())


def test_random_batch_has_the_size_of_the_feed(x):
    function = K.function([x], [K.random_uniform(K.shape(x))])
    assert [function([np.ones((n, 3))])[0].shape for n in (2, 5)] == [(2, 3), (5, 3)]
