"""Which unknown sizes are the same: a batch that flows through a network keeps its name.

`Tensor.sizes` is `Tensor.shape` with a name for each None: a negative number, or a frozenset of
such numbers for what these sizes broadcast to. Two tensors with equal sizes have equal shapes
whenever they are computed, which lets gradients skip the undoing of broadcasting, and compiled
programs write a result over an operand.
"""

import math
from itertools import count

_NAMES = count(1)


def fresh(shape) -> tuple:
    """Sizes of a tensor of which nothing else is known."""
    return tuple([-next(_NAMES) if n is None else n for n in shape])


def broadcast(shape, *operands) -> tuple:
    """Sizes of what operands broadcast to."""
    result = []
    rank = len(shape)
    for axis, n in enumerate(shape):
        if n is None:
            found = {s[axis - rank] for s in operands if len(s) >= rank - axis} - {1}
            n = found.pop() if len(found) == 1 else _broadcast(found)
        result.append(n)
    return tuple(result)


def _broadcast(names):
    """The name of what differently named sizes broadcast to."""
    flat = set()
    for name in names:
        flat.update(name if type(name) is frozenset else (name,))
    return frozenset(flat) if flat and all(n < 0 for n in flat) else -next(_NAMES)


def renamed(sizes, names) -> tuple:
    """Sizes with some names replaced: those that turned out to be one."""
    result = []
    for n in sizes:
        if type(n) is frozenset:
            n = frozenset([names.get(each, each) for each in n])
            n = next(iter(n)) if len(n) == 1 else n
        result.append(names.get(n, n))
    return tuple(result)


def infer(op, args, inputs, shape) -> tuple:
    """Sizes of the result of a recorded call, given its inputs and its static shape."""
    rule = RULES.get(op.name)
    if rule is not None:
        found = rule(*args)
        if found is not None and len(found) == len(shape):
            return tuple([f if n is None else n for n, f in zip(shape, found, strict=True)])
        return fresh(shape)
    if not op.broadcasts:
        return fresh(shape)
    rank = len(shape)
    first = inputs[0].sizes
    if len(first) == rank:
        for x in inputs:
            if first[rank - len(x.sizes) :] != x.sizes:
                break
        else:
            return first
    return broadcast(shape, *[x.sizes for x in inputs])


def _named(n):
    """The name of an entry of a recorded shape: an int, or what K.shape(x)[i] says; None for
    others.
    """
    if type(n) is int:
        return n
    if n.op is not None and n.op.name == "getitem" and len(n.args[1]) == 1:
        vector, (index,) = n.args
        if type(index) is int and vector.op is not None and vector.op.name == "shape":
            return vector.args[0].sizes[index]
    return None


def of_length(n) -> int:
    """The size of an axis as long as an int, or a recorded scalar, says."""
    name = _named(n)
    return -next(_NAMES) if name is None else name


def _of_shape(shape) -> tuple:
    """Sizes of a tensor that is made in a given shape."""
    return tuple([-next(_NAMES) if name is None else name for name in map(_named, shape)])


def _first(x, *_):
    return x.sizes


def _second(x, y, *_):
    return y.sizes


def _reduced(x, axis=None, keepdims=False):
    rank = len(x.sizes)
    if axis is None:
        axes = range(rank)
    else:
        axes = [int(a) % rank for a in (axis if hasattr(axis, "__iter__") else [axis])]
    kept = [1 if i in axes else n for i, n in enumerate(x.sizes)]
    return kept if keepdims else [n for i, n in enumerate(kept) if i not in axes]


def _dot(x, y):
    return x.sizes[:-1] + (y.sizes[:-2] + y.sizes[-1:] if len(y.sizes) > 1 else ())


def _matmul(x, y, transpose_x=False, transpose_y=False):
    if len(x.sizes) != 2 or len(y.sizes) != 2:
        return None
    return (x.sizes[1 if transpose_x else 0], y.sizes[0 if transpose_y else 1])


def _permuted(x, pattern):
    return [x.sizes[i] for i in pattern]


def _expanded(x, axis=-1):
    at = axis % (len(x.sizes) + 1)
    return (*x.sizes[:at], 1, *x.sizes[at:])


def _squeezed(x, axis):
    at = axis % len(x.sizes)
    return x.sizes[:at] + x.sizes[at + 1 :]


