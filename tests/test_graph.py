"""Recording: nodes, static shapes and values, uniform tensors, constants."""

import numpy as np
import pytest

import kswitch
from kswitch import declare
from kswitch.graph import record, values
from kswitch.graph.random import Seed
from kswitch.graph.walk import inputs, postorder

K = kswitch.load_backend("numpy")
F = K._functions
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


def placeholder(dtype, shape=(2, 3)):
    return K.placeholder(shape, dtype=dtype)


def static(x):
    """What is known of an integer tensor before anything runs: None for what is not."""
    return None if x.static is None else [values.known(v) for v in np.ravel(x.static)]


# Nodes


def test_node_has_its_op():
    assert K.tanh(placeholder("float32")).op is declare.OPS["tanh"]


def test_node_has_its_inputs():
    x, y = placeholder("float32"), placeholder("float32")
    assert [id(i) for i in (x + y).inputs] == [id(x), id(y)]


def test_python_scalars_are_no_inputs():
    x = placeholder("float32")
    assert (2.0 * x).inputs == (x,)


def test_python_scalars_stay_literals():
    assert (placeholder("float32") * 2).args[1] == 2


@pytest.mark.parametrize("number", [np.float32(2), np.float64(2), np.array(2.0)])
def test_numpy_scalars_become_literals(number):
    assert type((placeholder("float32") * number).args[1]) is float


def test_arrays_become_constants():
    assert (placeholder("float32") * MATRIX).args[1].op.name == "constant_"


def test_serial_numbers_grow():
    x = placeholder("float32")
    y = x + 1
    assert y.serial > x.serial


def test_inputs_come_before_what_needs_them():
    x = placeholder("float32")
    y = x + 1
    z = x * y
    assert [id(n) for n in postorder([z], inputs, ())] == [id(x), id(y), id(z)]


def test_walk_stops_at_what_is_known():
    x = placeholder("float32")
    y = x + 1
    z = y * 2
    assert postorder([z], inputs, {id(y)}) == [z]


def test_walk_visits_a_node_once():
    x = placeholder("float32")
    assert len(postorder([x + x, x], inputs, ())) == 2


def test_seed_is_drawn_from_numpy():
    np.random.seed(3)
    first = Seed().seed
    np.random.seed(3)
    assert Seed().seed == first


def test_seed_is_kept():
    assert Seed(7).seed == 7


def test_list_argument_may_be_changed_afterwards():
    axes = [1]
    total = K.sum(K.variable(MATRIX), axes)
    axes.append(0)
    np.testing.assert_array_equal(K.eval(total), MATRIX.sum(1))


def test_inside_of_a_loop_has_no_value_outside():
    inside = []
    K.map_fn(lambda row: inside.append(row * 2) or row, K.variable(MATRIX))
    with pytest.raises(
        ValueError, match="belongs to the inside of a loop or branch and has no value outside"
    ):
        K.eval(inside[0])


# Static shapes


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((None, 3), (None, 3), (None, 3)),
        ((None, 3), (3,), (None, 3)),
        ((None, 3), (2, 3), (2, 3)),
        ((None, 3), (1, 3), (None, 3)),
        ((None, None), (None, 10), (None, 10)),
        ((2, 1), (1, 3), (2, 3)),
        ((), (None, 3), (None, 3)),
        ((None, 1), (None, 5), (None, 5)),
        ((2, 3, 4), (3, 1), (2, 3, 4)),
    ],
)
def test_broadcast_shape(first, second, wanted):
    assert (placeholder("float32", first) + placeholder("float32", second)).shape == wanted


def test_shapes_that_do_not_broadcast():
    with pytest.raises(
        ValueError, match=r"add\(\): the shapes \(2, 3\) and \(4,\) do not broadcast\."
    ):
        placeholder("float32") + placeholder("float32", (4,))


def test_mistake_raises_where_it_was_made():
    with pytest.raises(
        ValueError, match=r"dot\(\): the shapes \(None, 3\) and \(4, 5\) do not match"
    ):
        K.dot(K.placeholder((None, 3)), K.variable(np.ones((4, 5))))


# Symbolic sizes in shapes

