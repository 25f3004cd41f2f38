"""Small models and their training step in the classic idiom.

All classify: softmax cross-entropy over 10 classes. The optimizers compute what those of Keras 2 of
the same names compute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CLASSES = 10
INPUTS, HIDDEN = 784, 256
STEPS, FEATURES, UNITS = 50, 32, 64
RATE, MOMENTUM = 0.01, 0.9
ADAM = {"rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}


@dataclass(frozen=True)
class Model:
    """A model.

    Attributes:
        weights: shape and scale of each.
        shape: of x, without the batch.
        batch: how many rows a step gets.
        logits: (K, x, weights) -> (batch, CLASSES).
    """

    weights: Sequence[tuple[tuple[int, ...], float]]
    shape: tuple[int, ...]
    batch: int
    logits: Callable


def _logistic(K, x, weights):
    w, b = weights
    return K.bias_add(K.dot(x, w), b)


def _mlp(K, x, weights):
    w1, b1, w2, b2 = weights
    hidden = K.relu(K.bias_add(K.dot(x, w1), b1))
    return K.bias_add(K.dot(hidden, w2), b2)


def _cnn(K, x, weights):
    k1, b1, k2, b2, w, b = weights
    for kernel, bias in ((k1, b1), (k2, b2)):
        x = K.relu(K.bias_add(K.conv2d(x, kernel, padding="same"), bias))
        x = K.pool2d(x, (2, 2), (2, 2))
    return K.bias_add(K.dot(K.batch_flatten(x), w), b)


def _lstm(K, x, weights):
    kernel, recurrent, bias, w, b = weights

    def step(x, states):
        h, c = states
        z = K.bias_add(K.dot(x, kernel) + K.dot(h, recurrent), bias)
        i, f, g, o = (z[:, n * UNITS : (n + 1) * UNITS] for n in range(4))
        c = K.sigmoid(f) * c + K.sigmoid(i) * K.tanh(g)
        h = K.sigmoid(o) * K.tanh(c)
        return h, [h, c]

    zeros = K.zeros_like(K.dot(x[:, 0], kernel)[:, :UNITS])
    last, _, _ = K.rnn(step, x, [zeros, zeros])
    return K.bias_add(K.dot(last, w), b)


LINEAR = (((INPUTS, CLASSES), 0.03), ((CLASSES,), 0))
PERCEPTRON = (((INPUTS, HIDDEN), 0.03), ((HIDDEN,), 0), ((HIDDEN, CLASSES), 0.06), ((CLASSES,), 0))
CONVOLUTIONS = (
    ((3, 3, 1, 8), 0.3),
    ((8,), 0),
    ((3, 3, 8, 16), 0.1),
    ((16,), 0),
    ((784, CLASSES), 0.03),
    ((CLASSES,), 0),
)
RECURRENT = (
    ((FEATURES, 4 * UNITS), 0.1),
    ((UNITS, 4 * UNITS), 0.1),
    ((4 * UNITS,), 0),
    ((UNITS, CLASSES), 0.1),
    ((CLASSES,), 0),
)
MODELS = {
    "logistic regression": Model(LINEAR, (INPUTS,), 32, _logistic),
    "MLP batch 1": Model(PERCEPTRON, (INPUTS,), 1, _mlp),
    "MLP batch 32": Model(PERCEPTRON, (INPUTS,), 32, _mlp),
    "MLP batch 512": Model(PERCEPTRON, (INPUTS,), 512, _mlp),
    "CNN": Model(CONVOLUTIONS, (28, 28, 1), 32, _cnn),
    "LSTM": Model(RECURRENT, (STEPS, FEATURES), 32, _lstm),
}  # fmt: skip


def kind(name: str) -> str:
    """The name of a model without its batch size."""
    return name.partition(" batch")[0]


def data(model: Model) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Weights, a batch x, and one-hot classes t; always the same."""
    random = np.random.default_rng(0)
    weights = [
        (random.standard_normal(shape) * scale).astype("float32") for shape, scale in model.weights
    ]
    x = random.random((model.batch, *model.shape), dtype="float32")
    t = np.eye(CLASSES, dtype="float32")[random.integers(0, CLASSES, model.batch)]
    return weights, x, t


# Optimizers: (K, parameters, gradients) -> updates


def sgd(K: Any, parameters: list, gradients: list) -> list:
    updates = []
    for p, g in zip(parameters, gradients, strict=True):
        moment = K.zeros(K.int_shape(p))
        velocity = MOMENTUM * moment - RATE * g
        updates += [K.update(moment, velocity), K.update(p, p + velocity)]
    return updates


def adam(K: Any, parameters: list, gradients: list) -> list:
    iterations = K.variable(0, dtype="int64")
    updates = [K.update_add(iterations, 1)]
    t = K.cast(iterations, K.floatx()) + 1.0
    b1, b2 = ADAM["beta_1"], ADAM["beta_2"]
    rate = ADAM["rate"] * (K.sqrt(1.0 - K.pow(b2, t)) / (1.0 - K.pow(b1, t)))
    for p, g in zip(parameters, gradients, strict=True):
        m, v = K.zeros(K.int_shape(p)), K.zeros(K.int_shape(p))
        new_m = b1 * m + (1.0 - b1) * g
        new_v = b2 * v + (1.0 - b2) * K.square(g)
        new_p = p - rate * new_m / (K.sqrt(new_v) + ADAM["epsilon"])
        updates += [K.update(m, new_m), K.update(v, new_v), K.update(p, new_p)]
    return updates


OPTIMIZERS = {"SGD": sgd, "Adam": adam}


def build(
    K: Any, model: Model, optimizer: str, weights: list, jit_compile: bool = False
) -> Callable[[Any, Any], float]:
    """The step through K.function: step(x, t) -> the loss before it."""
    x = K.placeholder((None, *model.shape))
    t = K.placeholder((None, CLASSES))
    parameters = [K.variable(w) for w in weights]
    z = model.logits(K, x, parameters)
    loss = K.mean(K.categorical_crossentropy(t, z, from_logits=True))
    gradients = K.gradients(loss, parameters)
    updates = OPTIMIZERS[optimizer](K, parameters, gradients)
    function = K.function([x, t], [loss], updates=updates, jit_compile=jit_compile)
    return lambda x, t: float(function([x, t])[0])
