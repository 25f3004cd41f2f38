"""By hand on JAX: one jitted step that is given the old state to keep."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from kswitch.bench import models


def logistic(x, weights):
    w, b = weights
    return x @ w + b


def mlp(x, weights):
    w1, b1, w2, b2 = weights
    return jax.nn.relu(x @ w1 + b1) @ w2 + b2


def cnn(x, weights):
    k1, b1, k2, b2, w, b = weights
    for kernel, bias in ((k1, b1), (k2, b2)):
        x = lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = jax.nn.relu(x + bias)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.reshape(len(x), -1) @ w + b


def lstm(x, weights):
    kernel, recurrent, bias, w, b = weights

    def advance(state, row):
        h, c = state
        i, f, g, o = jnp.split(row + h @ recurrent, 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), None

    zeros = jnp.zeros((len(x), recurrent.shape[0]))
    (h, _), _ = lax.scan(advance, (zeros, zeros), jnp.swapaxes(x, 0, 1) @ kernel + bias)
    return h @ w + b


LOGITS = {"logistic regression": logistic, "MLP": mlp, "CNN": cnn, "LSTM": lstm}


def sgd(weights, gradients, moments):
    pairs = zip(moments, gradients, strict=True)
    moments = [models.MOMENTUM * m - models.RATE * g for m, g in pairs]
    return [w + m for w, m in zip(weights, moments, strict=True)], moments


def adam(weights, gradients, state):
    count, first, second = state
    b1, b2 = models.ADAM["beta_1"], models.ADAM["beta_2"]
    count = count + 1
    rate = models.ADAM["rate"] * jnp.sqrt(1 - b2**count) / (1 - b1**count)
    first = [b1 * m + (1 - b1) * g for m, g in zip(first, gradients, strict=True)]
    second = [b2 * v + (1 - b2) * g * g for v, g in zip(second, gradients, strict=True)]
    weights = [
        w - rate * m / (jnp.sqrt(v) + models.ADAM["epsilon"])
        for w, m, v in zip(weights, first, second, strict=True)
    ]
    return weights, (count, first, second)


def build(model, optimizer, weights):
    logits = LOGITS[model]
    change = sgd if optimizer == "SGD" else adam

    def loss_of(weights, x, t):
        return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(logits(x, weights)), axis=1))

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(weights, state, x, t):
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, t)
        return *change(weights, gradients, state), loss

    zeros = lambda: [jnp.zeros(w.shape) for w in weights]
    state = zeros() if optimizer == "SGD" else (jnp.array(0), zeros(), zeros())
    current = [jnp.array(w) for w in weights]

    def step(x, t):
        nonlocal current, state
        current, state, loss = update(current, state, x, t)
        return float(loss)

    return step