X = K.placeholder((None, 4))
IMAGES = K.placeholder((None, None, 6, 3))


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: K.reshape(X, (K.shape(X)[0], 2, 2)), (None, 2, 2)),
        (lambda: K.reshape(X, (K.shape(X)[0], K.shape(X)[1])), (None, 4)),
        (lambda: K.reshape(X, (-1, K.shape(X)[1] // 2)), (None, 2)),
        (lambda: K.reshape(X, K.stack([K.shape(X)[0], 2, 2])), (None, 2, 2)),
        (lambda: K.reshape(X, K.concatenate([K.shape(X)[:1], [2, 2]], 0)), (None, 2, 2)),
        (lambda: K.reshape(X, K.shape(X)), (None, 4)),
        (lambda: K.reshape(X, [-1]), (None,)),
        (lambda: K.reshape(IMAGES, (-1, K.shape(IMAGES)[1], 18)), (None, None, 18)),
        (lambda: K.reshape(IMAGES, (-1, K.shape(IMAGES)[2] * K.shape(IMAGES)[3])), (None, 18)),
        (
            lambda: K.reshape(IMAGES, (K.shape(IMAGES)[0], -1, K.prod(K.shape(IMAGES)[2:]))),
            (None, None, 18),
        ),
        (lambda: K.tile(K.zeros((1, 3)), [K.shape(X)[0], 1]), (None, 3)),
        (lambda: K.tile(K.zeros((1, 3)), [K.shape(X)[1], 1]), (4, 3)),
        (lambda: K.tile(K.zeros((1, 3)), K.stack([K.shape(X)[0], 2])), (None, 6)),
        (lambda: K.zeros((K.shape(X)[0], 5)), (None, 5)),
        (lambda: K.ones(K.stack([K.shape(X)[0], 5])), (None, 5)),
        (lambda: K.zeros(K.shape(X)), (None, 4)),
        (lambda: K.random_normal((K.shape(X)[0], 5)), (None, 5)),
        (lambda: K.random_uniform(K.shape(X)), (None, 4)),
        (lambda: K.arange(K.shape(X)[1]), (4,)),
        (lambda: K.arange(K.shape(X)[0]), (None,)),
        (lambda: K.arange(1, K.shape(X)[1], 2), (2,)),
        (lambda: K.one_hot(K.zeros((5,), "int32"), K.shape(X)[1]), (5, 4)),
        (lambda: K.repeat(X, K.shape(X)[1]), (None, 4, 4)),
        (lambda: K.zeros((9, 9))[: K.shape(X)[1]], (4, 9)),
        (lambda: K.zeros((9, 9))[K.shape(X)[1] - 1 :], (6, 9)),
        (lambda: K.zeros((9, 9))[..., : K.shape(X)[0]], (9, None)),
        (lambda: K.slice(X, [0, 1], [-1, 2]), (None, 2)),
        (lambda: K.slice(X, [0, 1], [K.shape(X)[0], K.shape(X)[1] - 1]), (None, 3)),
        (lambda: X[K.shape(X)[0] - 1], (4,)),
        (lambda: K.reshape(X, (K.shape(X)[0], np.int64(4))), (None, 4)),
        (lambda: K.reshape(X, (K.int_shape(X)[0] or -1, 4)), (None, 4)),
        (lambda: K.expand_dims(X)[:, :, 0], (None, 4)),
        (lambda: K.batch_flatten(IMAGES[:, 0]), (None, 18)),
        (lambda: K.batch_flatten(IMAGES), (None, None)),
    ],
)
def test_shape_made_of_sizes(make, wanted):
    assert make().shape == wanted


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: K.reshape(X, (K.shape(X)[0] * 2, 2)), (10, 2)),
        (lambda: K.reshape(X, (K.shape(X)[0] // 5, 5, 2, 2)), (1, 5, 2, 2)),
        (lambda: K.tile(K.zeros((1, 3)), [K.shape(X)[0], 1]), (5, 3)),
        (lambda: K.tile(X, K.stack([2, K.shape(X)[0]])), (10, 20)),
        (lambda: K.zeros((K.shape(X)[0], 5)), (5, 5)),
        (lambda: K.random_normal((K.shape(X)[0], 2)), (5, 2)),
        (lambda: K.arange(K.shape(X)[0]), (5,)),
        (lambda: K.arange(K.shape(X)[0], 0, -1), (5,)),
        (lambda: K.one_hot(K.arange(3), K.shape(X)[0]), (3, 5)),
        (lambda: K.zeros((9, 9))[: K.shape(X)[0], K.shape(X)[0] :], (5, 4)),
        (lambda: K.zeros((9, 9))[-K.shape(X)[0] :], (5, 9)),
        (lambda: K.zeros(K.shape(X) * 2), (10, 8)),
        (lambda: K.zeros(K.shape(X)[::-1]), (4, 5)),
        (lambda: K.zeros(K.reverse(K.shape(X), 0)), (4, 5)),
        (lambda: K.zeros(K.maximum(K.shape(X), 4)), (5, 4)),
        (lambda: K.zeros(K.cast(K.cast(K.shape(X), "float32") * 2.0, "int32")), (10, 8)),
        (lambda: K.zeros((K.prod(K.shape(X)),)), (20,)),
        (lambda: K.zeros((K.size(X), 1)), (20, 1)),
        (lambda: K.zeros((K.sum(K.shape(X)), 1)), (9, 1)),
        (lambda: K.zeros((K.max(K.shape(X)), 1)), (5, 1)),
        (lambda: K.zeros((K.cast(K.sum(X * 0) + 3, "int32"), 1)), (3, 1)),
        (lambda: K.zeros((K.switch(K.shape(X)[0] > 3, K.shape(X)[0], K.shape(X)[1]), 1)), (5, 1)),
        (lambda: K.zeros((K.abs(2 - K.shape(X)[0]), 1)), (3, 1)),
        (lambda: K.zeros((K.shape(X)[0] % 2 + 1, 1)), (2, 1)),
        (lambda: K.zeros((K.squeeze(K.shape(X)[:1], 0), 1)), (5, 1)),
        (lambda: K.zeros((K.gather(K.shape(X), 0), 1)), (5, 1)),
        (lambda: K.zeros((K.pow(K.shape(X)[0], 2), 1)), (25, 1)),
        (lambda: K.zeros((K.square(K.shape(X)[0]), 1)), (25, 1)),
        (lambda: K.repeat_elements(X, 2, 0)[: K.shape(X)[0] + 1], (6, 4)),
    ],
)
def test_value_has_the_shape_made_of_sizes(make, shape):
    result = make()
    assert K.function([X], [result])([np.ones((5, 4))])[0].shape == shape


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda n: n * 0.5, 2.5),
        (lambda n: K.cast(n, "float32") / 2, 2.5),
        (lambda n: n / 2, 2.5),
        (lambda n: 10 / n, 2),
        (lambda n: K.sqrt(K.cast(n * n, "float32")), 5),
        (lambda n: K.cast(n > 3, "float32"), 1),
        (lambda n: K.cast(n, "float64") ** 2, 25),
        (lambda n: n // 2, 2),
        (lambda n: -n, -5),
        (lambda n: K.sum(X) / K.cast(n, "float32"), 4),
        (lambda n: K.minimum(n, 3), 3),
        (lambda n: K.clip(n, 0, 3), 3),
        (lambda n: K.stack([n, n]), [5, 5]),
        (lambda n: K.equal(n, 5), True),
        (lambda n: K.cast(K.expand_dims(n, 0), "float32") * [1.0, 2.0], [5, 10]),
    ],
)
def test_arithmetic_with_a_size(make, wanted):
    result = make(K.shape(X)[0])
    np.testing.assert_array_equal(K.function([X], [result])([np.ones((5, 4))])[0], wanted)


