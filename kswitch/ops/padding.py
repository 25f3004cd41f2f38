"""Padding, repeating and resizing."""

import numbers
from builtins import slice as _slice

from kswitch.declare import Plain, Scalar, Shape, Spec, Tensor, composite, gradient, op
from kswitch.ops.rules import axis_of, known, one_of

# Padding


@op(public=False)
def pad(x: Tensor, paddings: Plain, value: Plain = 0.0) -> Spec:
    """x with `value` around it.

    Args:
        x: tensor.
        paddings: for each axis, (entries before, entries after).
        value: the number to fill with.
    """
    sizes = [
        None if n is None else n + before + after
        for n, (before, after) in zip(x.shape, paddings, strict=True)
    ]
    return Spec(sizes, x.dtype)


@gradient(pad, "x")
def _(K, g, y, x, paddings, value):
    return K.getitem(g, tuple(_slice(a, -b if b else None) for a, b in paddings))


@composite
def temporal_padding(K, x, padding=(1, 1)):
    """Pads the middle axis of a 3D tensor with zeros.

    Args:
        x: (batch, steps, features).
        padding: steps to add before and after; an int for both.
    """
    before, after = (padding, padding) if isinstance(padding, numbers.Integral) else padding
    return K.pad(x, ((0, 0), (before, after), (0, 0)))


def _spatial_padding(K, name, x, padding, data_format, rank):
    data_format = K.normalize_data_format(data_format)
    if isinstance(padding, numbers.Integral):
        padding = (padding,) * rank
    pairs = [(p, p) if isinstance(p, numbers.Integral) else tuple(p) for p in padding]
    if len(pairs) != rank or not all(len(p) == 2 for p in pairs):
        raise ValueError(f"{name}(): padding must be {rank} pairs of ints, got {padding!r}.")
    if data_format == "channels_first":
        return K.pad(x, ((0, 0), (0, 0), *pairs))
    return K.pad(x, ((0, 0), *pairs, (0, 0)))


@composite
def spatial_2d_padding(K, x, padding=((1, 1), (1, 1)), data_format=None):
    """Pads the two spatial axes of a 4D tensor with zeros.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        padding: ((top, bottom), (left, right)).
        data_format: "channels_last", "channels_first", or None for image_data_format().
    """
    return _spatial_padding(K, "spatial_2d_padding", x, padding, data_format, 2)


@composite
def spatial_3d_padding(K, x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Pads the three spatial axes of a 5D tensor with zeros; see K.spatial_2d_padding."""
    return _spatial_padding(K, "spatial_3d_padding", x, padding, data_format, 3)


# Repeating


@op
def repeat_elements(x: Tensor, rep: Scalar, axis: Plain) -> Spec:
    """Repeats each entry along an axis, as np.repeat: [a, b] becomes [a, a, b, b].

    Args:
        x: tensor.
        rep: the number of repetitions.
        axis: the axis to repeat along.
    """
    at = axis_of("repeat_elements", axis, len(x.shape))
    n = x.shape[at]
    size = None if n is None or known(rep) is None else n * rep
    return Spec((*x.shape[:at], size, *x.shape[at + 1 :]), x.dtype)


@gradient(repeat_elements, "x")
def _(K, g, y, x, rep, axis):
    at = axis_of("repeat_elements", axis, len(x.shape))
    sizes = [n if n is not None else K.shape(x)[i] for i, n in enumerate(x.shape)]
    return K.sum(K.reshape(g, [*sizes[: at + 1], rep, *sizes[at + 1 :]]), at + 1)


@composite
def repeat(K, x, n):
    """Repeats a 2D tensor: (batch, dim) becomes (batch, n, dim)."""
    if len(K.int_shape(x)) != 2:
        raise ValueError(f"repeat(): x must have rank 2, got the shape {K.int_shape(x)}.")
    return K.tile(K.expand_dims(x, 1), (1, n, 1))


@op
def tile(x: Tensor, n: Shape) -> Spec:
    """Repeats x as a whole: n times along each axis.

    Args:
        x: tensor.
        n: one number for each axis; a shorter list counts for the last axes, an int for the last
            one. Ints, scalar integer tensors, or one integer tensor.

    Raises:
        ValueError: n has more entries than x has axes.
    """
    if len(n) > len(x.shape):
        raise ValueError(f"tile(): n has {len(n)} entries, but x has the shape {x.shape}.")
    counts = (1,) * (len(x.shape) - len(n)) + tuple(n)
    sizes = [
        None if size is None or known(count) is None else size * count
        for size, count in zip(x.shape, counts, strict=True)
    ]
    return Spec(sizes, x.dtype)


@gradient(tile, "x")
def _(K, g, y, x, n):
    counts = (1,) * (len(x.shape) - len(n)) + tuple(n)
    sizes = []
    for i, (size, count) in enumerate(zip(x.shape, counts, strict=True)):
        sizes += [count, size if size is not None else K.shape(x)[i]]
    return K.sum(K.reshape(g, sizes), list(range(0, 2 * len(counts), 2)))


# Resizing


@composite
def resize_images(K, x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Enlarges images by whole factors.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        height_factor, width_factor: positive ints.
        data_format: "channels_last", "channels_first", or None for image_data_format().
        interpolation: "nearest" repeats pixels; "bilinear" blends each pixel into the next one, the
            last is repeated (TensorFlow's resize_bilinear without aligned corners or half-pixel
            centres, as in Keras 2).
    """
    data_format = K.normalize_data_format(data_format)
    one_of("resize_images", "interpolation", interpolation, "nearest", "bilinear")
    rows = 1 if data_format == "channels_last" else 2
    enlarge = K.repeat_elements if interpolation == "nearest" else K.blend_elements
    return enlarge(enlarge(x, height_factor, rows), width_factor, rows + 1)


@composite(public=False)
def blend_elements(K, x, rep, axis):
    """K.repeat_elements, but each repetition moves linearly towards the next entry."""
    if rep == 1:
        return x
    front = (_slice(None),) * axis
    rest, last = (K.getitem(x, (*front, _slice(start, None))) for start in (1, -1))
    after = K.concatenate([rest, last], axis)
    steps = [x + (after - x) * (i / rep) if i else x for i in range(rep)]
    sizes = [n if n is not None else K.shape(x)[i] for i, n in enumerate(K.int_shape(x))]
    sizes[axis] = sizes[axis] * rep
    return K.reshape(K.stack(steps, axis + 1), sizes)


@composite
def resize_volumes(K, x, depth_factor, height_factor, width_factor, data_format):
    """Enlarges volumes by whole factors, repeating voxels; see K.resize_images.

    Args:
        x: (batch, depth, rows, cols, channels), or channels second with "channels_first".
    """
    data_format = K.normalize_data_format(data_format)
    first = 1 if data_format == "channels_last" else 2
    for i, factor in enumerate((depth_factor, height_factor, width_factor)):
        x = K.repeat_elements(x, factor, first + i)
    return x
