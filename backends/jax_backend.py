"""JAX: programs are functions that XLA compiles; state goes in and comes out.

Native calls are faster than jnp's own functions: each kernel is jitted, once for all its
options (`jitted`), which takes 4 µs where jnp.reshape takes 17 and jax.nn.softmax 30. Thanks to
`inline=True` nothing of that is left in a program that is traced, nor in its compile time.

JAX has 64-bit dtypes only in a mode. The process-wide flag is the user's and stays as it is:
programs with such a dtype run inside the `jax.enable_x64` context. Native calls follow the mode
in which they are made: outside of it argmax gives int32. K.cast to a 64-bit dtype does what it says
in any mode, and kernels keep what they are given.
"""

import builtins
import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from kswitch.backends import ctc
from kswitch.backends import jax_arguments as arguments
from kswitch.backends import jax_loops as loops
from kswitch.backends import jax_programs as programs
from kswitch.backends import jax_shapes as shapes
from kswitch.backends import jax_windows as windows
from kswitch.backends.jax_arguments import asarray, hashable, is_sizes, jitted, mode_of

from kswitch import config, foreign
from kswitch.compile.program import WIDE

IN_PLACE = False
DYNAMIC_SHAPES = False
LISTS = False
HAS_GENERATORS = False
UNSUPPORTED: dict[str, str] = {
    "reshape-concatenated-traced": "jax.jit traces the array that a list among sizes becomes",
}


# Hooks


def version():
    return jax.__version__


def devices():
    return [f"{device.device_kind.upper()}:{device.id}" for device in jax.devices()]


def is_native(x):
    return isinstance(x, jax.Array)


of_sizes = arguments.of_sizes


def native_shape(x):
    return x.shape


def native_dtype(x):
    return x.dtype.name


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


@jitted("shape", "dtype")
def fill(shape, value, dtype):
    return jnp.full(shape, value, dtype)


@jitted("dtype")
def fill_like(x, value, dtype):
    return jnp.full(jnp.shape(x), value, dtype)


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    start, stop, step = (hashable(x) for x in (start, stop, step))
    if is_sizes(start) or is_sizes(stop) or is_sizes(step):
        return jnp.arange(start, stop, step, dtype)
    return asarray(np.arange(start, stop, step), dtype)


def _random(seed):
    """A key from what a native call or a compiled graph gives as seed."""
    if isinstance(seed, jax.Array):
        return seed
    return _key(programs.new_seed(), (0,)) if seed is None else key(seed, 0)


_normal = jitted("shape", "dtype")(jax.random.normal)


def standard_normal(seed, shape, dtype):
    return _normal(_random(seed), shape, dtype)


_uniform = jitted("shape", "dtype")(jax.random.uniform)


def standard_uniform(seed, shape, dtype):
    return _uniform(_random(seed), shape, dtype)


@jitted("shape", "dtype")
def _truncated(key, shape, dtype):
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


def standard_truncated(seed, shape, dtype):
    return _truncated(_random(seed), shape, dtype)


@jitted("shape")
def _mask(key, x, level, shape):
    kept = jax.random.uniform(key, shape, jnp.float32) >= level
    return jnp.where(kept, 1.0 / (1.0 - level), 0.0).astype(x.dtype)


def dropout_mask(x, level, noise_shape=None, seed=None):
    return _mask(_random(seed), x, level, x.shape if noise_shape is None else noise_shape)


# Element-wise


@jitted()
def divide(x, y):
    return x / y


_power = jitted()(jnp.power)


def pow(x, a):
    if type(a) in (int, float) and a == 2:
        return jnp.square(x)
    return _power(x, a)


equal = jitted()(jnp.equal)
not_equal = jitted()(jnp.not_equal)
greater = jitted()(jnp.greater)
greater_equal = jitted()(jnp.greater_equal)
less = jitted()(jnp.less)
less_equal = jitted()(jnp.less_equal)


@jitted("dtype")
def _where(condition, x, y, dtype):
    return lax.convert_element_type(jnp.where(condition, x, y), dtype)


def where(condition, x, y):
    wanted = x if hasattr(x, "dtype") else y
    return _where(condition, x, y, wanted.dtype if hasattr(wanted, "dtype") else config.floatx())


maximum = jitted()(jnp.maximum)
minimum = jitted()(jnp.minimum)


@jitted()
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


abs = jitted()(_abs)
sign = jnp.sign
exp = jnp.exp
log = jnp.log
sin = jnp.sin
cos = jnp.cos
tanh = jnp.tanh
negative = jnp.negative


@jitted()
def sqrt(x):
    return jnp.sqrt(jnp.where(x < 0, 0, x))  # jax.grad of maximum(x, 0) would give NaN below 0


round = jitted()(jnp.round)


@jitted("dtype")
def _cast(x, dtype):
    return lax.convert_element_type(x, dtype)


def cast(x, dtype):
    if dtype in WIDE and not isinstance(x, jax.core.Tracer):
        with mode_of(dtype):
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


@jitted("shape")
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


@jitted("axis", "keepdims")
def sum(x, axis=None, keepdims=False):
    return jnp.sum(x, axis, _total(x), None, keepdims)


