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
from kswitch.backends import torch_loops as loops
from kswitch.backends import torch_programs as programs
from kswitch.backends import torch_shapes as shapes
from kswitch.backends import torch_updates as updates
from kswitch.backends import torch_windows as windows
from kswitch.backends.torch_arguments import DTYPES, NUMBERS, asarray, axes_of, dtype_of, shared
from torch.nn import functional

from kswitch import config
from kswitch.graph import dtypes

IN_PLACE = True
DYNAMIC_SHAPES = False
LISTS = True
HAS_GENERATORS = True
NATIVE = torch.Tensor
UNSUPPORTED: dict[str, str] = {
    "print_tensor-two-traced": "torch.compile cannot print without a graph break",
    "gather-list-traced": "torch.compile cannot tell the dtype of an array made of a list",
    "reshape-concatenated-traced": "torch.compile cannot tell the dtype of an array made of a list",
}

FLOATS = frozenset({DTYPES[name] for name in dtypes.FLOATS})
NAMES = {dtype: name for name, dtype in DTYPES.items()}
aten = torch.ops.aten
# looked up once: an attribute of the module torch takes 80 ns
total, product = torch.sum, torch.matmul

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
        storage.copy_(shared(array))
    return storage


def generator(seed):
    if seed.generator is None:
        seed.generator = torch.Generator(torch.get_default_device()).manual_seed(seed.seed)
    return seed.generator


assign = torch.Tensor.copy_
copy = torch.clone
number = torch.Tensor.item
descend = updates.descend
momentum = updates.momentum
adam = updates.adam
compile = programs.compile
jit_compile = programs.jit_compile
evaluate = programs.evaluate
trace = programs.trace
inline = programs.inline
inline_value = programs.inline_value
Protocols = programs.Protocols

# Creation and random numbers


def fill(shape, value, dtype):
    return torch.full(shape, value, dtype=dtype_of(dtype))


def fill_like(x, value, dtype):
    if value == 0:
        return torch.zeros_like(x, dtype=dtype_of(dtype))
    if value == 1:
        return torch.ones_like(x, dtype=dtype_of(dtype))
    return torch.full_like(x, value, dtype=dtype_of(dtype))


def arange(start, stop=None, step=1, dtype="int32"):
    if stop is None:
        start, stop = 0, start
    start, stop, step = [v.item() if hasattr(v, "item") else v for v in (start, stop, step)]
    if (stop - start) / step <= 0:
        return torch.empty(0, dtype=dtype_of(dtype))
    if builtins.all(type(v) is int for v in (start, stop, step)):
        return torch.arange(start, stop, step, dtype=dtype_of(dtype))
    return torch.arange(start, stop, step, dtype=torch.float64).to(dtype_of(dtype))


def _random(key, device=None):
    """A generator, None for torch's own, from what a native call or a compiled graph gives."""
    if key is None or isinstance(key, torch.Generator):
        return key
    return torch.Generator(device or torch.get_default_device()).manual_seed(int(key))


def standard_normal(seed, shape, dtype):
    return torch.randn(shape, generator=_random(seed), dtype=dtype_of(dtype))


def standard_uniform(seed, shape, dtype):
    return torch.rand(shape, generator=_random(seed), dtype=dtype_of(dtype))


def standard_truncated(seed, shape, dtype):
    within = 0.9544997361036416  # the probability of [-2, 2], that is erf(sqrt(2))
    x = torch.rand(shape, generator=_random(seed), dtype=torch.float64)
    x = x.mul_(2 * within).sub_(within).erfinv_().mul_(2**0.5)
    return x.clamp_(-2.0, 2.0).to(dtype_of(dtype))


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
        return torch.where(condition, x, y).to(dtype_of(config.floatx()))
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
    dtype = dtype_of(dtype)
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


def _reduce(function, x, axis, keepdims):
    """function(x, axes, keepdims), but torch takes no axes for all axes."""
    axes = axes_of(axis)
    return torch.clone(x) if axes == () else function(x, axes, keepdims)


def sum(x, axis=None, keepdims=False):
    if (type(axis) is int or axis is None) and x.dtype in FLOATS:
        return total(x, axis, keepdims)
    dtype = torch.int32 if x.dtype is torch.bool else x.dtype
    axes = axes_of(axis)
    return cast(x, dtype) if axes == () else torch.sum(x, axes, keepdims, dtype=dtype)


def prod(x, axis=None, keepdims=False):
    dtype = torch.int32 if x.dtype is torch.bool else x.dtype
    if axis is None and not keepdims:
        return torch.prod(x, dtype=dtype)
    axes = tuple(range(x.dim())) if axis is None else axes_of(axis)
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
        x = x.to(dtype_of(config.floatx()))
    return _reduce(torch.mean, x, axis, keepdims)


def any(x, axis=None, keepdims=False):
    return torch.any(x.to(torch.bool), axes_of(axis), keepdims)


def all(x, axis=None, keepdims=False):
    return torch.all(x.to(torch.bool), axes_of(axis), keepdims)


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

shape = shapes.shape
size = shapes.size
reshape = shapes.reshape
permute_dimensions = shapes.permute_dimensions
expand_dims = shapes.expand_dims
squeeze = shapes.squeeze
broadcast_like = shapes.broadcast_like
concatenate = torch.cat
stack = shapes.stack
getitem = shapes.getitem
getitem_gradient = shapes.getitem_gradient
reverse = shapes.reverse
gather = shapes.gather
gather_gradient = shapes.gather_gradient
pad = shapes.pad
repeat_elements = shapes.repeat_elements
tile = shapes.tile
class_numbers = shapes.class_numbers
one_hot = shapes.one_hot
nonzero = shapes.nonzero

# Linear algebra


def dot(x, y):
    return product(x, y) if y.ndim < 3 else tensordot(x, y, (-1,), (-2,))


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
        low = torch.where(x == threshold, x.detach(), 0.0)  # where autograd is to see a constant
        result = torch.where(x > threshold, x, low + alpha * (x - threshold) if alpha else low)
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


softmax = torch.softmax
log_softmax = torch.log_softmax


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


cond = loops.cond
scan = loops.scan
