"""JAX: programs are functions that XLA compiles; state goes in and comes out.

Native calls are faster than jnp's own functions: each kernel is jitted, once for all its
options (`_kernel`), which takes 4 µs where jnp.reshape takes 17 and jax.nn.softmax 30. Thanks to
`inline=True` nothing of that is left in a program that is traced, nor in its compile time.

JAX has 64-bit dtypes only in a mode. The process-wide flag is the user's and stays as it is:
programs with such a dtype run inside the `jax.enable_x64` context. Native calls follow the mode
in which they are made: outside of it argmax gives int32. K.cast to a 64-bit dtype does what it says
in any mode, and kernels keep what they are given.
"""

import builtins
import contextlib
import functools
import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax
from kswitch.backends import ctc
from kswitch.backends import jax_programs as programs
from kswitch.backends import jax_windows as windows

from kswitch import config, foreign
from kswitch.compile.source import WIDE
from kswitch.graph.record import numpy_dtype

IN_PLACE = False
DYNAMIC_SHAPES = False
LISTS = False
HAS_GENERATORS = False
UNSUPPORTED: dict[str, str] = {
    "reshape-concatenated-traced": "jax.jit traces the array that a list among sizes becomes",
}
SIZES = frozenset((int, np.int32, np.int64))


def _kernel(*static):
    """Jits a kernel for native calls, once for each value of the parameters named here."""

    def decorate(function):
        names = list(inspect.signature(function).parameters)
        positions = tuple(names.index(name) for name in static)

        @functools.wraps(function)
        def traced(*args):  # in the mode of the arguments
            wide = builtins.any(x.dtype.name in WIDE for x in args if isinstance(x, jax.Array))
            with jax.enable_x64(True) if wide else contextlib.nullcontext():
                return function(*args)

        jitted = jax.jit(traced, static_argnums=positions, inline=True)

        @functools.wraps(function)
        def kernel(*args):
            if list in map(type, args):  # common and easily told; an exception takes 15 µs
                args = [tuple(a) if type(a) is list else a for a in args]
            try:
                return jitted(*args)
            except (TypeError, ValueError):
                return jitted(*[_hashable(a) if i in positions else a for i, a in enumerate(args)])

        return kernel if positions else jitted

    return decorate


def _hashable(option):
    """An option as jax.jit takes it: lists become tuples, arrays numbers (tracers refuse)."""
    if isinstance(option, (np.ndarray, jax.Array)):
        option = option.tolist()
    return tuple([_hashable(x) for x in option]) if isinstance(option, (list, tuple)) else option


# Hooks


def version():
    return jax.__version__


def devices():
    return [f"{device.device_kind.upper()}:{device.id}" for device in jax.devices()]


def is_native(x):
    return isinstance(x, jax.Array)


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


def native_shape(x):
    return x.shape


def native_dtype(x):
    return x.dtype.name


def _mode(dtype):
    """The context in which tensors of a dtype can be made."""
    return jax.enable_x64(True) if dtype in WIDE else contextlib.nullcontext()


def asarray(x, dtype):
    """A copy: the value of a variable dies when a program updates it, NumPy's memory may change."""
    with _mode(dtype):
        if isinstance(x, jax.Array):
            return jnp.array(x, dtype)
        return jnp.asarray(np.array(x, numpy_dtype(dtype)))


def to_numpy(x):
    return np.array(x)


def new_variable(array, dtype):
    return asarray(array, dtype)


def read(storage):
    return np.array(storage)


def write(storage, array):
    return asarray(array, storage.dtype.name)


@functools.partial(jax.jit, inline=True)
def _key(seed, folds):
    key = jax.random.key(seed)
    for number in folds:
        key = jax.random.fold_in(key, number)
    return key


def key(seed, draw, *indices):
    return _key(np.uint32(seed & 0xFFFFFFFF), (draw, *indices))


compile = programs.compile
evaluate = programs.evaluate
trace = programs.trace
inline = programs.inline
inline_value = programs.inline_value


class Protocols:
    """What JAX asks of a symbolic tensor that one of its own functions got."""

    __slots__ = ()

    @property
    def __jax_array__(self):
        """A function that gives the value; where there is none, an operator is left to K."""
        value = foreign.inline(self.K, self)
        if value is None:
            raise AttributeError(f"{self!r} has no value before its placeholders are fed.")
        return lambda: jnp.asarray(value)


