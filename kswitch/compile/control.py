"""Writes loops and branches: a traced callable becomes a nested def that closes over
what it reads.
"""

from kswitch.compile import program, reuse
from kswitch.compile.reuse import Line
from kswitch.graph.walk import postorder


def note_items(writer, block, order, outputs):
    """Notes which results of loops and branches are read, and which of them not only slice by
    slice.
    """
    for node in order:
        if node.op is not None and node.op.name == "item" and id(node) not in block.names:
            writer.items.setdefault(id(node.args[0]), set()).add(node.args[1])
        for x in _whole(writer, node):
            if x.op is not None and x.op.name == "item":
                writer.whole.add((id(x.args[0]), x.args[1]))
    writer.whole.update((id(x.args[0]), x.args[1]) for x in outputs if x.op and x.op.name == "item")


def _whole(writer, node):
    """The tensors that a node needs as they are: all but those that a loop takes slices of."""
    reading = writer.reading
    if node.op is None or node.op.name != "scan":
        return reading.inputs(node)
    step, _, init, length, _ = node.args
    read = [*init, *step.captured] + ([length] if type(length) in writer.symbolic else [])
    return [reading.resolve(x) for x in read]


def write_scan(writer, block, node):
    """`def step(...)`, then `t = scan(step, xs, init, ...)`; results that nobody uses are left out.

    A result of scan that is not used stays if it is a state; a stacked output is dropped. Where the
    adapter can leave an output as a list of its slices, and only loops read it, it does: these come
    last. Sets the positions under which `item` finds the rest.
    """
    step, xs, init, length, reverse = node.args
    states = len(init)
    wanted = sorted(i for i in writer.items.get(id(node), ()) if i >= states)
    outputs = list(step.outputs[:states]) + [step.outputs[i] for i in wanted]
    _surroundings(writer, block, step, outputs)
    inner = program.Block(block)
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
    stacked = dict.fromkeys(results[states:], False)  # what is wanted twice is kept once
    lists = writer.adapter.LISTS and "lists" in writer.enabled
    for i, name in zip(wanted, results[states:], strict=True):
        stacked[name] |= not lists or (id(node), i) in writer.whole
    names = sorted(stacked, key=lambda name: not stacked[name])
    listed = len(names) - sum(stacked.values())
    end = f"return {program.tuple_of(results[:states])}, {program.tuple_of(names)}"
    text = [f"def {label}({', '.join(parameters)}):", *_body(writer, inner, results, end)]
    free = _free(inner, results, start)
    block.lines.append(Line(None, text, free))
    used = list(free)
    parts = [
        label,
        writer.text(block, xs, used),
        writer.text(block, init, used),
        writer.text(block, length, used, host=True),
        repr(reverse),
    ]
    if indexed or listed:
        parts.append(repr(indexed))
    if listed:
        parts.append(repr(listed))
    call = f"scan({', '.join(parts)})"
    places = {old: states + names.index(results[states + i]) for i, old in enumerate(wanted)}
    writer.items[id(node)] = {i: i for i in range(states)} | places
    return _several(writer, block, node, call, used, "scan")


def write_cond(writer, block, node):
    """Two nested defs without parameters, then `t = cond(predicate, then, otherwise)`."""
    predicate, then, otherwise = node.args
    used = []
    condition = writer.text(block, predicate, used)
    labels = []
    for branch in (then, otherwise):
        _bring(writer, block, branch.captured)
        inner = program.Block(block)
        start = set(block.names.values())
        writer.walk(inner, branch.outputs)
        results = [writer.name(inner, x) for x in branch.outputs]
        label = writer.fresh("branch")
        text = [
            f"def {label}():",
            *_body(writer, inner, results, f"return {program.tuple_of(results)}"),
        ]
        free = _free(inner, results, start)
        block.lines.append(Line(None, text, free))
        used.extend(free)
        labels.append(label)
    count = len(then.outputs)
    writer.items[id(node)] = {i: i for i in range(count)}
    call = f"cond({condition}, {', '.join(labels)})"
    return _several(writer, block, node, call, used, "cond")


def _several(writer, block, node, call, used, kernel):
    """A line whose results may share memory with all that it reads."""
    roots = frozenset().union(*(writer.roots.get(name, ()) for name in used))
    return writer.line(block, call, used, node.op, kernel, (), roots, node)


def _body(writer, inner, results, end):
    if writer.adapter.IN_PLACE and "in_place" in writer.enabled:
        reuse.write_over(inner.lines, results)
    return program.body(inner.lines, results, end)


def _surroundings(writer, block, step, outputs):
    """Writes what a loop reads from outside before the loop."""
    reading = writer.reading
    params = {id(p) for p in step.params}
    outputs = [reading.resolve(x) for x in outputs]
    inside = set(params)
    outside = {}
    for x in postorder(outputs, reading.inputs, params):
        fresh = x.op is not None and x.op.random and x.serial >= step.start
        needs = reading.inputs(x)
        if fresh or any(id(y) in inside for y in needs):
            inside.add(id(x))
            outside.update({id(y): y for y in needs if id(y) not in inside})
    outside.update({id(x): x for x in outputs if id(x) not in inside})
    _bring(writer, block, outside.values())


def _bring(writer, block, tensors):
    """Gives tensors a name in the block, writing what they need."""
    tensors = [writer.reading.resolve(x) for x in tensors]
    writer.walk(block, tensors)
    for x in tensors:
        if type(x) is writer.K.Variable:
            block.names.setdefault(id(x), writer.name(block, x))


def _free(inner, results, start):
    """Names of the surrounding blocks that a nested def reads."""
    own = {line.target for line in inner.lines}
    names = [name for line in inner.lines for name in line.used] + list(results)
    return tuple(dict.fromkeys(n for n in names if n in start and n not in own))


WRITERS = {"scan": write_scan, "cond": write_cond}
