"""Weights of models: the same ones on every backend, and what is to compare of them."""

import numpy as np


def fill(model, seed=0, scale=1.0):
    """Sets all weights of a model from a seed.

    Kernels are uniform, `scale` times as wide as Glorot's; biases and the like keep close to their
    initial values.
    """
    random = np.random.RandomState(seed)
    model.set_weights([_filled(random, w, scale) for w in model.get_weights()])
    return model


def _filled(random, w, scale):
    if w.ndim < 2:
        return w + random.uniform(-0.05, 0.05, w.shape)
    fans = np.prod(w.shape[:-2]) * (w.shape[-2] + w.shape[-1])
    limit = scale * np.sqrt(6.0 / fans)
    return random.uniform(-limit, limit, w.shape)


def norms(model):
    """The Euclidean norm of each weight."""
    return [np.linalg.norm(w) for w in model.get_weights()]


def steps(model, x, y, count=3, **options):
    """The losses, and metrics if there are any, of training steps on one batch."""
    return [model.train_on_batch(x, y, **options) for _ in range(count)]
