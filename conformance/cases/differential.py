"""What the randomised comparison of engines (tests/test_differential.py) has found."""

import numpy as np
import pytest
from kswitch.conformance import oracle
from kswitch.conformance.arrays import bools, floats
from kswitch.conformance.case import Case, Raises, program

NAN, INF = float("nan"), float("inf")
EMPTY = np.zeros((0, 3), "float32")
ACROSS = {"strides": (1, 2)}
AVERAGE = {"padding": "same", "pool_mode": "avg"}

CASES = [
    Case("prod", (np.array([3, 2]),), [3, 2], {"axis": []}, id="over-no-axis", batch=()),
    Case("sum", (np.array([3, 2]),), [3, 2], {"axis": []}, id="over-no-axis", batch=()),
    Case("prod", (np.zeros((2, 0), "float32"),), [1.0, 1], {"axis": 1}, id="of-none", batch=()),
    Case("resize_images", (np.zeros((2, 2, 3, 0), "float32"), 2, 3, None, "bilinear"),
         np.zeros((2, 4, 9, 0)), id="of-no-channels"),
    Case("sign", (np.array([NAN, -2, 0, 3], "float32"),), [NAN, -1.0, 0, 1], id="nan", grad=False),
    Case("mean", (EMPTY,), [NAN] * 3, {"axis": 0}, id="of-none", batch=(), grad=False),
    Case("logsumexp", (np.full((2, 3), -INF, "float32"),), [-INF] * 2, {"axis": 1}, id="of-zeros",
         grad=False),
    Case("softmax", (EMPTY,), lambda x, axis: x, {"axis": 0}, id="of-none", batch=()),
    Case("batch_flatten", (np.zeros((2, 0, 3), "float32"),), np.zeros((2, 0)), id="of-none"),
    Case("gather", (floats(3), np.array(1)), lambda x, i: x[1], id="one", batch=(0,)),
    Case("gather", (np.zeros((3, 0), "float32"), np.array([2, 0])), np.zeros((2, 0)), id="none"),
    Raises("reshape", (np.zeros((2, 0), "float32"), (-1, 0)), ValueError, "-1 could be any",
           id="minus-1-beside-0"),
    Case("depthwise_conv2d", (np.zeros((0, 4, 3, 2), "float32"), floats(2, 2, 2, 2)),
         np.zeros((0, 3, 2, 4)), id="empty-batch", batch=()),
    # oneDNN gives wrong numbers where one window fits along an axis and the strides differ
    Case("depthwise_conv2d", (floats(3, 4, 3, 1), floats(3, 3, 1, 2)), oracle.depthwise,
         ACROSS, id="one-column"),
    Case("depthwise_conv2d", (floats(2, 4, 4, 2), floats(2, 3, 2, 2)), oracle.depthwise,
         ACROSS, id="one-column-of-two-channels"),
    Case("conv2d", (floats(2, 2, 2, 1), floats(1, 2, 1, 2)), oracle.convolution,
         {"strides": (1, 3)}, id="one-column"),
    Case("conv2d", (floats(2, 2, 3, 2), floats(1, 2, 2, 1)), oracle.convolution,
         {"strides": (1, 3), "padding": "same"}, id="one-column-same"),
    # or, over three axes, where a stride is larger than its window
    Case("conv3d", (floats(3, 3, 2, 3, 3), floats(1, 1, 1, 3, 4)), oracle.convolution,
         {"strides": (3, 2, 2), "padding": "same"}, id="gaps"),
    Case("conv3d", (floats(4, 2, 3, 2, 1), floats(1, 1, 2, 1, 2)), oracle.convolution,
         {"strides": (1, 3, 1), "padding": "same"}, id="gaps-along-one-axis"),
    # one engine refuses its own layout of a kernel with one filter, in the gradient
    Case("conv2d", (floats(1, 1, 5, 2), floats(1, 3, 2, 1)), oracle.convolution, id="one-filter"),
    # and averages of windows that are larger than x
    Case("pool3d", (floats(2, 3, 2, 2, 1), (2, 1, 3)), oracle.pooling, AVERAGE, id="wide-window"),
    Raises("pool2d", (floats(2, 3, 3, 1), (2, 4)), ValueError, "the window is larger than x",
           id="window"),
    Raises("conv2d_transpose", (floats(2, 3, 3, 2), floats(2, 2, 1, 2), (2, 5, 5, 1)), ValueError,
           "cannot have the shape", id="output-shape"),
    Raises("conv2d", (np.zeros((0, 2, 2, 1), "float32"), floats(1, 3, 1, 2)), ValueError,
           "the window is larger than x", id="window-of-an-empty-batch"),
]  # fmt: skip

