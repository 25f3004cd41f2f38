"""Kernels that change or look at the shape of tensors in JAX."""

import builtins
import math

import jax.numpy as jnp
import numpy as np
from jax import lax
from kswitch.backends import jax_programs as programs
from kswitch.backends.jax_arguments import asarray, hashable, is_sizes, jitted

from kswitch import config

SIZES = frozenset((int, np.int32, np.int64))


def shape(x):
    is_known = builtins.all(type(n) is int for n in x.shape)
    return np.array(x.shape, np.int32 if is_known else object)


def size(x, name=None):
    number = math.prod(x.shape)
    return number if is_sizes(number) else np.int32(number)


reshape = jitted("shape")(jnp.reshape)
permute_dimensions = jitted("axes")(jnp.transpose)


@jitted("axis")
def expand_dims(x, axis=-1):
    return jnp.expand_dims(x, axis)


squeeze = jitted("axis")(jnp.squeeze)


_broadcast = jitted("shape")(jnp.broadcast_to)


def broadcast_like(x, y):
    return _broadcast(x, jnp.shape(y))


@jitted("axis")
def concatenate(tensors, axis=-1):
    return jnp.concatenate(tensors, axis)


_stack = jitted("axis")(jnp.stack)


def stack(x, axis=0):
    if type(x[0]) in SIZES and builtins.all(type(n) in SIZES for n in x) and programs.tracing():
        return np.array(x, np.int32)  # sizes, see `shape`: jax.jit needs them as they are
    return _stack(x, axis)


def _concrete(key):
    """An index whose slices have ends that are ints."""
    return tuple(
        slice(*[hashable(part) for part in (k.start, k.stop, k.step)]) if type(k) is slice else k
        for k in (key if type(key) is tuple else (key,))
    )


def getitem(x, key):
    """Not jitted: x[i] for a thousand i would be compiled as often."""
    return x[_concrete(key)]


def getitem_gradient(g, x, key):
    key = _concrete(key)
    padding = _surroundings(key, x.shape)
    if padding is None:
        return jnp.zeros(x.shape, g.dtype).at[key].set(g)
    kept = [n - low - high for n, (low, high, _) in zip(x.shape, padding, strict=True)]
    kept = [-(-n // (step + 1)) for n, (_, _, step) in zip(kept, padding, strict=True)]
    return lax.pad(jnp.reshape(g, kept), np.zeros((), g.dtype), padding)


def _surroundings(key, shape):
    """The zeros around and between x[key], for lax.pad; None if only a scatter will do."""
    if not builtins.all(k is None or k is Ellipsis or type(k) in (int, slice) for k in key):
        return None
    key = [k for k in key if k is not None]
    at = key.index(Ellipsis) if Ellipsis in key else len(key)
    rest = key[at + 1 :]
    key = [*key[:at], *[slice(None)] * (len(shape) - at - len(rest)), *rest]
    padding = []
    for k, n in zip(key, shape, strict=True):
        places = range(n)[k if type(k) is slice else slice(k % n, k % n + 1)]
        if not places or places.step < 0:
            return None
        padding.append((places[0], n - 1 - places[-1], places.step - 1))
    return padding


reverse = jitted("axis")(jnp.flip)


@jitted()
def gather(reference, indices):
    return reference.at[indices].get(mode="clip")


@jitted()
def gather_gradient(g, reference, indices):
    return jnp.zeros(reference.shape, g.dtype).at[indices].add(g)


@jitted("paddings")
def pad(x, paddings, value=0.0):
    value = lax.convert_element_type(value, x.dtype)
    return lax.pad(x, value, [(before, after, 0) for before, after in paddings])


repeat_elements = jitted("repeats", "axis")(jnp.repeat)
tile = jitted("reps")(jnp.tile)


@jitted("num_classes", "dtype")
def _one_hot(indices, num_classes, dtype):
    return (jnp.expand_dims(indices, -1) == jnp.arange(num_classes)).astype(dtype)


def one_hot(indices, num_classes):
    return _one_hot(indices, num_classes, config.floatx())


def nonzero(x):
    return tuple([asarray(i, "int32") for i in np.nonzero(np.asarray(x))])
