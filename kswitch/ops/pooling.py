"""Pooling: K.pool2d and K.pool3d over one pooling of any rank."""

from kswitch.declare import Operand, Plain, Spec, composite, gradient, op
from kswitch.ops.convolution import per_axis, pooled
from kswitch.ops.rules import one_of


@op(public=False)
def pooling(
    x: Operand, pool_size: Plain, strides: Plain, padding: Plain, data_format: Plain, mode: Plain
) -> Spec:
    """The maximum ("max") or mean ("avg") of windows; padding counts neither way.

    Args:
        x: (batch, *sizes, channels), or channels second, with one to three spatial axes.
        pool_size, strides: a tuple of ints, one for each spatial axis.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        mode: "max" or "avg".
    """
    return Spec(pooled(x.shape, pool_size, strides, padding, data_format), x.dtype)


@gradient(pooling, "x")
def _(K, g, y, x, pool_size, strides, padding, data_format, mode):
    return K.pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode)


@op(public=False)
def pooling_gradient(
    g: Operand,
    x: Operand,
    y: Operand,
    pool_size: Plain,
    strides: Plain,
    padding: Plain,
    data_format: Plain,
    mode: Plain,
) -> Spec:
    """The gradient of `pooling` by x; of equal maxima in a window the first one gets it.

    Args:
        g: gradient by the result y of pooling(x, ...).
    """
    return Spec(x.shape, x.dtype)


@gradient(pooling_gradient, "g")
def _(K, h, z, g, x, y, pool_size, strides, padding, data_format, mode):
    if mode == "avg":
        return K.pooling(h, pool_size, strides, padding, data_format, mode)
    return K.pooling_choice(h, x, pool_size, strides, padding, data_format)


@gradient(pooling_gradient, "x", "y")
def _(K, h, z, g, x, y, pool_size, strides, padding, data_format, mode):
    return None


@op(public=False, differentiable=False)
def pooling_choice(
    h: Operand, x: Operand, pool_size: Plain, strides: Plain, padding: Plain, data_format: Plain
) -> Spec:
    """The entries of h at the places where the windows of x have their first maximum."""
    return Spec(pooled(x.shape, pool_size, strides, padding, data_format), h.dtype)


def _pool(K, name, rank, x, pool_size, strides, padding, data_format, pool_mode):
    data_format = K.normalize_data_format(data_format)
    one_of(name, "padding", padding, "valid", "same")
    one_of(name, "pool_mode", pool_mode, "max", "avg")
    if K.ndim(x) != rank + 2:
        raise ValueError(f"{name}(): x must have rank {rank + 2}, got the shape {K.int_shape(x)}.")
    pool_size = per_axis(name, "pool_size", pool_size, rank)
    strides = per_axis(name, "strides", strides, rank)
    return K.pooling(x, pool_size, strides, padding, data_format, pool_mode)


@composite
def pool2d(K, x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """2D pooling.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        pool_size: (rows, cols) of a window.
        strides: pixels from one window to the next.
        padding: "valid", or "same": ceil(size / stride) outputs; padding counts neither as a
            maximum nor in the average.
        data_format: "channels_last", "channels_first", or None for image_data_format().
        pool_mode: "max" or "avg".

    Raises:
        ValueError: an option is none of these.
    """
    return _pool(K, "pool2d", 2, x, pool_size, strides, padding, data_format, pool_mode)


@composite
def pool3d(K, x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """3D pooling, as K.pool2d with one more spatial axis: x is (batch, depth, rows, cols,
    channels).
    """
    return _pool(K, "pool3d", 3, x, pool_size, strides, padding, data_format, pool_mode)
