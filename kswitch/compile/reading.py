"""How a program reads the graph: for one learning phase, with what does nothing left out.

Identities and dead branches vanish; so do products with 1 and sums with 0, tensors that only repeat
another one for an element-wise call that would repeat it anyway, and whatever is known when the
program is written.
"""

from kswitch.declare import Floating, Operand
from kswitch.graph import sizes, values

SKIPPED = frozenset({"identity", "stop_gradient_"})
NEUTRAL = {"add": (0, "xy"), "subtract": (0, "y"), "multiply": (1, "xy"), "divide": (1, "y")}
LIKE = frozenset({"sum_like", "broadcast_like"})
SHORTER = SKIPPED | LIKE | frozenset(NEUTRAL) | {"phase_select"}
OPERANDS = (Operand, Floating)


class Reading:
    """The graph as one program sees it."""

    def __init__(self, K, phase, names):
        """
        Args:
            phase: the learning phase, 0 or 1.
            names: names of sizes that are one in this program -> the name to use, see
                `kswitch.graph.sizes`.
        """
        self.K = K
        self.phase = phase
        self.names = names
        self.symbolic = K.SYMBOLIC
        self.dynamic = K.adapter.DYNAMIC_SHAPES
        self.arguments = {}  # id of a node -> its arguments, where they differ from node.args

    def resolve(self, node):
        """The tensor that a node stands for."""
        while node.op is not None and node.op.name in SHORTER:
            if node.after is not None or node.kept:
                break
            other = self.shorter(node)
            if other is None:
                break
            node = other
        return node

    def sizes(self, node):
        """A node's sizes, as this program names them."""
        if None in node.shape and self.names:
            return sizes.renamed(node.sizes, self.names)
        return node.sizes

    def shorter(self, node):
        """The argument that a node equals, or None."""
        name = node.op.name
        if name in SKIPPED:
            return node.args[0]
        if name == "phase_select":
            return self.chosen(node)
        if name in LIKE:
            x, like = node.args
            return x if self.sizes(x) == self.sizes(like) else None
        number, sides = NEUTRAL[name]
        x, y = node.args
        for other, neutral, side in ((x, y, "y"), (y, x, "x")):
            if (
                side in sides
                and type(other) in self.symbolic
                and self.sizes(other) == self.sizes(node)
            ):
                value = neutral if isinstance(neutral, (int, float)) else neutral.uniform
                if value == number:
                    return other
        return None

    def chosen(self, node):
        """The side of a phase_select that this program is written for."""
        return node.args[0] if self.phase else node.args[1]

    def folded(self, node) -> bool:
        """Whether all values of a node are known, so that it is a constant."""
        if node.static is None or node.op is None:
            return False
        return all(v is not values.UNKNOWN for v in node.static.ravel())

    def inputs(self, node):
        """The tensors that a node needs."""
        op = node.op
        if op is None:
            found = [self.resolve(x) for x in node.inputs]
        elif node.static is not None and self.folded(node):
            return ()
        elif op.name == "phase_select":
            found = [self.resolve(self.chosen(node))]
        else:
            base = self.size_of(node)
            if base is not None:
                found = [self.resolve(base)]
            elif self.args(node) is node.args:
                found = [self.resolve(x) for x in node.inputs]
            else:
                found = [self.resolve(x) for x in self.args(node) if type(x) in self.symbolic]
        if node.after:
            found.extend(node.after)
        return found

    def size_of(self, node):
        """x, if the node is K.shape(x)[i] and sizes are plain numbers while the program runs."""
        if self.dynamic or node.op.name != "getitem" or len(node.args[1]) != 1:
            return None
        vector, (index,) = node.args
        vector = self.resolve(vector)
        if type(index) is int and vector.op is not None and vector.op.name == "shape":
            return vector.args[0]
        return None

    def args(self, node):
        """A node's arguments; in an element-wise call, operands without needless repetition."""
        if len(node.inputs) < 2 or not node.op.elementwise:
            return node.args
        found = self.arguments.get(id(node))
        if found is None:
            found = self.arguments[id(node)] = self.shortened(node)
        return found

    def shortened(self, node):
        """The arguments of an element-wise call of several tensors, as `args` gives them."""
        kinds = node.op.kinds
        new = list(node.args)
        for i, (x, kind) in enumerate(zip(node.args, kinds, strict=True)):
            if kind in OPERANDS and type(x) in self.symbolic:
                new[i] = self.operand(self.resolve(x), i, new, node)
        if not any(
            type(x) in self.symbolic for x, k in zip(new, kinds, strict=True) if k in OPERANDS
        ):
            return node.args
        if all(a is b for a, b in zip(new, node.args, strict=True)):
            return node.args
        return tuple(new)

    def operand(self, x, position, args, node):
        """x, or what has the same effect in this place: a number, or what x repeats."""
        others = [
            self.sizes(a) for i, a in enumerate(args) if i != position and type(a) in self.symbolic
        ]
        if not others:
            return x
        rest = others[0] if len(others) == 1 else sizes.broadcast(node.shape, *others)
        whole = rest == self.sizes(node)
        if x.uniform is not None and whole and x.op is not None:
            found = x.uniform
            return self.resolve(found) if type(found) in self.symbolic else found
        if x.op is not None and x.op.name == "broadcast_like" and not x.kept and x.after is None:
            if whole:
                return self.resolve(x.args[0])
        return x
