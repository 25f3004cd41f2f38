"""Finds the updates of optimizers that an engine has one call for.

They are recognised as Keras writes them, operands of sums and products in either order:

    descend    p - rate * g
    momentum   m' = decay * m - rate * g;  p + m'
    adam       m' = b1 * m + (1 - b1) * g;  v' = b2 * v + (1 - b2) * square(g);
               p - rate * m' / (sqrt(v') + epsilon)

An adapter takes part by kernels of these names, which get the storage of the variables first and
change it: `descend(p, g, rate)`, `momentum(p, m, g, decay, rate)`, `adam(p, m, v, g, rate, b1, b2,
epsilon)`. The scalars are Python numbers or native scalars.
"""

import math

from kswitch.graph import dtypes

NUMBERS = (int, float)


class Fused:
    """One call in the place of several updates.

    Attributes:
        kernel: the name of the adapter's kernel.
        updates: the Update nodes that it stands for.
        variables: what it changes.
        arguments: tensors and numbers that follow them.
    """

    def __init__(self, kernel, updates, arguments):
        self.kernel = kernel
        self.updates = updates
        self.variables = [node.args[0] for node in updates]
        self.arguments = arguments


def find(K, reading, updates):
    """(list of Fused, the updates that are left)."""
    names = [name for name in ("adam", "momentum", "descend") if hasattr(K.adapter, name)]
    if not names:
        return [], updates
    search = Search(K, reading, updates)
    found = []
    taken = set()
    for name in names:
        for node in updates:
            parts = None if id(node) in taken else getattr(search, name)(node)
            if parts is None or not taken.isdisjoint(map(id, parts[0])):
                continue
            if search.plain(parts[0], parts[1][0]):
                found.append(Fused(name, *parts))
                taken.update(map(id, parts[0]))
    return found, [node for node in updates if id(node) not in taken]


class Search:
    """Matches updates against the formulas; each method returns (updates, arguments) or None."""

    def __init__(self, K, reading, updates):
        self.K = K
        self.resolve = reading.resolve
        self.new = {}  # id of a new value -> its update
        counts = {}
        for node in updates:
            counts[id(node.args[0])] = counts.get(id(node.args[0]), 0) + 1
        for node in updates:
            if counts[id(node.args[0])] == 1 and not node.after:
                self.new[id(self.resolve(node.args[1]))] = node

    def plain(self, updates, gradient):
        """Whether all tensors are floats of one dtype and one known shape."""
        variables = [node.args[0] for node in updates]
        first = variables[0]
        return (
            len({id(v) for v in variables}) == len(variables)
            and all(self.new.get(id(self.resolve(u.args[1]))) is u for u in updates)
            and dtypes.is_float(first.dtype)
            and all(
                (x.shape, x.dtype) == (first.shape, first.dtype) for x in (*variables, gradient)
            )
        )

    def descend(self, node):
        p = node.args[0]
        step = self.other("subtract", node.args[1], p, left=True)
        rate, g = self.scaled(step)
        return None if g is None else ([node], (g, rate))

    def momentum(self, node):
        p = node.args[0]
        moment = self.new.get(id(self.other("add", node.args[1], p)))
        if moment is None:
            return None
        kept, step = self.operands("subtract", self.resolve(moment.args[1]))
        decay = self.other("multiply", kept, moment.args[0])
        rate, g = self.scaled(step)
        if g is None or not self.scalar(decay):
            return None
        return [node, moment], (g, decay, rate)

    def adam(self, node):
        p = node.args[0]
        step = self.other("subtract", node.args[1], p, left=True)
        above, below = self.operands("divide", step)
        rate, first = self.scaled(above)
        root, epsilon = self.operands("add", below)
        if not self.scalar(epsilon):
            root, epsilon = epsilon, root
        first = self.new.get(id(first))
        second = self.new.get(id(self.argument("sqrt", root)))
        if first is None or second is None or not self.scalar(epsilon):
            return None
        b1, g = self.average(first)
        b2, squared = self.average(second)
        if b1 is None or b2 is None or self.argument("square", squared) is not g:
            return None
        return [node, first, second], (g, rate, b1, b2, epsilon)

    def average(self, update):
        """(decay, x) of decay * variable + (1 - decay) * x, else (None, None)."""
        variable, new = update.args
        for kept, added in self.both("add", new):
            decay = self.other("multiply", kept, variable)
            share, x = self.scaled(added)
            if x is not None and self.scalar(decay) and self.complement(share, decay):
                return decay, x
        return None, None

    def complement(self, share, decay):
        """Whether share is 1 - decay."""
        if type(share) in NUMBERS and type(decay) in NUMBERS:
            return math.isclose(share, 1 - decay, rel_tol=1e-9)
        one, other = self.operands("subtract", share)
        return type(one) in NUMBERS and one == 1 and other is decay

    # Parts of expressions; None where there is no such part

    def operands(self, name, x):
        """The two operands of a call of an op."""
        if type(x) not in self.K.SYMBOLIC:
            return None, None
        x = self.resolve(x)
        if x.op is None or x.op.name != name or x.after:
            return None, None
        return tuple([self.resolve(v) if type(v) in self.K.SYMBOLIC else v for v in x.args[:2]])

    def both(self, name, x):
        """The operands in both orders."""
        first, second = self.operands(name, x)
        return ((first, second), (second, first))

    def other(self, name, x, operand, left=False):
        """What stands beside an operand."""
        for first, second in self.both(name, x)[: 1 if left else 2]:
            if first is operand:
                return second
        return None

    def argument(self, name, x):
        """The argument of a call of an op."""
        if type(x) not in self.K.SYMBOLIC or x.op is None or x.op.name != name:
            return None
        return self.resolve(x.args[0])

    def scaled(self, x):
        """(scalar, tensor) of their product."""
        for first, second in self.both("multiply", x):
            if self.scalar(first) and type(second) in self.K.SYMBOLIC:
                return first, second
        return None, None

    def scalar(self, x):
        return type(x) in NUMBERS or (type(x) in self.K.SYMBOLIC and x.shape == ())
