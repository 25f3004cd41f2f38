"""Kernels that change or look at the shape of tensors in PyTorch."""

import numpy as np
import torch
from kswitch.backends.torch_arguments import axes_of, dtype_of, sizes_of
from torch.nn import functional

from kswitch import config


def shape(x):
    if torch.compiler.is_compiling():
        return x.shape  # torch.compile would guard on the values of an array
    return np.array(x.shape, np.int32)


def size(x, name=None):
    return x.numel() if torch.compiler.is_compiling() else np.int32(x.numel())


def reshape(x, shape):
    return torch.reshape(x, sizes_of(shape))


def permute_dimensions(x, pattern):
    return torch.permute(x, sizes_of(pattern))


def expand_dims(x, axis=-1):
    return torch.unsqueeze(x, axis)


def squeeze(x, axis):
    if x.size(axis) != 1:
        raise ValueError(f"squeeze(): axis {axis} of shape {tuple(x.shape)} does not have size 1.")
    return torch.squeeze(x, axis)


def broadcast_like(x, y):
    return x.expand(y.shape)


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
    if not any(type(k) is slice and k.step is not None and k.step < 0 for k in key):
        return key, ()
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    missing = len(shape) - sum(k is not None and k is not Ellipsis for k in key)
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
    axes = axes_of(axes)
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
    return torch.tile(x, sizes_of(n))


def class_numbers(x, axis):
    sizes = [1] * x.dim()
    sizes[axis] = -1
    return torch.arange(x.size(axis), dtype=torch.int32, device=x.device).view(sizes)


def one_hot(indices, num_classes):
    classes = torch.arange(num_classes, device=indices.device)
    return (indices.unsqueeze(-1) == classes).to(dtype_of(config.floatx()))


def nonzero(x):
    return tuple(i.to(torch.int32) for i in torch.nonzero(x, as_tuple=True))