A, B = bools(2, 3), bools(2, 3, seed=2)
for name, function in (
    ("greater", lambda x, y: x > y),
    ("greater_equal", lambda x, y: x >= y),
    ("less", lambda x, y: x < y),
    ("less_equal", lambda x, y: x <= y),
):
    CASES += [
        Case(name, (A, B), function, dtype="bool", id="bools", native=False, batch=(0, 1)),
        Case(name, (A, True), function, dtype="bool", id="bool-and-true", native=False),
    ]


# Gradients


@program("clip", CASES)
def limits_that_cross(K):
    """The values are those of Keras 2.3.1 on TensorFlow 1.15.5: the minimum wins."""
    x, low, high = (K.placeholder((None,)) for _ in range(3))
    y = K.clip(x, low, high)
    run = K.function([x, low, high], [y, *K.gradients(y, [x, low, high])])
    feeds = [0, 1, 1.5, 2, 3, 0.5, 3, 5, 1], [2, 2, 2, 2, 2, 0, 0, 5, 1], [1] * 9
    wanted = [
        [2, 2, 2, 2, 2, 0.5, 1, 5, 1],
        [0, 0, 0, 0, 0, 1, 0, 0, 1],
        [1, 1, 1, 1, 1, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 1, 0, 0],
    ]
    for got, want in zip(run([np.array(a, "float32") for a in feeds]), wanted, strict=True):
        np.testing.assert_array_equal(got, want)


@program("sqrt", CASES)
def gradient_at_minus_0(K):
    x = K.constant([0.0, -0.0])
    assert K.eval(K.gradients(K.sqrt(x), [x])[0]).tolist() == [INF, INF]


@program("hard_sigmoid", CASES)
def gradient_of_a_constant(K):
    """A constant's value was carried through the graph with more digits than its dtype has."""
    x = K.constant(np.float32(1.625))
    np.testing.assert_allclose(K.eval(K.gradients(K.hard_sigmoid(x), [x])[0]), 0.2, 1e-6)


@program("constant", CASES)
def unsigned_constants_wrap_around(K):
    np.testing.assert_array_equal(K.eval(-K.constant([0, 3], "uint8")), [0, 253])


@program("var", CASES)
def gradient_of_an_empty_batch(K):
    x = K.placeholder((None,))
    gradient = K.function([x], K.gradients(K.var(x), [x]))
    assert gradient([np.zeros(0)])[0].shape == (0,)
    np.testing.assert_allclose(gradient([np.array([0.0, 1])])[0], [-0.5, 0.5], 1e-6)


@program("reshape", CASES)
def constant_of_known_values_to_an_unknown_size(K):
    """What is known of a small integer tensor was reshaped with it."""
    x = K.placeholder((None, 2))
    y = K.reshape(K.constant([1, 2, 3], "int32"), (K.shape(x)[0],))
    assert K.function([x], [y])([np.zeros((3, 2))])[0].tolist() == [1, 2, 3]


