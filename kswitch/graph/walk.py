"""Walks over the graph without recursion: a chain of 50,000 nodes is an ordinary program."""


def postorder(roots, inputs, known):
    """The nodes that roots need, each after what it needs.

    Args:
        roots: tensors to start from.
        inputs: function from a tensor to the tensors that it is computed from.
        known: ids of tensors that are there already; neither they nor what they need is visited.
    """
    order = []
    done = set(known)
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        key = id(node)
        if ready:
            order.append(node)
            continue
        if key in done:
            continue
        done.add(key)
        stack.append((node, True))
        for other in inputs(node):
            if id(other) not in done:
                stack.append((other, False))
    return order


def inputs(node):
    """The tensors that a node is computed from, those read by its traced callables included."""
    return node.inputs