@pytest.mark.parametrize("shape", [(2.0, 2), (2.5, 2), ("2", 2)])
def test_size_that_is_no_integer(shape):
    with pytest.raises(TypeError, match="expected an integer, got"):
        K.reshape(X, shape)


def test_symbolic_size_that_is_no_integer():
    with pytest.raises(
        TypeError, match=r"expected an integer, got <Tensor 'divide_.*: use K\.cast\(x, 'int32'\)"
    ):
        K.reshape(X, (K.shape(X)[0] / 2, 8))


def test_shape_tensor_of_unknown_length():
    with pytest.raises(ValueError, match="a shape must have rank 1 and a known length"):
        K.reshape(X, K.placeholder((None,), dtype="int32"))


def test_shape_tensor_of_another_rank():
    with pytest.raises(ValueError, match="a shape must have rank 1 and a known length"):
        K.zeros(K.placeholder((2, 2), dtype="int32"))


# Static values


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: K.shape(X), [None, 4]),
        (lambda: K.shape(X)[0], [None]),
        (lambda: K.shape(X)[1], [4]),
        (lambda: K.shape(X)[-1] + 1, [5]),
        (lambda: 2 * K.shape(X), [None, 8]),
        (lambda: K.shape(X) - 1, [None, 3]),
        (lambda: 9 // K.shape(X)[1], [2]),
        (lambda: K.shape(X)[1] % 3, [1]),
        (lambda: -K.shape(X), [None, -4]),
        (lambda: K.maximum(K.shape(X), 5), [None, 5]),
        (lambda: K.minimum(K.shape(X), 3), [None, 3]),
        (lambda: K.shape(X)[1:], [4]),
        (lambda: K.shape(X)[::-1], [4, None]),
        (lambda: K.shape(X)[K.shape(X)[1] - 3], [4]),
        (lambda: K.stack([K.shape(X)[0], 7]), [None, 7]),
        (lambda: K.concatenate([K.shape(X), [2, 3]], 0), [None, 4, 2, 3]),
        (lambda: K.prod(K.shape(X)), [None]),
        (lambda: K.prod(K.shape(X)[1:]), [4]),
        (lambda: K.sum(K.shape(IMAGES)[2:]), [9]),
        (lambda: K.cast(K.shape(X), "int64"), [None, 4]),
        (lambda: K.cast(K.shape(X), "float32"), None),
        (lambda: K.identity(K.shape(X)), [None, 4]),
        (lambda: K.reshape(K.shape(X), (2,)), [None, 4]),
        (lambda: K.expand_dims(K.shape(X)[1], 0), [4]),
        (lambda: K.squeeze(K.shape(X)[1:], 0), [4]),
        (lambda: K.size(X), [None]),
        (lambda: K.size(K.zeros((2, 3))), [6]),
        (lambda: K.constant([2, 3], "int32"), [2, 3]),
        (lambda: K.shape(X)[0] // 0, [None]),
        (lambda: K.shape(X)[1] // 0, None),
        (lambda: K.shape(X) / 2, None),
        (lambda: K.shape(X)[None], None),
    ],
)
def test_static_values(make, wanted):
    assert static(make()) == wanted


def test_folded_integers_are_constants():
    source = K.function([X], [K.sum(X) * K.cast(K.prod(K.shape(X)[1:]), "float32")]).source
    assert "shape" not in source


def test_unknown_absorbs_arithmetic():
    assert values.UNKNOWN + 1 is values.UNKNOWN
    assert 3 // values.UNKNOWN is values.UNKNOWN


# Uniform tensors


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda: K.ones_like(X), 1),
        (lambda: K.ones_like(X) * 3, 3),
        (lambda: 3 - K.ones_like(X), 2),
        (lambda: K.ones_like(X) / 4, 0.25),
        (lambda: -K.ones_like(X), -1),
        (lambda: K.cast(K.ones_like(X), "float64"), 1.0),
        (lambda: K.expand_dims(K.ones_like(X)), 1),
        (lambda: K.reshape(K.ones_like(X), (-1,)), 1),
        (lambda: K.transpose(K.ones_like(X)), 1),
        (lambda: K.ones_like(X) / 0, None),
        (lambda: X * 0, None),
        (lambda: K.ones_like(X) + X, None),
        (lambda: K.zeros((K.shape(X)[0], 2)), 0),
        (lambda: K.constant(3.0), 3.0),
        (lambda: K.shape(X)[1], 4),
    ],
)
def test_uniform_value(make, wanted):
    assert make().uniform == wanted


