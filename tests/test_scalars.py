"""Scalars of fused updates that Python computes: the functions are NumPy's, and what reads more
than scalars stays with the engine.
"""

import numpy as np
import pytest

import kswitch
from kswitch import backend as K
from kswitch.compile import optimizations, scalars

VALUES = (0.0, 1.0, -1.0, 3.0, -3.0, 0.25, 1e300, -1e300, np.inf, -np.inf, np.nan)


@pytest.mark.parametrize("y", VALUES)
@pytest.mark.parametrize("x", VALUES)
@pytest.mark.parametrize(
    ("ours", "numpys"), [(scalars.quotient, np.divide), (scalars.power, np.power)]
)
def test_functions_of_two_numbers_are_numpys(ours, numpys, x, y):
    with np.errstate(all="ignore"):
        np.testing.assert_equal(float(ours(x, y)), float(numpys(x, y)))


@pytest.mark.parametrize("x", VALUES)
def test_root_of_what_is_negative_is_0(x):
    np.testing.assert_equal(scalars.root(x), np.sqrt(np.maximum(x, 0.0)))


def descent(rate, K=K):
    """A variable, and the function that descends by a gradient at a rate(fed, steps, variable)."""
    p, g, fed = K.variable(np.ones((2, 3))), K.placeholder((2, 3)), K.placeholder(())
    steps = K.variable(4, dtype="int64")
    updates = [K.update_sub(p, rate(fed, steps, p) * g), K.update_add(steps, 1)]
    return p, K.function([g, fed], [], updates=updates)


RATES = {
    "decay": lambda fed, steps, p: fed / (1.0 + 0.5 * K.cast(steps, "float32")),
    "corrected": lambda fed, steps, p: -fed * K.sqrt(1.0 - K.pow(0.9, K.cast(steps, "float32"))),
    "of-all": lambda fed, steps, p: fed * K.sum(p),
}
EXPECTED = {
    "decay": lambda fed, steps, total: fed / (1 + 0.5 * steps),
    "corrected": lambda fed, steps, total: -fed * np.sqrt(1 - 0.9**steps),
    "of-all": lambda fed, steps, total: fed * total,
}


@pytest.mark.parametrize("without", [(), ("scalars",), ("fused",)], ids="-".join)
@pytest.mark.parametrize("rate", RATES)
def test_rates_follow_the_formula(rate, without, monkeypatch):
    monkeypatch.setattr(optimizations, "ENABLED", optimizations.ENABLED.difference(without))
    p, step = descent(RATES[rate])
    g = np.arange(6.0).reshape(2, 3) / 10
    expected = np.ones((2, 3))
    for steps, fed in ((4, 0.5), (5, 0.25)):
        step([g, fed])
        expected = expected - EXPECTED[rate](fed, steps, expected.sum()) * g
        np.testing.assert_allclose(K.get_value(p), expected, 1e-5)


def test_division_by_0_is_no_error():
    p, step = descent(lambda fed, steps, p: 0.5 / (fed - fed))
    step([np.full((2, 3), 2.0), 1.0])
    assert (K.get_value(p) == -np.inf).all()


def test_python_computes_what_depends_on_scalars_only():
    _, step = descent(lambda fed, steps, p: fed / (fed + 1.0), kswitch.load_backend("numpy"))
    step([np.ones((2, 3)), 1.0])
    assert "= number(x1)" in step.source
    assert "quotient(" in step.source


def test_long_chain_of_scalars():
    def rate(fed, steps, p):
        for _ in range(3000):
            fed = fed + fed * 0.0
        return fed

    K = kswitch.load_backend("numpy")
    p, step = descent(rate, K)
    step([np.ones((2, 3)), 0.5])
    assert (K.get_value(p) == 0.5).all()
