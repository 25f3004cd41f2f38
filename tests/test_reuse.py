"""Programs write over operands and variables, and nobody can tell but by the time it takes."""

import numpy as np
import pytest

import kswitch
from kswitch.compile import optimizations
from kswitch.graph.walk import inputs, postorder

K = kswitch.load_backend("numpy")
F = K._functions
SQUARE = np.arange(9, dtype="float32").reshape(3, 3)


@pytest.fixture(autouse=True, params=[(), ("fused",), ("fused", "in_place")], ids="-".join)
def without(request, monkeypatch):
    """All of it, with optimisations left out one after the other."""
    monkeypatch.setattr(optimizations, "ENABLED", optimizations.ENABLED.difference(request.param))


@pytest.fixture
def v():
    return K.variable(SQUARE)


@pytest.fixture
def w():
    return K.variable(SQUARE + 100)


def run(updates, outputs=()):
    """The outputs of one call that performs updates."""
    return K.function([], list(outputs), updates)([])


def check(updates):
    """Performs pairs (variable, new value): the values are those that K.eval gives before."""
    wanted = [K.eval(new) for _, new in updates]
    run(updates)
    for (variable, _), value in zip(updates, wanted, strict=True):
        np.testing.assert_allclose(K.get_value(variable), value, rtol=1e-6)


# Updates see the old state


@pytest.mark.parametrize(
    "make",
    [
        lambda v, w: [(v, w), (w, v)],
        lambda v, w: [(v, w + 1), (w, v + 1)],
        lambda v, w: [(v, w * 2), (w, v - w)],
        lambda v, w: [(v, v + 1), (w, v + 1)],
        lambda v, w: [(v, (v + 1) * 2), (w, v + 1)],
        lambda v, w: [(w, v + 1), (v, (v + 1) * 2)],
        lambda v, w: [(v, (w + 1) * (v + 1)), (w, v + 1)],
        lambda v, w: [(v, v * w), (w, v * w)],
        lambda v, w: [(v, v - 0.5 * w), (w, w - 0.5 * v)],
        lambda v, w: [(v, 0.9 * v - 0.1 * w), (w, w + (0.9 * v - 0.1 * w))],
    ],
)
def test_two_variables_that_read_each_other(make, v, w):
    check(make(v, w))


@pytest.mark.parametrize(
    "view",
    [
        K.transpose,
        K.identity,
        lambda x: x[::-1],
        lambda x: x[:, ::-1],
        lambda x: x[0],
        lambda x: K.reshape(x, (3, 3)),
        lambda x: K.reverse(x, 1),
        lambda x: K.expand_dims(x[1], 0),
        lambda x: K.stop_gradient(K.transpose(x)),
        lambda x: K.clip(x, None, None),
        lambda x: K.permute_dimensions(K.permute_dimensions(x, (1, 0)), (1, 0)),
        lambda x: K.foldl(lambda total, row: total, x[:1], x),
        lambda x: K.rnn(lambda t, s: (t, s), K.zeros((3, 1, 3)), [x])[2][0],
        lambda x: K.switch(K.sum(x) > 1e9, lambda: x * 1.5, lambda: x),
    ],
)
def test_view_of_a_variable_that_is_updated_first(view, v, w):
    check([(v, v * 2 + 1), (w, w * 0 + view(v) * 3)])


@pytest.mark.parametrize(
    "new",
    [
        K.transpose,
        K.identity,
        lambda x: x,
        lambda x: x[::-1],
        lambda x: K.clip(x, 2, 4),
        lambda x: K.clip(x - 1, 2, 4),
        lambda x: K.clip(x - 1, 2, 4) * 2,
        lambda x: K.clip(x, 2, None) + x,
        lambda x: K.cast(K.cast(x, "float64"), "float32"),
        lambda x: K.maximum(x - 3, 0),
        lambda x: K.transpose(x + 1),
        lambda x: (x + 1)[::-1] * x,
        lambda x: x - K.mean(x),
        lambda x: x - K.transpose(x),
        lambda x: x / K.sqrt(K.sum(K.square(x)) + 1),
        lambda x: K.square(x) + x * x,
        lambda x: 1 - x,
        lambda x: 1 / (x + 1),
        lambda x: x * 0 + 7,
        lambda x: K.constant(SQUARE * 2),
        lambda x: K.zeros_like(x),
        lambda x: K.zeros_like(x) + x[0],
        lambda x: K.softmax(x),
        lambda x: K.dot(x, x),
        lambda x: -x,
        lambda x: x**2,
        lambda x: K.switch(K.sum(x) > 0, lambda: x * 2, lambda: x),
        lambda x: K.foldl(lambda total, row: total + row, K.reshape(x, (3, 3)), x),
    ],
)
def test_new_value_made_of_the_old_one(new, v):
    check([(v, new(v))])


