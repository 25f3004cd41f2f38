"""Compares what came with what was expected: values, dtypes, shapes, untouched inputs."""

import numpy as np
import pytest

TOLERANCES = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 1e-5, "float64": 1e-10}


def flat(results):
    """One result or nested lists of them as a flat list."""
    if isinstance(results, (list, tuple)):
        return [each for part in results for each in flat(part)]
    return [results]


def expected(want):
    """What is expected as a flat list: tuples are several results, lists are arrays."""
    return [each for part in want for each in expected(part)] if isinstance(want, tuple) else [want]


def dtype_of(case, want, arrays):
    """The dtype that a result must have."""
    if case.dtype is not None:
        return case.dtype
    kind = want.dtype.kind
    if kind == "b":
        return "bool"
    same = [a.dtype.name for a in arrays if a.dtype.kind == kind]
    return same[0] if same else {"f": "float32"}.get(kind, "int32")


def values(case, actual, expected, arrays, narrow=False):
    """Fails unless results are as expected in number, shape, dtype and value.

    Args:
        case: says the dtype and the tolerance.
        actual: list of NumPy arrays.
        expected: list of arrays and numbers.
        arrays: the case's arrays, whose dtypes the results take after.
        narrow: whether 32 bits may stand for 64, as on engines that have no others by default.
    """
    assert len(actual) == len(expected), f"{len(actual)} results, expected {len(expected)}"
    for got, want in zip(actual, expected, strict=True):
        want = np.asarray(want)
        dtype = dtype_of(case, want, arrays)
        assert got.shape == want.shape, f"the shape is {got.shape}, expected {want.shape}"
        if not (narrow and f"{got.dtype.name[:-2]}64" == dtype):
            assert got.dtype.name == dtype, f"the dtype is {got.dtype.name}, expected {dtype}"
        close(got, want, case.tolerance or TOLERANCES.get(dtype, 0))


def close(got, want, tolerance, message=""):
    got, want = (x.astype("float32") if x.dtype.name == "bfloat16" else x for x in (got, want))
    if tolerance == 0:
        np.testing.assert_array_equal(got, want, message)
    else:
        np.testing.assert_allclose(got, want, tolerance, tolerance, err_msg=message)


def static_shape(K, tensor, value, complete=False):
    """Fails unless the static shape fits the shape of a value; complete: and knows all of it."""
    static = K.int_shape(tensor)
    fits = len(static) == value.ndim and all(
        n is None or n == m for n, m in zip(static, value.shape, strict=True)
    )
    if not fits or (complete and None in static):
        pytest.fail(f"K.int_shape is {static}, but the value has the shape {value.shape}.")


def static_dtype(K, tensor, value):
    if K.dtype(tensor) != value.dtype.name:
        pytest.fail(f"K.dtype is {K.dtype(tensor)!r}, but the value has the dtype {value.dtype}.")


def unchanged(before, after):
    """Fails if an input has been written to."""
    for old, new in zip(before, after, strict=True):
        close(new, old, 0, "an input was changed in place")
