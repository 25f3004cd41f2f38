"""Convolution and pooling in TensorFlow.

On a CPU its kernels, those of oneDNN apart, take channels last only, no dilation or groups in
reverse, and one stride for both axes of a depthwise convolution. So channels are moved last; x of
one spatial axis gets another; with dilation or unequal strides there is a plain convolution between
two steps that have an adjoint: x is padded and split into phases (SpaceToBatch), and of the result
every so many entries are taken. Pooling over three axes is pooling over two, then over the first:
float64 has no other, and of equal maxima it chooses the first.

oneDNN's kernels give results of x's shape where there is nothing to compute or no window fits, or
end the process. Where a tensor is known to be empty none is called; `tensorflow_programs` sees to
it that it is.
"""

import functools
import math

import numpy as np
import tensorflow as tf
from kswitch.backends import tensorflow_ops as raw
from kswitch.backends.tensorflow_arguments import (
    in_dtype,
    is_known,
    reshaped,
    sizes_of,
    strided,
    vector,
)

from kswitch.ops.convolution import convolved, pooled, window_count


def _last(x, data_format):
    """x with channels last."""
    if data_format == "channels_last":
        return x
    rank = x.shape.rank
    return raw.Transpose(x=x, perm=np.array([0, *range(2, rank), 1], np.int32))


def _back(x, data_format):
    """The inverse of _last."""
    if data_format == "channels_last":
        return x
    rank = x.shape.rank
    return raw.Transpose(x=x, perm=np.array([0, rank - 1, *range(1, rank - 1)], np.int32))


def _exact(dtype):
    """The dtype to convolve in: floats in their own, integers as float64."""
    return dtype if dtype.is_floating else tf.float64


def _maximum(size, least):
    return max(size, least) if is_known(size) else raw.Maximum(x=size, y=least)


# What oneDNN's kernels do not check


def _fitting(x, reach, depth=None):
    """x with channels last, if no window is larger; a graph checks sizes that it did not know.

    Args:
        reach: the sizes of a window.
        depth: the number of channels, None for any: TensorFlow takes multiples of it.
    """
    _, *sizes, features = sizes_of(x)
    unknown = []
    for n, k in zip(sizes, reach, strict=True):
        if not is_known(n):
            unknown.append(n >= k)
        elif n < k:
            raise ValueError(f"the window is larger than x: {tuple(reach)}, x is {x.shape}.")
    if depth is not None and not is_known(features):
        unknown.append(raw.Equal(x=features, y=depth))
    elif depth not in (None, features):
        raise ValueError(f"the kernel is for {depth} channels, x has {features}.")
    if not unknown:
        return x
    fits = functools.reduce(lambda a, b: raw.LogicalAnd(x=a, y=b), unknown)
    with tf.control_dependencies([tf.Assert(fits, ["kernel or window do not fit x."])]):
        return raw.Identity(input=x)


def _is_empty(*tensors):
    """Whether one of the tensors is known to have no elements."""
    return any(x.shape.num_elements() == 0 for x in tensors)


def _zeros(shape, dtype):
    return raw.Fill(dims=vector(shape), value=raw.Cast(x=0, DstT=dtype))


# Convolution


