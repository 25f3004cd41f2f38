"""Convolution and pooling in PyTorch, on views of K's layouts.

torch wants channels second and kernels (filters, channels, *window). Both are views of what K has:
a permuted (batch, rows, cols, channels) tensor is what torch calls the channels_last memory format,
for which its CPU kernels are as fast or, for pooling, ten times faster. Tensors that come with
channels second are therefore laid out so too; what is computed from them then stays so.

Where there is nothing to compute its kernels complain, and none is called.

torch pads both ends alike, K's "same" puts the odd entry after. Convolution pads by hand then.
Pooling need not: see `_pooled`.
"""

import torch
from torch.nn import functional

from kswitch.ops.convolution import convolved, pooled

aten = torch.ops.aten

FIRST = {1: (0, 2, 1), 2: (0, 3, 1, 2), 3: (0, 4, 1, 2, 3)}  # channels last to channels second
LAST = {1: (0, 2, 1), 2: (0, 2, 3, 1), 3: (0, 2, 3, 4, 1)}
KERNEL = {1: (2, 1, 0), 2: (3, 2, 0, 1), 3: (4, 3, 0, 1, 2)}  # K's kernel to torch's
KERNEL_BACK = {1: (2, 1, 0), 2: (2, 3, 1, 0), 3: (2, 3, 4, 1, 0)}
ZEROS = {1: (0,), 2: (0, 0), 3: (0, 0, 0)}
HALVES = (torch.float16, torch.bfloat16)
ONES = {1: (1,), 2: (1, 1), 3: (1, 1, 1)}


def _first(x, data_format):
    """x with channels second, which come last in a CPU's memory."""
    rank = x.dim() - 2
    if data_format == "channels_last":
        return x.permute(FIRST[rank])
    return x.permute(LAST[rank]).contiguous().permute(FIRST[rank]) if x.is_cpu and rank > 1 else x


def _back(x, data_format):
    """The inverse of _first."""
    return x if data_format == "channels_first" else x.permute(LAST[x.dim() - 2])


def _margins(sizes, window, strides, padding, dilation):
    """The entries before and those after each spatial axis: two tuples."""
    if padding == "valid":
        return ZEROS[len(sizes)], ZEROS[len(sizes)]
    before, after = [], []
    for n, k, s, d in zip(sizes, window, strides, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return tuple(before), tuple(after)


def _padded(x, before, after):
    """x with zeros around its spatial axes."""
    flat = [n for pair in zip(reversed(before), reversed(after), strict=True) for n in pair]
    return functional.pad(x, flat)


def _arranged(x, window, strides, padding, dilation):
    """x, strides and margin with which torch computes a convolution, as K defines it.

    An uneven margin is added by hand. Where there is one window along an axis its stride does not
    matter and is made 1: with strides such as (1, 2) torch 2.13 on a CPU gives wrong numbers there
    (its 3x3 depthwise kernel in float32, oneDNN's depthwise kernels in bfloat16).
    """
    rank = len(strides)
    before, after = _margins(x.shape[2:], window, strides, padding, dilation)
    reach = [d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True)]
    whole = [n + a + b for n, a, b in zip(x.shape[2:], before, after, strict=True)]
    single = [i for i, s in enumerate(strides) if s > 1 and 0 <= whole[i] - reach[i] < s]
    if single or before != after:
        x, before = _padded(x, before, after), ZEROS[rank]
    for i in single:
        x = x.narrow(i + 2, 0, reach[i])
    return x, tuple(1 if i in single else s for i, s in enumerate(strides)), before