@pytest.mark.parametrize("dtype", ["int32", "int64", "float64", "float16", "bool"])
def test_variable_of_another_dtype(dtype):
    v = K.variable(np.ones(3), dtype)
    check([(v, K.cast(v * 3 - 1, dtype))])


def test_scalar_variable():
    v = K.variable(2.0)
    check([(v, v * 3 + 1)])


def test_update_casts_to_the_variable(v):
    run([K.update(v, K.constant(SQUARE * 2, "int32"))])
    np.testing.assert_array_equal(K.get_value(v), SQUARE * 2)


def test_first_update_of_a_variable_wins(v):
    run([(v, v + 1), (v, v + 2)])
    np.testing.assert_array_equal(K.get_value(v), SQUARE + 1)


def test_momentum_chain(v):
    moment, rate = K.variable(np.zeros((3, 3))), K.variable(0.5)
    gradient = K.gradients(K.sum(K.square(v)), [v])[0]
    step = 0.9 * moment - rate * gradient
    function = K.function([], [K.sum(v)], [(moment, step), (v, v + step), (rate, rate * 0.5)])
    value, velocity, size = SQUARE.astype("float64"), 0.0, 0.5
    for _ in range(4):
        assert function([])[0] == pytest.approx(value.sum(), rel=1e-5)
        velocity = 0.9 * velocity - size * 2 * value
        value = value + velocity
        size *= 0.5
    np.testing.assert_allclose(K.get_value(v), value, rtol=1e-5)


def test_adam_step(v):
    first, second, count = K.zeros((3, 3)), K.zeros((3, 3)), K.variable(0, "int64")
    gradient = K.gradients(K.sum(K.square(v)), [v])[0]
    t = K.cast(count, "float32") + 1
    rate = 0.1 * K.sqrt(1 - K.pow(0.999, t)) / (1 - K.pow(0.9, t))
    m, s = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * K.square(gradient)
    function = K.function(
        [],
        [],
        [K.update_add(count, 1), (first, m), (second, s), (v, v - rate * m / (K.sqrt(s) + 1e-7))],
    )
    value, a, b = SQUARE.astype("float64"), 0.0, 0.0
    for n in range(1, 5):
        function([])
        g = 2 * value
        a, b = 0.9 * a + 0.1 * g, 0.999 * b + 0.001 * g**2
        value = value - 0.1 * np.sqrt(1 - 0.999**n) / (1 - 0.9**n) * a / (np.sqrt(b) + 1e-7)
    np.testing.assert_allclose(K.get_value(v), value, rtol=1e-4)


# Outputs


@pytest.mark.parametrize(
    "output",
    [
        lambda v: v,
        K.transpose,
        K.identity,
        lambda v: v[0],
        lambda v: v + 1,
        lambda v: v * 2 + 1,
        lambda v: K.clip(v, 0, 100),
        lambda v: K.switch(K.sum(v) > 0, lambda: v, lambda: v + 1),
    ],
)
def test_output_is_of_the_old_state(output, v):
    result = output(v)
    wanted = K.eval(result)
    np.testing.assert_array_equal(run([(v, v * 2 + 1)], [result])[0], wanted)