# Creation and random numbers


@_kernel("shape", "dtype")
def fill(shape, value, dtype):
    return jnp.full(shape, value, dtype)


@_kernel("dtype")
def fill_like(x, value, dtype):
    return jnp.full(jnp.shape(x), value, dtype)


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    start, stop, step = (_hashable(x) for x in (start, stop, step))
    if is_sizes(start) or is_sizes(stop) or is_sizes(step):
        return jnp.arange(start, stop, step, dtype)
    return asarray(np.arange(start, stop, step), dtype)


def _random(seed):
    """A key from what a native call or a compiled graph gives as seed."""
    if isinstance(seed, jax.Array):
        return seed
    return _key(programs.new_seed(), (0,)) if seed is None else key(seed, 0)


_normal = _kernel("shape", "dtype")(jax.random.normal)


def standard_normal(seed, shape, dtype):
    return _normal(_random(seed), shape, dtype)


_uniform = _kernel("shape", "dtype")(jax.random.uniform)


def standard_uniform(seed, shape, dtype):
    return _uniform(_random(seed), shape, dtype)


@_kernel("shape", "dtype")
def _truncated(key, shape, dtype):
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


def standard_truncated(seed, shape, dtype):
    return _truncated(_random(seed), shape, dtype)


@_kernel("shape")
def _mask(key, x, level, shape):
    kept = jax.random.uniform(key, shape, jnp.float32) >= level
    return jnp.where(kept, 1.0 / (1.0 - level), 0.0).astype(x.dtype)


def dropout_mask(x, level, noise_shape=None, seed=None):
    return _mask(_random(seed), x, level, x.shape if noise_shape is None else noise_shape)


# Element-wise


@_kernel()
def divide(x, y):
    return x / y


_power = _kernel()(jnp.power)


def pow(x, a):
    if type(a) in (int, float) and a == 2:
        return jnp.square(x)
    return _power(x, a)


equal = _kernel()(jnp.equal)
not_equal = _kernel()(jnp.not_equal)
greater = _kernel()(jnp.greater)
greater_equal = _kernel()(jnp.greater_equal)
less = _kernel()(jnp.less)
less_equal = _kernel()(jnp.less_equal)


@_kernel("dtype")
def _where(condition, x, y, dtype):
    return lax.convert_element_type(jnp.where(condition, x, y), dtype)


def where(condition, x, y):
    wanted = x if hasattr(x, "dtype") else y
    return _where(condition, x, y, wanted.dtype if hasattr(wanted, "dtype") else config.floatx())


maximum = _kernel()(jnp.maximum)
minimum = _kernel()(jnp.minimum)


@_kernel()
def _clip(x, min_value, max_value):
    """The gradient of where is 1 at a limit; that of maximum would be half of it."""
    if max_value is not None:
        x = jnp.where(x > max_value, max_value, x)
    if min_value is not None:
        x = jnp.where(x < min_value, min_value, x)
    return x


def clip(x, min_value=None, max_value=None):
    if type(min_value) in (int, float) and type(max_value) in (int, float):
        max_value = builtins.max(min_value, max_value)
    return _clip(x, min_value, max_value)


square = jnp.square


@jax.custom_jvp
def _abs(x):
    return jnp.abs(x)


@_abs.defjvp
def _abs_jvp(values, tangents):
    """The gradient at 0 is 0; JAX's own is 1 there."""
    return jnp.abs(values[0]), tangents[0] * jnp.sign(values[0])


abs = _kernel()(_abs)
sign = jnp.sign
exp = jnp.exp
log = jnp.log
sin = jnp.sin
cos = jnp.cos
tanh = jnp.tanh
negative = jnp.negative


@_kernel()
def sqrt(x):
    return jnp.sqrt(jnp.where(x < 0, 0, x))  # jax.grad of maximum(x, 0) would give NaN below 0


round = _kernel()(jnp.round)


@_kernel("dtype")
def _cast(x, dtype):
    return lax.convert_element_type(x, dtype)


def cast(x, dtype):
    if dtype in WIDE and not isinstance(x, jax.core.Tracer):
        with _mode(dtype):
            return _cast(x, dtype)
    return _cast(x, dtype)