def test_uniform_value_can_be_a_scalar_tensor():
    n = K.cast(K.shape(X)[0], "float32")
    assert (K.ones_like(X) * n).uniform is not None


# Constants


@pytest.mark.parametrize(
    "value", [object(), "text", {"a": 1}, None], ids=["object", "text", "dict", "None"]
)
def test_what_no_tensor_can_be_made_of(value):
    with pytest.raises(TypeError, match="expected a tensor, an array or a number"):
        record.as_array(value)


def test_ragged_list_is_no_array():
    with pytest.raises(TypeError, match=r"no tensor can be made of \[\[1\], \[1, 2\]\]"):
        record.as_array([[1], [1, 2]])


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([1.0], "float32"),
        ([1], "int32"),
        ([True], "bool"),
        (np.ones(1), "float64"),
        (np.float16(1), "float16"),
    ],
    ids=repr,
)
def test_dtype_of_an_array_that_is_made(value, wanted):
    assert record.as_array(value).dtype == wanted


def test_list_with_a_tensor_is_stacked():
    x = K.variable(1.5)
    np.testing.assert_array_equal(K.eval(K.softplus([x, 0.0]) * 0 + [x, 1.0]), [1.5, 1.0])


def test_symbolic_ints_and_numbers_are_stacked():
    assert static(K.stack([K.shape(X)[0], 1, np.int64(2)])) == [None, 1, 2]
