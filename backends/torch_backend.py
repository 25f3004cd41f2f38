"""PyTorch: eager kernels and no tape.

The reverse pass is straight-line code as the forward one is, so a compiled program is a plain call
with gradients off: at the sizes of a small network autograd's tape costs 15 to 70 % of a step.
`inference_mode` would be a little faster, but what it makes cannot take part in autograd later.
Variables are Parameters, changed in place, so that torch.optim can hold them. New tensors go to
torch.get_default_device().

Native calls are differentiable by autograd; torch.compile (fullgraph) and torch.func trace them.
"""

import builtins

import numpy as np
import torch
from kswitch.backends import ctc
from kswitch.backends import torch_updates as updates
from kswitch.backends import torch_windows as windows
from torch.nn import functional

from kswitch import config, foreign
from kswitch.graph import dtypes

IN_PLACE = True
DYNAMIC_SHAPES = False
LISTS = True
HAS_GENERATORS = True
UNSUPPORTED: dict[str, str] = {
    "print_tensor-two-traced": "torch.compile cannot print without a graph break",
    "gather-list-traced": "torch.compile cannot tell the dtype of an array made of a list",
    "reshape-concatenated-traced": "torch.compile cannot tell the dtype of an array made of a list",
}

DTYPES = {name: getattr(torch, name) for name in dtypes.NUMBERS}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
NUMBERS = frozenset({int, float, bool})
aten = torch.ops.aten

# Hooks


def version():
    return str(torch.__version__)


def devices():
    return ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]


def is_native(x):
    return isinstance(x, torch.Tensor)


def native_shape(x):
    return tuple(x.shape)


def native_dtype(x):
    return NAMES[x.dtype]


def asarray(x, dtype):
    if type(x) in NUMBERS:
        return torch.full((), x, dtype=_dtype(dtype))
    return _shared(np.asarray(x)).to(torch.get_default_device(), _dtype(dtype))


def _shared(array):
    """A tensor on the CPU that shares the memory of an array, where torch can do so silently."""
    if array.flags.writeable:
        try:
            return torch.from_numpy(array)
        except (ValueError, TypeError):  # negative strides, bfloat16
            pass
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def _dtype(dtype):
    """torch's dtype of a name, or of any spelling in a native call."""
    found = DTYPES.get(dtype)
    if found is None:
        # torch.compile cannot look NumPy's dtypes up
        name = dtypes.name_of(dtype.name if isinstance(dtype, np.dtype) else dtype)
        if name == "string":
            raise TypeError("torch has no tensors of strings.")
        found = DTYPES[name]
    return found


def to_numpy(x):
    if not x.is_contiguous():
        x = x.contiguous()  # an expanded tensor would give an array whose entries share memory
    try:
        return x.numpy()
    except (RuntimeError, TypeError):
        x = x.detach().cpu().clone()
    if x.dtype is not torch.bfloat16:
        return x.resolve_conj().resolve_neg().numpy()
    import ml_dtypes

    return x.view(torch.int16).numpy().view(ml_dtypes.bfloat16)


def new_variable(array, dtype):
    value = asarray(np.array(array, order="C"), dtype)
    return torch.nn.Parameter(value) if dtypes.is_float(dtype) else value


def read(storage):
    return to_numpy(storage.detach()).copy()


def write(storage, array):
    with torch.no_grad():
        storage.copy_(_shared(array))
    return storage


assign = torch.Tensor.copy_
copy = torch.clone
descend = updates.descend
momentum = updates.momentum
adam = updates.adam


def generator(seed):
    if seed.generator is None:
        seed.generator = torch.Generator(torch.get_default_device()).manual_seed(seed.seed)
    return seed.generator


def compile(program):
    return _runner(program.function)


def jit_compile(program):
    """As `compile`, through inductor; random numbers come from generators, which it leaves out."""
    return _runner(torch.compile(program.function, fullgraph=not program.seeds))


def _runner(function):
    device = torch.get_default_device()
    switch_gradients = torch._C._set_grad_enabled  # torch.no_grad() as a context takes 1 µs more

    def feed(x):
        if not isinstance(x, torch.Tensor):
            x = _shared(x)
        return x if device.type == "cpu" else x.to(device)

    def run(feeds):
        before = torch.is_grad_enabled()
        switch_gradients(False)
        try:
            return function(*map(feed, feeds))
        finally:
            switch_gradients(before)

    return run


