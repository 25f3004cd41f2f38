"""What an adapter need not bring: kernels over its other kernels, and the simplest hooks.

The first parameter of each is the adapter, A, as K is that of a composite. Twenty kernels are left
for an engine to bring, see `kswitch.backends`; nothing here changes a tensor in place, and nothing
but random numbers, decoding and the indices of a gather is computed on the host. An engine that has
a quicker way to do one of these defines the kernel itself.
"""

import builtins
import math

import numpy as np
from kswitch.backends import ctc
from kswitch.backends import default_windows as windows
from kswitch.backends import numpy_backend as host

from kswitch import config
from kswitch.graph import dtypes
from kswitch.graph.record import numpy_dtype

_HALVES = ("float16", "bfloat16")

# Hooks

IN_PLACE = False
DYNAMIC_SHAPES = False
HAS_GENERATORS = True
LISTS = False
WIDENED: tuple[str, ...] = ()
CALLED: tuple[str, ...] = ()
UNSUPPORTED: dict[str, str] = {}


def version(A):
    return getattr(A, "__version__", "")


def devices(A):
    return ["cpu"]


def native_shape(A, x):
    return tuple(x.shape)


def native_dtype(A, x):
    return dtypes.name_of(x.dtype)


def new_variable(A, array, dtype):
    return A.asarray(np.array(array, numpy_dtype(dtype)), dtype)


def read(A, storage):
    return np.array(A.to_numpy(storage))


def write(A, storage, array):
    return A.new_variable(array, A.native_dtype(storage))


def generator(A, seed):
    return host.generator(seed)


def compile(A, program):
    """The program as plain Python; it gets copies of what is fed, which may change later."""
    function, variables, updated, seeds = (
        program.function,
        program.variables,
        program.updated,
        program.seeds,
    )
    kinds = [x.dtype for x in program.inputs]

    def run(feeds):
        args = [
            x if A.is_native(x) and not host.is_native(x) else A.asarray(np.array(x), dtype)
            for x, dtype in zip(feeds, kinds, strict=True)
        ]
        if A.IN_PLACE:
            return function(*args)
        args += [variable.value for variable in variables]
        if seeds:
            args.append(np.array([seed.draws for seed in seeds], np.uint32))
            for seed in seeds:
                seed.draws += 1
        outputs, news = function(*args)
        for variable, new in zip(updated, news, strict=True):
            variable.value = new
        return outputs

    return run


def evaluate(A, program):
    return A.compile(program)([])


def inline(A, program, feeds):
    return A.compile(program)(feeds)


def inline_value(A, variable):
    return variable.value


# Creation and random numbers


def _number(A, x):
    """A Python or NumPy number of a number or native scalar."""
    return A.to_numpy(x)[()] if A.is_native(x) else x


def fill(A, shape, value, dtype):
    shape = [int(_number(A, n)) for n in shape]
    return A.asarray(np.full(shape, _number(A, value), numpy_dtype(dtype)), dtype)


def fill_like(A, x, value, dtype):
    return A.fill(A.native_shape(x), value, dtype)


def arange(A, start, stop=None, step=1, dtype="int32"):
    start, stop, step = (_number(A, x) for x in (start, stop, step))
    return A.asarray(host.arange(start, stop, step, dtype), dtype)


def standard_normal(A, seed, shape, dtype):
    return A.asarray(host.standard_normal(seed, _sizes(A, shape), dtype), dtype)


def standard_uniform(A, seed, shape, dtype):
    return A.asarray(host.standard_uniform(seed, _sizes(A, shape), dtype), dtype)


def standard_truncated(A, seed, shape, dtype):
    return A.asarray(host.standard_truncated(seed, _sizes(A, shape), dtype), dtype)


def dropout_mask(A, x, level, noise_shape=None, seed=None):
    shape = A.native_shape(x) if noise_shape is None else _sizes(A, noise_shape)
    level = _number(A, level)
    kept = host.standard_uniform(seed, shape, "float32") >= level
    dtype = A.native_dtype(x)
    return A.asarray((kept / (1.0 - level)).astype(numpy_dtype(dtype)), dtype)


def _sizes(A, shape):
    return tuple([int(_number(A, n)) for n in shape])


# Element-wise


def maximum(A, x, y):
    return A.where((x > y) | (x != x), x, y)  # NaN stays


def minimum(A, x, y):
    return A.where((x < y) | (x != x), x, y)


