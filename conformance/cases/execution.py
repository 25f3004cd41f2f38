"""From tensors to values: functions, gradients, evaluation."""

import numpy as np
import pytest
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises, program

X = floats(2, 3)
CASES = []


def close(actual, expected, tolerance=1e-5):
    np.testing.assert_allclose(actual, expected, tolerance, tolerance)


# K.eval


@program("eval", CASES)
def of_a_variable_and_of_an_expression(K):
    x = K.variable(X)
    for value, expected in ((K.eval(x), X), (K.eval(x * 2.0 + 1.0), X * 2 + 1)):
        assert isinstance(value, np.ndarray)
        assert value.dtype == "float32"
        close(value, expected)


@program("eval", CASES)
def is_a_copy(K):
    x = K.variable(X)
    K.eval(x)[...] = 0
    close(K.eval(x), X)


@program("eval", CASES)
def sees_the_newest_value(K):
    x = K.variable(1.0)
    y = x * 2.0
    assert K.eval(y) == 2
    K.set_value(x, 4.0)
    assert K.eval(y) == 8


@program("eval", CASES)
def of_the_documents(K):
    """Seed 000, line 644."""
    x = K.variable(np.array([[1, 2], [3, 4]]), dtype="float32")
    assert K.eval(x).tolist() == [[1, 2], [3, 4]]


@program("eval", CASES)
def of_an_update_performs_it(K):
    x = K.variable(X)
    close(K.eval(K.update(x, x * 2.0)), X * 2)
    close(K.eval(x), X * 2)


CASES.append(
    Raises("eval", (), ValueError, "depends on the placeholder", id="placeholder",
           build=lambda K: K.eval(K.placeholder((2,)) * 2.0))
)  # fmt: skip


@program("eval", CASES)
def tensors_evaluate_themselves(K):
    x = K.variable(X) * 2.0
    for value in (x.numpy(), x.eval(), x.eval(session=None), np.asarray(x)):
        close(value, X * 2)
    assert float(K.variable(2.5) * 2.0) == 5
    assert int(K.shape(x)[1]) == 3


# K.function


@program("function", CASES)
def returns_a_list_of_arrays(K):
    x, y = K.placeholder((None, 3)), K.placeholder((3,))
    inputs, outputs = [x, y], [x + y, K.sum(x)]
    listed = [*inputs, *outputs]
    function = K.function(inputs, outputs)
    assert [*inputs, *outputs] == listed
    for n in (2, 4):
        values = [np.ones((n, 3)), np.arange(3.0)]
        results = function(values)
        assert len(values) == 2
        assert type(results) is list
        close(results[0], np.ones((n, 3)) + np.arange(3.0))
        close(results[1], 3 * n)


@program("function", CASES)
def of_one_output_returns_one_array(K):
    x = K.placeholder((2,))
    result = K.function([x], x * 2.0)([[1, 2]])
    assert isinstance(result, np.ndarray)
    close(result, [2, 4])


@program("function", CASES)
def results_have_the_dtypes_of_the_outputs(K):
    dtypes = ("float16", "float32", "float64", "int32", "int64", "bool")
    inputs = [K.placeholder((None,), dtype=dtype) for dtype in dtypes]
    results = K.function(inputs, inputs)([np.ones(2)] * len(dtypes))
    assert [result.dtype.name for result in results] == list(dtypes)


@program("function", CASES)
def inputs_and_outputs_may_be_tuples(K):
    x = K.placeholder((2,))
    close(K.function((x,), (x * 2.0,))(([1, 2],))[0], [2, 4])


@program("function", CASES)
def an_input_may_be_an_output(K):
    x = K.placeholder((2, 3))
    function = K.function([x], [x, x])
    feed = np.array(X)
    a, b = function([feed])
    close(a, X)
    close(b, X)
    if a.flags.writeable:
        a[...] = 0
    close(feed, X)