def convolution(x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    dtype = x.dtype
    if _is_empty(x, kernel):
        shapes = (x.shape.as_list(), kernel.shape.as_list())
        options = (strides, padding, data_format, dilation_rate, groups)
        return _zeros(convolved(*shapes, *options), dtype)
    x, kernel = (in_dtype(v, _exact(dtype)) for v in (_last(x, data_format), kernel))
    options = (strides, padding, dilation_rate, groups)
    if len(strides) == 1:
        x, kernel = raw.ExpandDims(input=x, axis=1), raw.ExpandDims(input=kernel, axis=0)
        result = raw.Squeeze(input=_convolution(x, kernel, *_planar(options)), axis=[1])
    else:
        result = _convolution(x, kernel, *options)
    return in_dtype(_back(result, data_format), dtype)


def convolution_input(g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    dtype = g.dtype
    if _is_empty(g, kernel):
        return _zeros(shape, dtype)
    g, kernel = (in_dtype(v, _exact(dtype)) for v in (_last(g, data_format), kernel))
    sizes = list(shape)
    if data_format == "channels_first":
        sizes = [sizes[0], *sizes[2:], sizes[1]]
    options = (strides, padding, dilation_rate, groups)
    if len(strides) == 1:
        g, kernel = raw.ExpandDims(input=g, axis=1), raw.ExpandDims(input=kernel, axis=0)
        sizes.insert(1, 1)
        result = raw.Squeeze(input=_input(g, kernel, sizes, *_planar(options)), axis=[1])
    else:
        result = _input(g, kernel, sizes, *options)
    return in_dtype(_back(result, data_format), dtype)


def convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    dtype = g.dtype
    if _is_empty(g, x):
        return _zeros(shape, dtype)
    g, x = (in_dtype(_last(v, data_format), _exact(dtype)) for v in (g, x))
    options = (strides, padding, dilation_rate, groups)
    if len(strides) == 1:
        g, x = raw.ExpandDims(input=g, axis=1), raw.ExpandDims(input=x, axis=1)
        result = _kernel(g, x, (1, *shape), *_planar(options))
        return in_dtype(raw.Squeeze(input=result, axis=[0]), dtype)
    return in_dtype(_kernel(g, x, shape, *options), dtype)


def _planar(options):
    """The options of a convolution along one axis, for two axes of which the first has size 1."""
    (stride,), padding, (dilation,), groups = options
    return (stride, stride), padding, (1, dilation), groups


def _convolution(x, kernel, strides, padding, dilation, groups):
    reach = [d * (k - 1) + 1 if padding == "valid" else 0 for k, d in zip(kernel.shape, dilation)]
    x = _fitting(x, reach, kernel.shape[-2] * groups)
    plan = Plan.of(sizes_of(x), kernel.shape, strides, padding, dilation, groups)
    if plan is None:
        return _plain(x, kernel, strides, padding, groups)
    result = _plain(plan.spread(x), kernel, plan.strides, "valid", groups)
    return plan.taken(result)


def _input(g, kernel, sizes, strides, padding, dilation, groups):
    plan = Plan.of(sizes, kernel.shape, strides, padding, dilation, groups)
    if plan is None:
        return _plain_input(g, kernel, sizes, strides, padding, groups)
    g = plan.untaken(g)
    return plan.gathered(_plain_input(g, kernel, plan.sizes, plan.strides, "valid", groups))


def _kernel(g, x, shape, strides, padding, dilation, groups):
    plan = Plan.of(sizes_of(x), shape, strides, padding, dilation, groups)
    if plan is None:
        return _plain_kernel(g, x, shape, strides, padding, groups)
    return _plain_kernel(plan.untaken(g), plan.spread(x), shape, plan.strides, "valid", groups)


class Plan:
    """A convolution as a plain one, without padding and dilation, between two steps.

    Attributes:
        block: the number of phases along each spatial axis: the dilation.
        margins: (entries before, entries after) that are added to x along each axis.
        sizes: the shape of x after the first step: its phases are batch entries.
        strides: those of the plain convolution.
        whole: the shape of the plain convolution's result, phases joined again.
        key: which entries of that are the result.
    """

    @classmethod
    def of(cls, sizes, shape, strides, padding, dilation, groups):
        """The plan for x of these sizes and a kernel of this shape; None if none is needed."""
        *window, depth, _ = shape
        dilation = [d if k > 1 else 1 for d, k in zip(dilation, window, strict=True)]
        if max(dilation) == 1 and not _is_wrong(sizes, window, strides, padding):
            if len(set(strides)) == 1 or not (groups > 1 and depth == 1):
                return None
        return cls(sizes, window, shape[-1], strides, padding, dilation)

    def __init__(self, sizes, window, filters, strides, padding, dilation):
        batch, *spatial, features = sizes
        step = math.gcd(*strides) if max(dilation) == 1 else 1
        self.block = dilation
        self.strides = [step] * len(window)
        self.margins, inner, outer, self.key = [], [], [], [slice(None)]
        for n, k, s, d in zip(spatial, window, strides, dilation, strict=True):
            reach = d * (k - 1) + 1
            before, after = _padding(n, reach, s) if padding == "same" else (0, 0)
            phase = -(-(n + before + after) // d)  # the length of a phase
            count = (n + before + after - reach) // s + 1
            self.margins.append((before, phase * d - n - before))
            inner.append(phase)
            outer.append(((phase - k) // step + 1) * d)
            self.key.append(slice(0, (count - 1) * s // step + 1, s // step))
        self.sizes = [batch * math.prod(dilation), *inner, features]
        self.whole = [batch, *outer, filters]

    def spread(self, x):
        """x padded and split into phases."""
        margins = raw.Reshape(tensor=vector(sum(self.margins, ())), shape=(-1, 2))
        return raw.SpaceToBatchND(input=x, block_shape=self.block, paddings=margins)

    def gathered(self, x):
        """The adjoint of spread."""
        margins = raw.Reshape(tensor=vector(sum(self.margins, ())), shape=(-1, 2))
        return raw.BatchToSpaceND(input=x, block_shape=self.block, crops=margins)

    def taken(self, y):
        """The result, from that of the plain convolution."""
        none = np.zeros((len(self.block), 2), np.int32)
        y = raw.BatchToSpaceND(input=y, block_shape=self.block, crops=none)
        return raw.StridedSlice(input=y, **strided((*self.key, slice(None))))

    def untaken(self, g):
        """The adjoint of taken."""
        key = strided((*self.key, slice(None)))
        g = raw.StridedSliceGrad(shape=vector(self.whole), dy=g, **key)
        none = np.zeros((len(self.block), 2), np.int32)
        return raw.SpaceToBatchND(input=g, block_shape=self.block, paddings=none)


def _is_wrong(sizes, window, strides, padding):
    """Whether TensorFlow 2.21, with oneDNN, may compute wrong numbers without saying so.

    That is so where strides differ and one window fits along the last axis, and over three axes
    with padding "same" where a stride is larger than its window or, in bfloat16, a window than x.
    """
    if len(window) == 3 and padding == "same":
        for n, k, s in zip(sizes[1:-1], window, strides):
            if s > k or (is_known(n) and k > n):
                return True
    last = sizes[-2]
    count = window_count(last, window[-1], strides[-1], padding) if is_known(last) else 1
    return len(set(strides)) > 1 and count == 1


def _padding(size, reach, stride):
    """(entries before, entries after) that give ceil(size / stride) windows."""
    total = _maximum((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def _plain(x, kernel, strides, padding, groups):
    """A convolution over two or three axes, without dilation, as TensorFlow has it."""
    options = {"strides": [1, *strides, 1], "padding": padding.upper()}
    if groups == 1:
        return (raw.Conv2D if len(strides) == 2 else raw.Conv3D)(input=x, filter=kernel, **options)
    if _is_depthwise(kernel.shape, strides):
        kernel = reshaped(kernel, _depthwise(kernel.shape, groups))
        return raw.DepthwiseConv2dNative(input=x, filter=kernel, **options)
    parts = zip(_split(x, groups), _split(kernel, groups))
    return _joined(_plain(v, k, strides, padding, 1) for v, k in parts)


def _plain_input(g, kernel, sizes, strides, padding, groups):
    """The gradient of _plain by x, which has these sizes."""
    options = {"strides": [1, *strides, 1], "padding": padding.upper()}
    if groups == 1:
        op = raw.Conv2DBackpropInput if len(strides) == 2 else raw.Conv3DBackpropInputV2
        return op(input_sizes=vector(sizes), filter=kernel, out_backprop=g, **options)
    if _is_depthwise(kernel.shape, strides):
        kernel = reshaped(kernel, _depthwise(kernel.shape, groups))
        return raw.DepthwiseConv2dNativeBackpropInput(
            input_sizes=vector(sizes), filter=kernel, out_backprop=g, **options
        )
    sizes = [*sizes[:-1], sizes[-1] // groups]
    parts = zip(_split(g, groups), _split(kernel, groups))
    return _joined(_plain_input(v, k, sizes, strides, padding, 1) for v, k in parts)


def _plain_kernel(g, x, shape, strides, padding, groups):
    """The gradient of _plain by its kernel, which has this shape."""
    options = {"strides": [1, *strides, 1], "padding": padding.upper()}
    if groups == 1:
        op = raw.Conv2DBackpropFilter if len(strides) == 2 else raw.Conv3DBackpropFilterV2
        return op(input=x, filter_sizes=vector(shape), out_backprop=g, **options)
    if _is_depthwise(shape, strides):
        result = raw.DepthwiseConv2dNativeBackpropFilter(
            input=x, filter_sizes=vector(_depthwise(shape, groups)), out_backprop=g, **options
        )
        return reshaped(result, list(shape))
    shape = (*shape[:-1], shape[-1] // groups)
    parts = zip(_split(g, groups), _split(x, groups))
    return _joined(_plain_kernel(h, v, shape, strides, padding, 1) for h, v in parts)


def _is_depthwise(shape, strides):
    """Whether a grouped kernel sees one channel a group, along two axes."""
    return shape[-2] == 1 and len(strides) == 2


def _depthwise(shape, groups):
    """The shape of a grouped kernel as TensorFlow's depthwise convolution has it."""
    return [*shape[:-2], groups, shape[-1] // groups]


def _split(x, groups):
    return raw.Split(axis=-1, value=x, num_split=groups)


def _joined(parts):
    return raw.ConcatV2(values=list(parts), axis=-1)


# Pooling


def pooling(x, pool_size, strides, padding, data_format, mode):
    if _is_empty(x):
        return _zeros(pooled(x.shape.as_list(), pool_size, strides, padding, data_format), x.dtype)
    result = _pooled(x, data_format, mode)
    if padding == "valid":
        result = _fitting(result, pool_size)
    result = _pool(result, pool_size, strides, padding.upper(), mode)
    return in_dtype(_back(result, data_format), x.dtype)


def pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode):
    if _is_empty(x):
        return raw.ZerosLike(x=x)
    given = [_pooled(v, data_format, mode) for v in (g, x, y)]
    result = _pool_gradient(*given, pool_size, strides, padding.upper(), mode)
    return in_dtype(_back(result, data_format), x.dtype)


def pooling_choice(h, x, pool_size, strides, padding, data_format):
    if _is_empty(x):
        return _zeros(pooled(x.shape.as_list(), pool_size, strides, padding, data_format), h.dtype)
    given = [_pooled(v, data_format, "max") for v in (h, x)]
    result = _pool_choice(*given, pool_size, strides, padding.upper())
    return in_dtype(_back(result, data_format), h.dtype)


def _pooled(x, data_format, mode):
    """x with channels last, in a dtype that can be pooled."""
    if not x.dtype.is_floating:
        x = raw.Cast(x=x, DstT=tf.int64 if mode == "max" else tf.float64)
    return _last(x, data_format)


def _planes(x):
    """x as a batch of planes: one spatial axis gets another, of three the first joins the batch."""
    batch, *spatial, features = sizes_of(x)
    if len(spatial) == 1:
        return raw.ExpandDims(input=x, axis=1)
    return reshaped(x, [batch * spatial[0], *spatial[1:], features])


def _columns(x, planes):
    """Pooled planes of x, as a batch of columns along its first spatial axis."""
    sizes, pooled = sizes_of(x), sizes_of(planes)
    return reshaped(planes, [*sizes[:2], pooled[1] * pooled[2], sizes[-1]])


def _pool(x, window, strides, padding, mode):
    if len(window) == 1:
        result = _pool(_planes(x), (1, *window), (1, *strides), padding, mode)
        return raw.Squeeze(input=result, axis=[1])
    if len(window) == 3:
        planes = _pool(_planes(x), window[1:], strides[1:], padding, mode)
        columns = _columns(x, planes)
        result = _pool(columns, (window[0], 1), (strides[0], 1), padding, mode)
        batch, depth, _, features = sizes_of(result)
        return reshaped(result, [batch, depth, *sizes_of(planes)[1:3], features])
    options = {"ksize": [1, *window, 1], "strides": [1, *strides, 1], "padding": padding}
    return raw.MaxPool(input=x, **options) if mode == "max" else raw.AvgPool(value=x, **options)


def _pool_gradient(g, x, y, window, strides, padding, mode):
    if len(window) == 1:
        given = [_planes(v) for v in (g, x, y)]
        result = _pool_gradient(*given, (1, *window), (1, *strides), padding, mode)
        return raw.Squeeze(input=result, axis=[1])
    if len(window) == 3:
        planes = _planes(x)
        middle = _pool(planes, window[1:], strides[1:], padding, mode)
        columns = _columns(x, middle)
        batch, depth, *_, features = sizes_of(y)
        g, y = (reshaped(v, [batch, depth, sizes_of(columns)[2], features]) for v in (g, y))
        g = _pool_gradient(g, columns, y, (window[0], 1), (strides[0], 1), padding, mode)
        g = reshaped(g, sizes_of(middle))
        g = _pool_gradient(g, planes, middle, window[1:], strides[1:], padding, mode)
        return reshaped(g, sizes_of(x))
    options = {"ksize": [1, *window, 1], "strides": [1, *strides, 1], "padding": padding}
    if mode == "max":
        return raw.MaxPoolGrad(orig_input=x, orig_output=y, grad=g, **options)
    return raw.AvgPoolGrad(orig_input_shape=vector(sizes_of(x)), grad=g, **options)


def _pool_choice(h, x, window, strides, padding):
    if len(window) == 1:
        given = [_planes(v) for v in (h, x)]
        result = _pool_choice(*given, (1, *window), (1, *strides), padding)
        return raw.Squeeze(input=result, axis=[1])
    if len(window) == 3:
        planes = _planes(x)
        middle = _pool(planes, window[1:], strides[1:], padding, "max")
        h = _columns(x, _pool_choice(_planes(h), planes, window[1:], strides[1:], padding))
        h = _pool_choice(h, _columns(x, middle), (window[0], 1), (strides[0], 1), padding)
        batch, depth, _, features = sizes_of(h)
        return reshaped(h, [batch, depth, *sizes_of(middle)[1:3], features])
    # Not MaxPoolGradGrad: it overwrites h before reading it where its result has the same shape.
    options = {"ksize": [1, *window, 1], "strides": [1, *strides, 1], "padding": padding}
    _, places = raw.MaxPoolWithArgmax(input=x, include_batch_in_index=True, **options)
    return raw.GatherV2(params=raw.Reshape(tensor=h, shape=[-1]), indices=places, axis=0)