@jitted("axis", "keepdims")
def prod(x, axis=None, keepdims=False):
    return jnp.prod(x, axis, _total(x), None, keepdims)


@jitted("axis", "keepdims")
def max(x, axis=None, keepdims=False):
    return jnp.max(x, axis, None, keepdims)


@jitted("axis", "keepdims")
def min(x, axis=None, keepdims=False):
    return jnp.min(x, axis, None, keepdims)


@jitted("axis", "keepdims", "dtype")
def _mean(x, axis, keepdims, dtype):
    return jnp.mean(x, axis, dtype, None, keepdims)


def mean(x, axis=None, keepdims=False):
    floating = jnp.issubdtype(x.dtype, jnp.floating)
    return _mean(x, axis, keepdims, x.dtype if floating else config.floatx())


@jitted("axis", "keepdims")
def any(x, axis=None, keepdims=False):
    return jnp.any(x, axis, None, keepdims)


@jitted("axis", "keepdims")
def all(x, axis=None, keepdims=False):
    return jnp.all(x, axis, None, keepdims)


_argmax = jitted("axis")(jnp.argmax)
_argmin = jitted("axis")(jnp.argmin)


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


@jitted("axis", "keepdims")
def logsumexp(x, axis=None, keepdims=False):
    return jax.nn.logsumexp(x, axis, None, keepdims)


@jitted("axis")
def cumsum(x, axis=0):
    return jnp.cumsum(x, axis, x.dtype)


@jitted("axis")
def cumprod(x, axis=0):
    return jnp.cumprod(x, axis, x.dtype)


# Shapes

shape = shapes.shape
size = shapes.size
reshape = shapes.reshape
permute_dimensions = shapes.permute_dimensions
expand_dims = shapes.expand_dims
squeeze = shapes.squeeze
broadcast_like = shapes.broadcast_like
concatenate = shapes.concatenate
stack = shapes.stack
getitem = shapes.getitem
getitem_gradient = shapes.getitem_gradient
reverse = shapes.reverse
gather = shapes.gather
gather_gradient = shapes.gather_gradient
pad = shapes.pad
repeat_elements = shapes.repeat_elements
tile = shapes.tile
one_hot = shapes.one_hot
nonzero = shapes.nonzero


# Linear algebra


dot = jitted()(jnp.dot)


@jitted("transpose_x", "transpose_y")
def matmul(x, y, transpose_x=False, transpose_y=False):
    if transpose_x:
        x = jnp.swapaxes(x, -1, -2)
    if transpose_y:
        y = jnp.swapaxes(y, -1, -2)
    return jnp.matmul(x, y)


@jitted("axes_x", "axes_y")
def tensordot(x, y, axes_x, axes_y):
    return jnp.tensordot(x, y, (axes_x, axes_y))


# Activations


@jitted("alpha", "max_value", "threshold")
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    if alpha == 0.0 and threshold == 0.0:
        result = jax.nn.relu(x)
    else:
        below = alpha * (x - threshold) if alpha else 0
        at = lax.stop_gradient(jnp.where(x == threshold, x, 0))  # where jax.grad sees a constant
        result = jnp.where(x > threshold, x, below + at).astype(x.dtype)
    return result if max_value is None else jnp.minimum(result, max_value)


@jitted("alpha", "max_value", "threshold")
def relu_gradient(g, x, alpha=0.0, max_value=None, threshold=0.0):
    linear = x > threshold
    below = alpha * g if alpha else 0
    if max_value is None:
        return jnp.where(linear, g, below)
    cut = x < max_value
    return jnp.where(linear & cut, g, jnp.where(cut, below, 0))


softmax = jitted("axis")(jax.nn.softmax)
log_softmax = jitted("axis")(jax.nn.log_softmax)
softplus = jitted()(jax.nn.softplus)
sigmoid = jax.nn.sigmoid


@jitted()
def sigmoid_gradient(g, y):
    return g * (y * (1.0 - y))


@jitted()
def tanh_gradient(g, y):
    return g * (1.0 - y * y)


# Convolution and pooling

PLACE = ("strides", "padding", "data_format")

convolution = jitted(*PLACE, "dilation_rate", "groups")(windows.convolution)
convolution_input = jitted("shape", *PLACE, "dilation_rate", "groups")(windows.convolution_input)
convolution_kernel = jitted("shape", *PLACE, "dilation_rate", "groups")(windows.convolution_kernel)
pooling = jitted("pool_size", *PLACE, "mode")(windows.pooling)
pooling_gradient = jitted("pool_size", *PLACE, "mode")(windows.pooling_gradient)
pooling_choice = jitted("pool_size", *PLACE)(windows.pooling_choice)


# Decoding


def ctc_paths(logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    arrays = np.asarray(logits), np.asarray(input_length)
    paths, scores = ctc.decode(*arrays, greedy, beam_width, top_paths, merge_repeated)
    return (*(asarray(path, "int64") for path in paths), asarray(scores, logits.dtype.name))


# Control flow

cond = loops.cond
scan = loops.scan