@program("function", CASES)
def takes_a_name_and_empty_lists(K):
    x = K.placeholder((2,))
    assert K.function([x], [], updates=[], name="nothing")([[1, 2]]) == []
    assert K.function([x], [x], updates=None, name=None)([[1, 2]])[0].tolist() == [1, 2]


@program("function", CASES)
def an_output_that_needs_no_input(K):
    x = K.placeholder((2,))
    assert K.function([x], [K.constant(3.0)])([[1, 2]])[0] == 3


@program("function", CASES)
def intermediate_tensors_can_be_fed(K):
    x = K.placeholder((2,))
    inner = x * 2.0
    outer = inner + 1.0
    assert K.function([inner], [outer])([[1, 2]])[0].tolist() == [2, 3]


@program("function", CASES)
def updates_may_be_pairs(K):
    x = K.variable(X)
    function = K.function([], [x + 0.0], updates=[(x, 2.0 * K.identity(x))])
    close(function([])[0], X)
    close(K.get_value(x), X * 2)
    close(function([])[0], X * 2)


@program("function", CASES)
def updates_may_be_mixed_and_nested(K):
    x, y = K.variable(1.0), K.variable(2.0)
    updates = [(x, y * 10.0), [K.update_add(y, x)]]
    K.function([], [], updates=updates)([])
    assert (K.get_value(x), K.get_value(y)) == (20, 3)


@program("function", CASES)
def outputs_and_updates_see_the_old_state(K):
    x, y = K.variable(1.0), K.variable(10.0)
    function = K.function([], [x, x + y, y], updates=[(x, x + 1.0), (y, x * y)])
    assert [float(v) for v in function([])] == [1, 11, 10]
    assert [float(v) for v in function([])] == [2, 12, 10]
    assert (K.get_value(x), K.get_value(y)) == (3, 20)


@program("function", CASES)
def of_a_variable_listed_twice_the_first_update_wins(K):
    x = K.variable(1.0)
    K.function([], [], updates=[(x, x + 1.0), (x, x + 5.0)])([])
    assert K.get_value(x) == 2


@program("function", CASES)
def an_error_leaves_variables_alone(K):
    x, y = K.variable(1.0), K.placeholder((None, 3))
    function = K.function([y], [K.sum(y)], updates=[(x, x + 1.0)])
    with pytest.raises(Exception):  # noqa: B017, PT011
        function([np.zeros((2, 4))])
    assert K.get_value(x) == 1


@program("function", CASES)
def trains_a_regression(K):
    x, t = K.placeholder((None, 3)), K.placeholder((None, 1))
    w, b = K.variable(np.zeros((3, 1))), K.zeros((1,))
    loss = K.mean(K.square(K.dot(x, w) + b - t))
    updates = [
        K.update_sub(v, 0.2 * g) for v, g in zip([w, b], K.gradients(loss, [w, b]), strict=True)
    ]
    train = K.function([x, t], [loss], updates=updates)
    inputs = floats(20, 3)
    targets = inputs @ [[1.0], [-2], [0.5]] + 0.25
    losses = [float(train([inputs, targets])[0]) for _ in range(150)]
    assert losses[-1] < 1e-4 < losses[0]
    close(K.get_value(w), [[1], [-2], [0.5]], 2e-2)
    close(K.get_value(b), [0.25], 2e-2)


CASES += [
    Raises("function", (), ValueError, 'Invalid argument "beer" passed to K.function', id="keyword",
           build=lambda K: K.function([], [], beer=1)),
    Raises("function", (), TypeError, "`inputs` should be a list or tuple", id="inputs",
           build=lambda K: K.function(K.placeholder((2,)), [])),
    Raises("function", (), ValueError, "takes 1 values", id="number-of-values",
           build=lambda K: K.function([K.placeholder((2,))], [])([[1, 2], [3, 4]])),
]  # fmt: skip


# K.gradients


@program("gradients", CASES)
def one_for_each_variable(K):
    x, y = K.variable(X), K.variable(2.0)
    result = K.gradients(K.sum(K.square(x)) * y, [x, y])
    assert type(result) is list
    close(K.eval(result[0]), 4 * X)
    close(K.eval(result[1]), np.sum(X * X))


