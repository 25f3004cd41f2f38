"""K.gradients: what is connected, the rules through every kind of node, and that the tests bite."""

import numpy as np
import pytest

import kswitch
from kswitch import declare

K = kswitch.load_backend("numpy")
F = K._functions
MATRIX = np.array([[0.3, -0.7, 1.2], [0.8, 0.4, -1.1]])


@pytest.fixture
def v():
    return K.variable(MATRIX, "float64")


def by(loss, x):
    """The value of the gradient of a loss by x."""
    return K.eval(K.gradients(loss, [x])[0])


def differences(make, value, delta=1e-6):
    """Central differences of sum(make(x)) at a value."""
    x = K.placeholder(value.shape, dtype="float64")
    function = K.function([x], [K.sum(make(x))])
    result = np.empty_like(value)
    for i in np.ndindex(value.shape):
        up, down = value.copy(), value.copy()
        up[i] += delta
        down[i] -= delta
        result[i] = (function([up])[0] - function([down])[0]) / (2 * delta)
    return result


def check(make, value=MATRIX):
    """The gradient of sum(make(x)) is that of central differences."""
    value = np.asarray(value, "float64")
    x = K.placeholder(value.shape, dtype="float64")
    found = K.function([x], K.gradients(make(x), [x]))([value])[0]
    np.testing.assert_allclose(found, differences(make, value), rtol=1e-5, atol=1e-7)


# What is connected


def test_gradients_are_a_list(v):
    assert isinstance(K.gradients(K.sum(v), [v]), list)


def test_one_variable_instead_of_a_list(v):
    np.testing.assert_array_equal(K.eval(K.gradients(K.sum(v), v)[0]), np.ones((2, 3)))


def test_a_tuple_of_variables(v):
    assert len(K.gradients(K.sum(v), (v, v))) == 2


def test_no_variables(v):
    assert K.gradients(K.sum(v), []) == []


def test_unconnected_variable(v):
    assert K.gradients(K.sum(v), [v, K.variable(1.0)])[1] is None


@pytest.mark.parametrize(
    "make",
    [
        lambda x: K.stop_gradient(x),
        lambda x: K.zeros_like(x),
        lambda x: K.cast(K.argmax(x), "float64"),
        lambda x: K.cast(x > 0, "float64"),
        lambda x: K.round(x),
        lambda x: x // 0.3,
        lambda x: K.cast(K.shape(x), "float64"),
        lambda x: K.cast(K.cast(x, "int32"), "float64"),
        lambda x: K.random_normal(K.shape(x)),
    ],
)
def test_result_through_which_no_gradient_flows(make, v):
    assert K.gradients(K.sum(make(v)), [v]) == [None]


def test_stopped_and_open_paths(v):
    np.testing.assert_allclose(by(K.sum(K.stop_gradient(v) * v), v), MATRIX)


def test_stop_gradient_of_a_list(v):
    a, b = K.stop_gradient([v, v * 2])
    assert K.gradients(K.sum(a + b), [v]) == [None]


def test_loss_by_itself(v):
    loss = K.sum(v)
    assert by(loss, loss) == 1


def test_loss_that_is_no_scalar_is_summed(v):
    np.testing.assert_allclose(by(K.square(v), v), 2 * MATRIX)


def test_losses_in_a_list_are_added(v):
    np.testing.assert_allclose(by([K.sum(v), K.square(v)], v), 1 + 2 * MATRIX)


def test_one_loss_can_be_an_input_of_another(v):
    y = K.square(v)
    np.testing.assert_allclose(by([y, 3 * y], v), 8 * MATRIX)


def test_integer_loss_has_no_gradient():
    v = K.variable([1, 2], "int32")
    assert K.gradients(K.sum(v), [v]) == [None]


def test_loss_that_is_unconnected(v):
    assert K.gradients(K.constant(1.0), [v]) == [None]


def test_by_an_intermediate(v):
    y = K.exp(v)
    np.testing.assert_allclose(by(K.sum(K.square(y)), y), 2 * np.exp(MATRIX))


def test_by_an_intermediate_and_what_is_below_it(v):
    y = K.exp(v)
    first, second = K.gradients(K.sum(K.square(y)), [y, v])
    np.testing.assert_allclose(K.eval(second), K.eval(first) * np.exp(MATRIX))


def test_by_an_intermediate_that_is_used_twice(v):
    y = v * 2
    np.testing.assert_allclose(by(K.sum(y * y + y), y), 4 * MATRIX + 1)


def test_by_a_placeholder():
    x = K.placeholder((None, 3))
    found = K.function([x], K.gradients(K.sum(K.square(x)), [x]))([MATRIX])[0]
    np.testing.assert_allclose(found, 2 * MATRIX, rtol=1e-6)


