"""What static rules share: broadcasting, axes, data formats."""

import math

from kswitch.declare import Spec


def same(x) -> Spec:
    """The Spec of an element-wise result."""
    return Spec(x.shape, x.dtype)


def shape_of(x) -> tuple:
    return getattr(x, "shape", ())


def dtype_of(*operands) -> str:
    """The dtype of promoted operands, of which some may be Python scalars."""
    for x in operands:
        if hasattr(x, "dtype"):
            return x.dtype
    raise TypeError("one of the operands must be a tensor.")


def broadcast(name: str, *shapes) -> tuple:
    """The shape that shapes broadcast to; None where that is not known yet.

    Raises:
        ValueError: two known sizes differ and neither is 1.
    """
    longest = max(shapes, key=len)
    rank = len(longest)
    for s in shapes:
        if longest[rank - len(s) :] != s:
            break
    else:
        return longest
    result = []
    for axis in range(-rank, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis}
        known = sizes - {None, 1}
        if len(known) > 1:
            given = " and ".join(str(tuple(s)) for s in shapes)
            raise ValueError(f"{name}(): the shapes {given} do not broadcast.")
        result.append(known.pop() if known else None if None in sizes else 1)
    return tuple(result)


def axis_of(name: str, axis, rank: int) -> int:
    """An axis counted from the front.

    Raises:
        ValueError: it is out of range.
        TypeError: it is no integer.
    """
    try:
        index = axis.__index__()
    except AttributeError:
        raise TypeError(f"{name}(): axis must be an integer, got {axis!r}.") from None
    if not -rank <= index < rank:
        raise ValueError(f"{name}(): axis {index} is out of range for rank {rank}.")
    return index % rank


def axes_of(name: str, axis, rank: int) -> tuple:
    """The axes of a reduction, counted from the front, sorted: None means all of them."""
    if axis is None:
        return tuple(range(rank))
    if hasattr(axis, "__iter__"):
        return tuple(sorted({axis_of(name, a, rank) for a in axis}))
    return (axis_of(name, axis, rank),)


def reduced(name: str, shape, axis, keepdims) -> tuple:
    """The shape after a reduction."""
    axes = axes_of(name, axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def known(size):
    """An entry of a recorded shape as an entry of a static shape: an int, or None."""
    return size if type(size) is int else None


def product(sizes):
    """The product of sizes, None if one is unknown; 0 wins over unknown sizes."""
    sizes = list(sizes)
    if 0 in sizes:
        return 0
    return None if None in sizes else math.prod(sizes)


def one_of(name: str, what: str, value, *choices):
    """value, if it is one of the choices.

    Raises:
        ValueError: it is not; the text names all of them.
    """
    if value not in choices:
        expected = " or ".join(map(repr, choices))
        raise ValueError(f"{name}(): {what} must be {expected}, got {value!r}.")
    return value
