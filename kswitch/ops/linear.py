"""Products of matrices and tensors."""

import numbers

from kswitch.declare import Operand, Plain, Spec, composite, gradient, op
from kswitch.ops.rules import broadcast


@op
def dot(x: Operand, y: Operand) -> Spec:
    """Matrix product: the last axis of x against the last but one of y.

    Args:
        x: (..., k).
        y: (..., k, n), or (k,).

    Returns:
        x.shape[:-1] + y.shape[:-2] + y.shape[-1:]: (2, 3) with (4, 3, 5) gives (2, 4, 5).

    Raises:
        ValueError: the two axes are known to differ.
    """
    if not x.shape or not y.shape:
        raise ValueError(f"dot(): both tensors need an axis, got the shapes {x.shape}, {y.shape}.")
    k = y.shape[-2] if len(y.shape) > 1 else y.shape[0]
    if None not in (x.shape[-1], k) and x.shape[-1] != k:
        raise ValueError(
            f"dot(): the shapes {x.shape} and {y.shape} do not match: {x.shape[-1]} != {k}."
        )
    tail = y.shape[:-2] + y.shape[-1:] if len(y.shape) > 1 else ()
    return Spec(x.shape[:-1] + tail, x.dtype)


@gradient(dot, "x")
def _(K, g, z, x, y):
    if len(y.shape) == 1:
        return K.expand_dims(g, -1) * y
    if len(y.shape) == 2:
        if len(x.shape) == 2:
            return K.matmul(g, y, False, True)
        return K.tensordot(g, y, (len(g.shape) - 1,), (1,))
    lead = len(x.shape) - 1
    rest = tuple(range(lead, len(g.shape)))
    kept = (*range(len(y.shape) - 2), len(y.shape) - 1)
    return K.tensordot(g, y, rest, kept)


@gradient(dot, "y")
def _(K, g, z, x, y):
    if len(x.shape) == 2 and len(y.shape) == 2:
        return K.matmul(x, g, True, False)
    lead = tuple(range(len(x.shape) - 1))
    result = K.tensordot(x, g, lead, lead)  # (k, *y.shape[:-2], n)
    if len(y.shape) <= 2:
        return result
    rank = len(y.shape)
    return K.permute_dimensions(result, (*range(1, rank - 1), 0, rank - 1))


@op(public=False)
def matmul(x: Operand, y: Operand, transpose_x: Plain = False, transpose_y: Plain = False) -> Spec:
    """The product of the last two axes; the axes before them broadcast.

    Args:
        x: (..., m, k), or (..., k, m) if transpose_x.
        y: (..., k, n), or (..., n, k) if transpose_y.

    Returns:
        (..., m, n).
    """
    if len(x.shape) < 2 or len(y.shape) < 2:
        raise ValueError(f"matmul(): both tensors need rank 2 or more, got {x.shape}, {y.shape}.")
    m, k = x.shape[:-3:-1] if transpose_x else x.shape[-2:]
    j, n = y.shape[:-3:-1] if transpose_y else y.shape[-2:]
    if None not in (j, k) and j != k:
        raise ValueError(f"matmul(): the shapes {x.shape} and {y.shape} do not match: {k} != {j}.")
    return Spec((*broadcast("matmul", x.shape[:-2], y.shape[:-2]), m, n), x.dtype)


@gradient(matmul, "x")
def _(K, g, z, x, y, transpose_x, transpose_y):
    if transpose_x:
        return K.matmul(y, g, transpose_y, True)
    return K.matmul(g, y, False, not transpose_y)


@gradient(matmul, "y")
def _(K, g, z, x, y, transpose_x, transpose_y):
    if transpose_y:
        return K.matmul(g, x, True, transpose_x)
    return K.matmul(x, g, not transpose_x, False)


@op(public=False)
def tensordot(x: Operand, y: Operand, axes_x: Plain, axes_y: Plain) -> Spec:
    """Sums the products over pairs of axes, as np.tensordot: the free axes of x, then
    those of y.
    """
    kept = [n for i, n in enumerate(x.shape) if i not in axes_x]
    kept += [n for i, n in enumerate(y.shape) if i not in axes_y]
    return Spec(kept, x.dtype)


@gradient(tensordot, "x")
def _(K, g, z, x, y, axes_x, axes_y):
    free_x = [i for i in range(len(x.shape)) if i not in axes_x]
    free_y = tuple(i for i in range(len(y.shape)) if i not in axes_y)
    result = K.tensordot(g, y, tuple(range(len(free_x), len(g.shape))), free_y)
    by_y = sorted(range(len(axes_y)), key=lambda i: axes_y[i])
    order = [*free_x, *(axes_x[i] for i in by_y)]
    return K.permute_dimensions(result, [order.index(i) for i in range(len(order))])


