"""Shapes, joining, padding, products of matrices, normalisation."""

import builtins
import math

import numpy as np
import pytensor.tensor as pt

from kswitch import config
from kswitch_pytensor import elementwise as e
from kswitch_pytensor.state import int_shape
from kswitch_pytensor.values import (
    cast,
    floating,
    is_symbolic,
    known_sizes,
    meet,
    number,
    shaped,
    tensor,
)


def _axis(name, axis, rank):
    if not -rank <= axis < rank:
        raise ValueError(f"{name}(): axis {axis} is out of range for a tensor of rank {rank}.")
    return int(axis) % rank


def sizes(x):
    """The sizes of x: numbers where they are known, else tensors."""
    return [x.shape[i] if n is None else n for i, n in enumerate(int_shape(x))]


def shape(x):
    """The shape of x; its entries stand wherever a shape takes an int."""
    entries = [pt.cast(n, "int32") if is_symbolic(n) else np.int32(n) for n in sizes(tensor(x))]
    return pt.stack(entries) if entries else pt.as_tensor_variable(np.zeros(0, "int32"))


def size(x, name=None):
    return pt.cast(tensor(x).size, "int32")


def reshape(x, shape):
    """x in another shape; one size may be -1."""
    x = tensor(x)
    if is_symbolic(shape):
        if int_shape(shape)[0] is None:
            raise ValueError("reshape(): the length of a shape must be known.")
        shape = [shape[i] for i in range(int_shape(shape)[0])]
    shape = [n if is_symbolic(n) else int(n) for n in shape]
    known = known_sizes(shape)
    if known.count(-1) > 1:
        raise ValueError(f"reshape(): at most one size can be -1, got {shape}.")
    old = int_shape(x)
    total = None if None in old else math.prod(old)
    if -1 in known:
        at = known.index(-1)
        others = known[:at] + known[at + 1 :]
        if 0 in others:
            raise ValueError(f"reshape(): -1 cannot be found beside a size of 0, got {shape}.")
        known[at] = None
        if None not in others and total is not None and math.prod(others):
            if total % math.prod(others):
                raise ValueError(f"reshape(): {old} cannot become {shape}.")
            known[at] = total // math.prod(others)
    elif None not in known and total is not None and math.prod(known) != total:
        raise ValueError(f"reshape(): {old} cannot become {shape}.")
    return shaped(pt.reshape(x, shape, ndim=len(shape)), known)


def permute_dimensions(x, pattern):
    x = tensor(x)
    order = [_axis("permute_dimensions", a, x.ndim) for a in pattern]
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(
            f"permute_dimensions(): pattern must be a permutation of {tuple(range(x.ndim))}, got "
            f"{tuple(pattern)}."
        )
    return x.dimshuffle(*order)


def transpose(x):
    return permute_dimensions(x, range(ndim_of(x))[::-1])


def ndim_of(x):
    return len(int_shape(x))


def expand_dims(x, axis=-1):
    x = tensor(x)
    return pt.expand_dims(x, _axis("expand_dims", axis, x.ndim + 1))


def squeeze(x, axis):
    """x without an axis of size 1."""
    x = tensor(x)
    axis = _axis("squeeze", axis, x.ndim)
    if int_shape(x)[axis] not in (None, 1):
        raise ValueError(f"squeeze(): axis {axis} of shape {int_shape(x)} has not size 1.")
    known = list(int_shape(x))
    known[axis] = 1
    return pt.squeeze(shaped(x, known), axis)


def flatten(x):
    return reshape(x, (-1,))


def batch_flatten(x):
    x = tensor(x)
    rest = sizes(x)[1:]
    if None in int_shape(x)[1:]:
        return reshape(x, (x.shape[0], pt.prod(pt.stack(rest))))
    return reshape(x, (x.shape[0], math.prod(rest)))


def pattern_broadcast(x, broadcastable):
    """x, of which some axes are known to have size 1."""
    known = int_shape(x)
    if len(broadcastable) != len(known) or builtins.any(
        b and n not in (1, None) for b, n in zip(broadcastable, known, strict=True)
    ):
        raise ValueError(
            f"pattern_broadcast(): {tuple(broadcastable)} does not fit the shape {known}."
        )
    return shaped(x, [1 if b else n for b, n in zip(broadcastable, known, strict=True)])