def test_by_rows_that_were_taken(v):
    row = v[0]
    np.testing.assert_allclose(by(K.sum(K.square(row)), row), 2 * MATRIX[0])


def test_gradient_has_the_shape_of_the_variable():
    x = K.placeholder((None, 3))
    assert K.gradients(K.mean(x), [x])[0].shape == (None, 3)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gradient_has_the_dtype_of_the_variable(dtype):
    v = K.variable(MATRIX, dtype)
    assert K.gradients(K.sum(K.cast(v, "float32") * 2), [v])[0].dtype == dtype


def test_gradient_of_a_gradient(v):
    first = K.gradients(K.sum(v**3), [v])[0]
    np.testing.assert_allclose(by(K.sum(first), v), 6 * MATRIX)


def test_gradient_of_a_gradient_of_a_gradient(v):
    second = K.gradients(K.gradients(K.sum(v**4), [v])[0], [v])[0]
    np.testing.assert_allclose(by(second, v), 24 * MATRIX)


def test_gradient_penalty():
    x, w = K.placeholder((None, 3)), K.variable(np.ones((3, 2)))
    norm = K.sqrt(K.sum(K.square(K.gradients(K.sum(K.tanh(K.dot(x, w))), [x])[0]), 1))
    penalty = K.mean(K.square(norm - 1))
    found = K.function([x], K.gradients(penalty, [w]))([MATRIX])[0]
    assert np.isfinite(found).all()
    assert np.abs(found).max() > 0.01


def test_gradient_by_a_variable_that_is_updated(v):
    new = K.update(v, v * 3)
    np.testing.assert_allclose(K.eval(K.gradients(K.sum(K.square(new)), [v])[0]), 18 * MATRIX)


# Mistakes


@pytest.mark.parametrize("loss", [1.0, MATRIX, None], ids=["float", "array", "None"])
def test_loss_that_is_no_symbolic_tensor(loss, v):
    with pytest.raises(
        TypeError, match=r"gradients\(\) takes symbolic tensors of the backend 'numpy', got"
    ):
        K.gradients(loss, [v])


@pytest.mark.parametrize("target", [1.0, MATRIX, None], ids=["float", "array", "None"])
def test_variable_that_is_no_symbolic_tensor(target, v):
    with pytest.raises(TypeError, match=r"make it a K\.variable or K\.placeholder"):
        K.gradients(K.sum(v), [target])


@pytest.fixture
def op_without_rule():
    """An op whose gradient nobody has written, known to K only in this test."""

    def cube(x: declare.Operand, factor: declare.Plain = 1.0) -> declare.Spec:
        return declare.Spec(x.shape, x.dtype)

    return declare.Op(cube)


def test_op_without_rule(op_without_rule, v):
    y = F.record(op_without_rule, (v, 1.0))
    with pytest.raises(
        NotImplementedError, match=r"cube\(\) has no gradient by 'x': put K\.stop_gradient"
    ):
        K.gradients(K.sum(y), [v])


def test_op_without_rule_behind_stop_gradient(op_without_rule, v):
    y = F.record(op_without_rule, (K.stop_gradient(v), 1.0))
    np.testing.assert_allclose(by([K.sum(y), K.sum(v)], v), np.ones((2, 3)))


def test_op_without_rule_that_is_not_differentiated(op_without_rule, v):
    y = F.record(op_without_rule, (K.variable(1.0), 1.0))
    np.testing.assert_allclose(K.gradients(K.sum(v) + y, [v])[0].shape, (2, 3))


@pytest.mark.parametrize("factor", [0.0, 0.99, -1.0, 2.0])
def test_a_wrong_rule_is_found_by_differences(factor, monkeypatch):
    monkeypatch.setitem(
        declare.OPS["tanh"].gradients, "x", lambda K, g, y, x: factor * g * (1 - y * y)
    )
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check(K.tanh)


# Broadcasting


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 1), (1, 1), (2, 3), (1,)])
@pytest.mark.parametrize(
    "op",
    [
        lambda x, y: x + y,
        lambda x, y: y - x,
        lambda x, y: x * y,
        lambda x, y: x / (y + 5),
        lambda x, y: y / (x + 5),
        K.maximum,
    ],
)
def test_operand_that_was_broadcast(op, shape):
    value = np.linspace(-0.9, 1.1, int(np.prod(shape))).reshape(shape)
    check(lambda x: op(x, K.constant(MATRIX, "float64")) * K.constant(MATRIX + 2, "float64"), value)