def clip(A, x, min_value=None, max_value=None):
    if type(min_value) in (int, float) and type(max_value) in (int, float):
        max_value = builtins.max(min_value, max_value)
    if max_value is not None:
        x = A.minimum(x, max_value)
    return x if min_value is None else A.maximum(x, min_value)


def square(A, x):
    return x * x


def abs(A, x):
    return A.where(x > 0, x, 0 - x)


def sign(A, x):
    dtype = A.native_dtype(x)
    signs = A.cast(x > 0, dtype) - A.cast(x < 0, dtype)
    return A.where(x != x, x, signs)


def sqrt(A, x):
    return A.pow(A.maximum(x, 0.0), 0.5)


def identity(A, x, name=None):
    return x


def stop_gradient_(A, x):
    return x


def print_value(A, x, message):
    print(message, A.to_numpy(x))
    return x


def sum_like(A, g, x):
    shape, old = A.native_shape(x), A.native_shape(g)
    if old == shape:
        return g
    extra = len(old) - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 != old[i + extra]]
    return A.reshape(A.sum(g, (*range(extra), *stretched)), shape)


# Reductions


def _reduced(A, x, axis):
    """The shape of x after a reduction that drops its axes."""
    shape = A.native_shape(x)
    axes = range(len(shape)) if axis is None else [int(a) % len(shape) for a in np.atleast_1d(axis)]
    return tuple([n for i, n in enumerate(shape) if i not in axes])


def min(A, x, axis=None, keepdims=False):
    return _turned(A, A.max(_turned(A, x), axis, keepdims))


def argmin(A, x, axis=-1):
    return A.argmax(_turned(A, x), axis)


def _turned(A, x):
    """Floats with the other sign; integers and bools complemented: that turns their order too."""
    return -x if dtypes.is_float(A.native_dtype(x)) else ~x


def mean(A, x, axis=None, keepdims=False):
    dtype = A.native_dtype(x)
    if not dtypes.is_float(dtype):
        dtype = config.floatx()
        x = A.cast(x, dtype)
    if dtype in _HALVES:
        x = A.cast(x, "float32")
    total = A.sum(x, axis, keepdims)
    count = math.prod(A.native_shape(x)) // builtins.max(math.prod(A.native_shape(total)), 1)
    mean = total / count
    return A.cast(mean, dtype) if dtype in _HALVES else mean


def any(A, x, axis=None, keepdims=False):
    return A.sum(A.cast(A.cast(x, "bool"), "int32"), axis, keepdims) > 0


def all(A, x, axis=None, keepdims=False):
    return A.sum(A.cast(~A.cast(x, "bool"), "int32"), axis, keepdims) == 0


def logsumexp(A, x, axis=None, keepdims=False):
    top = A.max(x, axis, True)
    top = A.where(top - top == 0, top, 0.0)  # an infinite one would give inf - inf
    result = A.log(A.sum(A.exp(x - top), axis, True)) + top
    return result if keepdims else A.reshape(result, _reduced(A, x, axis))


def cumsum(A, x, axis=0):
    return _accumulated(A, x, axis, lambda total, part: total + part)


def cumprod(A, x, axis=0):
    return _accumulated(A, x, axis, lambda total, part: total * part)


def _accumulated(A, x, axis, combine):
    shape = A.native_shape(x)
    axis = axis % len(shape)
    parts = []
    for i in range(shape[axis]):
        part = A.getitem(x, (*[slice(None)] * axis, slice(i, i + 1), Ellipsis))
        parts.append(combine(parts[-1], part) if parts else part)
    return A.concatenate(parts, axis) if parts else x


# Shapes


def shape(A, x):
    return np.array(A.native_shape(x), np.int32)


def size(A, x, name=None):
    return np.int32(math.prod(A.native_shape(x)))


def expand_dims(A, x, axis=-1):
    shape = list(A.native_shape(x))
    shape.insert(axis % (len(shape) + 1), 1)
    return A.reshape(x, tuple(shape))


def squeeze(A, x, axis):
    shape = list(A.native_shape(x))
    if shape.pop(axis) != 1:
        raise ValueError(f"squeeze(): axis {axis} of shape {A.native_shape(x)} has not size 1.")
    return A.reshape(x, tuple(shape))


def broadcast_like(A, x, y):
    return A.where(A.fill_like(y, True, "bool"), x, x)