@pytest.mark.parametrize(
    "output", [lambda v: v, K.transpose, K.identity, lambda v: v[0], lambda v: v + 1]
)
def test_output_does_not_change_with_the_variable(output, v):
    function = K.function([], [output(v)], [(v, v + 1)])
    first = function([])[0]
    kept = first.copy()
    function([])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    "output", [lambda v: v, K.transpose, K.identity, lambda v: v[0], lambda v: v + 1]
)
def test_writing_into_an_output_harms_nobody(output, v):
    function = K.function([], [output(v)])
    function([])[0][...] = 77
    np.testing.assert_array_equal(K.get_value(v), SQUARE)


def test_writing_into_a_constant_output_harms_nobody():
    function = K.function([], [K.constant(SQUARE)])
    function([])[0][...] = 77
    np.testing.assert_array_equal(function([])[0], SQUARE)


@pytest.mark.parametrize("output", [K.identity, K.transpose, lambda x: x + 1, lambda x: x * 2 + 1])
def test_feeds_are_left_alone(output):
    x = K.placeholder((3, 3))
    array = SQUARE.copy()
    K.function([x], [output(x)])([array])[0][...] = 77
    np.testing.assert_array_equal(array, SQUARE)


def test_update_does_not_keep_the_feed(v):
    x = K.placeholder((3, 3))
    array = SQUARE + 5
    K.function([x], [], [(v, x)])([array])
    array[...] = 77
    np.testing.assert_array_equal(K.get_value(v), SQUARE + 5)


def test_update_with_the_feed_as_both_values(v, w):
    x = K.placeholder((3, 3))
    K.function([x], [], [(v, x), (w, x)])([SQUARE + 5])
    run([(v, v + 1)])
    np.testing.assert_array_equal(K.get_value(w), SQUARE + 5)


def test_value_got_before_stays(v):
    before = K.get_value(v)
    run([(v, v + 1)])
    np.testing.assert_array_equal(before, SQUARE)


# A call that fails


@pytest.mark.parametrize(
    "fail",
    [
        lambda x: K.reshape(x, (2, -1)),
        lambda x: K.dot(K.zeros((1, 4)), x),
        lambda x: K.gather(x, [9]),
        lambda x: x + K.zeros((4, 3)),
    ],
)
def test_a_call_that_fails_leaves_all_variables(fail, v, w):
    x = K.placeholder((None, 3))
    function = K.function([x], [K.sum(fail(x))], [(v, v * 2), (w, w + K.sum(x))])
    with pytest.raises((ValueError, IndexError)):
        function([SQUARE])
    np.testing.assert_array_equal(K.get_value(v), SQUARE)
    np.testing.assert_array_equal(K.get_value(w), SQUARE + 100)


def test_an_update_that_fails_leaves_all_variables(v, w):
    x = K.placeholder((None, 3))
    function = K.function([x], [], [(v, v * 2), (w, w + K.dot(x, w))])
    with pytest.raises(ValueError, match="broadcast"):
        function([SQUARE[:2]])
    np.testing.assert_array_equal(K.get_value(v), SQUARE)


# Random programs

UNARY = [
    K.tanh,
    K.transpose,
    K.identity,
    K.stop_gradient,
    K.abs,
    lambda x: -x,
    lambda x: x[::-1],
    lambda x: K.reshape(K.reshape(x, (9,)), (3, 3)),
    lambda x: K.clip(x, -1.0, 1.0),
    lambda x: x + x[1],
    lambda x: x - K.mean(x, 0, True),
    lambda x: K.cast(K.cast(x, "float64"), "float32"),
    lambda x: K.expand_dims(x[0], 1) * x,
    lambda x: x * 0.5,
    lambda x: 1.5 - x,
    lambda x: K.maximum(x, 0.25),
    lambda x: K.concatenate([x[1:], x[:1]], 0),
    lambda x: K.squeeze(K.stack([x, x])[:1], 0),
    lambda x: K.switch(K.sum(x) > 0, lambda: x, lambda: -x),
    lambda x: K.foldl(lambda a, b: a * 0.5 + b, x, x),
    lambda x: K.map_fn(lambda row: row - row[0], x),
]
BINARY = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / (1.0 + K.square(y)),
    K.maximum,
    K.minimum,
    lambda x, y: K.dot(x, y) * 0.1,
    lambda x, y: K.switch(x > y, x, y),
    lambda x, y: K.switch(K.sum(x) > K.sum(y), lambda: x + 1, lambda: y),
]