for name in ("equal", "not_equal", "less"):

    @program(name, CASES)
    def sizes_that_are_fed_and_do_not_fit(K, name=name):
        """The == and != of TensorFlow would say False and True."""
        x, y = K.placeholder((None,)), K.placeholder((None,))
        function = K.function([x, y], [getattr(K, name)(x, y)])
        assert function([np.zeros(3), np.zeros(3)])[0].shape == (3,)
        with pytest.raises(Exception):  # noqa: B017, PT011  (the engine's own)
            function([np.zeros(3), np.zeros(2)])


# Windows

WINDOWED = {
    "conv1d": ((4, 3), (2, 3, 2), {}),
    "conv2d": ((4, 5, 3), (2, 2, 3, 2), {}),
    "conv3d": ((3, 4, 2, 1), (2, 2, 1, 1, 2), {}),
    "depthwise_conv2d": ((4, 5, 2), (2, 3, 2, 2), {"padding": "same"}),
    "pool2d": ((4, 5, 2), None, {"pool_size": (2, 3)}),
    "pool3d": ((3, 4, 2, 1), None, {"pool_size": (2, 2, 1), "padding": "same"}),
}


def _takes_an_empty_batch(op, shape, kernel, options):
    @program(op, CASES, id="empty-batches")
    def run(K):
        x = K.placeholder((None, *shape))
        kernels = [K.variable(floats(*kernel))] if kernel else []
        y = getattr(K, op)(x, *kernels, **options)
        call = K.function([x], [y, *K.gradients(y, [x, *kernels])])
        full, empty = (call([floats(n, *shape)]) for n in (2, 0))
        assert [len(v) for v in full[:2]] == [2, 2]
        assert [v.shape for v in empty[:2]] == [(0, *v.shape[1:]) for v in full[:2]]
        if kernel:
            np.testing.assert_array_equal(empty[2], np.zeros(kernel))

    return run


for name, (shape, kernel, options) in WINDOWED.items():
    _takes_an_empty_batch(name, shape, kernel, options)


for name in ("conv2d", "depthwise_conv2d"):

    @program(name, CASES)
    def no_columns(K, name=name):
        x, kernel = K.placeholder((2, 3, 0, 2)), K.variable(floats(2, 2, 2, 1))
        y = getattr(K, name)(x, kernel, padding="same")
        results = K.function([x], [y, *K.gradients(y, [x, kernel])])([np.zeros((2, 3, 0, 2))])
        assert [v.shape for v in results] == [K.int_shape(y), (2, 3, 0, 2), (2, 2, 2, 1)]
        assert not results[2].any()


@program("pool2d", CASES)
def no_columns_to_pool(K):
    x = K.placeholder((None, 3, 0, 2))
    for mode in ("max", "avg"):
        y = K.pool2d(x, (2, 2), padding="same", pool_mode=mode)
        results = K.function([x], [y, *K.gradients(y, [x])])([np.zeros((2, 3, 0, 2))])
        assert [v.shape for v in results] == [(2, 3, 0, 2)] * 2


def _refuses_what_is_fed(op, call):
    @program(op, CASES, id="window-larger-than-what-is-fed")
    def run(K):
        x = K.placeholder((None, None, None, 1))
        kernel = K.variable(floats(2, 3, 1, 1))
        function = K.function([x], [call(K, x, kernel)])
        assert function([np.ones((1, 2, 3, 1))])[0].shape == (1, 1, 1, 1)
        with pytest.raises(Exception):  # noqa: B017, PT011  (the engine's own)
            function([np.ones((1, 2, 2, 1))])

    return run


@program("conv2d", CASES)
def fed_channels_that_do_not_fit(K):
    """TensorFlow would take a multiple of the kernel's channels."""
    x = K.placeholder((1, 3, None, None))
    function = K.function([x], [K.conv2d(x, K.variable(floats(1, 1, 2, 2)))])
    for x in (np.ones((1, 3, 4, 4)), np.ones((1, 3, 0, 3))):
        with pytest.raises(Exception):  # noqa: B017, PT011  (the engine's own)
            function([x])