@gradient(tensordot, "y")
def _(K, g, z, x, y, axes_x, axes_y):
    free_x = tuple(i for i in range(len(x.shape)) if i not in axes_x)
    free_y = [i for i in range(len(y.shape)) if i not in axes_y]
    result = K.tensordot(x, g, free_x, tuple(range(len(free_x))))
    by_x = sorted(range(len(axes_x)), key=lambda i: axes_x[i])
    order = [*(axes_y[i] for i in by_x), *free_y]
    return K.permute_dimensions(result, [order.index(i) for i in range(len(order))])


@composite
def batch_dot(K, x, y, axes=None):
    """Product of two batches, sample by sample: both tensors have the batch as first axis.

    Args:
        x: (batch, ...), rank 2 or more.
        y: (batch, ...), rank 2 or more.
        axes: the axis of x and the axis of y to sum over, an int for both, or None: the last axis
            of x with the last but one of y (the last, if y has rank 2). Negative axes count from
            the end.

    Returns:
        (batch, rest of x, rest of y); a result of rank 1 gets a last axis of size 1, so that
        [[1, 2], [3, 4]] with [[5, 6], [7, 8]] along axis 1 is [[17], [53]].

    Raises:
        ValueError: a rank is below 2, an axis is the batch axis or out of range, or sizes differ.
    """
    shape_x, shape_y = K.int_shape(x), K.int_shape(y)
    a, b = _batch_axes(axes, shape_x, shape_y)
    rank_x, rank_y = len(shape_x), len(shape_y)
    free_x = [i for i in range(1, rank_x) if i != a]
    free_y = [i for i in range(1, rank_y) if i != b]
    left = _rows(K, x, [0, *free_x, a], len(free_x))
    right = _rows(K, y, [0, b, *free_y], None, len(free_y))
    result = K.matmul(left, right)
    sizes = [_size(K, x, i) for i in free_x] + [_size(K, y, i) for i in free_y] or [1]
    return K.reshape(result, [_size(K, x if shape_x[0] is not None else y, 0), *sizes])


def _batch_axes(axes, shape_x, shape_y):
    rank_x, rank_y = len(shape_x), len(shape_y)
    if rank_x < 2 or rank_y < 2:
        raise ValueError(
            f"batch_dot(): both tensors need rank 2 or more, got the shapes {shape_x} and "
            f"{shape_y}."
        )
    if None not in (shape_x[0], shape_y[0]) and shape_x[0] != shape_y[0]:
        raise ValueError(
            f"batch_dot(): the batch sizes differ: got the shapes {shape_x} and {shape_y}."
        )
    if axes is None:
        axes = (rank_x - 1, rank_y - 1 if rank_y == 2 else rank_y - 2)
    elif isinstance(axes, numbers.Integral):
        axes = (axes, axes)
    axes = tuple(axes)
    if len(axes) != 2 or not all(isinstance(a, numbers.Integral) for a in axes):
        raise ValueError(
            "batch_dot(): axes must be None, an int, or two ints, one for each tensor; got "
            f"{axes!r}. "
            "Several target dimensions are not supported."
        )
    a, b = (int(i) + r if i < 0 else int(i) for i, r in zip(axes, (rank_x, rank_y), strict=True))
    if 0 in (a, b):
        raise ValueError("batch_dot(): cannot sum over axis 0, the batch; use K.dot for that.")
    if not (0 < a < rank_x and 0 < b < rank_y):
        raise ValueError(f"batch_dot(): axes {axes} are out of range for {shape_x} and {shape_y}.")
    if None not in (shape_x[a], shape_y[b]) and shape_x[a] != shape_y[b]:
        raise ValueError(
            f"batch_dot(): axis {a} of {shape_x} and axis {b} of {shape_y} differ in size."
        )
    return a, b


def _size(K, x, axis):
    n = K.int_shape(x)[axis]
    return K.shape(x)[axis] if n is None else n


def _rows(K, x, order, before=None, after=None):
    """x with its axes in that order, and the free ones made one: (batch, rows, k) or (batch, k,
    columns).
    """
    if order != list(range(len(order))):
        x = K.permute_dimensions(x, order)
    free = before if before is not None else after
    if free == 1:
        return x
    sizes = [_size(K, x, i) for i in range(len(order))]
    if before is not None:
        return K.reshape(x, (sizes[0], _product(sizes[1:-1]), sizes[-1]))
    return K.reshape(x, (sizes[0], sizes[1], _product(sizes[2:])))


def _product(sizes):
    result = 1
    for n in sizes:
        result = result * n
    return result