def stack(A, x, axis=0):
    dtype = next((A.native_dtype(t) for t in x if A.is_native(t)), None)
    if dtype is None:
        return np.stack(x, axis)  # sizes
    tensors = [
        t if A.is_native(t) else A.asarray(np.array(t, numpy_dtype(dtype)), dtype) for t in x
    ]
    return A.concatenate([A.expand_dims(t, axis) for t in tensors], axis)


def getitem(A, x, key):
    return x[_concrete(A, x, key)]


def _concrete(A, x, key):
    """An index of ints, slices with ends inside x, and None, as long as x has axes."""
    key = list(key if type(key) is tuple else (key,))
    shape = A.native_shape(x)
    given = len([k for k in key if k is not None and k is not Ellipsis])
    at = next((i for i, k in enumerate(key) if k is Ellipsis), len(key))
    key[at : at + 1] = [slice(None)] * (len(shape) - given)
    sizes = iter(shape)
    return tuple([None if k is None else _within(A, k, next(sizes)) for k in key])


def _within(A, k, n):
    """An entry of an index for an axis of size n: many engines take no ends beyond it."""
    if type(k) is not slice:
        return int(_number(A, k))
    ends = [None if e is None else _number(A, e) for e in (k.start, k.stop, k.step)]
    start, stop, step = slice(*ends).indices(n)
    if start == stop or n == 0:
        return slice(0, 0)
    return slice(start, None if stop < 0 else stop, step)


def getitem_gradient(A, g, x, key):
    """The rows of g are taken where there are some, else a row of zeros after them."""
    key = [k for k in _concrete(A, x, key) if k is not None]
    shape = A.native_shape(x)
    places = [
        np.arange(n)[k if type(k) is slice else slice(k % n, k % n + 1)]
        for k, n in zip(key, shape, strict=True)
    ]
    g = A.reshape(g, tuple([len(p) for p in places]))
    for axis, (place, n) in enumerate(zip(places, shape, strict=True)):
        if len(place) < n or (np.diff(place) < 0).any():
            rows = np.full(n, len(place))
            rows[place] = np.arange(len(place))
            zeros = [*A.native_shape(g)]
            zeros[axis] = 1
            zeros = A.fill(zeros, 0, A.native_dtype(g))
            g = _take(A, A.concatenate([g, zeros], axis), rows, axis)
    return g


def _take(A, x, rows, axis):
    """The entries of x at given places of an axis."""
    order = list(range(len(A.native_shape(x))))
    order[0], order[axis] = axis, 0  # its own inverse
    rows = A.asarray(np.asarray(rows, np.int32), "int32")
    return A.permute_dimensions(A.gather(A.permute_dimensions(x, order), rows), order)


def reverse(A, x, axes):
    shape = A.native_shape(x)
    for axis in np.atleast_1d(axes):
        axis = int(axis) % len(shape)
        x = _take(A, x, np.arange(shape[axis])[::-1], axis)
    return x


def gather_gradient(A, g, reference, indices):
    """A product with a matrix of ones and zeros: an engine that can scatter does better."""
    rows, *rest = A.native_shape(reference)
    dtype = A.native_dtype(g)
    count, width = math.prod(A.native_shape(indices)), math.prod(rest)
    numbers = A.arange(0, rows, 1, A.native_dtype(indices))
    hot = A.reshape(numbers, (rows, 1)) == A.reshape(indices, (1, count))
    return A.reshape(A.matmul(A.cast(hot, dtype), A.reshape(g, (count, width))), (rows, *rest))


def pad(A, x, paddings, value=0.0):
    dtype = A.native_dtype(x)
    for axis, margins in enumerate(paddings):
        before, after = (
            [A.fill((*s[:axis], n, *s[axis + 1 :]), value, dtype)] if n else []
            for n in margins
            for s in [A.native_shape(x)]
        )
        if before or after:
            x = A.concatenate([*before, x, *after], axis)
    return x


def repeat_elements(A, x, rep, axis):
    n = A.native_shape(x)[axis]
    return _take(A, x, np.repeat(np.arange(n), int(_number(A, rep))), axis % len(A.native_shape(x)))


def tile(A, x, n):
    counts = _sizes(A, np.atleast_1d(n) if not isinstance(n, (tuple, list)) else n)
    rank = len(A.native_shape(x))
    for axis, count in enumerate(counts, rank - len(counts)):
        if count == 0:
            x = A.getitem(x, (*[slice(None)] * axis, slice(0, 0)))
        elif count > 1:
            x = A.concatenate([x] * count, axis)
    return x


