"""Arguments of TensorFlow's kernels, as native calls may give them: arrays, axes, sizes.

Sizes are ints where they are known, else scalar tensors; a vector of both is one where it has to
be.
"""

import numpy as np
import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw

from kswitch.graph.record import numpy_dtype

SMALL = 2**31 - 1  # the largest int32


def asarray(x, dtype):
    return tf.constant(np.asarray(x, numpy_dtype(dtype)))


def axes_of(x, axis):
    """An axis argument as TensorFlow's ops take it."""
    if axis is None:
        return np.arange(x.shape.rank, dtype=np.int32)
    return axis if type(axis) is int else np.array(axis, np.int32).reshape(-1)


def is_known(size):
    """Whether a size is an int, not a tensor."""
    return not isinstance(size, (tf.Tensor, tf.Variable))


def vector(sizes):
    """Sizes as one int32 vector: a NumPy array, or a tensor if one of them is."""
    if not is_known(sizes):
        return sizes
    sizes = sizes if isinstance(sizes, (tuple, list, np.ndarray)) else [sizes]
    if all(map(is_known, sizes)):
        return np.array(sizes, np.int32)
    return raw.Pack(values=[n if is_known(n) else in_dtype(n, tf.int32) for n in sizes])


def in_dtype(x, dtype):
    """x in that dtype: x itself if it is of it."""
    return x if x.dtype == dtype else raw.Cast(x=x, DstT=dtype)


def sizes_of(x):
    """The shape of x as a list."""
    sizes = x.shape.as_list()
    if None not in sizes:
        return sizes
    found = raw.Unpack(value=raw.Shape(input=x), num=len(sizes))
    return [found[i] if n is None else n for i, n in enumerate(sizes)]


def reshaped(x, sizes):
    """x with these sizes, of which one that is a tensor is left to TensorFlow to work out."""
    unknown = [i for i, n in enumerate(sizes) if not is_known(n)]
    if not unknown and x.shape.as_list() == list(sizes):
        return x
    if len(unknown) == 1 and 0 not in [n for n in sizes if is_known(n)]:
        sizes = [n if is_known(n) else -1 for n in sizes]
    return raw.Reshape(tensor=x, shape=vector(sizes))


def strided(key):
    """The arguments of StridedSlice for x[key]; key is a tuple."""
    begin, end, strides = [], [], []
    masks = dict.fromkeys(("begin", "end", "ellipsis", "new_axis", "shrink_axis"), 0)
    for i, part in enumerate(key):
        bounds = (0, 0, 1)
        if part is Ellipsis:
            masks["ellipsis"] |= 1 << i
        elif part is None:
            masks["new_axis"] |= 1 << i
        elif isinstance(part, slice):
            step = 1 if part.step is None else part.step
            bounds = (part.start, part.stop, step)
            for mask, bound in (("begin", part.start), ("end", part.stop)):
                masks[mask] |= (bound is None) << i
        else:
            masks["shrink_axis"] |= 1 << i
            bounds = (part, part + 1, 1)
        for entries, bound in zip((begin, end, strides), bounds, strict=True):
            entries.append(0 if bound is None else bound)
    ends = {"begin": vector(begin), "end": vector(end), "strides": vector(strides)}
    return ends | {f"{name}_mask": mask for name, mask in masks.items()}