# Joining and repeating


def concatenate(tensors, axis=-1):
    if not tensors:
        raise ValueError("concatenate(): needs at least one tensor, got an empty list.")
    tensors = meet(*tensors)
    ranks = {x.ndim for x in tensors}
    if len(ranks) > 1:
        raise ValueError(f"concatenate(): all ranks must agree, got {sorted(ranks)}.")
    at = _axis("concatenate", axis, tensors[0].ndim)
    known = list(map(int_shape, tensors))
    for i in range(len(known[0])):
        if i != at and len({s[i] for s in known} - {None}) > 1:
            raise ValueError(f"concatenate(): all axes but {at} must agree, got {known}.")
    return pt.concatenate(tensors, axis=at)


def stack(x, axis=0):
    if not x:
        raise ValueError("stack(): needs at least one tensor, got an empty list.")
    x = meet(*x)
    known = list(map(int_shape, x))
    if len({len(s) for s in known}) > 1 or builtins.any(
        len(set(column) - {None}) > 1 for column in zip(*known, strict=True)
    ):
        raise ValueError(f"stack(): all shapes must agree, got {known}.")
    return pt.stack(x, axis=_axis("stack", axis, x[0].ndim + 1))


def slice(x, start, size):
    """The part of x that begins at start and has the given size; -1 for all that follow."""
    x = tensor(x)
    starts, lengths = (
        [v[i] for i in range(int_shape(v)[0])] if is_symbolic(v) else list(v) for v in (start, size)
    )
    if len(starts) != x.ndim or len(lengths) != x.ndim:
        raise ValueError("slice(): The dimension and the size of indices should match.")
    key = [
        builtins.slice(a, None if not is_symbolic(n) and n == -1 else a + n)
        for a, n in zip(starts, lengths, strict=True)
    ]
    return x[tuple(key)]


def reverse(x, axes):
    x = tensor(x)
    axes = [_axis("reverse", a, x.ndim) for a in np.atleast_1d(axes)]
    back = builtins.slice(None, None, -1)
    return x[tuple([back if i in axes else builtins.slice(None) for i in range(x.ndim)])]


def gather(reference, indices):
    reference = tensor(reference)
    if reference.ndim == 0:
        raise ValueError("gather(): reference must have at least one axis, got a scalar.")
    return reference[tensor(indices)]


def repeat_elements(x, rep, axis):
    x = tensor(x)
    axis = _axis("repeat_elements", axis, x.ndim)
    known = list(int_shape(x))
    known[axis] = None if known[axis] is None or is_symbolic(rep) else known[axis] * rep
    return shaped(pt.repeat(x, rep, axis=axis), known)


def repeat(x, n):
    if ndim_of(x) != 2:
        raise ValueError(f"repeat(): x must have rank 2, got the shape {int_shape(x)}.")
    return tile(expand_dims(x, 1), (1, n, 1))


def tile(x, n):
    """x as a whole, n times along each axis; a shorter list counts for the last axes."""
    x = tensor(x)
    if is_symbolic(n):
        n = [n[i] for i in range(int_shape(n)[0])] if n.ndim else [n]
    n = [n] if isinstance(n, (int, np.integer)) else list(n)
    if len(n) > x.ndim:
        raise ValueError(f"tile(): n has {len(n)} entries, but x has the shape {int_shape(x)}.")
    n = [given if known is None else known for given, known in zip(n, known_sizes(n), strict=True)]
    counts = [1] * (x.ndim - len(n)) + n
    for axis, count in enumerate(counts):
        if is_symbolic(count):
            places = pt.arange(x.shape[axis] * count) % x.shape[axis]
            x = x[(builtins.slice(None),) * axis + (places,)]
        elif count == 0:
            x = x[(builtins.slice(None),) * axis + (builtins.slice(0, 0),)]
        elif count > 1:
            x = pt.concatenate([x] * count, axis=axis)
    return x