@program("gradients", CASES)
def of_one_variable_is_a_list(K):
    x = K.variable(X)
    result = K.gradients(K.sum(x * 3.0), x)
    assert len(result) == 1
    close(K.eval(result[0]), np.full((2, 3), 3))


@program("gradients", CASES)
def none_where_unconnected(K):
    x, y, n = K.variable(X), K.variable(X), K.variable([1, 2], dtype="int32")
    found = K.gradients(K.sum(x), [y, x, n])
    assert found[0] is None
    assert found[1] is not None
    assert found[2] is None


@program("gradients", CASES)
def by_a_size_is_none(K):
    x = K.placeholder((None, 3))
    size = K.shape(x)[0]
    assert K.gradients(K.reshape(x, (size, 3)), [size]) == [None]


@program("gradients", CASES)
def of_a_loss_that_is_no_scalar(K):
    x = K.variable(X)
    close(K.eval(K.gradients(x * x, [x])[0]), 2 * X)


@program("gradients", CASES)
def of_several_losses_is_their_sum(K):
    x = K.variable(X)
    close(K.eval(K.gradients([K.sum(x * 2.0), x * x], [x])[0]), 2 + 2 * X)


@program("gradients", CASES)
def by_placeholders(K):
    x = K.placeholder((None, 3))
    function = K.function([x], K.gradients(K.sum(K.square(x)), [x]))
    for rows in (X, X[:1]):
        close(function([rows])[0], 2 * rows)


@program("gradients", CASES)
def by_intermediate_tensors(K):
    x = K.placeholder((2, 3))
    power = K.exp(x)
    loss = K.sum(power * power)
    by_power, by_x = K.function([x], K.gradients(loss, [power, x]))([X])
    close(by_power, 2 * np.exp(X))
    close(by_x, 2 * np.exp(2 * X))


@program("gradients", CASES)
def by_the_loss_itself(K):
    x = K.variable(X)
    loss = K.sum(x)
    assert K.eval(K.gradients(loss, [loss])[0]) == 1
    assert (K.eval(K.gradients(x, [x])[0]) == 1).all()
    np.testing.assert_array_equal(K.get_value(x), X)


@program("gradients", CASES)
def of_gradients(K):
    x = K.variable(X)
    first = K.gradients(K.sum(x * x * x), [x])[0]
    second = K.gradients(first, [x])[0]
    third = K.gradients(second, [x])[0]
    close(K.eval(first), 3 * X**2)
    close(K.eval(second), 6 * X)
    close(K.eval(third), np.full((2, 3), 6))


@program("gradients", CASES)
def of_gradients_by_several(K):
    values = [floats(2, 3, seed=i) for i in range(5)]
    variables = [K.variable(v) for v in values]
    loss = 0.0
    for i, x in enumerate(variables):
        loss = loss + K.sum(x * x * x) * (i + 1.0)
    first = K.gradients(loss, variables)
    second = K.gradients([K.sum(g) for g in first], variables)
    for i, x in enumerate(values):
        close(K.eval(first[i]), 3 * (i + 1) * x**2)
        close(K.eval(second[i]), 6 * (i + 1) * x)
    for x, value in zip(variables, values, strict=True):
        np.testing.assert_array_equal(K.get_value(x), value)


@program("gradients", CASES)
def have_the_static_shapes_of_the_variables(K):
    x, w, b = K.placeholder((None, 3)), K.variable(floats(3, 4)), K.variable(floats(4))
    for g, y in zip(K.gradients(K.tanh(K.dot(x, w) + b), [w, b, x]), (w, b, x), strict=True):
        assert (K.int_shape(g), K.dtype(g)) == (K.int_shape(y), K.dtype(y))


