"""The reverse of a loop is a loop: the gradient of the step is traced once and run backwards.

What the reverse step needs of the forward one (its frontier) becomes an extra output of the forward
loop; compilation drops those outputs again wherever nobody reads them.
"""

from kswitch.graph import dtypes, sizes, trace, values
from kswitch.graph.walk import postorder
from kswitch.ops import hoisting
from kswitch.ops.rules import known


def scan_gradient(K, grads, node, active):
    """Pairs (tensor, gradient by it) for what a scan was computed from.

    Args:
        grads: position of a result of the scan -> gradient by it.
        node: the scan.
        active: ids of the tensors whose gradient matters.
    """
    from kswitch.compile.gradients import backpropagate

    step, xs, init, length, reverse = node.args
    states = len(init)
    floats = [i for i in range(states) if dtypes.is_float(init[i].dtype)]
    stacked = [i for i in grads if i >= states]
    d_states = {i: _stand_in(K, step.params[i]) for i in floats}
    d_outputs = {i: _stand_in(K, step.outputs[i]) for i in stacked}
    captured = [c for c in step.captured if id(c) in active and dtypes.is_float(c.dtype)]
    sums = [_stand_in(K, c) for c in captured]
    slices = [j for j, x in enumerate(xs) if id(x) in active and dtypes.is_float(x.dtype)]
    start = trace.now()
    seeds = [(step.outputs[i], d) for i, d in (d_states | d_outputs).items()]
    targets = (
        [step.params[i] for i in floats] + [step.params[states + j] for j in slices] + captured
    )
    stop = {id(x) for x in (*step.params, *step.captured)}
    found = backpropagate(K, seeds, targets, stop)

    new_states = [
        found.get(id(step.params[i]), K.fill_like(d_states[i], 0.0, d_states[i].dtype))
        for i in floats
    ]
    forward = forward_of(step)
    after = hoisting.After(K, forward, lambda x: history(K, node, x))
    connected, new_sums = [], []
    for c, s in zip(captured, sums, strict=True):
        left = after.split(c, found[id(c)]) if id(c) in found else None
        if left is not None:
            connected.append((c, s))
            new_sums.append(s + left)
    slices = [j for j in slices if id(step.params[states + j]) in found]
    d_slices = [found[id(step.params[states + j])] for j in slices]

    outputs = [*new_states, *new_sums, *d_slices, *after.outputs]
    frontier = frontier_of(forward, outputs)
    given = [history(K, node, x) for x in frontier]
    params = [*d_states.values(), *(s for _, s in connected), *d_outputs.values(), *frontier]
    body = trace.loop(params, outputs, start)
    begin = [grads.get(i, None) for i in floats]
    begin = [
        K.fill_like(init[i], 0.0, init[i].dtype) if g is None else g
        for i, g in zip(floats, begin, strict=True)
    ]
    begin += [K.fill_like(c, 0.0, c.dtype) for c, _ in connected]
    back_xs = (*(grads[i] for i in stacked), *given)
    specs = [(x.shape, x.dtype, x.sizes) for x in begin]
    specs += [stacked_spec(d, length) for d in (*d_slices, *after.outputs)]
    inputs = (*back_xs, *begin, *body.captured)
    if type(length) in K.SYMBOLIC:
        inputs = (*inputs, length)
    args = (body, back_xs, tuple(begin), length, not reverse)
    results = K.record.node(node.op, args, inputs, specs)
    sources = [*(init[i] for i in floats), *(c for c, _ in connected), *(xs[j] for j in slices)]
    count = len(sources)
    return [*zip(sources, results[:count], strict=True), *after.gradients(results[count:])]


def _stand_in(K, x):
    """A parameter of the reverse step for the gradient by x."""
    return trace.parameter(K, "gradient", x.shape, x.dtype, x.sizes)


def frontier_of(forward, outputs):
    """What the reverse step reads of the forward step: results of it, and its parameters."""

    def inputs(x):
        return () if forward(x) else x.inputs

    return [x for x in postorder(outputs, inputs, ()) if forward(x)]


def forward_of(step):
    """A function that says whether a tensor is a value of the forward step, to be kept for the
    reverse.

    A result of an inner loop counts, though the reverse of that loop may have asked for it.
    """
    _, inside = trace.interior(step.params, step.outputs, step.start)

    def forward(x):
        part = x.op is not None and x.op.name == "item" and id(x.args[0]) in inside
        return (id(x) in inside or part) and not _only_shape(x)

    return forward


def _only_shape(x):
    """Whether x is made of sizes: then it is computed again rather than kept."""
    if x.op is None:
        return False
    name = x.op.name
    small = dtypes.is_integer(x.dtype) and len(x.shape) <= 1 if x.dtype != "tuple" else False
    return small and (name in ("shape", "size") or name in values.RULES)


def history(K, node, x):
    """The values of x in all steps of a scan, stacked: a slice's own tensor, or an output of the
    loop.
    """
    step, xs, init, length, _ = node.args
    for j, param in enumerate(step.params[len(init) :]):
        if param is x:
            return xs[j]
    x.kept = True
    position = next((i for i in range(len(init), len(step.outputs)) if step.outputs[i] is x), None)
    if position is None:
        position = len(step.outputs)
        step.outputs.append(x)
    return K.record.item(node, position, stacked_spec(x, length))


def stacked_spec(x, length):
    """Shape, dtype and sizes of a result of each step, stacked."""
    size = sizes.of_length(length)
    return (known(length), *x.shape), x.dtype, (size, *x.sizes)
