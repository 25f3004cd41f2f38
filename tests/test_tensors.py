"""Symbolic tensors as objects: identity, attributes, printing, operators, conversion to numbers."""

import operator
import re

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend("numpy")
MATRIX = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.fixture(autouse=True)
def _fresh_names():
    K.clear_session()


@pytest.fixture
def x():
    return K.placeholder((None, 3))


@pytest.fixture
def v():
    return K.variable(MATRIX)


# Identity


def test_equality_is_identity(v):
    assert (v == v) is True
    assert (v == K.identity(v)) is False


def test_inequality_is_identity(v):
    assert (v != v) is False
    assert (v != K.identity(v)) is True


def test_comparison_with_a_number_is_a_plain_bool(v):
    assert (v == 0) is False


def test_none_is_found_among_tensors_by_identity(v):
    assert None not in [v, v * 2]


def test_tensors_are_keys(x, v):
    assert {x: 1, v: 2}[v] == 2


def test_a_tensor_is_in_no_set_of_numbers(x):
    assert x not in {0}


def test_position_in_a_list_is_found_by_identity(x, v):
    assert [x * 1, x, v].index(v) == 2


# Attributes


@pytest.mark.parametrize(
    "make", [lambda: K.placeholder((2,)), lambda: K.variable(1.0), lambda: K.variable(1.0) + 1]
)
def test_free_attributes_are_kept(make):
    tensor = make()
    tensor._keras_history = ("layer", 0, 0)
    assert tensor._keras_history == ("layer", 0, 0)


def test_an_attribute_that_was_never_set_is_missing(v):
    assert not hasattr(v * 2, "_keras_history")


def test_tensors_have_no_length(x):
    with pytest.raises(TypeError, match=r"object of type 'Placeholder' has no len\(\)"):
        len(x)


@pytest.mark.parametrize(
    "make", [lambda: K.placeholder((2,)), lambda: K.variable(1.0), lambda: K.variable(1.0) + 1]
)
def test_tensors_are_not_callable(make):
    assert not callable(make())


def test_dtype_is_a_name(v):
    assert v.dtype == "float32"


def test_dtype_of_a_tensor_is_accepted_by_cast(v):
    assert K.cast(K.placeholder((2,), dtype="int32"), v.dtype).dtype == "float32"


def test_shape_is_a_tuple(x):
    assert x.shape == (None, 3)


def test_rank(x):
    assert x.ndim == 2


def test_get_shape_as_list(x):
    assert x.get_shape().as_list() == [None, 3]


def test_get_shape_is_a_tuple_too(x):
    assert tuple(x.get_shape()) == (None, 3)


def test_get_shape_rank(x):
    assert x.get_shape().ndims == 2


@pytest.mark.parametrize(("shape", "known"), [((None, 3), False), ((2, 3), True), ((), True)])
def test_get_shape_fully_defined(shape, known):
    assert K.placeholder(shape).get_shape().is_fully_defined() is known


def test_set_shape_fills_in_unknown_sizes(x):
    x.set_shape((5, None))
    assert x.shape == (5, 3)


def test_set_shape_reaches_later_results(x):
    x.set_shape((5, 3))
    assert (x * 2).shape == (5, 3)


def test_set_shape_refuses_another_size(x):
    with pytest.raises(
        ValueError, match=r"set_shape\(\): axis 1 of <Placeholder .*> is 3, got 4\."
    ):
        x.set_shape((None, 4))


def test_set_shape_refuses_another_rank(x):
    with pytest.raises(ValueError, match=r"set_shape\(\): .* has rank 2, got \(3,\)\."):
        x.set_shape((3,))


# Printing


def test_repr_of_a_placeholder():
    x = K.placeholder((None, 3), name="images")
    assert repr(x) == "<Placeholder 'images:0' shape=(None, 3) dtype=float32>"


def test_repr_of_a_variable():
    v = K.variable(1.0, name="rate", dtype="float64")
    assert repr(v) == "<Variable 'rate:0' shape=() dtype=float64>"


def test_repr_of_a_result_names_the_op(x):
    assert re.fullmatch(r"<Tensor 'tanh_\d+:0' shape=\(None, 3\) dtype=float32>", repr(K.tanh(x)))


def test_repr_of_an_update(v):
    assert re.fullmatch(
        r"<Update 'update_\d+:0' shape=\(2, 3\) dtype=float32>", repr(K.update(v, v * 2))
    )


