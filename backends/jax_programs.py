"""Runs programs in JAX: jitted, with the memory of updated variables given away; or plainly."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import io_callback

from kswitch.compile.program import WIDE
from kswitch.graph.record import numpy_dtype

LONG = 3000  # lines; XLA takes 0.5 s to compile 1,000 of them, 23 s for 10,000
UNTRACEABLE = (jax.errors.ConcretizationTypeError, jax.errors.TracerIntegerConversionError)


def compile(program):
    """A jitted program, which takes over the memory of the variables that it updates.

    It stays plain Python if it is long, or if a shape in it depends on values, as jax.jit needs
    concrete ones. Whether a shape depends on a fed number turns out when the program is traced.
    """
    function = _settled(program)
    if program.dynamic or program.size > LONG:
        return _runner(program, function, jitted=False)
    first = len(program.inputs)
    donated = [i for i, v in enumerate(program.variables, first) if v in program.updated]
    runs = [_runner(program, jax.jit(function, donate_argnums=donated), jitted=True)]

    def run(feeds):
        try:
            return runs[0](feeds)
        except UNTRACEABLE:
            runs[0] = _runner(program, function, jitted=False)
        return runs[0](feeds)

    return run


def evaluate(program):
    return _runner(program, _settled(program), jitted=False)([])


def trace(function):
    """jax.jit; with 64-bit tensors in their mode."""
    jitted = jax.jit(function)

    def call(*tensors):
        wide = any(x.dtype.name in WIDE for x in tensors)
        with jax.enable_x64(True) if wide else contextlib.nullcontext():
            return jitted(*tensors)

    return call


def inline(program, feeds):
    """The outputs, as part of whatever JAX differentiates or traces at the moment."""
    args = [*feeds, *map(inline_value, program.variables)]
    if program.seeds:
        args.append(_draws(program.seeds))
    with jax.enable_x64(True) if program.wide else contextlib.nullcontext():
        return program.function(*args)[0]


def inline_value(variable):
    """Its value; a program that is traced once asks for it anew at each run."""
    value = variable.value
    if isinstance(value, jax.core.Tracer) or not tracing():  # or made in what is traced now
        return value
    like = jax.ShapeDtypeStruct(value.shape, value.dtype)
    return io_callback(lambda: np.asarray(variable.value), like)


def tracing() -> bool:
    """Whether what is computed now is traced, to run later."""
    return isinstance(jnp.zeros((), "int32"), jax.core.Tracer)


def _draws(seeds):
    """The numbers of the next draws; a program that is traced once draws at each run."""

    def draw():
        numbers = np.array([seed.draws for seed in seeds], np.uint32)
        for seed in seeds:
            seed.draws += 1
        return numbers

    return (
        io_callback(draw, jax.ShapeDtypeStruct((len(seeds),), np.uint32)) if tracing() else draw()
    )


def new_seed():
    """A seed from NumPy; a program that is traced once takes one at each run."""

    def draw():
        return np.uint32(np.random.randint(2**31))

    return io_callback(draw, jax.ShapeDtypeStruct((), np.uint32)) if tracing() else draw()


def _settled(program):
    """The program's function, but new values own their memory: the next call may give it away.

    They also get the variable's own dtype: a weakly typed one would compile the next call again.
    """
    function = program.function
    if not program.updated:
        return function
    dtypes = [numpy_dtype(v.dtype) for v in program.updated]

    def settled(*args):
        outputs, news = function(*args)
        taken = {id(x) for x in (*args, *function.__globals__.values())}
        own = []
        for new, dtype in zip(news, dtypes, strict=True):
            new = lax.convert_element_type(new, dtype)
            own.append(jnp.copy(new) if id(new) in taken else new)
            taken.add(id(new))
        return outputs, tuple(own)

    return settled


def _runner(program, function, jitted):
    """function(*feeds, *values[, draws]) as a callable of the feeds that stores the new values."""
    variables, updated, seeds = program.variables, program.updated, program.seeds
    prints = "print_value" in program.function.__globals__
    mode = jax.enable_x64 if program.wide else None

    def run(feeds):
        values = [v.value for v in variables]
        for i, x in enumerate(feeds):
            if type(x) is not np.ndarray and any(x is v for v in values):
                feeds[i] = jnp.copy(x)  # a program cannot read what is given to it to keep
        args = (*feeds, *values)
        if seeds:
            args += (np.array([seed.draws for seed in seeds], np.uint32),)
            for seed in seeds:
                seed.draws += 1
        if mode is None:
            outputs, news = function(*args)
        else:
            with mode(True):
                outputs, news = function(*args)
        for variable, new in zip(updated, news, strict=True):
            variable.value = new
        if not (jitted and outputs):
            jax.block_until_ready((outputs, news))  # the caller may overwrite the arrays it fed
        if prints:
            jax.effects_barrier()
        return outputs

    return run