def one_hot(A, indices, num_classes):
    numbers = A.arange(0, num_classes, 1, A.native_dtype(indices))
    return A.cast(A.expand_dims(indices, -1) == numbers, config.floatx())


def nonzero(A, x):
    return tuple([A.asarray(i.astype(np.int32), "int32") for i in np.nonzero(A.to_numpy(x))])


# Linear algebra


def dot(A, x, y):
    ranks = len(A.native_shape(x)), len(A.native_shape(y))
    if 0 in ranks:
        return x * y
    return A.tensordot(x, y, (ranks[0] - 1,), (builtins.max(ranks[1] - 2, 0),))


def tensordot(A, x, y, axes_x, axes_y):
    first, second = A.native_shape(x), A.native_shape(y)
    left = [i for i in range(len(first)) if i not in axes_x]
    right = [i for i in range(len(second)) if i not in axes_y]
    inner = math.prod([first[i] for i in axes_x])
    rows, columns = [first[i] for i in left], [second[i] for i in right]
    x = A.reshape(A.permute_dimensions(x, (*left, *axes_x)), (math.prod(rows), inner))
    y = A.reshape(A.permute_dimensions(y, (*axes_y, *right)), (inner, math.prod(columns)))
    return A.reshape(A.matmul(x, y), (*rows, *columns))


# Activations


def relu(A, x, alpha=0.0, max_value=None, threshold=0.0):
    if alpha == 0.0 and threshold == 0.0:
        result = A.maximum(x, 0)
    else:
        below = A.cast(alpha * (x - threshold), A.native_dtype(x)) if alpha else 0
        result = A.where(x >= threshold, x, below)
    return result if max_value is None else A.minimum(result, max_value)


def relu_gradient(A, g, x, alpha=0.0, max_value=None, threshold=0.0):
    below = alpha * g if alpha else 0.0
    slope = A.where(x > threshold, g, below)
    return slope if max_value is None else A.where(x < max_value, slope, 0.0)


def softmax(A, x, axis=-1):
    if 0 in A.native_shape(x):
        return x
    e = A.exp(x - A.max(x, axis, True))
    return e / A.sum(e, axis, True)


def log_softmax(A, x, axis=-1):
    if 0 in A.native_shape(x):
        return x
    x = x - A.max(x, axis, True)
    return x - A.log(A.sum(A.exp(x), axis, True))


def softplus(A, x):
    return A.maximum(x, 0.0) + A.log(1.0 + A.exp(-A.abs(x)))


def sigmoid(A, x):
    return (A.tanh(x / 2.0) + 1.0) / 2.0


def sigmoid_gradient(A, g, y):
    return g * (y * (1.0 - y))


def tanh_gradient(A, g, y):
    return g * (1.0 - y * y)


# Convolution and pooling

convolution = windows.convolution
convolution_input = windows.convolution_input
convolution_kernel = windows.convolution_kernel
pooling = windows.pooling
pooling_gradient = windows.pooling_gradient
pooling_choice = windows.pooling_choice


# Decoding


def ctc_paths(A, logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    arrays = A.to_numpy(logits), A.to_numpy(input_length)
    paths, scores = ctc.decode(*arrays, greedy, beam_width, top_paths, merge_repeated)
    return (*[A.asarray(p, "int64") for p in paths], A.asarray(scores, A.native_dtype(logits)))


# Control flow


def cond(A, predicate, then, otherwise):
    return then() if _number(A, predicate) else otherwise()


def scan(A, step, xs, init, length=None, reverse=False, indexed=False):
    count = A.native_shape(xs[0])[0] if length is None else int(_number(A, length))
    states, outputs = tuple(init), []
    for t in reversed(range(count)) if reverse else range(count):
        slices = [A.getitem(x, (t, Ellipsis)) for x in xs]
        states, out = step(*[t] * indexed, *states, *slices)
        outputs.append(out)
    if not outputs:
        zeros = [A.fill(A.native_shape(x)[1:], 0, A.native_dtype(x)) for x in xs]
        _, out = step(*[0] * indexed, *states, *zeros)
        empty = [A.fill((0, *A.native_shape(y)), 0, A.native_dtype(y)) for y in out]
        return (*init, *empty)
    if reverse:
        outputs.reverse()
    return (*states, *[A.stack(column, 0) for column in zip(*outputs, strict=True)])
