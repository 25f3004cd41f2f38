"""TensorFlow 2: programs are traced once into a graph that reads and assigns tf.Variables.

Kernels call raw ops, which take 0.5 to 0.7 of the time of the friendly functions, and give them
index vectors as NumPy arrays: to convert a tuple of ints would cost 30 µs more. What few dtypes
need is asked when an op refused them: a question for the dtype takes up to 0.7 µs. The sizes of a
traced tensor are ints where they are known and scalar tensors where not.
"""

import builtins
import functools

import numpy as np
import tensorflow as tf
from kswitch.backends import ctc
from kswitch.backends import tensorflow_loops as loops
from kswitch.backends import tensorflow_ops as raw
from kswitch.backends import tensorflow_programs as programs
from kswitch.backends import tensorflow_shapes as shapes
from kswitch.backends import tensorflow_updates as updates
from kswitch.backends import tensorflow_windows as windows
from kswitch.backends.tensorflow_arguments import (
    SMALL,
    asarray,
    axes_of,
    in_dtype,
    reshaped,
    sizes_of,
    vector,
)

from kswitch import config
from kswitch.graph import dtypes
from kswitch.graph.record import numpy_dtype

IN_PLACE = False
DYNAMIC_SHAPES = True
LISTS = False
HAS_GENERATORS = False
CALLED = ("equal", "not_equal")  # == and != of shapes that do not fit are False and True
UNSUPPORTED: dict[str, str] = {}

DTYPES = {name: tf.as_dtype(name) for name in dtypes.ALL}
NUMBERS = frozenset({int, float, bool})
REFUSALS = (TypeError, tf.errors.InvalidArgumentError)  # of a dtype, in a graph and eagerly

# Hooks


def version():
    return tf.__version__


def devices():
    return [d.name.removeprefix("/physical_device:") for d in tf.config.list_physical_devices()]


def is_native(x):
    return isinstance(x, (tf.Tensor, tf.Variable))


def native_shape(x):
    return None if x.shape.rank is None else tuple(x.shape.as_list())


def native_dtype(x):
    return x.dtype.name.removesuffix("_ref")


def to_numpy(x):
    return np.asarray(x.numpy())


def new_variable(array, dtype):
    value = np.asarray(array, numpy_dtype(dtype))
    # A function that is traced may make no variables: there it is a constant.
    return tf.Variable(value) if tf.executing_eagerly() else tf.constant(value)


def read(storage):
    return np.asarray(storage.numpy())


def write(storage, array):
    return storage.assign(array, read_value=False) or storage


def copy(x):
    return raw.DeepCopy(x=x)


descend = updates.descend
momentum = updates.momentum
adam = updates.adam
key = programs.key
compile = programs.compile
jit_compile = programs.jit_compile
evaluate = programs.evaluate
trace = programs.trace
inline = programs.inline
inline_value = programs.inline_value
Protocols = programs.Protocols

# Creation and random numbers


def _number(value, dtype):
    """A Python number, or a scalar tensor of any dtype, as a tensor of that dtype."""
    if is_native(value):
        return raw.Cast(x=value, DstT=DTYPES[dtype])
    return asarray(value, dtype)


def fill(shape, value, dtype):
    return raw.Fill(dims=vector(shape), value=_number(value, dtype))


def fill_like(x, value, dtype):
    if x.dtype == dtype and value in (0, 1):
        return raw.OnesLike(x=x) if value else raw.ZerosLike(x=x)
    sizes = x.shape.as_list()
    dims = raw.Shape(input=x) if None in sizes else vector(sizes)
    return raw.Fill(dims=dims, value=_number(value, dtype))


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    limits = (start, stop, step)
    found = [x.dtype.name for x in limits if is_native(x)]
    if not found:
        return asarray(np.arange(*limits).astype(numpy_dtype(dtype)), dtype)
    common = found[0] if found[0] in ("int32", "int64", "float32", "float64") else "int32"
    if builtins.any(type(x) is float for x in limits) and common.startswith("int"):
        common = "float64"
    start, stop, step = (_number(x, common) for x in limits)
    return cast(raw.Range(start=start, limit=stop, delta=step), dtype)