def one_hot(indices, num_classes):
    indices = tensor(indices)
    hot = pt.eq(pt.expand_dims(indices, -1), pt.arange(num_classes))
    known = None if is_symbolic(num_classes) else num_classes
    return shaped(cast(hot, config.floatx()), (*int_shape(indices), known))


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images enlarged by whole factors."""
    data_format = config.normalize_data_format(data_format)
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(
            "resize_images(): interpolation must be 'nearest' or 'bilinear', got "
            f"{interpolation!r}."
        )
    rows = 1 if data_format == "channels_last" else 2
    enlarge = repeat_elements if interpolation == "nearest" else _blended
    return enlarge(enlarge(tensor(x), height_factor, rows), width_factor, rows + 1)


def _blended(x, rep, axis):
    """Each repetition moves linearly towards the next entry; the last entry is repeated."""
    front = (builtins.slice(None),) * axis
    after = pt.concatenate([x[(*front, builtins.slice(1, None))], x[(*front, [-1])]], axis=axis)
    steps = [x + (after - x) * number(i / rep, x) for i in range(rep)]
    new = sizes(x)
    new[axis] = -1 if int_shape(x)[axis] is None else new[axis] * rep
    return reshape(pt.stack(steps, axis=axis + 1), new)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes enlarged by whole factors."""
    data_format = config.normalize_data_format(data_format)
    first = 1 if data_format == "channels_last" else 2
    for i, factor in enumerate((depth_factor, height_factor, width_factor)):
        x = repeat_elements(x, factor, first + i)
    return x


# Padding


def padded(x, paddings, value=0.0):
    """x with a number around it; margins may be tensors."""
    x = tensor(x)
    if not builtins.any(is_symbolic(n) or n for pair in paddings for n in pair):
        return x
    full = [n + before + after for n, (before, after) in zip(sizes(x), paddings, strict=True)]
    key = [builtins.slice(a, a + n) for n, (a, _) in zip(sizes(x), paddings, strict=True)]
    result = pt.set_subtensor(pt.full(full, np.asarray(value, x.dtype))[tuple(key)], x)
    return shaped(result, known_sizes(full))


def temporal_padding(x, padding=(1, 1)):
    before, after = (padding, padding) if isinstance(padding, int) else padding
    return padded(x, ((0, 0), (before, after), (0, 0)))


def _spatial(name, x, padding, data_format, rank):
    data_format = config.normalize_data_format(data_format)
    padding = (padding,) * rank if isinstance(padding, int) else padding
    pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in padding]
    if len(pairs) != rank or not builtins.all(len(p) == 2 for p in pairs):
        raise ValueError(f"{name}(): padding must be {rank} pairs of ints, got {padding!r}.")
    if data_format == "channels_first":
        return padded(x, ((0, 0), (0, 0), *pairs))
    return padded(x, ((0, 0), *pairs, (0, 0)))


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    return _spatial("spatial_2d_padding", x, padding, data_format, 2)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    return _spatial("spatial_3d_padding", x, padding, data_format, 3)


# Products


def dot(x, y):
    """The last axis of x against the last but one of y."""
    x, y = meet(x, y)
    if 0 in (x.ndim, y.ndim):
        raise ValueError("dot(): both tensors need an axis, got a scalar.")
    inner = max(y.ndim - 2, 0)
    if None not in (pair := (int_shape(x)[-1], int_shape(y)[inner])) and pair[0] != pair[1]:
        raise ValueError(f"dot(): the shapes {int_shape(x)} and {int_shape(y)} do not match.")
    if max(x.ndim, y.ndim) <= 2:
        return pt.dot(x, y)
    tail = int_shape(y)[:inner] + int_shape(y)[inner + 1 :]
    return shaped(pt.tensordot(x, y, axes=[[x.ndim - 1], [inner]]), int_shape(x)[:-1] + tail)


