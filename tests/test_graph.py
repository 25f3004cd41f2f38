"""Recording: static shapes, promotion of dtypes, static values, names of sizes, uniform tensors."""

import numpy as np
import pytest

import kswitch
from kswitch import declare
from kswitch.graph import dtypes, record, sizes, values
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
    with pytest.raises(ValueError, match="belongs to the inside of a loop or branch and has no value outside"):
        K.eval(inside[0])


# Dtypes

PAIRS = [
    ("float32", "float32", "float32"),
    ("float32", "float64", "float64"),
    ("float16", "float32", "float32"),
    ("float16", "bfloat16", "float32"),
    ("bfloat16", "float32", "float32"),
    ("float16", "int64", "float16"),
    ("float32", "int32", "float32"),
    ("int32", "bool", "int32"),
    ("bool", "float32", "float32"),
    ("bool", "bool", "bool"),
    ("int32", "int64", "int64"),
    ("int8", "uint8", "int16"),
    ("uint8", "uint16", "uint16"),
    ("int32", "uint8", "int32"),
    ("int32", "uint32", "int64"),
    ("int64", "uint64", "int64"),
    ("uint64", "int8", "int64"),
    ("float32", "uint8", "float32"),
]


@pytest.mark.parametrize(("first", "second", "wanted"), PAIRS)
def test_promotion(first, second, wanted):
    assert dtypes.promote(first, second) == wanted


@pytest.mark.parametrize(("first", "second", "wanted"), PAIRS)
def test_promotion_is_symmetric(first, second, wanted):
    assert dtypes.promote(second, first) == wanted


NUMPY_PAIRS = [p for p in PAIRS if "bfloat16" not in p]


@pytest.mark.parametrize(("first", "second", "wanted"), NUMPY_PAIRS)
def test_recorded_sum_has_the_promoted_dtype(first, second, wanted):
    assert (placeholder(first) + placeholder(second)).dtype == wanted


@pytest.mark.parametrize(("first", "second", "wanted"), NUMPY_PAIRS)
def test_value_has_the_promoted_dtype(first, second, wanted):
    x, y = K.variable(np.ones(2), first), K.variable(np.ones(2), second)
    assert K.eval(K.maximum(x, y)).dtype == wanted


WEAK = [
    ("float32", 1, "float32"),
    ("float32", 1.5, "float32"),
    ("float32", True, "float32"),
    ("float16", 1.5, "float16"),
    ("float64", 1.5, "float64"),
    ("int32", 1, "int32"),
    ("int64", 1, "int64"),
    ("uint8", 1, "uint8"),
    ("int32", 1.5, "float32"),
    ("int64", 1.5, "float32"),
    ("int32", True, "int32"),
    ("bool", 1, "int32"),
    ("bool", 1.5, "float32"),
    ("float32", np.float64(1.5), "float32"),
    ("float16", np.float32(1.5), "float16"),
    ("float32", np.ones(3), "float32"),
    ("float32", np.ones(3, "int64"), "float32"),
    ("int32", np.ones(3), "float32"),
    ("int32", np.ones(3, "int64"), "int32"),
    ("int32", np.ones(3, bool), "int32"),
]


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_numbers_and_arrays_are_weak(dtype, other, wanted):
    assert (placeholder(dtype) + other).dtype == wanted


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_numbers_and_arrays_are_weak_on_the_left(dtype, other, wanted):
    assert (other + placeholder(dtype)).dtype == wanted


@pytest.mark.parametrize(("dtype", "other", "wanted"), WEAK, ids=repr)
def test_value_beside_a_weak_operand(dtype, other, wanted):
    assert K.eval(K.variable(np.ones((2, 3)), dtype) + other).dtype == wanted


def test_weak_floats_follow_floatx():
    K.set_floatx("float16")
    try:
        assert (placeholder("int32") * 0.5).dtype == "float16"
    finally:
        K.set_floatx("float32")


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool", "uint8"])
def test_quotient_of_integers_is_floatx(dtype):
    assert (placeholder(dtype) / 2).dtype == "float32"


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "softmax", "mean"])
def test_function_of_integers_is_floatx(name):
    assert getattr(K, name)(placeholder("int32")).dtype == "float32"