def convolution(x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    if not x.numel():
        options = (strides, padding, data_format, dilation_rate, groups)
        return x.new_zeros(convolved(x.shape, kernel.shape, *options))
    x = _first(x, data_format)
    rank = x.dim() - 2
    x, strides, margin = _arranged(x, kernel.shape[:-2], strides, padding, dilation_rate)
    kernel = kernel.permute(KERNEL[rank])
    options = (strides, margin, dilation_rate, False, ZEROS[rank], groups)
    return _back(torch.convolution(x, kernel, None, *options), data_format)


def convolution_input(g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    shape = [int(n) for n in shape]
    if not g.numel():
        return g.new_zeros(shape)
    g = _first(g, data_format)
    rank = g.dim() - 2
    sizes = shape[2:] if data_format == "channels_first" else shape[1:-1]
    depth = shape[1] if data_format == "channels_first" else shape[-1]
    before, after = _margins(sizes, kernel.shape[:-2], strides, padding, dilation_rate)
    uneven = before != after
    margin = ZEROS[rank] if uneven else before
    whole = [n + a + b for n, a, b in zip(sizes, before, after, strict=True)] if uneven else sizes
    like = g.new_empty((shape[0], *whole, depth)).permute(FIRST[rank])
    kernel = kernel.permute(KERNEL[rank])
    options = (strides, margin, dilation_rate, False, ZEROS[rank], groups, (True, False, False))
    result = aten.convolution_backward.default(g, like, kernel, None, *options)[0]
    if uneven:
        for axis, (start, n) in enumerate(zip(before, sizes, strict=True), 2):
            result = result.narrow(axis, start, n)
    return _back(result, data_format)


def convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    if not x.numel():
        return x.new_zeros(shape)
    g, x = _first(g, data_format), _first(x, data_format)
    rank = x.dim() - 2
    x, strides, margin = _arranged(x, shape[:-2], strides, padding, dilation_rate)
    like = x.new_empty(shape).permute(KERNEL[rank])
    if shape[-1] == 1:  # torch takes the layout for another one and refuses it
        like = like.contiguous()
    options = (strides, margin, dilation_rate, False, ZEROS[rank], groups, (False, True, False))
    result = aten.convolution_backward.default(g, x, like, None, *options)[1]
    return result.permute(KERNEL_BACK[rank])


# Pooling


def _pooled(x, pool_size, strides, padding):
    """How torch is to pool x, so that its windows are those of K.

    With "same" and an odd margin, `ceil_mode` gives the last window. With stride 1 it cannot: the
    margin is made wider by one at both ends, and the first window along that axis is dropped.

    Returns:
        (x, with two spatial axes if it had one; pool_size, strides, margin and ceil_mode for torch;
        the axes along which the first window is to be dropped).
    """
    if len(pool_size) == 1:
        x, pool_size, strides = x.unsqueeze(2), (1, *pool_size), (1, *strides)
    rank = len(pool_size)
    if padding == "valid":
        return x, pool_size, strides, ZEROS[rank], False, ()
    before, after = _margins(x.shape[2:], pool_size, strides, padding, ONES[rank])
    wider = [i for i, s in enumerate(strides) if s == 1 and before[i] != after[i]]
    margin = tuple(after[i] if i in wider else n for i, n in enumerate(before))
    return x, pool_size, strides, margin, True, [i + 2 for i in wider]


def _max(x, pool_size, strides, margin, ceil_mode):
    """Maxima and their places; of equal ones torch takes the first."""
    pool = torch._C._nn.max_pool2d_with_indices
    if len(pool_size) == 3:
        pool = torch._C._nn.max_pool3d_with_indices
    return pool(x, pool_size, strides, margin, ONES[len(pool_size)], ceil_mode)


def _average(x, pool_size, strides, margin, ceil_mode):
    pool = torch._C._nn.avg_pool2d if len(pool_size) == 2 else torch._C._nn.avg_pool3d
    return pool(x, pool_size, strides, margin, ceil_mode, False)


def _taken(y, dropped, rank):
    """What torch pooled, without the dropped windows and the additional axis."""
    for axis in dropped:
        y = y.narrow(axis, 1, y.shape[axis] - 1)
    return y.squeeze(2) if rank == 1 else y


def _restored(g, dropped, rank):
    """The inverse of _taken, with zeros for what was dropped."""
    g = g.unsqueeze(2) if rank == 1 else g
    for axis in dropped:
        g = functional.pad(g, (0, 0) * (g.dim() - 1 - axis) + (1, 0))
    return g


def _lacks(x, rank, mode):
    """Whether torch has no kernel for this on the CPU."""
    return mode == "avg" and rank == 3 and x.dtype in HALVES and x.is_cpu


def _is_larger(pool_size, x, data_format, mode):
    """Whether windows are larger than x: averages of such over three axes torch refuses."""
    sizes = x.shape[2:] if data_format == "channels_first" else x.shape[1:-1]
    return mode == "avg" and len(pool_size) == 3 and any(k > n for k, n in zip(pool_size, sizes))


def _shared(x, pool_size, strides):
    """x with zeros around it, the margin before it, and which part of each window is x."""
    before, after = _margins(x.shape[2:], pool_size, strides, "same", ONES[3])
    ones = _padded(torch.ones_like(x[:1, :1]), before, after)
    return _padded(x, before, after), before, _average(ones, pool_size, strides, ZEROS[3], False)


def pooling(x, pool_size, strides, padding, data_format, mode):
    rank = len(pool_size)
    if not x.numel():
        return x.new_zeros(pooled(x.shape, pool_size, strides, padding, data_format))
    if _lacks(x, rank, mode):
        return pooling(x.float(), pool_size, strides, padding, data_format, mode).to(x.dtype)
    if padding == "same" and _is_larger(pool_size, x, data_format, mode):
        whole, _, share = _shared(_first(x, data_format), pool_size, strides)
        return _back(_average(whole, pool_size, strides, ZEROS[3], False) / share, data_format)
    x, *options, dropped = _pooled(_first(x, data_format), pool_size, strides, padding)
    y, places = (_average(x, *options), None) if mode == "avg" else _max(x, *options)
    y = _back(_taken(y, dropped, rank), data_format)
    if mode == "max" and not torch.is_grad_enabled() and not torch.compiler.is_compiling():
        y.places = places  # for pooling_gradient: computing them again is computing y again
    return y


def pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode):
    rank = len(pool_size)
    if not x.numel():
        return torch.zeros_like(x)
    if _lacks(x, rank, mode):
        wide = [v.float() for v in (g, x, y)]
        return pooling_gradient(*wide, pool_size, strides, padding, data_format, mode).to(x.dtype)
    if padding == "same" and _is_larger(pool_size, x, data_format, mode):
        whole, before, share = _shared(_first(x, data_format), pool_size, strides)
        options = (pool_size, strides, ZEROS[3], False, False, None)
        g = aten.avg_pool3d_backward.default(_first(g, data_format) / share, whole, *options)
        sizes = _first(x, data_format).shape[2:]
        for axis, (start, n) in enumerate(zip(before, sizes, strict=True), 2):
            g = g.narrow(axis, start, n)
        return _back(g, data_format)
    x, *options, dropped = _pooled(_first(x, data_format), pool_size, strides, padding)
    g = _restored(_first(g, data_format), dropped, rank)
    if mode == "avg":
        back = aten.avg_pool2d_backward if g.dim() == 4 else aten.avg_pool3d_backward
        result = back.default(g, x, *options, False, None)
    else:
        places = getattr(y, "places", None)
        if places is None:
            places = _max(x, *options)[1]
        *options, ceil_mode = options
        options = (*options, ONES[len(options[0])], ceil_mode)
        back = aten.max_pool2d_with_indices_backward
        if g.dim() == 5:
            back = aten.max_pool3d_with_indices_backward
        result = back.default(g, x, *options, places)
    return _back(result.squeeze(2) if rank == 1 else result, data_format)


def pooling_choice(h, x, pool_size, strides, padding, data_format):
    rank = len(pool_size)
    if not x.numel():
        return h.new_zeros(pooled(x.shape, pool_size, strides, padding, data_format))
    x, *options, dropped = _pooled(_first(x, data_format), pool_size, strides, padding)
    places = _taken(_max(x, *options)[1], dropped, rank)
    chosen = _first(h, data_format).flatten(2).gather(2, places.flatten(2))
    return _back(chosen.view(places.shape), data_format)
