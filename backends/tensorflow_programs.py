"""Runs programs in TensorFlow: as a graph that reads and assigns their variables, or eagerly.

A graph is called through `StatefulPartitionedCall`, with its feeds as they are: 16 µs, where a
tf.function takes 180 and its ConcreteFunction 90. To trace and optimise a call of a kernel takes
up to 1 ms.

A program with convolutions or pooling runs eagerly where a feed has no elements: a graph would not
know it, and oneDNN's kernels fail there; see `tensorflow_windows`.
"""

import functools

import numpy as np
import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw
from kswitch.backends import tensorflow_updates as updates
from kswitch.backends.tensorflow_arguments import SMALL

from kswitch import foreign

SHORT = 300  # calls in a program that keeps the numbers of its lines
LONG = 3000  # calls in a program that is traced at once
PATIENCE = 50  # how often a longer one runs eagerly before: that takes as long as to trace it

# Folding constants would make (1 - x) + 1e-7 into (1 + 1e-7) - x: 9 % more where x is nearly 1
_config = tf.compat.v1.ConfigProto()
_config.graph_options.rewrite_options.constant_folding = 2  # off
AS_WRITTEN = _config.SerializeToString()

WINDOWED = frozenset(
    ("convolution", "convolution_input", "convolution_kernel")
    + ("pooling", "pooling_gradient", "pooling_choice")
)


def compile(program):
    """A callable that takes the feeds of a program; see `kswitch.backends`."""
    if program.size <= LONG:
        return _traced(program) if WINDOWED.isdisjoint(program.kernels) else _unless_empty(program)
    run = None
    calls = 0

    def patient(feeds):
        nonlocal calls, run
        calls += 1
        if calls > PATIENCE:
            run = run or _unless_empty(program)
            return run(feeds)
        return _eagerly(program, feeds)

    return patient


def jit_compile(program):
    """As `compile`, through XLA."""
    if WINDOWED.isdisjoint(program.kernels):
        return _traced(program, jit_compile=True)
    return _unless_empty(program, jit_compile=True)


def _unless_empty(program, jit_compile=None):
    """A callable that traces a program, but runs feeds without elements eagerly."""
    run = None

    def choose(feeds):
        nonlocal run
        for x in feeds:
            if 0 in x.shape:
                return _eagerly(program, feeds)
        run = run or _traced(program, jit_compile)
        return run(feeds)

    return choose


def _eagerly(program, feeds):
    feeds = [tf.convert_to_tensor(x) for x in feeds]
    return _run(program, _function(program), [*feeds, *_draws(program)])


def evaluate(program):
    """The outputs of a program without feeds, run eagerly."""
    return _run(program, _function(program), _draws(program))


def inline(program, feeds):
    """The outputs, as part of whatever TensorFlow differentiates or traces at the moment."""
    values = list(map(inline_value, program.variables))
    draws = _draws(program)
    if draws and not tf.executing_eagerly():
        draws = [tf.random.uniform((len(program.seeds),), maxval=SMALL, dtype=tf.int32)]
    return program.function(*feeds, *values, *draws)[0]


def inline_value(variable):
    value = variable.value
    return value.read_value() if isinstance(value, tf.Variable) else value


trace = functools.partial(tf.function, autograph=False)


def key(seed, draw, *indices):
    """The key of a random kernel: of a seed, its draw and the indices of the loops around it."""
    result = tf.stack([seed % SMALL, draw])
    for i in indices:
        result = tf.random.fold_in(result, i)
    return result


def _traced(program, jit_compile=None):
    """A callable that runs a program as a graph.

    StatefulPartitionedCall asks the functions that its graph calls whether XLA is to compile them,
    but not that graph itself: so there is a graph around one that is compiled.
    """
    function = _function(program)
    signature = [tf.TensorSpec(x.shape, x.dtype) for x in program.inputs]
    if program.seeds:
        signature.append(tf.TensorSpec((len(program.seeds),), tf.int32))

    def run(*feeds):
        return _run(program, function, feeds)

    if jit_compile:
        compiled = tf.function(run, signature, autograph=False, jit_compile=True)
        run = _on_copies(program, compiled) if "copy" in program.kernels else compiled
    graph = tf.function(run, signature, autograph=False).get_concrete_function()
    captured = list(graph.captured_inputs)
    types = [x.dtype for x in graph.outputs]
    if tf.int32 in types:  # StatefulPartitionedCall refuses some of them, such as a shape
        return lambda feeds: graph(*map(tf.convert_to_tensor, [*feeds, *_draws(program)]))
    call = raw.StatefulPartitionedCall
    options = {"Tout": types, "f": graph, "config_proto": AS_WRITTEN}
    if program.seeds:
        return lambda feeds: call(args=[*feeds, *_draws(program), *captured], **options)
    return lambda feeds: call(args=[*feeds, *captured], **options)


def _on_copies(program, compiled):
    """A call on copies of the feeds: XLA has no op that copies one where it becomes a new value."""
    program.function.__globals__["copy"] = lambda x: x
    return lambda *feeds: compiled(*[raw.DeepCopy(x=x) for x in feeds])


def _run(program, function, feeds):
    """The outputs; all new values come from the old ones, then the variables are assigned."""
    count = len(program.inputs)
    values = [v.value.read_value() for v in program.variables]
    outputs, new, *arguments = function(*feeds[:count], *values, *feeds[count:])
    for variable, value in zip(program.updated, new, strict=True):
        variable.value.assign(value, read_value=False)
    for call, given in zip(program.fused, *(arguments or [()]), strict=True):
        getattr(updates, call.kernel)(*[v.value for v in call.variables], *given)
    return outputs


def _draws(program):
    """The numbers of the next draws of a program's random nodes, as its last argument, if any."""
    if not program.seeds:
        return []
    numbers = [seed.draws % SMALL for seed in program.seeds]
    for seed in program.seeds:
        seed.draws += 1
    return [np.array(numbers, np.int32)]


def _function(program):
    """The program's function; if it is long, without the numbers of its lines.

    TensorFlow asks for the line at every op, and Python counts from the first one to find it: in a
    function of 10,000 lines an op takes 295 µs instead of 16.
    """
    function = program.function
    if program.size > SHORT:
        function.__code__ = function.__code__.replace(co_linetable=b"")
    return function


class Protocols:
    """What TensorFlow asks of a symbolic tensor that one of its own functions got."""

    __slots__ = ()

    def __tf_tensor__(self, dtype=None, name=None):
        """The value; the error of a tensor without one leaves an operator to K."""
        value = foreign.boundary(self.K, self, "TensorFlow")
        return tf.convert_to_tensor(value, dtype, name=name)
