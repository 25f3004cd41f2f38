"""NumPy: the one required engine, and the embedded default.

Kernels call ufunc methods with positional arguments (`np.add.reduce(x, 1)`): the friendly functions
cost twice as much on small arrays. This adapter is also what computes integers that come from
shapes for the engines that trace.
"""

import builtins
import functools
import math

import numpy as np
from kswitch.backends import ctc
from kswitch.backends import numpy_pooling as pools
from kswitch.backends import numpy_reductions as reductions
from kswitch.backends import numpy_updates as updates
from kswitch.backends import numpy_windows as windows
from kswitch.backends.numpy_constants import scalar

from kswitch import config
from kswitch.graph.record import numpy_dtype

IN_PLACE = True
DYNAMIC_SHAPES = False
LISTS = True
HAS_GENERATORS = True
NATIVE = np.ndarray
SPARING = ("descend", "momentum")
WIDENED = (
    "bfloat16",
)  # that of ml_dtypes: NumPy does not know that Python's floats give way to it
UNSUPPORTED: dict[str, str] = {}
LARGEST = 2**25 - 2**16  # bytes, see _keep_memory
SCALARS = (float, np.floating)  # Python's operators on them take a tenth of what a ufunc takes

# Hooks


def version():
    return np.__version__


def devices():
    return ["cpu"]


def is_native(x):
    return isinstance(x, (np.ndarray, np.generic))


def native_shape(x):
    return x.shape


def native_dtype(x):
    return x.dtype.name


def asarray(x, dtype):
    return np.asarray(x, numpy_dtype(dtype))


to_numpy = np.asarray


def new_variable(array, dtype):
    return np.array(array, numpy_dtype(dtype))


def read(storage):
    return storage.copy()


def write(storage, array):
    np.copyto(storage, array)
    return storage


def assign(storage, x):
    np.copyto(storage, x, "unsafe")


def copy(x):
    return np.array(x)


def generator(seed):
    if seed.generator is None:
        seed.generator = np.random.default_rng(seed.seed)
    return seed.generator


def compile(program):
    _keep_memory()
    function = program.function

    @np.errstate(all="ignore")
    def run(feeds):
        return function(*feeds)

    return run


@functools.cache
def _keep_memory():
    """Makes the C library keep memory that is freed.

    It returns to the system what lies free beyond twice the largest block that it has seen freed,
    page by page. A program asks for the same memory at each call, and would spend a third of its
    time on getting the pages back. 32 MiB are the largest block that counts in glibc; the block is
    never written to.
    """
    np.empty(LARGEST, np.uint8)


def evaluate(program):
    with np.errstate(all="ignore"):
        return program.function()


def inline(program, feeds):
    with np.errstate(all="ignore"):
        return program.function(*feeds)


def inline_value(variable):
    return variable.value


descend = updates.descend
momentum = updates.momentum
adam = updates.adam
number = np.ndarray.item


# Creation and random numbers


def fill(shape, value, dtype):
    return np.full(shape, value, numpy_dtype(dtype))


def fill_like(x, value, dtype):
    return np.full(np.shape(x), value, numpy_dtype(dtype))


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    return np.arange(start, stop, step).astype(numpy_dtype(dtype))


def _random(key):
    """A generator from what a native call or a compiled graph gives as seed."""
    if isinstance(key, np.random.Generator):
        return key
    return np.random.default_rng(np.random.randint(2**31) if key is None else key)


def standard_normal(seed, shape, dtype):
    return _random(seed).standard_normal(shape, np.float64).astype(numpy_dtype(dtype))


def standard_uniform(seed, shape, dtype):
    if dtype == "float32":
        return _random(seed).random(shape, np.float32)
    return _random(seed).random(shape).astype(numpy_dtype(dtype))


def standard_truncated(seed, shape, dtype):
    rng = _random(seed)
    x = rng.standard_normal(shape)
    far = np.abs(x) > 2.0
    while far.any():
        x[far] = rng.standard_normal(np.count_nonzero(far))
        far = np.abs(x) > 2.0
    return x.astype(numpy_dtype(dtype))