def evaluate(program):
    with torch.no_grad():
        return program.function()


def trace(function):
    torch._dynamo.reset()  # it gives up a function that it has traced too often
    return torch.compile(function, fullgraph=True, backend="eager", dynamic=False)


def inline(program, feeds):
    return program.function(*feeds)


def inline_value(variable):
    return variable.value


class Protocols:
    """What torch asks of a symbolic tensor that one of its own functions got."""

    __slots__ = ()

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        """The function on the values; an operator that meets a placeholder is recorded by K."""
        K = cls.K
        values = [foreign.inline(K, x) if type(x) in K.SYMBOLIC else x for x in args]
        op = OPERATORS.get(function.__name__)
        if op is not None and len(args) == 2 and builtins.any(v is None for v in values):
            return getattr(K, op)(*args)
        who = f"torch's {function.__name__}()"
        values = [_inlined(K, x, who) for x in args]
        kwargs = {name: _inlined(K, x, who) for name, x in (kwargs or {}).items()}
        return function(*values, **kwargs)


# torch's name of an operator -> K's: tensor * symbolic calls Tensor.mul
OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "__truediv__": "divide",
    "__floordiv__": "floor_divide",
    "floor_divide": "floor_divide",
    "remainder": "mod",
    "__pow__": "pow",
    "pow": "pow",
    "matmul": "matmul",
    "__matmul__": "matmul",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "__and__": "logical_and",
    "__or__": "logical_or",
    "__xor__": "not_equal",
}


def _inlined(K, x, who):
    if type(x) in (list, tuple):
        return type(x)([_inlined(K, each, who) for each in x])
    return foreign.boundary(K, x, who) if type(x) in K.SYMBOLIC else x


# Creation and random numbers


def fill(shape, value, dtype):
    return torch.full(shape, value, dtype=_dtype(dtype))


def fill_like(x, value, dtype):
    if value == 0:
        return torch.zeros_like(x, dtype=_dtype(dtype))
    if value == 1:
        return torch.ones_like(x, dtype=_dtype(dtype))
    return torch.full_like(x, value, dtype=_dtype(dtype))


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    start, stop, step = [v.item() if hasattr(v, "item") else v for v in (start, stop, step)]
    if (stop - start) / step <= 0:
        return torch.empty(0, dtype=_dtype(dtype))
    if builtins.all(type(v) is int for v in (start, stop, step)):
        return torch.arange(start, stop, step, dtype=_dtype(dtype))
    return torch.arange(start, stop, step, dtype=torch.float64).to(_dtype(dtype))


def _random(key, device=None):
    """A generator, None for torch's own, from what a native call or a compiled graph gives."""
    if key is None or isinstance(key, torch.Generator):
        return key
    return torch.Generator(device or torch.get_default_device()).manual_seed(int(key))


def standard_normal(seed, shape, dtype):
    return torch.randn(shape, generator=_random(seed), dtype=_dtype(dtype))


def standard_uniform(seed, shape, dtype):
    return torch.rand(shape, generator=_random(seed), dtype=_dtype(dtype))


def standard_truncated(seed, shape, dtype):
    within = 0.9544997361036416  # the probability of [-2, 2], that is erf(sqrt(2))
    x = torch.rand(shape, generator=_random(seed), dtype=torch.float64)
    x = x.mul_(2 * within).sub_(within).erfinv_().mul_(2**0.5)
    return x.clamp_(-2.0, 2.0).to(_dtype(dtype))


def dropout_mask(x, level, noise_shape=None, seed=None):
    shape = x.shape if noise_shape is None else noise_shape
    mask = torch.empty(shape, dtype=x.dtype, device=x.device)
    return mask.bernoulli_(1.0 - float(level), generator=_random(seed, x.device)).div_(1.0 - level)


# Element-wise

divide = torch.true_divide


def pow(x, a):
    if type(a) in NUMBERS and a == 2:
        return torch.square(x)
    return torch.pow(x, a)


def _in_order(compare, mirrored):
    """A comparison that takes a number on either side; torch's takes one on the right."""

    def function(x, y):
        return mirrored(y, x) if type(x) in NUMBERS else compare(x, y)

    return function


equal = _in_order(torch.eq, torch.eq)
not_equal = _in_order(torch.ne, torch.ne)
greater = _in_order(torch.gt, torch.lt)
greater_equal = _in_order(torch.ge, torch.le)
less = _in_order(torch.lt, torch.gt)
less_equal = _in_order(torch.le, torch.ge)