@pytest.mark.parametrize("shape", [(2, 3), (4, 2, 3), (4, 1, 3), (5, 1, 2, 3)])
def test_operand_that_was_not_broadcast(shape):
    value = np.linspace(-0.9, 1.1, int(np.prod(shape))).reshape(shape)
    check(lambda x: K.square(x * K.constant(MATRIX, "float64")), value)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (1, 3), (3, 1), (1, 1)])
def test_two_batches_that_broadcast(n, m):
    x, y = K.placeholder((None, 2)), K.placeholder((None, 2))
    function = K.function([x, y], K.gradients(K.sum(K.square(x - y)), [x, y]))
    a, b = np.arange(2 * n).reshape(n, 2) / 3, np.arange(2 * m).reshape(m, 2) / 7
    d = 2 * (a - b)
    for found, shape, sign in zip(function([a, b]), (a.shape, b.shape), (1, -1), strict=True):
        wanted = d.sum(0, keepdims=True) if shape[0] == 1 else d
        np.testing.assert_allclose(found, sign * wanted, rtol=1e-5)


def test_batches_of_changing_sizes_in_one_function():
    x, y = K.placeholder((None, 2)), K.placeholder((None, 2))
    function = K.function([x, y], K.gradients(K.sum(x * y), [x, y]))
    shapes = [
        [r.shape for r in function([np.ones((n, 2)), np.ones((m, 2))])]
        for n, m in ((3, 3), (1, 3), (3, 1))
    ]
    assert shapes == [[(3, 2), (3, 2)], [(1, 2), (3, 2)], [(3, 2), (1, 2)]]


@pytest.mark.parametrize("n", [1, 4])
def test_variable_beside_a_batch(n):
    x, w = K.placeholder((None, 2)), K.variable(np.ones((1, 2)))
    found = K.function([x], K.gradients(K.sum(x * w), [w]))([np.ones((n, 2))])[0]
    np.testing.assert_array_equal(found, np.full((1, 2), n))


# Rules

SMOOTH = [
    lambda x: x**3,
    lambda x: K.pow(x + 3, 2.5),
    lambda x: K.pow(2.0, x),
    lambda x: K.pow(x + 3, x),
    lambda x: 1 / (x + 3),
    lambda x: x % 0.37,
    lambda x: -x * K.abs(x),
    lambda x: K.exp(x) + K.sin(x) * K.cos(x),
    lambda x: K.log(x + 3) * K.sqrt(x + 3),
    lambda x: K.sigmoid(x) * K.tanh(x) + K.softplus(x),
    lambda x: K.softmax(x) * x,
    lambda x: K.softmax(x, 0) * x,
    lambda x: K.logsumexp(x, 1) * x[:, 0],
    lambda x: K.relu(x, 0.1, 1.0, 0.05) * x,
    lambda x: K.elu(x, 0.7),
    lambda x: K.softsign(x),
    lambda x: K.hard_sigmoid(x) * x,
    lambda x: K.clip(x, -0.5, 0.5) * x,
    lambda x: K.minimum(x, 0.35) * K.maximum(x, 0.35),
    lambda x: K.switch(x > 0.35, x * x, -x),
    lambda x: K.mean(x, 0) * K.sum(x, 0),
    lambda x: K.var(x, 1) + K.std(x, 1),
    lambda x: K.max(x, 1) * K.min(x),
    lambda x: K.prod(x, 1) + K.prod(x),
    lambda x: K.prod(x * K.constant([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]], "float64"), 1),
    lambda x: K.cumsum(x, 1) * x,
    lambda x: K.cumprod(x, 1),
    lambda x: K.cumprod(x * K.constant([1.0, 0.0, 1.0], "float64"), 1),
    lambda x: K.reshape(x, (3, 2)) * 2 + K.transpose(x),
    lambda x: K.concatenate([x, x * x], 0) * K.concatenate([x * x, x], 0),
    lambda x: K.stack([x, x * 2], 1)[:, 0] * x,
    lambda x: x[:, 1:] * x[:, :-1],
    lambda x: x[0] * x[-1, ::-1],
    lambda x: x[..., None] * x[:, None],
    lambda x: K.reverse(x, 1) * x,
    lambda x: K.gather(x, [0, 0, 1]) ** 2,
    lambda x: K.tile(x, (2, 3)) ** 2,
    lambda x: K.repeat_elements(x, 3, 1) ** 2,
    lambda x: K.repeat(x, 2) ** 2,
    lambda x: K.expand_dims(x, 1) * K.expand_dims(x, 2),
    lambda x: K.squeeze(K.expand_dims(x, 0), 0) * x,
    lambda x: K.temporal_padding(K.expand_dims(x), (1, 2)) + 1,
    lambda x: K.dot(x, K.transpose(x)) ** 2,
    lambda x: K.dot(K.expand_dims(x, 0), K.transpose(x)) ** 2,
    lambda x: K.dot(x, K.reshape(x, (1, 3, 2))) ** 2,
    lambda x: K.dot(x, x[0]) ** 2,
    lambda x: K.batch_dot(x, x * x, 1),
    lambda x: K.batch_dot(K.expand_dims(x), K.expand_dims(x * x), 2),
    lambda x: x @ K.transpose(x * x),
    lambda x: K.l2_normalize(x, 1) * K.constant(MATRIX, "float64"),
    lambda x: K.cast(K.cast(x, "float64"), "float64") * x,
    lambda x: K.identity(K.print_tensor(x, "x =")) * x,
    lambda x: K.categorical_crossentropy(
        K.constant([[0, 1, 0], [1, 0, 0]], "float64"), K.softmax(x)
    ),
    lambda x: K.categorical_crossentropy(K.softmax(x), x, from_logits=True),
    lambda x: K.sparse_categorical_crossentropy(K.constant([1, 0], "int32"), K.softmax(x)),
    lambda x: K.binary_crossentropy(K.sigmoid(x), K.sigmoid(-x)),
    lambda x: K.binary_crossentropy(K.sigmoid(x), x, from_logits=True),
    lambda x: K.bias_add(x, x[0]),
    lambda x: K.normalize_batch_in_training(x, x[0], x[1], [0])[0],
]


