"""Kernels that change or look at the shape of tensors in TensorFlow."""

import numpy as np
import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw
from kswitch.backends.tensorflow_arguments import (
    asarray,
    is_known,
    reshaped,
    sizes_of,
    strided,
    vector,
)

from kswitch import config


def shape(x):
    sizes = x.shape.as_list()
    return raw.Shape(input=x) if None in sizes else tf.constant(vector(sizes))


def size(x, name=None):
    return raw.Size(input=x)


def reshape(x, shape):
    return raw.Reshape(tensor=x, shape=vector(shape))


def permute_dimensions(x, pattern):
    order = np.array(pattern, np.int32)
    return raw.Transpose(x=x, perm=np.where(order < 0, order + len(order), order))


def expand_dims(x, axis=-1):
    return raw.ExpandDims(input=x, axis=axis)


def squeeze(x, axis):
    return raw.Squeeze(input=x, axis=[axis])


def broadcast_like(x, y):
    sizes = y.shape.as_list()
    if None in sizes:
        return raw.BroadcastTo(input=x, shape=raw.Shape(input=y))
    return x if sizes == x.shape.as_list() else raw.BroadcastTo(input=x, shape=vector(sizes))


def concatenate(tensors, axis=-1):
    if len(tensors) == 1:
        return raw.Identity(input=tensors[0])
    return raw.ConcatV2(values=tensors, axis=axis)


def stack(x, axis=0):
    return raw.Pack(values=x, axis=axis)


def getitem(x, key):
    return raw.StridedSlice(input=x, **strided(key))


def getitem_gradient(g, x, key):
    return raw.StridedSliceGrad(shape=shape(x), dy=g, **strided(key))


def reverse(x, axes):
    return raw.ReverseV2(tensor=x, axis=np.array(axes, np.int32).reshape(-1))


def gather(reference, indices):
    if indices.dtype not in (tf.int32, tf.int64):
        indices = raw.Cast(x=indices, DstT=tf.int32)
    return raw.GatherV2(params=reference, indices=indices, axis=0)


def gather_gradient(g, reference, indices):
    if indices.dtype not in (tf.int32, tf.int64):
        indices = raw.Cast(x=indices, DstT=tf.int32)
    rows = sizes_of(reference)[0]
    return raw.UnsortedSegmentSum(data=g, segment_ids=indices, num_segments=rows)


def pad(x, paddings, value=0.0):
    value = asarray(value, x.dtype.name)
    return raw.PadV2(input=x, paddings=np.array(paddings, np.int32), constant_values=value)


def repeat_elements(x, rep, axis):
    sizes = sizes_of(x)
    at = axis % len(sizes)
    counts = [1] * (at + 1) + [rep] + [1] * (len(sizes) - at - 1)
    rows = tile(raw.ExpandDims(input=x, axis=at + 1), counts)
    return reshaped(rows, [*sizes[:at], sizes[at] * rep, *sizes[at + 1 :]])


def tile(x, n):
    if not is_known(n):
        n = raw.Unpack(value=n, num=n.shape[0]) if n.shape.rank else [n]
    counts = list(n) if isinstance(n, (tuple, list, np.ndarray)) else [n]
    counts = [1] * (x.shape.rank - len(counts)) + counts
    if x.dtype == tf.uint16:  # the only one that TensorFlow cannot repeat
        wide = raw.Tile(input=raw.Cast(x=x, DstT=tf.int32), multiples=vector(counts))
        return raw.Cast(x=wide, DstT=tf.uint16)
    return raw.Tile(input=x, multiples=vector(counts))


def one_hot(indices, num_classes):
    if indices.dtype not in (tf.uint8, tf.int8, tf.int32, tf.int64):
        indices = raw.Cast(x=indices, DstT=tf.int64)
    on, off = 1.0, 0.0
    if config.floatx() != "float32":
        on, off = (asarray(value, config.floatx()) for value in (on, off))
    return raw.OneHot(indices=indices, depth=num_classes, on_value=on, off_value=off)


def nonzero(x):
    places = raw.Unpack(value=raw.Where(condition=x), num=x.shape.rank, axis=1)
    return tuple(raw.Cast(x=i, DstT=tf.int32) for i in places)
