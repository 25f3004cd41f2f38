"""Loops and branches in JAX: those of lax, which can be traced."""

import jax
import jax.numpy as jnp
from jax import lax
from kswitch.backends.jax_arguments import hashable, is_sizes


def cond(predicate, then, otherwise):
    if isinstance(predicate, jax.core.Tracer):
        return lax.cond(predicate, then, otherwise)
    return then() if predicate else otherwise()


def scan(step, xs, init, length=None, reverse=False, indexed=False):
    length = xs[0].shape[0] if length is None else hashable(length)
    numbers = (jnp.arange(length, dtype="int32"),) if indexed else ()
    states = tuple([lax.convert_element_type(x, jnp.result_type(x)) for x in init])

    def body(states, slices):
        index, slices = slices[: len(numbers)], slices[len(numbers) :]
        new, outputs = step(*index, *states, *slices)
        new = [lax.convert_element_type(x, s.dtype) for x, s in zip(new, states, strict=True)]
        return tuple(new), tuple(outputs)

    length = None if is_sizes(length) else length  # it has xs, then
    states, outputs = lax.scan(body, states, (*numbers, *xs), length, reverse)
    return (*states, *outputs)