def _key(seed):
    """The key of a random kernel: without a seed from NumPy, or new at each run of a graph."""
    if is_native(seed):
        return seed
    if seed is not None:
        return np.array([seed % SMALL, 0], np.int32)
    if tf.executing_eagerly():
        return np.random.randint(SMALL, size=2, dtype=np.int32)
    return tf.random.uniform((2,), maxval=SMALL, dtype=tf.int32)


def standard_normal(seed, shape, dtype):
    return raw.StatelessRandomNormal(shape=vector(shape), seed=_key(seed), dtype=DTYPES[dtype])


def standard_uniform(seed, shape, dtype):
    return raw.StatelessRandomUniform(shape=vector(shape), seed=_key(seed), dtype=DTYPES[dtype])


def standard_truncated(seed, shape, dtype):
    return raw.StatelessTruncatedNormal(shape=vector(shape), seed=_key(seed), dtype=DTYPES[dtype])


def dropout_mask(x, level, noise_shape=None, seed=None):
    shape = raw.Shape(input=x) if noise_shape is None else vector(noise_shape)
    kept = raw.StatelessRandomUniform(shape=shape, seed=_key(seed), dtype=tf.float32)
    kept = kept >= (level if type(level) is float else _number(level, "float32"))
    scale = 1.0 / (1.0 - level)
    return raw.Cast(x=kept, DstT=x.dtype) * _number(scale, x.dtype.name)


# Element-wise


def _floating(kernel):
    """A kernel that computes integers and bools, which TensorFlow refuses, in floatx."""

    @functools.wraps(kernel)
    def call(x, *options):
        try:
            return kernel(x, *options)
        except REFUSALS:
            if type(x) not in (int, bool) and (not is_native(x) or x.dtype.is_floating):
                raise
        return kernel(cast(x, config.floatx()), *options)

    return call


def equal(x, y):
    return raw.Equal(x=_like(x, y), y=y)


def not_equal(x, y):
    return raw.NotEqual(x=_like(x, y), y=y)


def greater(x, y):
    return raw.Greater(x=_like(x, y), y=y)


def greater_equal(x, y):
    return raw.GreaterEqual(x=_like(x, y), y=y)


def less(x, y):
    return raw.Less(x=_like(x, y), y=y)


def less_equal(x, y):
    return raw.LessEqual(x=_like(x, y), y=y)


def _like(x, y):
    """x, as a tensor if it is a number: a raw op takes the dtype of its first operand."""
    return asarray(x, y.dtype.name) if type(x) in NUMBERS and is_native(y) else x


def pow(x, a):
    if type(a) in NUMBERS and a == 2:
        return raw.Square(x=x)
    dtype = (x if is_native(x) else a).dtype
    if dtype.is_unsigned:  # TensorFlow has no power of them
        x, a = (raw.Cast(x=_like(v, w), DstT=tf.int64) for v, w in ((x, a), (a, x)))
        return raw.Cast(x=raw.Pow(x=x, y=a), DstT=dtype)
    return raw.Pow(x=_like(x, a), y=a)


def where(condition, x, y):
    if not is_native(x):
        x = asarray(x, y.dtype.name if is_native(y) else config.floatx())
    return raw.SelectV2(condition=condition, t=x, e=y)


def maximum(x, y):
    return raw.Maximum(x=_like(x, y), y=y)


def minimum(x, y):
    return raw.Minimum(x=_like(x, y), y=y)


def clip(x, min_value=None, max_value=None):
    if type(min_value) in NUMBERS and type(max_value) in NUMBERS:
        max_value = builtins.max(min_value, max_value)
    if max_value is not None:
        x = raw.Minimum(x=x, y=max_value)
    if min_value is not None:
        x = raw.Maximum(x=x, y=min_value)
    return x


def square(x):
    return raw.Square(x=x)


def abs(x):
    try:
        return raw.Abs(x=x)
    except REFUSALS:
        if not tf.as_dtype(x.dtype).is_unsigned:
            raise
    return raw.Identity(input=x)


def sign(x):
    if tf.as_dtype(x.dtype).is_unsigned:
        return raw.Cast(x=raw.NotEqual(x=x, y=0), DstT=x.dtype)
    return raw.Sign(x=x)


@_floating
def exp(x):
    return raw.Exp(x=x)


@_floating
def log(x):
    return raw.Log(x=x)


@_floating
def sin(x):
    return raw.Sin(x=x)


@_floating
def cos(x):
    return raw.Cos(x=x)