def where(condition, x, y):
    if type(x) in NUMBERS and type(y) in NUMBERS:
        return torch.where(condition, x, y).to(_dtype(config.floatx()))
    return torch.where(condition, x, y)


def maximum(x, y):
    if type(y) in NUMBERS:
        return torch.clamp_min(x, y)
    return torch.clamp_min(y, x) if type(x) in NUMBERS else torch.maximum(x, y)


def minimum(x, y):
    if type(y) in NUMBERS:
        return torch.clamp_max(x, y)
    return torch.clamp_max(y, x) if type(x) in NUMBERS else torch.minimum(x, y)


def clip(x, min_value=None, max_value=None):
    if type(min_value) in NUMBERS and type(max_value) in NUMBERS:
        return torch.clamp(x, min_value, builtins.max(min_value, max_value))
    if min_value is None and max_value is None:
        return torch.clone(x)
    if max_value is not None:
        x = minimum(x, max_value)
    return x if min_value is None else maximum(x, min_value)


square = torch.square
abs = torch.abs
exp = torch.exp
log = torch.log
sin = torch.sin
cos = torch.cos
tanh = torch.tanh
negative = torch.neg


def sign(x):
    if not x.dtype.is_floating_point:
        return torch.sign(x)
    return torch.where(x == x, torch.sign(x), x)  # torch's sign of NaN is 0


def sqrt(x):
    return torch.sqrt(torch.clamp_min(x, 0))


round = torch.round


def cast(x, dtype):
    dtype = _dtype(dtype)
    return torch.clone(x) if x.dtype is dtype else x.to(dtype)


def identity(x, name=None):
    return x


def stop_gradient_(x):
    return x.detach()


def print_value(x, message):
    print(message, to_numpy(x))
    return x


def sum_like(g, x):
    return g.sum_to_size(x.shape)


# Reductions


def _axes(axis):
    """An axis argument as torch takes it."""
    if axis is None or type(axis) is int:
        return axis
    return tuple(int(a) for a in axis) if hasattr(axis, "__iter__") else int(axis)


def _reduce(function, x, axis, keepdims):
    """function(x, axes, keepdims), but torch takes no axes for all axes."""
    axes = _axes(axis)
    return torch.clone(x) if axes == () else function(x, axes, keepdims)


def sum(x, axis=None, keepdims=False):
    if x.dtype.is_floating_point and (axis is None or type(axis) is int):
        return torch.sum(x, axis, keepdims)
    dtype = torch.int32 if x.dtype is torch.bool else x.dtype
    axes = _axes(axis)
    return cast(x, dtype) if axes == () else torch.sum(x, axes, keepdims, dtype=dtype)


def prod(x, axis=None, keepdims=False):
    dtype = torch.int32 if x.dtype is torch.bool else x.dtype
    if axis is None and not keepdims:
        return torch.prod(x, dtype=dtype)
    axes = tuple(range(x.dim())) if axis is None else _axes(axis)
    if type(axes) is int:
        return torch.prod(x, axes, keepdims, dtype=dtype)
    x = cast(x, dtype)
    for i in sorted((a % x.dim() for a in axes), reverse=True):
        x = torch.prod(x, i, keepdims, dtype=dtype)
    return x


def max(x, axis=None, keepdims=False):
    return torch.amax(x, (), keepdims) if axis is None else _reduce(torch.amax, x, axis, keepdims)


def min(x, axis=None, keepdims=False):
    return torch.amin(x, (), keepdims) if axis is None else _reduce(torch.amin, x, axis, keepdims)


def mean(x, axis=None, keepdims=False):
    if not x.dtype.is_floating_point:
        x = x.to(_dtype(config.floatx()))
    return _reduce(torch.mean, x, axis, keepdims)


def any(x, axis=None, keepdims=False):
    return torch.any(x.to(torch.bool), _axes(axis), keepdims)


def all(x, axis=None, keepdims=False):
    return torch.all(x.to(torch.bool), _axes(axis), keepdims)


def argmax(x, axis=-1):
    return torch.argmax(x.to(torch.uint8) if x.dtype is torch.bool else x, axis)


def argmin(x, axis=-1):
    return torch.argmin(x.to(torch.uint8) if x.dtype is torch.bool else x, axis)