def dropout_mask(x, level, noise_shape=None, seed=None):
    shape = x.shape if noise_shape is None else noise_shape
    kept = _random(seed).random(shape, np.float32) >= level
    return np.multiply(kept, 1.0 / (1.0 - level), dtype=x.dtype)


# Element-wise


def _kept(result, x):
    """result in x's dtype where a Python float in a kernel has widened bfloat16; see WIDENED."""
    return result.astype(x.dtype) if x.dtype.kind == "V" else result


def divide(x, y):
    return x / y


def pow(x, a):
    if type(a) in (int, float) and a == 2:
        return np.multiply(x, x)
    if isinstance(x, SCALARS) and isinstance(a, SCALARS):
        return x**a
    return np.power(x, a)


def where(condition, x, y):
    result = np.where(condition, x, y)
    wanted = x if hasattr(x, "dtype") else y
    if hasattr(wanted, "dtype"):
        return result if result.dtype == wanted.dtype else result.astype(wanted.dtype)
    return result.astype(config.floatx())


maximum = np.maximum
minimum = np.minimum


def clip(x, min_value=None, max_value=None):
    if type(min_value) in (int, float) and type(max_value) in (int, float):
        max_value = builtins.max(min_value, max_value)
    result = x
    if max_value is not None:
        result = np.minimum(result, max_value)
    if min_value is not None:
        result = np.maximum(result, min_value)
    return _kept(result, x)


def square(x):
    return np.multiply(x, x)


abs = np.abs
sign = np.sign
exp = np.exp
log = np.log
sin = np.sin
cos = np.cos
tanh = np.tanh
negative = np.negative


def sqrt(x):
    if isinstance(x, SCALARS):
        return np.sqrt(type(x)(0) if x < 0 else x)
    return np.sqrt(np.maximum(x, 0))


def round(x):
    return np.rint(x).astype(x.dtype) if x.dtype.kind in "fV" else np.array(x)


def cast(x, dtype):
    result = np.asarray(x).astype(numpy_dtype(dtype))
    return result if result.ndim else result[()]


def identity(x, name=None):
    return x


def stop_gradient_(x):
    return x


def print_value(x, message):
    print(message, np.asarray(x))
    return x


sum_like = reductions.sum_like


# Reductions

sum = reductions.sum
prod = reductions.prod
max = reductions.max
min = reductions.min
mean = reductions.mean
any = reductions.any
all = reductions.all
argmax = reductions.argmax
argmin = reductions.argmin
logsumexp = reductions.logsumexp
cumsum = reductions.cumsum
cumprod = reductions.cumprod


# Shapes


def shape(x):
    return np.array(x.shape, np.int32)


def size(x, name=None):
    return np.int32(math.prod(x.shape))  # x may be another engine's, whose x.size differs


def reshape(x, shape):
    return np.reshape(x, shape)


def permute_dimensions(x, pattern):
    return np.transpose(x, pattern)


def expand_dims(x, axis=-1):
    return np.expand_dims(x, axis)


def squeeze(x, axis):
    return np.squeeze(x, axis)


def broadcast_like(x, y):
    return np.broadcast_to(x, np.shape(y))


concatenate = np.concatenate
stack = np.stack


def getitem(x, key):
    return x[key]


def getitem_gradient(g, x, key):
    result = np.zeros(x.shape, g.dtype)
    result[key] = g
    return result


def reverse(x, axes):
    return np.flip(x, reductions.axes_of(axes))


def gather(reference, indices):
    return np.take(reference, indices, 0)


def gather_gradient(g, reference, indices):
    result = np.zeros(reference.shape, g.dtype)
    np.add.at(result, indices, g)
    return result


def pad(x, paddings, value=0.0):
    return np.pad(x, paddings, constant_values=value)


def repeat_elements(x, rep, axis):
    return np.repeat(x, rep, axis)


def tile(x, n):
    counts = tuple(np.atleast_1d(np.asarray(n, int)))
    return np.tile(x, (1,) * (np.ndim(x) - len(counts)) + counts)


def one_hot(indices, num_classes):
    return (np.expand_dims(indices, -1) == np.arange(num_classes)).astype(config.floatx())


def nonzero(x):
    return tuple(i.astype(np.int32) for i in np.nonzero(x))


# Linear algebra