def test_names_can_be_set(x):
    y = x * 2
    y.name = "twice:0"
    assert y.name == "twice:0"


def test_a_name_is_unique():
    names = [K.placeholder((2,), name="x").name for _ in range(3)]
    assert names == ["x:0", "x_1:0", "x_2:0"]


def test_names_begin_with_the_scope():
    with K.name_scope("dense"), K.name_scope("kernel") as scope:
        assert (scope, K.variable(0.0, name="w").name) == ("dense/kernel/", "dense/kernel/w:0")


# Operators

BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]
NUMBERS = [
    2,
    2.5,
    np.float32(2.5),
    np.float64(2.5),
    np.int64(2),
    np.array(2.5),
    np.array([1.0, 2.0, 3.0]),
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{np.ndim(n)}")
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_operator_with_a_number_on_the_right(op, number):
    a = MATRIX + 1
    wanted = op(a, np.asarray(number, "float32"))
    np.testing.assert_allclose(K.eval(op(K.variable(a), number)), wanted, rtol=1e-6)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{np.ndim(n)}")
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_operator_with_a_number_on_the_left(op, number):
    a = MATRIX + 1
    wanted = op(np.asarray(number, "float32"), a)
    np.testing.assert_allclose(K.eval(op(number, K.variable(a))), wanted, rtol=1e-6)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{np.ndim(n)}")
def test_a_number_on_the_left_keeps_the_dtype(number, v):
    assert (number * v).dtype == "float32"


def test_matrix_product(v):
    np.testing.assert_array_equal(K.eval(v @ K.transpose(v)), MATRIX @ MATRIX.T)


def test_matrix_product_with_an_array_on_the_left(v):
    np.testing.assert_array_equal(K.eval(MATRIX.T @ v), MATRIX.T @ MATRIX)


@pytest.mark.parametrize("op", [operator.neg, operator.pos, operator.abs])
def test_unary_operator(op, v):
    np.testing.assert_array_equal(K.eval(op(v - 2)), op(MATRIX - 2))


@pytest.mark.parametrize(
    "op", [operator.and_, operator.or_, operator.xor], ids=lambda op: op.__name__
)
def test_logical_operator(op):
    a, b = np.array([True, True, False]), np.array([True, False, False])
    x, y = K.variable(a, "bool"), K.variable(b, "bool")
    np.testing.assert_array_equal(K.eval(op(x, y)), op(a, b))


@pytest.mark.parametrize(
    "op", [operator.and_, operator.or_, operator.xor], ids=lambda op: op.__name__
)
def test_logical_operator_with_an_array_on_the_left(op):
    a, b = np.array([True, True, False]), np.array([True, False, False])
    np.testing.assert_array_equal(K.eval(op(a, K.variable(b, "bool"))), op(a, b))


def test_inversion():
    np.testing.assert_array_equal(K.eval(~K.variable([True, False], "bool")), [False, True])


def test_builtin_sum_begins_with_an_int(v):
    assert K.eval(sum([K.sum(v), K.sum(v)])) == 30


def test_array_is_not_broadcast_element_by_element(x):
    assert (np.ones((2, 3)) * x).shape == (2, 3)


IN_PLACE = [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ipow,
    operator.ifloordiv,
]


@pytest.mark.parametrize("op", IN_PLACE, ids=lambda op: op.__name__)
def test_in_place_operator_makes_a_new_tensor(op, x):
    assert op(x, 2.0) is not x


@pytest.mark.parametrize("op", IN_PLACE, ids=lambda op: op.__name__)
def test_in_place_operator_leaves_the_variable_alone(op, v):
    K.eval(op(v, 2.0))
    np.testing.assert_array_equal(K.get_value(v), MATRIX)


# Indexing

KEYS = [
    1,
    -1,
    np.int64(1),
    slice(1),
    slice(None, None, -1),
    (slice(None), 1),
    (slice(None), slice(-2, None)),
    (Ellipsis, 0),
    (Ellipsis, None),
    None,
    (None, slice(None), None, 2),
    (0, 2),
    (slice(None), slice(0, 3, 2)),
    (slice(None), slice(2, None, -1)),
    (slice(None), slice(5, 9)),
    Ellipsis,
    (),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing_follows_numpy(key, v):
    np.testing.assert_array_equal(K.eval(v[key]), MATRIX[key])


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing_knows_its_shape(key, v):
    assert v[key].shape == MATRIX[key].shape


def test_indexing_an_unknown_axis_drops_it(x):
    assert x[5].shape == (3,)


def test_slicing_an_unknown_axis_leaves_it_unknown(x):
    assert x[1:, :2].shape == (None, 2)


def test_indexing_by_a_symbolic_scalar(v):
    np.testing.assert_array_equal(K.eval(v[K.argmax(v[:, 0])]), MATRIX[1])


def test_slicing_by_symbolic_scalars(v, x):
    rows = K.function([x], [v[:, : K.shape(x)[0]]])([np.zeros((2, 3))])[0]
    np.testing.assert_array_equal(rows, MATRIX[:, :2])


def test_index_out_of_range(v):
    with pytest.raises(
        IndexError, match=r"x\[\.\.\.\]: index 2 is out of range for axis 0 of \(2, 3\)"
    ):
        v[2]


def test_too_many_indices(v):
    with pytest.raises(IndexError, match=r"too many indices for shape \(2, 3\)"):
        v[0, 0, 0]


@pytest.mark.parametrize("key", ["a", 1.5, [0, 1]], ids=repr)
def test_index_of_another_kind(key, v):
    with pytest.raises(
        TypeError, match=r"takes ints, slices, Ellipsis, None and scalar integer tensors"
    ):
        v[key]


def test_index_by_a_float_tensor_is_refused(v):
    with pytest.raises(TypeError, match="integer"):
        v[v[0, 0]]


def test_slice_end_of_a_float_is_refused(v):
    with pytest.raises(TypeError, match="expected an integer, got"):
        v[:1.5]


def test_iteration_over_a_known_axis(v):
    assert [row.shape for row in v] == [(3,), (3,)]


def test_unpacking(v):
    first, second = v
    np.testing.assert_array_equal(K.eval(second - first), [3, 3, 3])


def test_iteration_over_an_unknown_axis(x):
    with pytest.raises(
        TypeError, match="cannot be iterated over: the size of its first axis is not known"
    ):
        iter(x)


def test_iteration_over_a_scalar():
    with pytest.raises(TypeError, match="cannot be iterated over"):
        iter(K.variable(1.0))


# Values


def test_a_result_has_no_truth_value(v):
    with pytest.raises(TypeError, match=r"has no truth value before it is computed: use K\.switch"):
        bool(v > 1)


def test_a_variable_is_true():
    assert K.variable(0.0)


def test_float():
    assert float(K.variable(1.5) * 2) == 3.0


def test_int():
    assert int(K.variable(7, dtype="int32") // 2) == 3


def test_asarray(v):
    np.testing.assert_array_equal(np.asarray(v * 2), MATRIX * 2)


def test_asarray_with_a_dtype(v):
    assert np.asarray(v, "float64").dtype == "float64"


def test_numpy_method(v):
    np.testing.assert_array_equal((v + 1).numpy(), MATRIX + 1)


def test_eval_method_takes_a_session(v):
    np.testing.assert_array_equal((v + 1).eval(session=None), MATRIX + 1)


def test_eval_method_feeds_placeholders(x):
    np.testing.assert_array_equal((x + 1).eval({x: MATRIX}), MATRIX + 1)


@pytest.mark.parametrize(
    "get", [float, int, np.asarray, K.eval, lambda x: x.numpy(), lambda x: x.eval()]
)
def test_value_that_needs_a_feed(get):
    with pytest.raises(
        ValueError, match=r"depends on the placeholder <Placeholder 'Placeholder:0'.*not fed"
    ):
        get(K.placeholder(()) * 2)


def test_the_value_of_a_variable_is_a_copy(v):
    K.eval(v)[:] = 0
    np.testing.assert_array_equal(K.get_value(v), MATRIX)


def test_the_value_of_a_view_is_a_copy(v):
    K.eval(K.transpose(v))[:] = 0
    np.testing.assert_array_equal(K.get_value(v), MATRIX)


def test_the_array_given_to_a_variable_is_copied():
    array = MATRIX.copy()
    v = K.variable(array)
    array[:] = 0
    np.testing.assert_array_equal(K.get_value(v), MATRIX)


def test_the_array_in_an_expression_is_copied(v):
    array = np.ones((2, 3), "float32")
    total = v + array
    array[:] = 100
    np.testing.assert_array_equal(K.eval(total), MATRIX + 1)


def test_assign_is_an_update(v):
    K.eval(v.assign(MATRIX * 2))
    np.testing.assert_array_equal(K.get_value(v), MATRIX * 2)
