"""Shape manipulation: reshaping, joining, slicing, gathering."""

from builtins import slice as _slice

from kswitch.declare import (
    Index,
    Operands,
    Plain,
    Scalar,
    Shape,
    Spec,
    Tensor,
    composite,
    gradient,
    op,
)
from kswitch.ops.rules import axes_of, axis_of, broadcast, known, product, same


@op(differentiable=False)
def shape(x: Tensor) -> Spec:
    """The shape of x as an integer tensor, for sizes that are known only when values are fed.

    Its entries can stand wherever a shape takes an int: K.reshape(x, (K.shape(x)[0], -1)).

    Returns:
        (rank,), int32. On native tensors a NumPy array, or a tensor where the engine traces.
    """
    return Spec((len(x.shape),), "int32")


@op(differentiable=False)
def size(x: Tensor, name: Plain = None) -> Spec:
    """The number of elements of x, a scalar int32 tensor."""
    return Spec((), "int32")


@op(view=True)
def reshape(x: Tensor, shape: Shape) -> Spec:
    """x in another shape.

    Args:
        x: tensor.
        shape: ints, at most one of which is -1, and scalar integer tensors; or one integer tensor.

    Raises:
        ValueError: the sizes are known and do not fit, or -1 stands beside a 0.
    """
    sizes = [known(n) for n in shape]
    if sizes.count(-1) > 1:
        raise ValueError(f"reshape(): at most one size can be -1, got {shape}.")
    total = product(x.shape)
    if -1 in sizes:
        at = sizes.index(-1)
        others = product(sizes[:at] + sizes[at + 1 :])
        if others == 0:
            raise ValueError(f"reshape(): beside a size of 0, -1 could be any, got {shape}.")
        sizes[at] = None
        if total is not None and others:
            if total % others:
                raise ValueError(f"reshape(): {x.shape} cannot become {shape}.")
            sizes[at] = total // others
    elif None not in sizes and total is not None and product(sizes) != total:
        raise ValueError(f"reshape(): {x.shape} cannot become {shape}.")
    elif total and sizes.count(None) == 1:
        at = sizes.index(None)
        others = product(sizes[:at] + sizes[at + 1 :])
        if others and total % others == 0:
            sizes[at] = total // others
    return Spec(sizes, x.dtype)


@gradient(reshape, "x")
def _(K, g, y, x, shape):
    return K.reshape_like(g, x)


@composite(public=False)
def reshape_like(K, x, y):
    """x in the shape of y."""
    unknown = y.shape.count(None)
    if unknown > 1:
        return K.reshape(x, K.shape(y))
    if unknown and product([n for n in y.shape if n is not None]) == 0:
        return K.reshape(x, K.shape(y))
    return K.reshape(x, [-1 if n is None else n for n in y.shape])


@op(view=True)
def permute_dimensions(x: Tensor, pattern: Plain) -> Spec:
    """x with its axes in another order.

    Args:
        x: tensor.
        pattern: the old position of each new axis, the batch axis included: (0, 2, 1).

    Raises:
        ValueError: pattern is no permutation of the axes.
    """
    order = [axis_of("permute_dimensions", a, len(x.shape)) for a in pattern]
    if sorted(order) != list(range(len(x.shape))):
        raise ValueError(
            f"permute_dimensions(): pattern must be a permutation of {tuple(range(len(x.shape)))}, "
            f"got {tuple(pattern)}."
        )
    return Spec([x.shape[i] for i in order], x.dtype)


@gradient(permute_dimensions, "x")
def _(K, g, y, x, pattern):
    order = [a % len(x.shape) for a in pattern]
    return K.permute_dimensions(g, [order.index(i) for i in range(len(order))])


@composite
def transpose(K, x):
    """x with all axes in reverse order."""
    return K.permute_dimensions(x, tuple(range(K.ndim(x)))[::-1])


@op(view=True)
def expand_dims(x: Tensor, axis: Plain = -1) -> Spec:
    """x with an axis of size 1 inserted at position `axis` of the result."""
    at = axis_of("expand_dims", axis, len(x.shape) + 1)
    return Spec((*x.shape[:at], 1, *x.shape[at:]), x.dtype)


@gradient(expand_dims, "x")
def _(K, g, y, x, axis):
    return K.squeeze(g, axis)


@op(view=True)
def squeeze(x: Tensor, axis: Plain) -> Spec:
    """x without the axis, which must have size 1.

    Raises:
        ValueError: the size of that axis is known and not 1.
    """
    at = axis_of("squeeze", axis, len(x.shape))
    if x.shape[at] not in (None, 1):
        raise ValueError(
            f"squeeze(): axis {axis} of shape {x.shape} has size {x.shape[at]}, not 1."
        )
    return Spec(x.shape[:at] + x.shape[at + 1 :], x.dtype)


