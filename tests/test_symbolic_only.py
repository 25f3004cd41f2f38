"""A K that records every call, as Keras 2 expects: also of numbers and arrays alone."""

import numpy as np
import pytest
from kswitch.backends import numpy_backend

from kswitch import dispatch


@pytest.fixture
def K():
    return dispatch.bind("numpy", numpy_backend, symbolic_only=True)


CALLS = [
    ("log", (2.0,), np.log(2)),
    ("zeros_like", ([1.0, 2.0],), [0, 0]),
    ("greater", (2.0, 1), True),
    ("sum", (np.ones((2, 3)),), 6),
    ("softmax", (np.zeros((1, 2)),), [[0.5, 0.5]]),
]


@pytest.mark.parametrize(("name", "args", "want"), CALLS)
def test_calls_on_arrays_and_numbers_are_recorded(K, name, args, want):
    result = getattr(K, name)(*args)
    assert K.is_symbolic(result)
    np.testing.assert_allclose(K.eval(result), want)


def test_constant_does_not_freeze_what_it_meets(K):
    x = K.variable([1.0, 2.0])
    step = K.function([], [x + K.zeros_like([5.0, 5.0])])
    K.set_value(x, [3.0, 4.0])
    np.testing.assert_allclose(step([])[0], [3, 4])
