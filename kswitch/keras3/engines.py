"""How each engine differentiates a function of tensors, and how it is told not to.

Each function here takes loss(tensors, weights) and the two lists of native tensors, and returns the
gradients by all of them; zeros where there is no connection.
"""

import contextlib


def by_torch(loss, tensors, weights):
    import torch

    again = torch.is_grad_enabled()
    with torch.enable_grad():
        values = [
            x if x.requires_grad else x.detach().requires_grad_() for x in (*tensors, *weights)
        ]
        total = loss(values[: len(tensors)], values[len(tensors) :])
        if not total.requires_grad:
            return [torch.zeros_like(x) for x in values]
        return list(
            torch.autograd.grad(
                total, values, create_graph=again, allow_unused=True, materialize_grads=True
            )
        )


def by_jax(loss, tensors, weights):
    import jax

    first, second = jax.grad(loss, (0, 1))(list(tensors), list(weights))
    return [*first, *second]


def by_tensorflow(loss, tensors, weights):
    import tensorflow as tf

    values = [*tensors, *map(tf.convert_to_tensor, weights)]
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = loss(values[: len(tensors)], values[len(tensors) :])
    found = tape.gradient(total, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [tf.convert_to_tensor(g) for g in found]


GRADIENTS = {"torch": by_torch, "jax": by_jax, "tensorflow": by_tensorflow}


def no_gradients(engine):
    """A context in which nothing is kept for a reverse pass."""
    if engine == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()