def dot(x, y):
    if x.ndim > 2 == y.ndim:  # BLAS multiplies matrices only
        rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
        return rows.dot(y).reshape(*x.shape[:-1], y.shape[1])
    return x.dot(y)


def matmul(x, y, transpose_x=False, transpose_y=False):
    if x.ndim == y.ndim == 2:
        return (x.T if transpose_x else x).dot(y.T if transpose_y else y)
    if transpose_x:
        x = x.swapaxes(-1, -2)
    if transpose_y:
        y = y.swapaxes(-1, -2)
    return windows.matmul(x, y)


def tensordot(x, y, axes_x, axes_y):
    return np.tensordot(x, y, (axes_x, axes_y))


# Activations


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    if alpha == 0.0 and threshold == 0.0:
        result = np.maximum(x, scalar(0.0, np.asarray(x).dtype))
    else:
        zero = np.asarray(x).dtype.type(0)
        result = np.where(x >= threshold, x, alpha * (x - threshold) if alpha else zero)
        result = result.astype(np.asarray(x).dtype, copy=False)
    return result if max_value is None else _kept(np.minimum(result, max_value), result)


def relu_gradient(g, x, alpha=0.0, max_value=None, threshold=0.0):
    linear = x > scalar(threshold, x.dtype)
    if max_value is not None:
        cut = x < max_value
        if alpha:
            return g * np.where(linear & cut, 1.0, np.where(cut, alpha, 0.0)).astype(g.dtype)
        linear = linear & cut
    if alpha:
        return _kept(np.where(linear, g, alpha * g), g)
    return g * linear


def softmax(x, axis=-1):
    if not x.size:
        return np.array(x)
    e = x - reductions.largest(x, axis, True)
    np.exp(e, e)
    e /= reductions.total(e, axis, True)
    return e


def log_softmax(x, axis=-1):
    if not x.size:
        return np.array(x)
    x = x - reductions.largest(x, axis, True)
    x -= np.log(reductions.total(np.exp(x), axis, True))
    return x


def softplus(x):
    return np.logaddexp(x, 0) if type(x) is float else np.logaddexp(x, np.asarray(x).dtype.type(0))


def sigmoid(x):
    half = scalar(0.5, x.dtype) if x.dtype.kind in "fV" else 0.5
    result = np.tanh(x * half)
    result *= half
    result += half
    return result


def sigmoid_gradient(g, y):
    result = scalar(1.0, y.dtype) - y
    result *= y
    result *= g
    return result


def tanh_gradient(g, y):
    result = scalar(1.0, y.dtype) - y * y
    result *= g
    return result


# Convolution and pooling

convolution = windows.convolution
convolution_input = windows.convolution_input
convolution_kernel = windows.convolution_kernel
pooling = pools.pooling
pooling_gradient = pools.pooling_gradient
pooling_choice = pools.pooling_choice


# Decoding


def ctc_paths(logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    paths, scores = ctc.decode(logits, input_length, greedy, beam_width, top_paths, merge_repeated)
    return (*paths, scores)


# Control flow


def cond(predicate, then, otherwise):
    return then() if predicate else otherwise()


def scan(step, xs, init, length=None, reverse=False, indexed=False, listed=0):
    steps = builtins.range(len(xs[0]) if length is None else int(length))
    states = tuple(init)
    outputs = []
    for t in reversed(steps) if reverse else steps:
        states, out = step(*states, *[x[t] for x in xs])
        outputs.append(out)
    if not outputs:
        states, out = step(*states, *[np.zeros(x.shape[1:], x.dtype) for x in xs])
        stacked = [np.zeros((0, *np.shape(y)), np.asarray(y).dtype) for y in out]  # as lists too
        return (*init, *stacked)
    if reverse:
        outputs.reverse()
    columns = list(zip(*outputs, strict=True))
    whole = len(columns) - listed
    return (*states, *[_stacked(column) for column in columns[:whole]], *columns[whole:])


def _stacked(arrays):
    """np.stack along the first axis, without a call for each array."""
    shape = np.shape(arrays[0])
    if not shape:
        return np.stack(arrays)
    return np.concatenate(arrays).reshape(len(arrays), *shape)
