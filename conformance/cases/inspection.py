"""Questions about tensors, counters, configuration."""

import builtins

import numpy as np
from kswitch.conformance.arrays import floats, ints
from kswitch.conformance.case import Query, Raises, program

X = floats(2, 3)
CASES = [
    Query("ndim", (X,), 2),
    Query("ndim", (np.array(1, "float32"),), 0, id="scalar"),
    Query("ndim", (floats(2, 4, 5),), 3, id="rank3"),
    Query("int_shape", (X,), (2, 3)),
    Query("int_shape", (np.array(1, "float32"),), (), id="scalar"),
    Query("get_variable_shape", (X,), (2, 3)),
    Query("get_variable_shape", (floats(4),), (4,), id="rank1"),
    Query("count_params", (X,), 6),
    Query("count_params", (np.array(1, "float32"),), 1, id="scalar"),
    Query("is_sparse", (X,), False),
    *(
        Query("dtype", (np.ones((2, 3), dtype),), dtype, id=dtype)
        for dtype in ("float16", "float32", "int32", "bool", "uint8", "int8")
    ),
    *(
        Query("dtype", (np.ones((2, 3), dtype),), dtype, id=dtype, native=False)
        for dtype in ("float64", "int64")
    ),
]


@program("int_shape", CASES)
def of_unknown_sizes(K):
    assert K.int_shape(K.placeholder((None, 4))) == (None, 4)
    assert K.int_shape(K.placeholder(ndim=2)) == (None, None)


@program("ndim", CASES)
def of_a_placeholder(K):
    assert K.ndim(K.placeholder((None, 4, None))) == 3


@program("count_params", CASES)
def of_zeros(K):
    """Seed 000, line 865."""
    x = K.zeros((2, 3))
    assert K.count_params(x) == 6
    assert (K.eval(x) == 0).all()


@program("dtype", CASES)
def of_the_documents(K):
    """Seed 000, lines 613 to 626."""
    assert K.dtype(K.placeholder(shape=(2, 4, 5))) == "float32"
    assert K.dtype(K.placeholder(shape=(2, 4, 5), dtype="float32")) == "float32"
    assert K.dtype(K.placeholder(shape=(2, 4, 5), dtype="float64")) == "float64"
    assert K.dtype(K.variable(np.array([[1, 2], [3, 4]]), dtype="float32")) == "float32"


# What something is


def zoo(K):
    """Name -> something of each kind."""
    x, v = K.placeholder((2, 3)), K.variable(X)
    return {
        "placeholder": x,
        "variable": v,
        "constant": K.constant(1.0),
        "result": x + v,
        "update": K.update(v, v * 2),
        "array": X,
        "number": 1.5,
        "list": [1],
        "none": None,
    }


KINDS = {
    "is_tensor": {"placeholder", "variable", "constant", "result", "update"},
    "is_variable": {"variable"},
    "is_placeholder": {"placeholder"},
}
for op, kinds in KINDS.items():

    @program(op, CASES)
    def of_each_kind(K, op=op, kinds=kinds):
        before = X.copy()
        answers = {name: getattr(K, op)(x) for name, x in zoo(K).items()}
        assert answers == {name: name in kinds for name in answers}
        np.testing.assert_array_equal(X, before)


@program("is_keras_tensor", CASES)
def of_results_of_layers_only(K):
    kinds = zoo(K)
    for name in ("placeholder", "variable", "constant", "result"):
        assert K.is_keras_tensor(kinds[name]) is False
    x = K.placeholder((2, 3))
    x._keras_history = ("layer", 0, 0)
    assert K.is_keras_tensor(x) is True


CASES += [
    Raises("is_keras_tensor", (), ValueError, "Unexpectedly found an instance of type",
           build=lambda K, thing=thing: K.is_keras_tensor(thing), id=type(thing).__name__)
    for thing in (X, 1.5, None)
]  # fmt: skip


@program("is_sparse", CASES)
def of_a_dense_placeholder(K):
    assert K.is_sparse(K.placeholder((2, 2), sparse=False)) is False
    assert K.is_sparse(K.placeholder((2, 2))) is False


@program("to_dense", CASES)
def of_a_dense_tensor(K):
    x = K.variable(X)
    assert K.is_sparse(K.to_dense(x)) is False
    np.testing.assert_array_equal(K.eval(K.to_dense(x)), X)


# Counters


@program("get_uid", CASES)
def counts_by_prefix_from_1(K):
    K.reset_uids()
    assert [K.get_uid("dense") for _ in range(3)] == [1, 2, 3]
    assert K.get_uid("conv") == 1
    assert (K.get_uid(), K.get_uid("")) == (1, 2)
    assert K.get_uid("dense") == 4


@program("get_uids", CASES)
def is_the_old_name_of_get_uid(K):
    K.reset_uids()
    assert [K.get_uids("dense"), K.get_uid("dense"), K.get_uids("dense")] == [1, 2, 3]
    assert K.get_uids() == 1