def _sliced(x, key):
    """Full slices keep their size; None stands for sizes that get a new name."""
    axes = [k for k in key if k is not None and k is not Ellipsis]
    missing = len(x.sizes) - len(axes)
    sizes, at = [], 0
    for k in key if Ellipsis in key else (*key, Ellipsis):
        if k is None:
            sizes.append(1)
        elif k is Ellipsis:
            sizes.extend(x.sizes[at : at + missing])
            at += missing
        else:
            if isinstance(k, slice):
                whole = k.start in (None, 0) and k.stop is None and k.step in (None, 1)
                sizes.append(x.sizes[at] if whole else -next(_NAMES))
            at += 1
    return sizes


def _joined(tensors, axis):
    sizes = list(tensors[0].sizes)
    sizes[axis] = -next(_NAMES)
    return sizes


def _stacked(tensors, axis):
    first = next((t.sizes for t in tensors if hasattr(t, "sizes")), ())
    at = axis % (len(first) + 1)
    return (*first[:at], len(tensors), *first[at:])


def _reshaped(x, shape):
    """-1 keeps the name of the one unknown size, if the known ones multiply to the same."""
    new = [_named(n) for n in shape]
    old = [n for n in x.sizes if not _known(n)]
    if -1 in new and len(old) == 1 and all(_known(n) or n == -1 for n in new):
        if math.prod(n for n in x.sizes if _known(n)) == -math.prod(new):
            return [old[0] if n == -1 else n for n in new]
    return [-next(_NAMES) if n is None or n == -1 else n for n in new]


def _known(n):
    return type(n) is int and n >= 0


def _gathered(reference, indices):
    return indices.sizes + reference.sizes[1:]


def _padded(x, paddings, *_):
    return [
        n if before == after == 0 else -next(_NAMES)
        for n, (before, after) in zip(x.sizes, paddings, strict=True)
    ]


def _tiled(x, counts):
    counts = (1,) * (len(x.sizes) - len(counts)) + tuple(counts)
    return [n if count == 1 else -next(_NAMES) for n, count in zip(x.sizes, counts, strict=True)]


def _repeated(x, rep, axis):
    sizes = list(x.sizes)
    sizes[axis] = -next(_NAMES)
    return sizes


def _tensordot(x, y, axes_x, axes_y):
    return [n for i, n in enumerate(x.sizes) if i not in axes_x] + [
        n for i, n in enumerate(y.sizes) if i not in axes_y
    ]


def _either(x, y):
    return x.sizes if x.sizes == y.sizes else None


def _masked(x, level, noise_shape, seed):
    return x.sizes if noise_shape is None else _of_shape(noise_shape)


def _batch_only(x, *_):
    return (x.sizes[0], *([-next(_NAMES) for _ in x.sizes[1:]]))


RULES: dict = {
    **dict.fromkeys(
        (
            "cast",
            "identity",
            "softmax",
            "log_softmax",
            "cumsum",
            "cumprod",
            "fill_like",
            "stop_gradient_",
            "print_value",
            "reverse",
        ),
        _first,
    ),
    **dict.fromkeys(("broadcast_like", "sum_like", "gather_gradient", "getitem_gradient"), _second),
    **dict.fromkeys(("sum", "prod", "max", "min", "mean", "any", "all", "logsumexp"), _reduced),
    "argmax": _squeezed,
    "argmin": _squeezed,
    "dot": _dot,
    "matmul": _matmul,
    "permute_dimensions": _permuted,
    "expand_dims": _expanded,
    "squeeze": _squeezed,
    "getitem": _sliced,
    "concatenate": _joined,
    "stack": _stacked,
    "convolution": _batch_only,
    "pooling": _batch_only,
    "pooling_choice": _batch_only,
    "pooling_gradient": _second,
    "convolution_input": lambda g, kernel, shape, *_: _of_shape(shape),
    "convolution_kernel": lambda g, x, shape, *_: shape,
    "tensordot": _tensordot,
    "reshape": _reshaped,
    "gather": _gathered,
    "one_hot": lambda indices, count: (*indices.sizes, _named(count) or -next(_NAMES)),
    "pad": _padded,
    "tile": _tiled,
    "repeat_elements": _repeated,
    "fill": lambda shape, *_: _of_shape(shape),
    "standard_normal": lambda seed, shape, *_: _of_shape(shape),
    "standard_truncated": lambda seed, shape, *_: _of_shape(shape),
    "standard_uniform": lambda seed, shape, *_: _of_shape(shape),
    "phase_select": _either,
    "dropout_mask": _masked,
}