@gradient(squeeze, "x")
def _(K, g, y, x, axis):
    return K.expand_dims(g, axis_of("squeeze", axis, len(x.shape)))


@composite
def flatten(K, x):
    """x as one axis."""
    return K.reshape(x, (-1,))


@composite
def batch_flatten(K, x):
    """x with all axes but the first made one: (batch, rest)."""
    rest = product(K.int_shape(x)[1:])
    if rest:
        return K.reshape(x, (-1, rest))
    return K.reshape(x, (K.shape(x)[0], K.prod(K.shape(x)[1:]) if rest is None else 0))


@composite
def pattern_broadcast(K, x, broadcastable):
    """x itself: only Theano had to be told which axes broadcast.

    Args:
        broadcastable: one bool for each axis; an axis for which it is true must have size 1.

    Raises:
        ValueError: the pattern has another length than x has axes, or such an axis has another
            size.
    """
    shape = K.int_shape(x)
    if len(broadcastable) != len(shape) or any(
        b and n not in (1, None) for b, n in zip(broadcastable, shape, strict=True)
    ):
        raise ValueError(
            f"pattern_broadcast(): {tuple(broadcastable)} does not fit the shape {shape}."
        )
    return x


@op(public=False, view=True)
def broadcast_like(x: Tensor, y: Tensor) -> Spec:
    """x repeated to the shape of y."""
    broadcast("broadcast_like", x.shape, y.shape)
    return Spec(y.shape, x.dtype)


@gradient(broadcast_like, "x")
def _(K, g, z, x, y):
    return K.sum_like(g, x)


@gradient(broadcast_like, "y")
def _(K, g, z, x, y):
    return None


# Joining


@op
def concatenate(tensors: Operands, axis: Plain = -1) -> Spec:
    """Joins tensors along an axis.

    Args:
        tensors: list of tensors whose other axes agree.
        axis: the axis to join along.

    Raises:
        ValueError: the list is empty, or other axes differ.
    """
    if not tensors:
        raise ValueError("concatenate(): needs at least one tensor, got an empty list.")
    first = tensors[0].shape
    at = axis_of("concatenate", axis, len(first))
    sizes = list(first)
    for x in tensors[1:]:
        if len(x.shape) != len(first):
            raise ValueError(
                f"concatenate(): all ranks must agree, got {[t.shape for t in tensors]}."
            )
        for i, n in enumerate(x.shape):
            if i == at:
                sizes[i] = None if None in (sizes[i], n) else sizes[i] + n
            elif None not in (sizes[i], n) and sizes[i] != n:
                raise ValueError(
                    f"concatenate(): all axes but {at} must agree, got "
                    f"{[t.shape for t in tensors]}."
                )
            elif sizes[i] is None:
                sizes[i] = n
    return Spec(sizes, tensors[0].dtype)


@gradient(concatenate, "tensors")
def _(K, g, y, tensors, axis):
    at = axis_of("concatenate", axis, len(y.shape))
    parts = []
    start = 0
    for x in tensors:
        width = x.shape[at] if x.shape[at] is not None else K.shape(x)[at]
        stop = start + width
        parts.append(g[(_slice(None),) * at + (_slice(start, stop),)])
        start = stop
    return parts


@op
def stack(x: Operands, axis: Plain = 0) -> Spec:
    """Joins tensors of one shape along a new axis.

    Args:
        x: list of tensors or numbers.
        axis: position of the new axis in the result.
    """
    if not x:
        raise ValueError("stack(): needs at least one tensor, got an empty list.")
    shapes = [getattr(t, "shape", ()) for t in x]
    sizes = list(shapes[0])
    for other in shapes[1:]:
        if len(other) != len(sizes) or None is not _differ(sizes, other):
            raise ValueError(f"stack(): all shapes must agree, got {shapes}.")
        sizes = [b if a is None else a for a, b in zip(sizes, other, strict=True)]
    at = axis_of("stack", axis, len(sizes) + 1)
    dtype = next(t.dtype for t in x if hasattr(t, "dtype"))
    return Spec((*sizes[:at], len(x), *sizes[at:]), dtype)


def _differ(first, second):
    """The first axis in which two shapes are known to differ, or None."""
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        if None not in (a, b) and a != b:
            return i
    return None


@gradient(stack, "x")
def _(K, g, y, x, axis):
    at = axis_of("stack", axis, len(y.shape))
    return [g[(_slice(None),) * at + (i,)] for i in range(len(x))]


# Slicing