@program("reset_uids", CASES)
def starts_again(K):
    K.reset_uids()
    first = K.get_uid("dense"), K.get_uid()
    K.get_uid("dense")
    assert K.reset_uids() is None
    assert (K.get_uid("dense"), K.get_uid()) == first


# Configuration


@program("backend", CASES)
def is_a_name(K):
    assert isinstance(K.backend(), str)
    assert K.backend() == K._BACKEND


@program("epsilon", CASES)
def is_a_small_float(K):
    assert K.epsilon() == 1e-7
    assert type(K.epsilon()) is float
    K.set_epsilon(1e-3)
    assert K.epsilon() == 1e-3


@program("set_epsilon", CASES)
def sets_it(K):
    assert K.set_epsilon(1e-5) is None
    assert K.epsilon() == 1e-5


@program("floatx", CASES)
def is_float32_unless_set(K):
    assert K.floatx() == "float32"
    K.set_floatx("float16")
    assert K.floatx() == "float16"


@program("set_floatx", CASES)
def takes_three_names(K):
    for name in ("float16", "float64", "float32"):
        assert K.set_floatx(name) is None
        assert K.floatx() == name


CASES += [
    Raises(
        "set_floatx", (name,), ValueError, "must be 'float16', 'float32' or 'float64'", id=f"{i}"
    )
    for i, name in enumerate(("", "beerfloat", 123, "int32"))
]


@program("cast_to_floatx", CASES)
def gives_arrays(K):
    x = np.array([1.0, 2.0])
    y = K.cast_to_floatx(x)
    assert (y.dtype.name, y.tolist()) == ("float32", [1, 2])
    assert (x.dtype.name, x.tolist()) == ("float64", [1, 2])
    assert K.cast_to_floatx(3).shape == ()
    K.set_floatx("float16")
    assert K.cast_to_floatx([1, 2]).dtype == "float16"


@program("image_data_format", CASES)
def is_channels_last_unless_set(K):
    assert K.image_data_format() == "channels_last"
    K.set_image_data_format("channels_first")
    assert K.image_data_format() == "channels_first"


@program("set_image_data_format", CASES)
def changes_the_default_of_every_op(K):
    x, kernel = floats(2, 2, 5, 6), floats(3, 2, 2, 3, seed=1)
    K.set_image_data_format("channels_first")
    assert K.image_data_format() == "channels_first"
    v, k = K.variable(x), K.variable(kernel)
    for call in (
        lambda **o: K.conv2d(v, k, **o),
        lambda **o: K.pool2d(v, (2, 2), **o),
        lambda **o: K.bias_add(v, K.constant([1.0, 2.0]), **o),
        lambda **o: K.spatial_2d_padding(v, **o),
    ):
        np.testing.assert_array_equal(K.eval(call()), K.eval(call(data_format="channels_first")))


CASES += [
    Raises("set_image_data_format", ("last",), ValueError, "must be 'channels_last' or"),
    Raises("normalize_data_format", ("last",), ValueError, "data_format must be"),
    Raises("set_image_dim_ordering", ("channels_last",), ValueError, "must be 'tf' or 'th'"),
]


@program("normalize_data_format", CASES)
def completes_and_lowers(K):
    assert K.normalize_data_format(None) == "channels_last"
    assert K.normalize_data_format("Channels_First") == "channels_first"
    K.set_image_data_format("channels_first")
    assert K.normalize_data_format(None) == "channels_first"


@program("image_dim_ordering", CASES)
def is_the_old_name(K):
    assert K.image_dim_ordering() == "tf"
    K.set_image_data_format("channels_first")
    assert K.image_dim_ordering() == "th"


@program("set_image_dim_ordering", CASES)
def sets_the_data_format(K):
    for old, new in (("th", "channels_first"), ("tf", "channels_last")):
        K.set_image_dim_ordering(old)
        assert (K.image_dim_ordering(), K.image_data_format()) == (old, new)


for op in ("symbolic", "eager"):

    @program(op, CASES)
    def decorates_a_function(K, op=op):
        @getattr(K, op)
        def double(x):
            return 2 * x

        assert double(3) == 6
        for x in (floats(2, 3, dtype="float64"), floats(4, 3, seed=1)):
            y = double(K.variable(x, dtype=x.dtype.name))
            assert (K.int_shape(y), K.dtype(y)) == (x.shape, x.dtype.name)
            np.testing.assert_allclose(K.eval(y), 2 * x, 1e-6)


@program("dtype", CASES)
def of_python_numbers_in_a_sum(K):
    n = K.variable(ints(2, 3, high=5), dtype="int32")
    assert K.dtype(n + 1) == "int32"
    assert K.dtype(n + 0.5) == K.dtype(n / 2) == "float32"
    assert K.dtype(n + K.variable(X)) == "float32"
    assert K.dtype(n > 0) == "bool"
    assert K.dtype(builtins.abs(n)) == "int32"
