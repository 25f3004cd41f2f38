"""Reverse-mode differentiation on the graph: gradients are ordinary nodes, made of the ops' own
rules.

The same optimisations then apply to the reverse pass, and gradients of gradients exist.
"""

from kswitch import declare
from kswitch.compile.garbage import uncollected
from kswitch.graph import dtypes
from kswitch.graph.walk import inputs, postorder

OPERANDS = (declare.Operand, declare.Floating, declare.Operands)


@uncollected
def gradients(K, loss, variables):
    """The gradients of loss by each of variables; see K.gradients."""
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    single = type(variables) in K.SYMBOLIC
    targets = [variables] if single else list(variables)
    for x in [*losses, *targets]:
        if type(x) not in K.SYMBOLIC:
            raise TypeError(
                f"gradients() takes symbolic tensors of the backend {K.name!r}, got {x!r}: "
                "make it a "
                "K.variable or K.placeholder, or use the engine's own gradients on native tensors."
            )
    seeds = [(x, K.fill_like(x, 1.0, x.dtype)) for x in losses if dtypes.is_float(x.dtype)]
    found = backpropagate(K, seeds, targets)
    return [found.get(id(x)) for x in targets]


def backpropagate(K, seeds, targets, stop=()):
    """Gradients by targets, given those by some results.

    Args:
        seeds: pairs (result, gradient by it).
        targets: tensors to differentiate by.
        stop: ids of tensors that are given; what they were computed from does not matter.

    Returns:
        dict from id(target) to its gradient; targets without a connection are left out.
    """
    wanted = {id(x) for x in targets}
    order = postorder([x for x, _ in seeds], inputs, stop)
    active = set(wanted)
    path = []
    for node in order:
        if node.op is None or not node.op.differentiable:
            if type(node) is K.Update and id(node.args[1]) in active:
                active.add(id(node))
                path.append(node)
            continue
        if any(id(x) in active for x in node.inputs):
            active.add(id(node))
            path.append(node)
    sums = {}
    for x, g in seeds:
        if id(x) in active:
            _accumulate(K, sums, x, g)
    result = {}
    for node in reversed(path):
        g = sums.get(id(node)) if id(node) in wanted else sums.pop(id(node), None)
        if g is None:
            continue
        g = _total(K, g)
        if id(node) in wanted:
            result[id(node)] = g
        _propagate(K, node, g, active, sums)
    for x in targets:
        if id(x) in sums and id(x) not in result:
            result[id(x)] = _total(K, sums[id(x)])
    return result


def _propagate(K, node, g, active, sums):
    """Adds the gradient g by a node to the gradients by its inputs."""
    if type(node) is K.Update:
        return _accumulate(K, sums, node.args[1], g)
    op = node.op
    if op.name == "item":
        sums.setdefault(id(node.args[0]), {})[node.args[1]] = g
        return None
    if node.dtype == "tuple":
        pairs = op.gradients["*"](K, g, node, active)
        for x, gx in pairs:
            _accumulate(K, sums, x, gx)
        return None
    for position, (kind, arg) in enumerate(zip(op.kinds, node.args, strict=True)):
        if type(arg) is tuple:
            if not any(id(x) in active for x in arg):
                continue
        elif id(arg) not in active:
            continue
        rule = op.gradients.get(op.parameters[position])
        if rule is None:
            _without_rule(op, position, arg)
            continue
        gx = rule(K, g, node, *node.args)
        several = type(arg) is tuple
        for x, each in zip(arg if several else (arg,), gx if several else (gx,), strict=True):
            if each is None or id(x) not in active or not dtypes.is_float(x.dtype):
                continue
            if kind not in OPERANDS:
                each.sizes = x.sizes  # by definition; the rule cannot always tell
            elif each.sizes != x.sizes:
                each = K.sum_like(each, x)
            _accumulate(K, sums, x, each)
    return None


def _without_rule(op, position, arg):
    entries = arg if type(arg) is tuple else (arg,)  # a shape holds plain numbers too
    if any(dtypes.is_float(getattr(x, "dtype", None)) for x in entries):
        raise NotImplementedError(
            f"{op.name}() has no gradient by {op.parameters[position]!r}: "
            "put K.stop_gradient around that argument if it is meant as a constant."
        )


def _accumulate(K, sums, x, g):
    sums.setdefault(id(x), []).append(g)


def _total(K, parts):
    """The sum of the gradients that arrived at a tensor; a node with several results keeps its
    dict.
    """
    if isinstance(parts, dict):
        return parts
    parts = _joined(K, parts)
    total = parts[0]
    for part in parts[1:]:
        total = K.add(total, part)
    return total


def _joined(K, parts):
    """Gradients that arrived at a tensor; those by slices that tile it become one tensor, where
    their sum would be made of zeros mostly.
    """
    tiles = [g for g in parts if g.op is not None and g.op.name == "getitem_gradient"]
    if len(tiles) < 2:
        return parts
    axis, ordered = _tiling(tiles)
    if ordered is None:
        return parts
    joined = K.concatenate([tile.args[0] for tile in ordered], axis)
    joined.sizes = tiles[0].sizes
    return [joined, *(g for g in parts if g not in tiles)]


def _tiling(tiles):
    """(axis, the tiles in order) if their slices cover all of one axis once, else (None, None)."""
    shape = tiles[0].shape
    places = []
    for tile in tiles:
        key = tile.args[2]
        cut = [i for i, k in enumerate(key) if k != slice(None)]
        if len(cut) != 1 or len(key) > len(shape) or Ellipsis in key:
            return None, None
        (axis,) = cut
        part, size = key[axis], shape[axis]
        if type(part) is not slice or size is None or part.step not in (None, 1):
            return None, None
        if not all(n is None or type(n) is int for n in (part.start, part.stop)):
            return None, None
        places.append((axis, *part.indices(size)[:2]))
    order = sorted(range(len(tiles)), key=places.__getitem__)
    end = 0
    for i in order:
        axis, start, stop = places[i]
        if start != end or stop <= start or axis != places[0][0]:
            return None, None
        end = stop
    if end != shape[places[0][0]]:
        return None, None
    return places[0][0], [tiles[i] for i in order]
