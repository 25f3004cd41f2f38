"""Writes loops and branches: a traced callable becomes a nested def that closes over what it reads."""

from kswitch.compile.source import Block, _tuple, body
from kswitch.graph.walk import postorder


def write_scan(writer, block, node):
    """`def step(...)`, then `t = scan(step, xs, init, ...)`; results that nobody uses are left out.

    A result of scan that is not used stays if it is a state; a stacked output is dropped. Sets the
    positions under which `item` finds the rest.
    """
    step, xs, init, length, reverse = node.args
    states = len(init)
    wanted = sorted(i for i in writer.items.get(id(node), ()) if i >= states)
    outputs = list(step.outputs[:states]) + [step.outputs[i] for i in wanted]
    before = _surroundings(writer, block, step, outputs)
    inner = Block(block)
    parameters = []
    for param in step.params:
        name = writer.fresh("a")
        inner.names[id(param)] = name
        writer.roots[name] = frozenset((name,))
        parameters.append(name)
    label = writer.fresh("step")
    outer = writer.index
    index = writer.fresh("i")
    writer.index = (*outer, index)
    start = set(block.names.values())
    draws = len(writer.seeds)
    writer.walk(inner, outputs)
    results = [writer.name(inner, x) for x in outputs]
    indexed = len(writer.seeds) > draws and not writer.adapter.HAS_GENERATORS
    writer.index = outer
    if indexed:
        parameters.insert(0, index)
    end = f"return {_tuple(results[:states])}, {_tuple(results[states:])}"
    text = [f"def {label}({', '.join(parameters)}):", *body(inner, results, end)]
    free = _free(inner, results, start, before)
    block.lines.append((None, text, free))
    used = list(free)
    parts = [
        label,
        writer.text(block, xs, used, False),
        writer.text(block, init, used, False),
        writer.text(block, length, used, True, False),
        repr(reverse),
    ]
    if indexed:
        parts.append("True")
    call = f"scan({', '.join(parts)})"
    writer.items[id(node)] = {old: new for new, old in enumerate([*range(states), *wanted])}
    return writer.line(block, call, used, "scan")


def write_cond(writer, block, node):
    """Two nested defs without parameters, then `t = cond(predicate, then, otherwise)`."""
    predicate, then, otherwise = node.args
    used = []
    condition = writer.text(block, predicate, used, False)
    labels = []
    for branch in (then, otherwise):
        _bring(writer, block, branch.captured)
        inner = Block(block)
        start = set(block.names.values())
        writer.walk(inner, branch.outputs)
        results = [writer.name(inner, x) for x in branch.outputs]
        label = writer.fresh("branch")
        text = [f"def {label}():", *body(inner, results, f"return {_tuple(results)}")]
        free = _free(inner, results, start, ())
        block.lines.append((None, text, free))
        used.extend(free)
        labels.append(label)
    count = len(then.outputs)
    writer.items[id(node)] = {i: i for i in range(count)}
    return writer.line(block, f"cond({condition}, {', '.join(labels)})", used, "cond")


def _surroundings(writer, block, step, outputs):
    """Writes what a loop reads from outside before the loop; returns the names."""
    params = {id(p) for p in step.params}
    order = postorder([writer.resolve(x) for x in outputs], writer.inputs, params)
    inside = set(params)
    outside = {}
    interior = []
    for x in order:
        fresh = x.op is not None and x.op.random and id(x) not in block.names
        if fresh or any(id(y) in inside for y in writer.inputs(x)):
            inside.add(id(x))
            interior.append(x)
    for x in interior:
        for y in writer.inputs(x):
            if id(y) not in inside:
                outside[id(y)] = y
    for x in outputs:
        x = writer.resolve(x)
        if id(x) not in inside:
            outside[id(x)] = x
    return _bring(writer, block, outside.values())


def _bring(writer, block, tensors):
    """Gives tensors a name in the block, writing what they need."""
    tensors = list(tensors)
    writer.walk(block, tensors)
    for x in tensors:
        x = writer.resolve(x)
        if id(x) not in block.names and type(x) is writer.K.Variable:
            writer.name(block, x)
    return ()


def _free(inner, results, start, before):
    """Names of the surrounding block that a nested def reads."""
    own = {target for target, _, _ in inner.lines if target}
    names = [name for _, _, used in inner.lines for name in used] + list(results)
    return tuple(dict.fromkeys(n for n in names if n in start and n not in own))


WRITERS = {"scan": write_scan, "cond": write_cond}
