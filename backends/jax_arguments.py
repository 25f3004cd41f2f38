"""Arguments of kernels: what jax.jit takes, sizes that are symbols, and the mode of a dtype."""

import builtins
import contextlib
import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from kswitch.compile.program import WIDE
from kswitch.graph.record import numpy_dtype


def jitted(*static):
    """Jits a kernel for native calls, once for each value of the parameters named here."""

    def decorate(function):
        names = list(inspect.signature(function).parameters)
        positions = tuple(names.index(name) for name in static)

        @functools.wraps(function)
        def traced(*args):  # in the mode of the arguments
            wide = builtins.any(x.dtype.name in WIDE for x in args if isinstance(x, jax.Array))
            with jax.enable_x64(True) if wide else contextlib.nullcontext():
                return function(*args)

        compiled = jax.jit(traced, static_argnums=positions, inline=True)

        @functools.wraps(function)
        def kernel(*args):
            if list in map(type, args):  # common and easily told; an exception takes 15 µs
                args = [tuple(a) if type(a) is list else a for a in args]
            try:
                return compiled(*args)
            except (TypeError, ValueError):
                return compiled(*[hashable(a) if i in positions else a for i, a in enumerate(args)])

        return kernel if positions else compiled

    return decorate


def hashable(option):
    """An option as jax.jit takes it: lists become tuples, arrays numbers (tracers refuse)."""
    if isinstance(option, (np.ndarray, jax.Array)):
        option = option.tolist()
    return tuple([hashable(x) for x in option]) if isinstance(option, (list, tuple)) else option


def is_sizes(x):
    """Whether x is a size, or an array of such, that is a symbol: jax.export traces with those, and
    Keras infers shapes so.
    """
    return export.is_symbolic_dim(x) or (isinstance(x, np.ndarray) and x.dtype == object)


def of_sizes(x):
    """An integer tensor of what `is_sizes` tells."""
    if isinstance(x, np.ndarray):
        return jnp.stack([jnp.asarray(n, jnp.int32) for n in x.tolist()])
    return jnp.asarray(x, jnp.int32)


def mode_of(dtype):
    """The context in which tensors of a dtype can be made."""
    return jax.enable_x64(True) if dtype in WIDE else contextlib.nullcontext()


def asarray(x, dtype):
    """A copy: the value of a variable dies when a program updates it, NumPy's memory may change."""
    with mode_of(dtype):
        if isinstance(x, jax.Array):
            return jnp.array(x, dtype)
        return jnp.asarray(np.array(x, numpy_dtype(dtype)))