@pytest.mark.parametrize("name", ["square", "abs", "sign", "max", "min", "sum", "cumsum", "relu", "round"])
def test_function_that_keeps_integers(name):
    assert getattr(K, name)(placeholder("int32")).dtype == "int32"


@pytest.mark.parametrize("name", ["sum", "prod"])
def test_reduced_bools_are_int32(name):
    assert getattr(K, name)(placeholder("bool")).dtype == "int32"


@pytest.mark.parametrize("name", ["equal", "less", "any", "all"])
def test_truth_is_bool(name):
    x = placeholder("float32")
    result = getattr(K, name)(x) if name in ("any", "all") else getattr(K, name)(x, 0)
    assert result.dtype == "bool"


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_are_int64(name):
    assert getattr(K, name)(placeholder("float32")).dtype == "int64"


def test_no_cast_where_dtypes_agree():
    assert (placeholder("float32") + placeholder("float32")).inputs[0].op is None


def test_cast_becomes_a_node():
    assert (placeholder("int32") + placeholder("float32")).inputs[0].op.name == "cast"


def test_operands_of_concatenate_are_promoted():
    assert K.concatenate([placeholder("int32"), placeholder("float64")]).dtype == "float64"


SPELLINGS = [
    ("float32", "float32"),
    (np.float32, "float32"),
    (np.dtype("float32"), "float32"),
    (float, "float64"),
    (int, "int64"),
    (bool, "bool"),
    (np.bool_, "bool"),
    ("float32_ref", "float32"),
    ("<f4", None),
    ("double", "float64"),
    ("half", "float16"),
    ("torch.float16", "float16"),
    (np.int8, "int8"),
]


@pytest.mark.parametrize(("spelling", "name"), [s for s in SPELLINGS if s[1]], ids=repr)
def test_spelling_of_a_dtype(spelling, name):
    assert dtypes.name_of(spelling) == name


@pytest.mark.parametrize("spelling", ["float", "single", "beer", "", "complex64", None, 3, object()], ids=repr)
def test_name_of_no_dtype(spelling):
    if spelling == "float":
        assert dtypes.name_of(spelling) == "float32"
        return
    with pytest.raises(TypeError, match="dtype must be one of float16, bfloat16, float32"):
        dtypes.name_of(spelling)


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
    with pytest.raises(ValueError, match=r"add\(\): the shapes \(2, 3\) and \(4,\) do not broadcast\."):
        placeholder("float32") + placeholder("float32", (4,))


def test_mistake_raises_where_it_was_made():
    with pytest.raises(ValueError, match=r"dot\(\): the shapes \(None, 3\) and \(4, 5\) do not match"):
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
        (lambda: K.reshape(IMAGES, (K.shape(IMAGES)[0], -1, K.prod(K.shape(IMAGES)[2:]))), (None, None, 18)),
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
    with pytest.raises(TypeError, match=r"expected an integer, got <Tensor 'divide_.*: use K\.cast\(x, 'int32'\)"):
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


# Names of unknown sizes