def identity(x, name=None):
    return x


def stop_gradient_(x):
    return lax.stop_gradient(x)


def print_value(x, message):
    if isinstance(x, jax.core.Tracer):
        jax.debug.callback(lambda value: print(message, np.asarray(value)), x)
    else:
        print(message, np.asarray(x))
    return x


@_kernel("shape")
def _sum_to(g, shape):
    extra = g.ndim - len(shape)
    padded = (1,) * extra + shape
    axes = tuple(i for i, n in enumerate(padded) if i < extra or n == 1 != g.shape[i])
    return jnp.sum(g, axes, g.dtype).reshape(shape)


def sum_like(g, x):
    shape = jnp.shape(x)
    return g if g.shape == shape else _sum_to(g, shape)


# Reductions


def _total(x):
    """The dtype of a sum or product: NumPy and JAX would widen small integers."""
    return jnp.int32 if x.dtype == bool else x.dtype


@_kernel("axis", "keepdims")
def sum(x, axis=None, keepdims=False):
    return jnp.sum(x, axis, _total(x), None, keepdims)


@_kernel("axis", "keepdims")
def prod(x, axis=None, keepdims=False):
    return jnp.prod(x, axis, _total(x), None, keepdims)


@_kernel("axis", "keepdims")
def max(x, axis=None, keepdims=False):
    return jnp.max(x, axis, None, keepdims)


@_kernel("axis", "keepdims")
def min(x, axis=None, keepdims=False):
    return jnp.min(x, axis, None, keepdims)


@_kernel("axis", "keepdims", "dtype")
def _mean(x, axis, keepdims, dtype):
    return jnp.mean(x, axis, dtype, None, keepdims)


def mean(x, axis=None, keepdims=False):
    floating = jnp.issubdtype(x.dtype, jnp.floating)
    return _mean(x, axis, keepdims, x.dtype if floating else config.floatx())


@_kernel("axis", "keepdims")
def any(x, axis=None, keepdims=False):
    return jnp.any(x, axis, None, keepdims)


@_kernel("axis", "keepdims")
def all(x, axis=None, keepdims=False):
    return jnp.all(x, axis, None, keepdims)


_argmax = _kernel("axis")(jnp.argmax)
_argmin = _kernel("axis")(jnp.argmin)


def argmax(x, axis=-1):
    if x.dtype.itemsize < 8:
        return _argmax(x, axis)
    with jax.enable_x64(True):  # for these two JAX needs the mode when it compiles, too
        return _argmax(x, axis)


def argmin(x, axis=-1):
    if x.dtype.itemsize < 8:
        return _argmin(x, axis)
    with jax.enable_x64(True):
        return _argmin(x, axis)


@_kernel("axis", "keepdims")
def logsumexp(x, axis=None, keepdims=False):
    return jax.nn.logsumexp(x, axis, None, keepdims)


@_kernel("axis")
def cumsum(x, axis=0):
    return jnp.cumsum(x, axis, x.dtype)


@_kernel("axis")
def cumprod(x, axis=0):
    return jnp.cumprod(x, axis, x.dtype)


# Shapes


def shape(x):
    is_known = builtins.all(type(n) is int for n in x.shape)
    return np.array(x.shape, np.int32 if is_known else object)


def size(x, name=None):
    number = math.prod(x.shape)
    return number if is_sizes(number) else np.int32(number)


reshape = _kernel("shape")(jnp.reshape)
permute_dimensions = _kernel("axes")(jnp.transpose)


@_kernel("axis")
def expand_dims(x, axis=-1):
    return jnp.expand_dims(x, axis)


squeeze = _kernel("axis")(jnp.squeeze)


_broadcast = _kernel("shape")(jnp.broadcast_to)


def broadcast_like(x, y):
    return _broadcast(x, jnp.shape(y))


@_kernel("axis")
def concatenate(tensors, axis=-1):
    return jnp.concatenate(tensors, axis)


_stack = _kernel("axis")(jnp.stack)


def stack(x, axis=0):
    if type(x[0]) in SIZES and builtins.all(type(n) in SIZES for n in x) and programs.tracing():
        return np.array(x, np.int32)  # sizes, see `shape`: jax.jit needs them as they are
    return _stack(x, axis)