@_floating
def tanh(x):
    return raw.Tanh(x=x)


def negative(x):
    return raw.Neg(x=x)


@_floating
def sqrt(x):
    return raw.Sqrt(x=raw.Maximum(x=x, y=0.0))


def round(x):
    return raw.Round(x=x) if x.dtype.is_floating else raw.Identity(input=x)


def cast(x, dtype):
    return raw.Cast(x=x, DstT=DTYPES.get(dtype) or DTYPES[dtypes.name_of(dtype)])


def identity(x, name=None):
    return raw.Identity(input=x)


def stop_gradient_(x):
    return raw.StopGradient(input=x)


def print_value(x, message):
    def show(value):
        print(message, value)

    if tf.executing_eagerly():
        show(x.numpy())
        return x
    with tf.control_dependencies([tf.numpy_function(show, [x], [])]):
        return raw.Identity(input=x)


def sum_like(g, x):
    have, want = g.shape.as_list(), x.shape.as_list()
    if have == want and None not in want:
        return g
    extra = len(have) - len(want)
    aligned = list(zip(have[extra:], want, strict=True))
    if builtins.all(n is not None or m == 1 for m, n in aligned):
        axes = [*range(extra), *(i + extra for i, (m, n) in enumerate(aligned) if n == 1 != m)]
    else:
        axes, _ = raw.BroadcastGradientArgs(s0=raw.Shape(input=x), s1=raw.Shape(input=g))
    total = raw.Sum(input=g, axis=axes if is_native(axes) else np.array(axes, np.int32))
    return reshaped(total, sizes_of(x))


# Reductions


def _counting(reduce):
    """A kernel that takes bools, which TensorFlow refuses to add up, for int32."""

    def kernel(x, axis=None, keepdims=False):
        axes = axes_of(x, axis)
        try:
            return reduce(x, axes, bool(keepdims))
        except REFUSALS:
            if x.dtype != tf.bool:
                raise
        return reduce(raw.Cast(x=x, DstT=tf.int32), axes, bool(keepdims))

    return kernel


sum = _counting(raw.Sum)
prod = _counting(raw.Prod)


def max(x, axis=None, keepdims=False):
    reduce = raw.Any if x.dtype == tf.bool else raw.Max
    return reduce(input=x, axis=axes_of(x, axis), keep_dims=bool(keepdims))


def min(x, axis=None, keepdims=False):
    reduce = raw.All if x.dtype == tf.bool else raw.Min
    return reduce(input=x, axis=axes_of(x, axis), keep_dims=bool(keepdims))


def mean(x, axis=None, keepdims=False):
    if not x.dtype.is_floating:  # the mean of integers would be an integer
        x = cast(x, config.floatx())
    return raw.Mean(input=x, axis=axes_of(x, axis), keep_dims=bool(keepdims))


def any(x, axis=None, keepdims=False):
    return raw.Any(input=in_dtype(x, tf.bool), axis=axes_of(x, axis), keep_dims=bool(keepdims))


def all(x, axis=None, keepdims=False):
    return raw.All(input=in_dtype(x, tf.bool), axis=axes_of(x, axis), keep_dims=bool(keepdims))


def argmax(x, axis=-1):
    return raw.ArgMax(input=x, dimension=axis)


def argmin(x, axis=-1):
    return raw.ArgMin(input=x, dimension=axis)


@_floating
def logsumexp(x, axis=None, keepdims=False):
    return tf.reduce_logsumexp(x, axis, keepdims)


def cumsum(x, axis=0):
    return raw.Cumsum(x=x, axis=axis)


def cumprod(x, axis=0):
    return raw.Cumprod(x=x, axis=axis)


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


def dot(x, y):
    rank_x, rank_y = x.shape.rank, y.shape.rank
    if rank_x == rank_y == 2:
        return raw.MatMul(a=x, b=y) if x.dtype in MULTIPLIED else matmul(x, y)
    return tensordot(x, y, (rank_x - 1,), (builtins.max(rank_y - 2, 0),))


def matmul(x, y, transpose_x=False, transpose_y=False):
    dtype = x.dtype
    if dtype not in MULTIPLIED:  # of small and unsigned integers: their bits in int64 are the same
        x, y = (raw.Cast(x=v, DstT=tf.int64) for v in (x, y))
        return raw.Cast(x=matmul(x, y, transpose_x, transpose_y), DstT=dtype)
    if x.shape.rank == y.shape.rank == 2:
        return raw.MatMul(a=x, b=y, transpose_a=transpose_x, transpose_b=transpose_y)
    return raw.BatchMatMulV2(x=x, y=y, adj_x=transpose_x, adj_y=transpose_y)


