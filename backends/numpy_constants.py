"""Arrays that NumPy's kernels use again and again."""

from functools import lru_cache

import numpy as np

KEPT = 2**16  # the longest row of ones that is kept


def scalar(x, dtype):
    """A number as an array of rank 0: beside a Python number a small operation takes twice as
    long.
    """
    return _number(x, dtype) if type(x) is float else np.asarray(x, dtype)


@lru_cache(256)
def _number(x, dtype):
    return _frozen(np.array(x, dtype))


def ones(n, dtype):
    return _row(n, dtype) if n <= KEPT else np.ones(n, dtype)


@lru_cache(32)
def _row(n, dtype):
    return _frozen(np.ones(n, dtype))


def _frozen(array):
    array.flags.writeable = False
    return array