def logsumexp(x, axis=None, keepdims=False):
    axis = tuple(range(x.dim())) if axis is None else axis
    return _reduce(torch.logsumexp, x, axis, keepdims)


def cumsum(x, axis=0):
    return torch.cumsum(x, axis, dtype=x.dtype)


def cumprod(x, axis=0):
    return torch.cumprod(x, axis, dtype=x.dtype)


# Shapes


def shape(x):
    if torch.compiler.is_compiling():
        return x.shape  # torch.compile would guard on the values of an array
    return np.array(x.shape, np.int32)


def size(x, name=None):
    return x.numel() if torch.compiler.is_compiling() else np.int32(x.numel())


def _sizes(shape):
    """What a native call gives as a shape, as a tuple or list."""
    if isinstance(shape, (tuple, list)):
        return shape
    return np.atleast_1d(np.asarray(shape)).tolist()


def reshape(x, shape):
    return torch.reshape(x, _sizes(shape))


def permute_dimensions(x, pattern):
    return torch.permute(x, _sizes(pattern))


def expand_dims(x, axis=-1):
    return torch.unsqueeze(x, axis)


def squeeze(x, axis):
    if x.size(axis) != 1:
        raise ValueError(f"squeeze(): axis {axis} of shape {tuple(x.shape)} does not have size 1.")
    return torch.squeeze(x, axis)


def broadcast_like(x, y):
    return x.expand(y.shape)


def concatenate(tensors, axis=-1):
    return torch.cat(tensors, axis)


def stack(x, axis=0):
    if type(x[0]) is int and torch.compiler.is_compiling():
        return tuple(x)  # sizes, see `shape`
    try:
        return torch.stack(x, axis)
    except TypeError:  # numbers among the tensors
        found = [t for t in x if isinstance(t, torch.Tensor)]
        if not found:
            raise
        return torch.stack([torch.as_tensor(t, dtype=found[0].dtype) for t in x], axis)


def getitem(x, key):
    try:
        return x[key]
    except ValueError:  # torch's slices cannot step back
        key, back = _forwards(key, x.shape)
        return torch.flip(x[key], back)


def getitem_gradient(g, x, key):
    result = torch.zeros_like(x, dtype=g.dtype)
    key, back = _forwards(key, x.shape)
    result[key] = torch.flip(g, back) if back else g
    return result


def _forwards(key, shape):
    """The key with slices that step back turned round, and the axes of the result to reverse."""
    if not builtins.any(type(k) is slice and k.step is not None and k.step < 0 for k in key):
        return key, ()
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    missing = len(shape) - builtins.sum(k is not None and k is not Ellipsis for k in key)
    new, back = [], []
    at = axis = 0  # in x, in the result
    for k in key:
        if type(k) is slice and k.step is not None and k.step < 0:
            places = range(*k.indices(shape[at]))[::-1]
            k = slice(places.start, places.stop, places.step) if places else slice(0, 0)
            back.append(axis)
        new.append(k)
        at += missing if k is Ellipsis else k is not None
        axis += missing if k is Ellipsis else type(k) is slice or k is None
    return tuple(new), back


def reverse(x, axes):
    axes = _axes(axes)
    return torch.flip(x, (axes,) if type(axes) is int else axes)


def gather(reference, indices):
    if indices.dim() == 1:
        return torch.index_select(reference, 0, _rows(indices))
    rows = torch.index_select(reference, 0, _rows(indices.reshape(-1)))
    return rows.reshape((*indices.shape, *reference.shape[1:]))


def _rows(indices):
    """Indices in one of the two dtypes that torch selects rows by."""
    return indices if indices.dtype in (torch.int64, torch.int32) else indices.long()


def gather_gradient(g, reference, indices):
    result = torch.zeros_like(reference, dtype=g.dtype)
    rows = g.reshape((indices.numel(), *reference.shape[1:]))
    return result.index_add_(0, _rows(indices.reshape(-1)), rows)


def pad(x, paddings, value=0.0):
    return functional.pad(x, [n for pair in reversed(paddings) for n in pair], value=value)


def repeat_elements(x, rep, axis):
    return torch.repeat_interleave(x, int(rep), axis)


def tile(x, n):
    return torch.tile(x, _sizes(n))


def class_numbers(x, axis):
    sizes = [1] * x.dim()
    sizes[axis] = -1
    return torch.arange(x.size(axis), dtype=torch.int32, device=x.device).view(sizes)