def program(seed):
    """A random program: placeholders, variables, outputs and updates."""
    rng = np.random.default_rng(seed)
    feeds = [K.placeholder((3, 3)), K.placeholder((None, 3))]
    variables = [K.variable(rng.normal(size=(3, 3))) for _ in range(3)]
    values = [*feeds, *variables]

    def pick(choices):
        return choices[rng.integers(len(choices))]

    for _ in range(rng.integers(4, 16)):
        if rng.random() < 0.5:
            x = pick(values[-6:])
            values.append(pick(UNARY)(K.reshape(x, (3, 3)) if x.shape[0] is None else x))
        else:
            values.append(pick(BINARY)(pick(values[-6:]), pick(values[-6:])))
    if rng.random() < 0.3:
        gradient = K.gradients(K.sum(values[-1]), [pick(variables)])[0]
        values.extend([] if gradient is None else [gradient])
    outputs = [pick(values) for _ in range(rng.integers(0, 3))]
    updated = [v for v in variables if rng.random() < 0.8]
    updates = [(v, pick(values)) for v in updated]
    return feeds, variables, outputs, updates


def naive(outputs, known):
    """The values of tensors, node by node and each in memory of its own; known: id -> value."""
    known = dict(known)
    for node in postorder(list(outputs), inputs, known):
        if type(node) is F.Variable:
            known[id(node)] = K.get_value(node)
        else:
            known[id(node)] = compute(node, known)
    return [known[id(x)] for x in outputs]


def compute(node, known):
    if node.op.name == "constant_":
        return node.args[0]
    if node.op.name == "item":
        return known[id(node.args[0])][node.args[1]]
    if node.op.name == "cond":
        predicate, then, otherwise = node.args
        return naive((then if known[id(predicate)] else otherwise).outputs, known)
    if node.op.name == "scan":
        return scan(node, known)
    result = F.kernel(node.op.name)(*[plain(a, known) for a in node.args])
    return np.array(result)


def scan(node, known):
    step, xs, init, _, reverse = node.args
    states, rows = [known[id(x)] for x in init], []
    columns = [known[id(x)] for x in xs]
    order = range(len(columns[0]))
    for t in reversed(order) if reverse else order:
        given = dict(zip(map(id, step.params), [*states, *[c[t] for c in columns]], strict=True))
        results = naive(step.outputs, known | given)
        states = results[: len(init)]
        rows.append(results[len(init) :])
    rows = rows[::-1] if reverse else rows
    return [*states, *[np.stack(c) for c in zip(*rows, strict=True)]]


def plain(value, known):
    """An argument with values in the place of tensors."""
    if type(value) in F.SYMBOLIC:
        return known[id(value)]
    if isinstance(value, tuple):
        return tuple(plain(x, known) for x in value)
    if isinstance(value, slice):
        return slice(*(plain(x, known) for x in (value.start, value.stop, value.step)))
    return value


@pytest.mark.parametrize("seed", range(250))
def test_random_program_gives_what_a_naive_evaluation_gives(seed):
    feeds, variables, outputs, updates = program(seed)
    function = K.function(feeds, outputs, updates)
    rng = np.random.default_rng(seed)
    for _ in range(2):
        arrays = [rng.normal(size=(3, 3)).astype("float32") for _ in feeds]
        known = dict(zip(map(id, feeds), arrays, strict=True))
        with np.errstate(all="ignore"):
            wanted = naive([*outputs, *[new for _, new in updates]], known)
        state = {id(v): K.get_value(v) for v in variables}
        state |= {id(v): new for (v, _), new in zip(updates, wanted[len(outputs) :], strict=True)}
        given = [a.copy() for a in arrays]
        results = function(given)
        for found, value in zip(results, wanted, strict=False):
            np.testing.assert_allclose(found, value, 1e-4, 1e-4, err_msg=function.source)
        for variable in variables:
            np.testing.assert_allclose(
                K.get_value(variable), state[id(variable)], 1e-4, 1e-4, err_msg=function.source
            )
        for array, before in zip(given, arrays, strict=True):
            np.testing.assert_array_equal(array, before)