def _slice_length(part, n):
    """The size that a slice leaves of an axis of size n; None if that is not known."""
    ends = (part.start, part.stop, part.step)
    if any(e is not None and known(e) is None for e in ends):
        return None
    if n is None:
        return None
    return len(range(*part.indices(n)))


@op(public=False, view=True)
def getitem(x: Tensor, key: Index) -> Spec:
    """x[key]: ints, slices, Ellipsis, None and scalar integer tensors, as in NumPy."""
    axes = [k for k in key if k is not None and k is not Ellipsis]
    if len(axes) > len(x.shape) or key.count(Ellipsis) > 1:
        raise IndexError(f"x[...]: too many indices for shape {x.shape}: {key}.")
    missing = len(x.shape) - len(axes)
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    sizes = []
    at = 0
    for k in key:
        if k is None:
            sizes.append(1)
        elif k is Ellipsis:
            sizes.extend(x.shape[at : at + missing])
            at += missing
        elif isinstance(k, _slice):
            sizes.append(_slice_length(k, x.shape[at]))
            at += 1
        else:
            n = x.shape[at]
            if type(k) is int and n is not None and not -n <= k < n:
                raise IndexError(f"x[...]: index {k} is out of range for axis {at} of {x.shape}.")
            at += 1
    return Spec(sizes, x.dtype)


@gradient(getitem, "x")
def _(K, g, y, x, key):
    return K.getitem_gradient(g, x, key)


@op(public=False)
def getitem_gradient(g: Tensor, x: Tensor, key: Index) -> Spec:
    """Zeros of the shape of x, with g at key."""
    return Spec(x.shape, g.dtype)


@gradient(getitem_gradient, "g")
def _(K, h, y, g, x, key):
    return K.getitem(h, key)


@gradient(getitem_gradient, "x")
def _(K, h, y, g, x, key):
    return None


@composite
def slice(K, x, start, size):
    """The part of x that begins at start and has the given size: x[start : start + size] per axis.

    Args:
        x: tensor.
        start: one position for each axis; ints, scalar tensors, or one integer tensor.
        size: the number of entries for each axis; -1 for all that follow.

    Raises:
        ValueError: start or size has another length than the rank of x.
    """
    rank = len(K.int_shape(x))
    starts, sizes = _entries(K, start), _entries(K, size)
    if len(starts) != rank or len(sizes) != rank:
        raise ValueError(
            "slice(): The dimension and the size of indices should match: x has rank "
            f"{rank}, start has {len(starts)} entries and size {len(sizes)}."
        )
    key = []
    for a, n in zip(starts, sizes, strict=True):
        key.append(_slice(a, None if type(n) is int and n == -1 else a + n))
    return K.getitem(x, tuple(key))


def _entries(K, vector):
    """The entries of a list, or of an integer tensor of rank 1."""
    if isinstance(vector, (list, tuple)):
        return list(vector)
    return [vector[i] for i in range(K.int_shape(vector)[0])]


@op(view=True)
def reverse(x: Tensor, axes: Plain) -> Spec:
    """x with the order of entries reversed along an axis or a list of axes."""
    axes_of("reverse", axes, len(x.shape))
    return same(x)


@gradient(reverse, "x")
def _(K, g, y, x, axes):
    return K.reverse(g, axes)


@op
def gather(reference: Tensor, indices: Tensor) -> Spec:
    """The rows reference[indices].

    Args:
        reference: (rows, ...).
        indices: integer tensor or list of any shape.

    Returns:
        indices.shape + reference.shape[1:], of reference's dtype.
    """
    if not reference.shape:
        raise ValueError("gather(): reference must have at least one axis, got a scalar.")
    return Spec(indices.shape + reference.shape[1:], reference.dtype)


@gradient(gather, "reference")
def _(K, g, y, reference, indices):
    return K.gather_gradient(g, reference, indices)


@op(public=False)
def gather_gradient(g: Tensor, reference: Tensor, indices: Tensor) -> Spec:
    """Zeros of the shape of reference, to whose rows at indices those of g are added."""
    return Spec(reference.shape, g.dtype)


@gradient(gather_gradient, "g")
def _(K, h, y, g, reference, indices):
    return K.gather(h, indices)


@gradient(gather_gradient, "reference")
def _(K, h, y, g, reference, indices):
    return None


# Classes as vectors


@op(differentiable=False)
def one_hot(indices: Tensor, num_classes: Scalar) -> Spec:
    """Integer classes as vectors that are 1 at the class and 0 elsewhere.

    Args:
        indices: integer tensor of any shape.
        num_classes: length of the vectors; a class outside 0 … num_classes - 1 gives zeros.

    Returns:
        indices.shape + (num_classes,), floatx.
    """
    from kswitch import config

    return Spec((*indices.shape, known(num_classes)), config.floatx())