@program("gradients", CASES)
def in_a_loss(K):
    """A gradient penalty: the gradient by the input is part of the loss of the weights."""
    x, w = K.placeholder((2, 3)), K.variable(floats(3, 1, seed=1))
    inner = K.gradients(K.sum(K.tanh(K.dot(x, w))), [x])[0]
    penalty = K.sum(K.square(inner))
    function = K.function([x], [penalty, K.gradients(penalty, [w])[0]])
    value, found = function([X])

    def by_hand(w):
        slope = 1 - np.tanh(X.astype(float) @ w) ** 2
        return np.sum((slope * w.T) ** 2)

    w0, expected = K.get_value(w).astype(float), np.zeros((3, 1))
    for i in range(3):
        step = np.eye(3)[:, [i]] * 1e-5
        expected[i] = (by_hand(w0 + step) - by_hand(w0 - step)) / 2e-5
    close(value, by_hand(w0))
    close(found, expected, 1e-4)


@program("gradients", CASES)
def a_tensor_used_several_times_adds_up(K):
    x = K.variable(X)
    y = x * 2.0
    close(K.eval(K.gradients(K.sum(y * y + y + x), [x])[0]), 8 * X + 3)


@program("gradients", CASES)
def stay_fresh_when_variables_change(K):
    x = K.variable(2.0)
    g = K.gradients(x * x * x, [x])[0]
    assert K.eval(g) == 12
    K.set_value(x, 3.0)
    assert K.eval(g) == 27


@program("gradients", CASES)
def go_through_casts_of_floats_only(K):
    x = K.variable(X)
    wide = K.gradients(K.sum(K.cast(x, "float64") * 2.0), [x])[0]
    assert K.dtype(wide) == "float32"
    close(K.eval(wide), np.full((2, 3), 2))
    assert K.gradients(K.sum(K.cast(K.cast(x, "int32"), "float32")), [x]) == [None]


CASES.append(
    Raises("gradients", (), TypeError, r"gradients\(\) takes symbolic tensors", id="array",
           build=lambda K: K.gradients(K.variable(1.0), [X]))
)  # fmt: skip


# K.stop_gradient

CASES += [
    Case("stop_gradient", (X,), lambda x: x, grad="none", static=(None, 3)),
    Case("stop_gradient", (X,), lambda x: x * x, id="one-factor",
         build=lambda K, x: x * K.stop_gradient(x), grad=False),
]  # fmt: skip


@program("stop_gradient", CASES)
def makes_a_constant(K):
    x = K.variable(X)
    close(K.eval(K.gradients(K.sum(x * K.stop_gradient(x)), [x])[0]), X)


@program("stop_gradient", CASES)
def of_a_list(K):
    x, y = K.variable(X), K.variable(2.0)
    a, b = K.stop_gradient([x, y])
    function = K.function([], [a, b])
    for factor in (1, 3):
        for value, expected in zip(function([]), (X * factor, 2.0 * factor), strict=True):
            assert (value.shape, value.dtype) == (np.shape(expected), "float32")
            close(value, expected)
        K.batch_set_value([(x, X * 3), (y, 6.0)])


# K.print_tensor


def lines(capfd):
    """What was printed, wherever: engines print from C++ too, and some to stderr."""
    out, err = capfd.readouterr()
    return out + err


@program("print_tensor", CASES)
def prints_message_and_value(K, capfd):
    x = K.variable([[1.0]])
    y = K.print_tensor(x, "value is:")
    assert "value is:" not in lines(capfd)
    assert K.eval(y).tolist() == [[1]]
    assert lines(capfd).count("value is: [[1") == 1


@program("print_tensor", CASES)
def prints_at_each_call(K, capfd):
    x = K.placeholder((1,))
    function = K.function([x], [K.print_tensor(x, message="it is") * 2.0])
    for number in (3.0, 4.0):
        assert function([[number]])[0] == 2 * number
        assert f"it is [{number:.0f}" in lines(capfd)


@program("print_tensor", CASES)
def lets_gradients_through(K):
    x = K.variable(X)
    close(K.eval(K.gradients(K.sum(K.print_tensor(x) * 3.0), [x])[0]), np.full((2, 3), 3))
