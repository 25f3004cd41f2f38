"""K.function(..., jit_compile=True): other speed, same numbers; on any engine."""

import shutil

import numpy as np
import pytest

from kswitch import backend as K

pytestmark = pytest.mark.skipif(
    K.backend() == "torch" and shutil.which("g++") is None,
    reason="inductor needs a C++ compiler: g++",
)


def step(jit_compile):
    """A training step of a small network; its source, and the losses of three calls."""
    random = np.random.default_rng(2)
    x, t = K.placeholder((None, 5)), K.placeholder((None, 3))
    weights = [K.variable(random.standard_normal(shape)) for shape in ((5, 4), (4,), (4, 3), (3,))]
    hidden = K.tanh(K.bias_add(K.dot(x, weights[0]), weights[1]))
    z = K.bias_add(K.dot(hidden, weights[2]), weights[3])
    loss = K.mean(K.categorical_crossentropy(t, z, from_logits=True))
    gradients = K.gradients(loss, weights)
    updates = [K.update_sub(w, 0.5 * g) for w, g in zip(weights, gradients, strict=True)]
    function = K.function([x, t], [loss], updates=updates, jit_compile=jit_compile)
    data = [
        (random.standard_normal((n, 5)), np.eye(3)[random.integers(0, 3, n)]) for n in (6, 6, 7)
    ]
    losses = [float(function(pair)[0]) for pair in data]
    return function, losses, [K.get_value(w) for w in weights]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of inductor's own code
def test_steps_are_the_same():
    plain, expected, before = step(jit_compile=False)
    jitted, losses, after = step(jit_compile=True)
    np.testing.assert_allclose(losses, expected, 1e-5)
    for got, want in zip(after, before, strict=True):
        np.testing.assert_allclose(got, want, 1e-4, 1e-5)
    assert not plain.jit_compile
    assert jitted.jit_compile