MULTIPLIED = (tf.float32, tf.float64, tf.float16, tf.bfloat16, tf.int32, tf.int64)


def tensordot(x, y, axes_x, axes_y):
    left, flip_x, free_x = _matrix(x, axes_x)
    right, flip_y, free_y = _matrix(y, axes_y)
    return reshaped(matmul(left, right, flip_x, not flip_y), [*free_x, *free_y])


def _matrix(x, axes):
    """x as a matrix (free axes, axes); whether it is (axes, free axes); sizes of the free axes."""
    sizes = sizes_of(x)
    free = [i for i in range(len(sizes)) if i not in axes]
    first = list(axes) == list(range(len(axes)))
    order = [*axes, *free] if first else [*free, *axes]
    if order != list(range(len(sizes))):
        x = raw.Transpose(x=x, perm=np.array(order, np.int32))
    rows, columns = (_product([sizes[i] for i in group]) for group in (free, axes))
    free = [sizes[i] for i in free]
    return reshaped(x, [columns, rows] if first else [rows, columns]), first, free


def _product(sizes):
    result = 1
    for n in sizes:
        result = result * n
    return result


# Activations

LEAKY = (tf.float32, tf.float16, tf.bfloat16)  # LeakyRelu has its alpha in single precision


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    if alpha == 0.0 and threshold == 0.0:
        result = raw.Relu(features=x)
    elif threshold == 0.0 and x.dtype in LEAKY:
        result = raw.LeakyRelu(features=x, alpha=alpha)
    else:
        low = raw.Cast(x=alpha * (raw.Cast(x=x, DstT=tf.float64) - threshold), DstT=x.dtype)
        # where a tape is to see a constant
        at = raw.SelectV2(condition=raw.Equal(x=x, y=threshold), t=x, e=raw.ZerosLike(x=x))
        result = raw.SelectV2(condition=x > threshold, t=x, e=low + raw.StopGradient(input=at))
    return result if max_value is None else raw.Minimum(x=result, y=max_value)


def relu_gradient(g, x, alpha=0.0, max_value=None, threshold=0.0):
    if threshold == 0.0 and max_value is None:
        if alpha == 0.0:
            return raw.ReluGrad(gradients=g, features=x)
        if x.dtype in LEAKY:
            return raw.LeakyReluGrad(gradients=g, features=x, alpha=alpha)
    low = alpha * g if alpha else raw.ZerosLike(x=g)
    result = raw.SelectV2(condition=x > threshold, t=g, e=low)
    if max_value is None:
        return result
    return raw.SelectV2(condition=x < max_value, t=result, e=raw.ZerosLike(x=g))


@_floating
def softmax(x, axis=-1):
    return raw.Softmax(logits=x) if axis == -1 else tf.nn.softmax(x, axis)


@_floating
def log_softmax(x, axis=-1):
    return raw.LogSoftmax(logits=x) if axis == -1 else tf.nn.log_softmax(x, axis)


@_floating
def softplus(x):
    return raw.Softplus(features=x)


@_floating
def sigmoid(x):
    return raw.Sigmoid(x=x)


def sigmoid_gradient(g, y):
    return raw.SigmoidGrad(y=y, dy=g)


def tanh_gradient(g, y):
    return raw.TanhGrad(y=y, dy=g)


# Convolution and pooling

convolution = windows.convolution
convolution_input = windows.convolution_input
convolution_kernel = windows.convolution_kernel
pooling = windows.pooling
pooling_gradient = windows.pooling_gradient
pooling_choice = windows.pooling_choice


# Decoding


def ctc_paths(logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    def decode(*arrays):
        paths, scores = ctc.decode(*arrays, greedy, beam_width, top_paths, merge_repeated)
        return (*paths, scores)

    results = tf.numpy_function(
        decode, [logits, input_length], [tf.int64] * top_paths + [logits.dtype], stateful=False
    )
    for x in results:
        x.set_shape([logits.shape[0], None])
    return tuple(results)


# Control flow


cond = loops.cond
scan = loops.scan
