"""K.function(..., jit_compile=True): other speed, same numbers; on any engine."""

import shutil

import numpy as np
import pytest

from kswitch import backend as K
from kswitch.bench import models

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


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_small_convolutional_network(optimizer):
    model = models.Model(
        (((3, 3, 2, 4), 0.3), ((4,), 0), ((16, 10), 0.1), ((10,), 0)), (4, 4, 2), 5, convolved
    )
    weights, x, t = models.data(model)
    plain = models.build(K, model, optimizer, weights)
    jitted = models.build(K, model, optimizer, weights, jit_compile=True)
    for _ in range(3):
        np.testing.assert_allclose(jitted(x, t), plain(x, t), 1e-4)


def convolved(K, x, weights):
    kernel, bias, w, b = weights
    x = K.relu(K.bias_add(K.conv2d(x, kernel, padding="same"), bias))
    return K.bias_add(K.dot(K.batch_flatten(K.pool2d(x, (2, 2), (2, 2))), w), b)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_all_comes_from_the_old_state():
    first, second = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    v, w, x = K.variable(first), K.variable(second), K.placeholder((2, 3))
    updates = [K.update(v, x), K.update(w, v)]
    step = K.function([x], [v, K.identity(w)], updates=updates, jit_compile=True)
    fed = np.full((2, 3), 7.0, "float32")
    for got, want in zip(step([fed]), (first, second), strict=True):
        np.testing.assert_array_equal(got, want)
    fed[:] = 0
    np.testing.assert_array_equal(K.get_value(v), np.full((2, 3), 7.0))
    np.testing.assert_array_equal(K.get_value(w), first)


@pytest.mark.skipif(K.backend() != "tensorflow", reason="XLA is to refuse what it does not have")
def test_xla_compiles():
    x = K.placeholder((2, 3))
    step = K.function([x], [K.print_tensor(x) + 1.0], jit_compile=True)
    with pytest.raises(Exception, match="XLA"):
        step([np.ones((2, 3))])