def one_hot(indices, num_classes):
    classes = torch.arange(num_classes, device=indices.device)
    return (indices.unsqueeze(-1) == classes).to(_dtype(config.floatx()))


def nonzero(x):
    return tuple(i.to(torch.int32) for i in torch.nonzero(x, as_tuple=True))


# Linear algebra


def dot(x, y):
    if x.dim() == y.dim() == 2:
        return torch.mm(x, y)
    return torch.matmul(x, y) if y.dim() < 3 else tensordot(x, y, (-1,), (-2,))


def matmul(x, y, transpose_x=False, transpose_y=False):
    if transpose_x:
        x = x.mT
    if transpose_y:
        y = y.mT
    return torch.mm(x, y) if x.dim() == y.dim() == 2 else torch.matmul(x, y)


def tensordot(x, y, axes_x, axes_y):
    for i, j in zip(axes_x, axes_y, strict=True):
        if x.shape[i] != y.shape[j]:  # torch would stretch an axis of size 1
            raise ValueError(f"the shapes {tuple(x.shape)} and {tuple(y.shape)} do not match.")
    return torch.tensordot(x, y, (axes_x, axes_y))


# Activations


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    if threshold != 0.0:
        result = torch.where(x >= threshold, x, alpha * (x - threshold) if alpha else 0.0)
    elif alpha != 0.0:
        result = functional.leaky_relu(x, alpha)
    elif max_value is None:
        return torch.relu(x)
    else:
        return functional.hardtanh(x, 0.0, max_value)
    return result if max_value is None else torch.where(result < max_value, result, max_value)


def relu_gradient(g, x, alpha=0.0, max_value=None, threshold=0.0):
    if max_value is None and alpha == 0.0:
        return aten.threshold_backward.default(g, x, threshold)
    if threshold == 0.0:
        if max_value is None:
            return aten.leaky_relu_backward.default(g, x, alpha, False)
        if alpha == 0.0:
            return aten.hardtanh_backward.default(g, x, 0.0, max_value)
    below = alpha * g if alpha else 0.0
    result = torch.where(x > threshold, g, below)
    return result if max_value is None else torch.where(x < max_value, result, 0.0)


def softmax(x, axis=-1):
    return torch.softmax(x, axis)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)


def softplus(x):
    return functional.softplus(x, 1.0, 40.0)  # above 40 the result is x in every dtype


sigmoid = torch.sigmoid
sigmoid_gradient = aten.sigmoid_backward.default
tanh_gradient = aten.tanh_backward.default

# Convolution and pooling

convolution = windows.convolution
convolution_input = windows.convolution_input
convolution_kernel = windows.convolution_kernel
pooling = windows.pooling
pooling_gradient = windows.pooling_gradient
pooling_choice = windows.pooling_choice

# Decoding


def ctc_paths(logits, input_length, greedy, beam_width, top_paths, merge_repeated):
    arrays = [to_numpy(logits), to_numpy(input_length)]
    paths, scores = ctc.decode(*arrays, greedy, beam_width, top_paths, merge_repeated)
    return tuple(torch.from_numpy(x).to(logits.device) for x in (*paths, scores))


# Control flow


def _owned(branch):
    """A branch whose results are no tensors from outside, which torch.cond refuses."""

    def call():
        results = branch()
        if isinstance(results, (tuple, list)):
            return [torch.clone(x) for x in results]
        return torch.clone(results)

    return call


def cond(predicate, then, otherwise):
    if torch.compiler.is_compiling():
        return torch.cond(predicate, _owned(then), _owned(otherwise), ())
    return then() if predicate else otherwise()


def scan(step, xs, init, length=None, reverse=False, indexed=False, listed=0):
    columns = [x if type(x) is tuple else x.unbind(0) for x in xs]
    count = len(columns[0]) if length is None else int(length)
    steps = range(count)
    states = tuple(init)
    outputs = []
    for t in reversed(steps) if reverse else steps:
        states, out = step(*states, *[column[t] for column in columns])
        outputs.append(out)
    if not outputs:
        _, out = step(*states, *[x.new_zeros(x.shape[1:]) for x in xs])
        return (*init, *[y.new_zeros((0, *y.shape)) for y in out])
    if reverse:
        outputs.reverse()
    stacked = list(zip(*outputs, strict=True))
    whole = len(stacked) - listed
    return (*states, *[torch.stack(column) for column in stacked[:whole]], *stacked[whole:])
