"""Traces a callable once on symbolic arguments: the body of a loop or a branch becomes
a subgraph.
"""

from kswitch.graph.tensor import SERIAL
from kswitch.graph.walk import inputs, postorder


class Subgraph:
    """A traced callable.

    Attributes:
        params: tensors that stand for its arguments. In a loop's reverse these may be results
            inside another subgraph: within this one they are given, not computed.
        outputs: what it returns, a list; a loop's reverse may append to it.
        captured: tensors of the surrounding graph that it reads, computed before it runs.
        start: the serial number at which the trace began.
    """

    __slots__ = ("captured", "outputs", "params", "start")

    def __init__(self, params, outputs, captured, start):
        self.params = tuple(params)
        self.outputs = list(outputs)
        self.captured = tuple(captured)
        self.start = start


def parameter(K, name, shape, dtype, sizes):
    """A tensor that stands for an argument of a traced callable."""
    return K.Tensor(None, (), (), shape, dtype, False, name, sizes)


def loop(params, outputs, start=None) -> Subgraph:
    """The subgraph of a loop body: it owns what depends on params, and random nodes younger than
    start.

    Everything else is an invariant, computed once before the loop.
    """
    nodes, inside = interior(params, outputs, start)
    outside = [x for node in nodes for x in node.inputs] + list(outputs)
    captured = {id(x): x for x in outside if id(x) not in inside}
    return Subgraph(params, outputs, captured.values(), start)


def branch(outputs, start, given=()) -> Subgraph:
    """The subgraph of a branch: it owns all that is younger than start, and reads the rest.

    Args:
        given: ids of younger tensors that come from outside all the same.
    """

    def outer(x):
        return x.serial < start or id(x) in given

    order = postorder(outputs, lambda x: () if outer(x) else inputs(x), ())
    return Subgraph((), outputs, [x for x in order if outer(x)], start)


def now() -> int:
    """A serial number: tensors made from here on are younger than it."""
    return next(SERIAL)


def interior(params, outputs, start=None):
    """The nodes that change from run to run: those that depend on params, or draw random numbers.

    Returns:
        (nodes in order of computation, ids of them).
    """
    params = {id(p) for p in params}
    order = postorder(outputs, inputs, params)
    inside = set(params)
    nodes = []
    for node in order:
        fresh = (
            start is not None and node.serial >= start and node.op is not None and node.op.random
        )
        if fresh or any(id(x) in inside for x in node.inputs):
            inside.add(id(node))
            nodes.append(node)
    return nodes, inside
