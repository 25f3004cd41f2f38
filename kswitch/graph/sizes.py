"""Which unknown sizes are the same: a batch that flows through a network keeps its name.

`Tensor.sizes` is `Tensor.shape` with a name for each None: a negative number, or a frozenset of such numbers
for what these sizes broadcast to. Two tensors with equal sizes have equal shapes whenever they are computed,
which lets gradients skip the undoing of broadcasting, and compiled programs write a result over an operand.
"""

from itertools import count

from kswitch import declare

_NAMES = count(1)
_OPERANDS = frozenset({declare.Operand, declare.Floating})


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


def infer(op, args, shape) -> tuple:
    """Sizes of the result of a recorded call, given its static shape."""
    rule = RULES.get(op.name)
    if rule is not None:
        found = rule(*args)
        if found is not None and len(found) == len(shape):
            return tuple([f if n is None else n for n, f in zip(shape, found, strict=True)])
        return fresh(shape)
    operands = [
        a.sizes for a, k in zip(args, op.kinds, strict=True) if k in _OPERANDS and hasattr(a, "sizes")
    ]
    return broadcast(shape, *operands) if operands else fresh(shape)


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


def _batch_only(x, *_):
    return (x.sizes[0], *([-next(_NAMES) for _ in x.sizes[1:]]))


RULES = {
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
    **dict.fromkeys(
        ("sum", "prod", "max", "min", "mean", "any", "all", "logsumexp"), _reduced
    ),
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
    "pooling_gradient": _second,
}
