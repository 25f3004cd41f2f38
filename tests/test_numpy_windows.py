"""Convolution and pooling of NumPy's adapter: each gradient belongs to its function."""

import numpy as np
import pytest
from kswitch.backends import numpy_backend as backend

SIZES = (7, 6)


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("strides", "dilation"), [((1, 1), (1, 1)), ((2, 1), (1, 1)), ((1, 1), (2, 1))]
)
@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (4, 1), (6, 1), (6, 2)])
def test_gradients_of_a_convolution(
    random, data_format, padding, strides, dilation, channels, groups
):
    shape = (2, *SIZES, channels) if data_format == "channels_last" else (2, channels, *SIZES)
    options = (strides, padding, data_format, dilation, groups)
    x = random.standard_normal(shape)
    kernel = random.standard_normal((3, 2, channels // groups, 4))
    y = backend.convolution(x, kernel, *options)
    g = random.standard_normal(y.shape)
    # y is linear in both: <y, g> is <x, gradient by x> and <kernel, gradient by kernel>
    by_x = backend.convolution_input(g, kernel, shape, *options)
    by_kernel = backend.convolution_kernel(g, x, kernel.shape, *options)
    assert by_x.shape == shape
    assert by_kernel.shape == kernel.shape
    np.testing.assert_allclose(np.vdot(x, by_x), np.vdot(y, g))
    np.testing.assert_allclose(np.vdot(kernel, by_kernel), np.vdot(y, g))


def test_convolution_of_one_entry_by_hand():
    x = np.zeros((1, 3, 3, 1))
    x[0, 1, 1, 0] = 1.0
    kernel = np.arange(9.0).reshape(3, 3, 1, 1)
    y = backend.convolution(x, kernel, (1, 1), "same", "channels_last", (1, 1))
    np.testing.assert_array_equal(y[0, :, :, 0], kernel[::-1, ::-1, 0, 0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("size", "strides"), [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 1), (3, 1))]
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_first_maximum_of_a_window_gets_the_gradient(random, dtype, size, strides, padding):
    x = random.integers(0, 3, (2, *SIZES, 3)).astype(dtype)  # many ties
    options = (size, strides, padding, "channels_last")
    y = backend.pooling(x, *options, "max")
    g = random.integers(1, 9, y.shape).astype(dtype)
    found = backend.pooling_gradient(g, x, y, *options, "max")
    expected = np.zeros_like(x)
    for n, i, j, channel in np.ndindex(*y.shape):
        rows, columns = (
            _places(k, *rest)
            for k, rest in enumerate(zip((i, j), size, strides, y.shape[1:3], strict=True))
        )
        places = [(a, b) for a in rows for b in columns]
        first = max(places, key=lambda place: x[(n, *place, channel)])
        expected[(n, *first, channel)] += g[n, i, j, channel]
    np.testing.assert_array_equal(found, expected)
    h = x * 10 + 1
    picked = backend.pooling_choice(h, x, *options)
    np.testing.assert_array_equal(picked, y * 10 + 1)


def _places(axis, window, size, stride, count):
    """The indices along an axis that belong to one window."""
    n = SIZES[axis]
    total = max((count - 1) * stride + size - n, 0)
    start = window * stride - total // 2
    return [k for k in range(start, start + size) if 0 <= k < n]


def test_infinite_gradient_of_one_window_leaves_the_others_alone():
    x = np.arange(8.0, dtype="float32").reshape(1, 2, 4, 1)
    options = ((2, 2), (2, 2), "valid", "channels_last")
    y = backend.pooling(x, *options, "max")
    g = np.array([np.inf, 1.0], "float32").reshape(y.shape)
    found = backend.pooling_gradient(g, x, y, *options, "max")
    np.testing.assert_array_equal(found[0, :, :, 0], [[0, 0, 0, 0], [0, np.inf, 0, 1]])