_refuses_what_is_fed("pool2d", lambda K, x, kernel: K.pool2d(x, (2, 3)))
_refuses_what_is_fed("conv2d", lambda K, x, kernel: K.conv2d(x, kernel))
_refuses_what_is_fed("depthwise_conv2d", lambda K, x, kernel: K.depthwise_conv2d(x, kernel))


# Memory


@program("function", CASES)
def outputs_do_not_share_memory(K):
    x, v = K.placeholder((4,)), K.variable(np.ones(4))
    y = K.exp(x)
    outputs = [y, K.reshape(y, (2, 2)), y, x, K.identity(x), v, v]
    results = K.function([x], outputs)([np.zeros(4, "float32")])
    for i, result in enumerate(results):
        np.testing.assert_array_equal(result, np.full_like(result, i not in (3, 4)))
        if result.flags.writeable:
            result[...] = 7
    np.testing.assert_array_equal(K.get_value(v), np.ones(4))


@program("update", CASES)
def feed_that_is_assigned_is_copied(K):
    """64 kB, aligned: TensorFlow keeps such arrays as they are."""
    x = K.placeholder((256, 64))
    v = K.variable(np.zeros((128, 128)))
    room = np.ones(256 * 64 + 16, "float32")
    start = -room.ctypes.data % 64 // 4
    feed = room[start : start + 256 * 64].reshape(256, 64)
    K.function([x], [], [K.update(v, K.reshape(x, (128, 128)))])([feed])
    feed[...] = 7
    np.testing.assert_array_equal(K.get_value(v), np.ones((128, 128)))


# Half precision

HALF = {
    "relu": lambda K, x: K.relu(x, alpha=0.25, max_value=1.5, threshold=0.5),
    "sigmoid": lambda K, x: K.sigmoid(x),
    "clip": lambda K, x: K.clip(x, -0.5, 1.5),
    "round": lambda K, x: K.round(x),
    "mean": lambda K, x: K.mean(x, 0),
    "batch_dot": lambda K, x: K.batch_dot(x, x, axes=1),
    "l2_normalize": lambda K, x: K.l2_normalize(x, 0),
    "pool3d": lambda K, x: K.pool3d(K.reshape(x, (1, 2, 2, 2, 1)), (2, 2, 1), pool_mode="avg"),
    "conv2d": lambda K, x: K.conv2d(K.reshape(x, (1, 2, 4, 1)), K.reshape(x[:2], (1, 2, 1, 2))),
    "conv3d": lambda K, x: K.conv3d(
        K.reshape(x, (2, 2, 1, 2, 1)), K.reshape(x[:3], (3, 1, 2, 1, 1)), padding="same"
    ),
}


def _keeps_half_precision(op, call, dtype):
    @program(op, CASES, id=f"of-{dtype}")
    def run(K):
        array = np.array([[0.5, -1], [2, 1.25], [-0.75, 0.25], [3, -2.5]], "float32")
        results = []
        for kind in ("float32", dtype):
            x = K.cast(K.constant(array), kind)
            y = call(K, x)
            found = [v for v in (y, *K.gradients(y, [x])) if v is not None]
            assert {K.dtype(v) for v in found} == {kind}
            results.append([K.eval(K.cast(v, "float32")) for v in found])
        for got, want in zip(results[1], results[0], strict=True):
            np.testing.assert_allclose(got, want, 2e-2, 2e-2)

    return run


for name, call in HALF.items():
    for dtype in ("float16", "bfloat16"):
        _keeps_half_precision(name, call, dtype)


@program("dot", CASES)
def sizes_that_are_fed_must_match(K):
    """Also where one of them is 1, which is stretched in sums only."""
    x, y = K.placeholder((None,)), K.placeholder((2, None, 2))
    function = K.function([x, y], [K.dot(x, y)])
    with pytest.raises(Exception):  # noqa: B017, PT011  (the engine's own)
        function([floats(2), floats(2, 1, 2)])
    assert function([floats(3), floats(2, 3, 2)])[0].shape == (2, 2)