def _concrete(key):
    """An index whose slices have ends that are ints."""
    return tuple(
        slice(*[_hashable(part) for part in (k.start, k.stop, k.step)]) if type(k) is slice else k
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


reverse = _kernel("axis")(jnp.flip)


@_kernel()
def gather(reference, indices):
    return reference.at[indices].get(mode="clip")


@_kernel()
def gather_gradient(g, reference, indices):
    return jnp.zeros(reference.shape, g.dtype).at[indices].add(g)


@_kernel("paddings")
def pad(x, paddings, value=0.0):
    value = lax.convert_element_type(value, x.dtype)
    return lax.pad(x, value, [(before, after, 0) for before, after in paddings])


repeat_elements = _kernel("repeats", "axis")(jnp.repeat)
tile = _kernel("reps")(jnp.tile)


@_kernel("num_classes", "dtype")
def _one_hot(indices, num_classes, dtype):
    return (jnp.expand_dims(indices, -1) == jnp.arange(num_classes)).astype(dtype)


def one_hot(indices, num_classes):
    return _one_hot(indices, num_classes, config.floatx())


def nonzero(x):
    return tuple([asarray(i, "int32") for i in np.nonzero(np.asarray(x))])


# Linear algebra


dot = _kernel()(jnp.dot)


@_kernel("transpose_x", "transpose_y")
def matmul(x, y, transpose_x=False, transpose_y=False):
    if transpose_x:
        x = jnp.swapaxes(x, -1, -2)
    if transpose_y:
        y = jnp.swapaxes(y, -1, -2)
    return jnp.matmul(x, y)


@_kernel("axes_x", "axes_y")
def tensordot(x, y, axes_x, axes_y):
    return jnp.tensordot(x, y, (axes_x, axes_y))


# Activations


@_kernel("alpha", "max_value", "threshold")
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    if alpha == 0.0 and threshold == 0.0:
        result = jax.nn.relu(x)
    else:
        below = alpha * (x - threshold) if alpha else 0
        at = lax.stop_gradient(jnp.where(x == threshold, x, 0))  # where jax.grad sees a constant
        result = jnp.where(x > threshold, x, below + at).astype(x.dtype)
    return result if max_value is None else jnp.minimum(result, max_value)


@_kernel("alpha", "max_value", "threshold")
def relu_gradient(g, x, alpha=0.0, max_value=None, threshold=0.0):
    linear = x > threshold
    below = alpha * g if alpha else 0
    if max_value is None:
        return jnp.where(linear, g, below)
    cut = x < max_value
    return jnp.where(linear & cut, g, jnp.where(cut, below, 0))


softmax = _kernel("axis")(jax.nn.softmax)
log_softmax = _kernel("axis")(jax.nn.log_softmax)
softplus = _kernel()(jax.nn.softplus)
sigmoid = jax.nn.sigmoid


@_kernel()
def sigmoid_gradient(g, y):
    return g * (y * (1.0 - y))


@_kernel()
def tanh_gradient(g, y):
    return g * (1.0 - y * y)


# Convolution and pooling

PLACE = ("strides", "padding", "data_format")

convolution = _kernel(*PLACE, "dilation_rate", "groups")(windows.convolution)
convolution_input = _kernel("shape", *PLACE, "dilation_rate", "groups")(windows.convolution_input)
convolution_kernel = _kernel("shape", *PLACE, "dilation_rate", "groups")(windows.convolution_kernel)
pooling = _kernel("pool_size", *PLACE, "mode")(windows.pooling)
pooling_gradient = _kernel("pool_size", *PLACE, "mode")(windows.pooling_gradient)
pooling_choice = _kernel("pool_size", *PLACE)(windows.pooling_choice)


# Decoding


def ctc_paths(logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    arrays = np.asarray(logits), np.asarray(input_length)
    paths, scores = ctc.decode(*arrays, greedy, beam_width, top_paths, merge_repeated)
    return (*(asarray(path, "int64") for path in paths), asarray(scores, logits.dtype.name))


# Control flow


def cond(predicate, then, otherwise):
    if isinstance(predicate, jax.core.Tracer):
        return lax.cond(predicate, then, otherwise)
    return then() if predicate else otherwise()


def scan(step, xs, init, length=None, reverse=False, indexed=False):
    length = xs[0].shape[0] if length is None else _hashable(length)
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