def batch_dot(x, y, axes=None):
    """For each sample, the product over one axis of x and one of y."""
    x, y = meet(x, y)
    if min(x.ndim, y.ndim) < 2:
        raise ValueError(
            f"batch_dot(): both tensors need rank 2, got {int_shape(x)}, {int_shape(y)}."
        )
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    axes = (axes, axes) if isinstance(axes, int) else tuple(axes)
    if builtins.any(not isinstance(a, int) for a in axes):
        raise ValueError(f"batch_dot(): axes must be an int or two of them, got {axes}.")
    a, b = (_axis("batch_dot", axis, v.ndim) for axis, v in zip(axes, (x, y), strict=True))
    if 0 in (a, b):
        raise ValueError("batch_dot(): the batch axis 0 cannot be summed over.")
    one, two = int_shape(x), int_shape(y)
    for first, second, what in ((one[a], two[b], "axes"), (one[0], two[0], "batch sizes")):
        if None not in (first, second) and first != second:
            raise ValueError(f"batch_dot(): the {what} of {one} and {two} differ.")
    left = [i for i in range(1, x.ndim) if i != a]
    right = [i for i in range(1, y.ndim) if i != b]
    new = [sizes(x)[0] if one[0] is not None else sizes(y)[0]]
    new += [sizes(x)[i] for i in left] + [sizes(y)[i] for i in right]
    x, y = x.dimshuffle(0, *left, a), y.dimshuffle(0, b, *right)
    x = _three(x, (0, len(left), 1))
    y = _three(y, (1, len(right), 0))
    result = reshape(pt.matmul(x, y), new)
    return expand_dims(result, 1) if result.ndim == 1 else result


def _three(x, groups):
    """x of rank 3: its axes after the first made two, (axis of the sum, others, or reverse)."""
    n = sizes(x)
    free = n[1:-1] if groups[0] == 0 else n[2:]
    flat = builtins.sum(map(is_symbolic, free))
    width = pt.prod(pt.stack(free)) if flat else math.prod(free)
    return reshape(x, (n[0], width, n[-1]) if groups[0] == 0 else (n[0], n[1], width))


def bias_add(x, bias, data_format=None):
    """x plus a bias of the channels, or one of x's shape without the batch."""
    data_format = config.normalize_data_format(data_format)
    x, bias = meet(x, bias)
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            f"bias_add(): Unexpected bias dimensions {bias.ndim}, expect to be 1 or {x.ndim - 1}."
        )
    if x.ndim == 2:
        return x + bias
    n = sizes(bias)
    if data_format == "channels_last":
        return x + (bias if bias.ndim == 1 else reshape(bias, (1, *n)))
    shape = (1, n[-1], *n[:-1]) if bias.ndim > 1 else (1, n[0], *[1] * (x.ndim - 2))
    return x + reshape(bias, shape)


# Normalisation


def l2_normalize(x, axis=None):
    x = floating(x)
    return x / pt.sqrt(e.maximum(e.sum(pt.sqr(x), axis, True), 1e-12))


def in_top_k(predictions, targets, k):
    """Whether at most k - 1 classes are above the target's."""
    predictions = tensor(predictions)
    rows = pt.arange(predictions.shape[0])
    own = predictions[rows, cast(tensor(targets), "int64")]
    above = pt.sum(pt.gt(predictions, pt.expand_dims(own, 1)), axis=1)
    return pt.and_(pt.lt(above, k), pt.isfinite(own))


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """(normalised x, mean, variance) over these axes."""
    x = floating(x)
    axes = [_axis("normalize_batch_in_training", a, x.ndim) for a in reduction_axes]
    mean, variance = e.mean(x, axes), e.var(x, axes)
    shape = [1 if i in axes else n for i, n in enumerate(sizes(x))]
    parts = [None if v is None else reshape(v, shape) for v in (mean, variance, beta, gamma)]
    return _normalized(x, *parts, epsilon), mean, variance


def _normalized(x, mean, variance, beta, gamma, epsilon):
    result = (x - mean) / pt.sqrt(variance + number(epsilon, x))
    result = result if gamma is None else result * gamma
    return result if beta is None else result + beta


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """gamma * (x - mean) / sqrt(var + epsilon) + beta, by the channels of an axis."""
    x = floating(x)
    shape = [1] * x.ndim
    shape[_axis("batch_normalization", axis, x.ndim)] = -1
    parts = [
        v if v is None or ndim_of(v) != 1 or x.ndim == 1 else reshape(v, shape)
        for v in (mean, var, beta, gamma)
    ]
    return _normalized(x, *parts, epsilon)
