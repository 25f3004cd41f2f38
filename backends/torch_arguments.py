"""Arguments of PyTorch's kernels, as native calls may give them: dtypes, arrays, axes, sizes."""

import numpy as np
import torch

from kswitch.graph import dtypes

DTYPES = {name: getattr(torch, name) for name in dtypes.NUMBERS}
NUMBERS = frozenset({int, float, bool})


def dtype_of(dtype):
    """torch's dtype of a name, or of any spelling in a native call."""
    found = DTYPES.get(dtype)
    if found is None:
        # torch.compile cannot look NumPy's dtypes up
        name = dtypes.name_of(dtype.name if isinstance(dtype, np.dtype) else dtype)
        if name == "string":
            raise TypeError("torch has no tensors of strings.")
        found = DTYPES[name]
    return found


def asarray(x, dtype):
    if type(x) in NUMBERS:
        return torch.full((), x, dtype=dtype_of(dtype))
    return shared(np.asarray(x)).to(torch.get_default_device(), dtype_of(dtype))


def shared(array):
    """A tensor on the CPU that shares the memory of an array, where torch can do so silently."""
    if array.flags.writeable:
        try:
            return torch.from_numpy(array)
        except (ValueError, TypeError):  # negative strides, bfloat16
            pass
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def axes_of(axis):
    """An axis argument as torch takes it."""
    if axis is None or type(axis) is int:
        return axis
    return tuple(int(a) for a in axis) if hasattr(axis, "__iter__") else int(axis)


def sizes_of(shape):
    """What a native call gives as a shape, as a tuple or list."""
    if isinstance(shape, (tuple, list)):
        return shape
    return np.atleast_1d(np.asarray(shape)).tolist()
