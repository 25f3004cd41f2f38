"""NumPy's sums and maxima by other ways than its own functions give what those give."""

from itertools import combinations

import numpy as np
import pytest
from kswitch.backends import numpy_reductions as reductions

SHAPES = [(7,), (5, 3), (3, 20), (2, 3, 4), (2, 1, 3, 2), (0, 3), (3, 0), (5000,), (1, 1)]


def axes_of(shape):
    rank = len(shape)
    every = [axes for n in range(1, rank + 1) for axes in combinations(range(rank), n)]
    return [None, 0, -1, *every, tuple(range(-rank, 0)), ()]


CASES = [(shape, axes) for shape in SHAPES for axes in axes_of(shape)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("shape", "axes"), CASES)
def test_sum(shape, axes, keepdims, dtype, order):
    x = np.array(np.random.default_rng(0).random(shape), dtype, order=order)
    expected = np.add.reduce(x, axes, None, None, keepdims)
    found = reductions.total(x, axes, keepdims)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, 1e-2 if dtype == "float16" else 1e-5)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("shape", "axes"), [(s, a) for s, a in CASES if 0 not in s])
def test_largest(shape, axes, keepdims):
    x = np.random.default_rng(0).standard_normal(shape)
    expected = np.maximum.reduce(x, axes, None, None, keepdims)
    found = reductions.largest(x, axes, keepdims)
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_stays_in_its_row(value):
    x = np.ones((3, 4), "float32")
    x[1, 2] = value
    np.testing.assert_array_equal(reductions.total(x, 1), [4, value, 4])
    np.testing.assert_array_equal(reductions.total(x, 0), [3, 3, value, 3])
    largest = value if value != -np.inf else 1
    np.testing.assert_array_equal(reductions.largest(x, 1), [1, largest, 1])


@pytest.mark.parametrize("rows", [100, 10_000, 1_000_000])
def test_sum_is_no_less_exact_than_numpys(rows):
    x = np.full((rows, 2), 0.1, "float32")
    exact = np.float64(x[0]) * rows
    error, theirs = (abs(s - exact).max() for s in (reductions.total(x, 0), np.add.reduce(x, 0)))
    assert error <= theirs + 1e-6 * exact[0]