def same_batch(x, y):
    return x.sizes[0] == y.sizes[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * 2,
        lambda x: K.tanh(x),
        lambda x: K.dot(x, K.zeros((4, 5))),
        lambda x: x + K.zeros((4,)),
        lambda x: K.zeros((4,)) - x,
        lambda x: K.sum(x, -1),
        lambda x: K.mean(x, 1, True),
        lambda x: x[:, 1:],
        lambda x: x[:, 0],
        lambda x: x[..., None],
        lambda x: K.expand_dims(x, 1),
        lambda x: K.concatenate([x, x]),
        lambda x: K.stack([x, x], 1),
        lambda x: K.cast(x, "float64"),
        lambda x: K.softmax(x),
        lambda x: K.permute_dimensions(x, (0, 1)),
        lambda x: K.argmax(x),
        lambda x: K.zeros_like(x),
        lambda x: K.dropout(x, 0.5),
        lambda x: K.in_train_phase(K.dropout(x, 0.5), x),
        lambda x: K.switch(x > 0, x, 0.0),
        lambda x: K.reshape(x, (-1, 2, 2)),
        lambda x: K.reshape(K.reshape(x, (-1, 2, 2)), (-1, 4)),
        lambda x: K.reshape(x, (K.shape(x)[0], 4, 1)),
        lambda x: K.batch_flatten(K.expand_dims(x)),
        lambda x: K.zeros((K.shape(x)[0], 3)),
        lambda x: K.random_normal((K.shape(x)[0], 3)),
        lambda x: K.tile(x, (1, 2)),
        lambda x: K.repeat(x, 3),
        lambda x: K.repeat_elements(x, 2, 1),
        lambda x: K.temporal_padding(K.expand_dims(x)),
        lambda x: K.gather(K.zeros((5, 2)), K.cast(x, "int32")),
        lambda x: K.one_hot(K.cast(x, "int32"), 3),
        lambda x: K.dot(K.expand_dims(x), K.zeros((1, 5))),
        lambda x: K.conv1d(K.expand_dims(x), K.zeros((3, 1, 2))),
        lambda x: K.pool2d(K.reshape(x, (-1, 2, 2, 1)), (2, 2)),
        lambda x: K.gradients(K.sum(K.square(x)), [x])[0],
    ],
)
def test_batch_keeps_its_name(make):
    x = K.placeholder((None, 4))
    assert same_batch(make(x), x)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[1:],
        lambda x: K.concatenate([x, x], 0),
        lambda x: K.reshape(x, (-1, 2)),
        lambda x: K.tile(x, (2, 1)),
        lambda x: x + K.placeholder((None, 4)),
        lambda x: K.transpose(x),
        lambda x: K.repeat_elements(x, 2, 0),
        lambda x: K.zeros((K.shape(x)[0] + 1, 3)),
        lambda x: K.switch(K.placeholder((None, 4)) > 0, x, 0.0),
        lambda x: K.dot(K.transpose(x), x),
        lambda x: K.dot(K.expand_dims(K.placeholder((None, 4))), K.reshape(x, (1, -1))),
    ],
)
def test_other_sizes_get_other_names(make):
    x = K.placeholder((None, 4))
    assert not same_batch(make(x), x)


def test_sum_of_two_batches_is_one_size_in_both_orders():
    x, y = K.placeholder((None, 4)), K.placeholder((None, 4))
    assert (x + y).sizes == (y + x).sizes


def test_size_that_was_broadcast_once_stays():
    x, y = K.placeholder((None, 4)), K.placeholder((None, 4))
    assert (x + y + x).sizes == (x + y).sizes


def test_known_sizes_have_no_name():
    assert (K.placeholder((2, 4)) * 2).sizes == (2, 4)


def test_renaming_makes_a_broadcast_size_plain():
    x, y = K.placeholder((None,)), K.placeholder((None,))
    assert sizes.renamed((x + y).sizes, {y.sizes[0]: x.sizes[0]}) == x.sizes


def test_condition_of_another_batch_broadcasts():
    c, x = K.placeholder((None, 2)), K.placeholder((None, 2))
    gradient = K.gradients(K.switch(c > 0, x, 0.0), [x])[0]
    found = K.function([c, x], [gradient])([np.ones((4, 2)), np.ones((1, 2))])[0]
    np.testing.assert_array_equal(found, [[4, 4]])


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


@pytest.mark.parametrize("value", [object(), "text", {"a": 1}, None], ids=["object", "text", "dict", "None"])
def test_what_no_tensor_can_be_made_of(value):
    with pytest.raises(TypeError, match="expected a tensor, an array or a number"):
        record.as_array(value)


def test_ragged_list_is_no_array():
    with pytest.raises(TypeError, match=r"no tensor can be made of \[\[1\], \[1, 2\]\]"):
        record.as_array([[1], [1, 2]])


@pytest.mark.parametrize(
    ("value", "wanted"),
    [([1.0], "float32"), ([1], "int32"), ([True], "bool"), (np.ones(1), "float64"), (np.float16(1), "float16")],
    ids=repr,
)
def test_dtype_of_an_array_that_is_made(value, wanted):
    assert record.as_array(value).dtype == wanted


def test_list_with_a_tensor_is_stacked():
    x = K.variable(1.5)
    np.testing.assert_array_equal(K.eval(K.softplus([x, 0.0]) * 0 + [x, 1.0]), [1.5, 1.0])


def test_symbolic_ints_and_numbers_are_stacked():
    assert static(K.stack([K.shape(X)[0], 1, np.int64(2)])) == [None, 1, 2]