@pytest.mark.parametrize("make", SMOOTH)
def test_rule(make):
    check(make)


@pytest.mark.parametrize("make", SMOOTH)
def test_rule_of_the_gradient(make):
    """Second order; what is linear piece by piece has none."""

    def slope(x):
        found = K.gradients(K.sum(make(x) * 1.7), [x])[0]
        return x * found

    check(slope)


@pytest.mark.parametrize("f", [K.relu, K.abs, K.sign])
def test_gradient_at_a_kink_is_zero(f):
    v = K.variable([0.0])
    assert by(K.sum(f(v)), v) == 0


@pytest.mark.parametrize("f", [K.max, K.min])
def test_equal_extrema_share_the_gradient(f):
    v = K.variable([1.0, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(by(f(v), v), [0.25] * 4)


@pytest.mark.parametrize("f", [K.maximum, K.minimum])
def test_equal_operands_share_the_gradient(f):
    v = K.variable([2.0])
    assert by(f(v, K.constant([2.0])), v) == 0.5


def test_rows_that_are_gathered_twice_add_up():
    v = K.variable(np.ones((3, 2)))
    np.testing.assert_array_equal(by(K.sum(K.gather(v, [1, 1, 2])), v), [[0, 0], [2, 2], [1, 1]])


# Loops and choices


def cell(x, states):
    new = K.tanh(x * 0.7 + states[0] * 0.5)
    return new * 2, [new]


def steps(x):
    """x as (batch 1, time 2, 3)."""
    return K.expand_dims(x, 0)


LOOPS = [
    lambda x: K.rnn(cell, steps(x), [x[:1]])[0],
    lambda x: K.rnn(cell, steps(x), [x[:1]])[1] ** 2,
    lambda x: K.rnn(cell, steps(x), [x[:1]])[2][0],
    lambda x: K.rnn(cell, steps(x), [x[:1]], go_backwards=True)[1] * steps(x),
    lambda x: K.rnn(cell, steps(x), [x[:1]], unroll=True)[1] * steps(x),
    lambda x: K.rnn(cell, steps(x), [x[:1]], mask=K.constant([[1.0, 0.0]]))[1] * steps(x),
    lambda x: K.rnn(cell, steps(x), [x[:1]], mask=K.constant([[0.0, 1.0]]))[0],
    lambda x: K.rnn(lambda t, s: (t * s[1] + x[0], [s[0]]), steps(x), [x[:1]], constants=[x[1:]])[
        1
    ],
    lambda x: K.rnn(lambda t, s: (t * K.exp(x[0]), s), steps(x), [])[1],
    lambda x: K.rnn(lambda t, s: (s[0] * s[1], [s[1], s[0] * t]), steps(x), [x[:1], x[1:]])[0],
    lambda x: K.map_fn(lambda row: K.sum(row) * row * x[0], x),
    lambda x: K.map_fn(lambda pair: pair[0] * K.sum(pair[1]), (x, x * x)),
    lambda x: K.map_fn(lambda row: [K.sum(row), row * 2], x)[0] ** 2,
    lambda x: K.map_fn(lambda i: x[i] * x[1 - i], K.arange(2), dtype="float64"),
    lambda x: K.foldl(lambda total, row: total * row, x),
    lambda x: K.foldl(lambda total, row: total + row * total, x, K.sum(x, 0)),
    lambda x: K.foldr(lambda total, row: K.sin(total) * row, x),
    lambda x: K.map_fn(lambda row: K.foldl(lambda a, b: a * b + K.sum(x), row), x),
    lambda x: K.rnn(
        lambda t, s: (K.map_fn(lambda r: K.sin(r) * s[0][0, 0], t), [s[0] * t]), steps(x), [x[:1]]
    )[1],
    lambda x: K.switch(K.sum(x) > 0, lambda: x * x, lambda: x),
    lambda x: K.switch(K.sum(x) < 0, lambda: x * x, lambda: K.sin(x) * x),
    lambda x: K.switch(
        K.sum(x) > 0, lambda: K.switch(x[0, 0] > 9, lambda: x, lambda: x * x), lambda: x
    ),
    lambda x: K.switch(K.sum(x, 1) > 0.5, x * x, K.exp(x)),
    lambda x: K.map_fn(lambda r: K.switch(r[0] > 0.5, lambda: r * r, lambda: K.exp(r)), x),
    lambda x: K.in_train_phase(x * x * 99, lambda: x * x),
    lambda x: K.in_test_phase(x * x, x),
]


@pytest.mark.parametrize("make", LOOPS)
def test_gradient_through_a_loop_or_choice(make):
    check(make)


@pytest.mark.parametrize("make", LOOPS)
def test_gradient_of_the_gradient_through_a_loop_or_choice(make):
    check(lambda x: x * K.gradients(K.sum(K.sin(make(x))), [x])[0])


def test_by_the_outputs_of_a_loop(v):
    outputs = K.rnn(cell, K.expand_dims(v, 0), [v[:1]])[1]
    np.testing.assert_allclose(by(K.sum(K.square(outputs)), outputs), 2 * K.eval(outputs))


def test_by_the_result_of_a_choice():
    v = K.variable(2.0)
    y = K.switch(v > 0, lambda: v * v, lambda: v)
    first, second = K.gradients(3 * y, [y, v])
    assert (K.eval(first), K.eval(second)) == (3, 12)


def test_two_gradients_through_one_loop_add_up(v):
    last, outputs, _ = K.rnn(cell, K.expand_dims(v, 0), [v[:1]])
    a, b = K.gradients(outputs, [v])[0], K.gradients(last, [v])[0]
    both = K.gradients([outputs, last], [v])[0]
    a, b, both = K.function([], [a, b, both])([])
    np.testing.assert_allclose(a + b, both)


def test_function_of_before_a_gradient_works_on():
    """The gradient makes the loop keep more; a function that is compiled later must not mind."""
    x = K.placeholder((1, None, 2))
    outputs = K.rnn(cell, x, [K.zeros((1, 2))])[1]
    function = K.function([x], [outputs])
    K.gradients(K.sum(outputs), [x])
    assert function([np.ones((1, 4, 2))])[0].shape == (1, 4, 2)


def test_weights_captured_by_a_loop():
    w = K.variable(np.eye(3) * 0.5, "float64")
    x = K.constant(MATRIX[None], "float64")

    def loss(w):
        def step(t, states):
            new = K.tanh(K.dot(t, w) + states[0])
            return new, [new]

        return K.rnn(step, x, [K.zeros((1, 3), "float64")])[1]

    found = by(K.sum(loss(w)), w)
    np.testing.assert_allclose(found, differences(loss, np.eye(3) * 0.5), rtol=1e-6)


def test_training_phase_has_a_gradient_of_its_own():
    x = K.placeholder((2, 3))
    result = K.in_train_phase(lambda: 5 * x, lambda: 7 * x)
    function = K.function([x, K.learning_phase()], K.gradients(K.sum(result), [x]))
    assert [function([MATRIX, phase])[0][0, 0] for phase in (0, 1)] == [7, 5]


def test_dropout_uses_one_mask_for_both_directions():
    v = K.variable(np.ones(1000))
    y = K.dropout(v, 0.5)
    value, gradient = K.function([], [y, K.gradients(K.sum(y), [v])[0]])([])
    np.testing.assert_array_equal(value, gradient)


def test_print_tensor_prints_once(capsys, v):
    y = K.print_tensor(v, "v =")
    K.function([], [K.sum(y), *K.gradients(K.sum(K.square(y)), [v])])([])
    assert capsys.readouterr().out.count("v =") == 1
