"""Moves work out of loops: many small products inside become one large product outside.

`lifted` takes what a step computes from its slices alone, such as x[t] @ W, and computes it for all
slices before the loop. `After` takes what a reverse step only adds up, such as the gradient by W,
the sum of transpose(h[t]) @ d[t], and computes it from all h and d after the loop. Both leave
nothing behind in the loop, and what they make are ordinary nodes, differentiable again.
"""

from kswitch.compile import optimizations
from kswitch.graph import trace
from kswitch.graph.walk import postorder

PRODUCTS = ("dot", "matmul")


def lifted(K, states, slices, xs, results, start):
    """The slices and the tensors they are taken from, with products of slices among them.

    Args:
        states, slices: parameters of a step.
        xs: the tensors along whose first axis the loop runs.
        results: what the step returns.
        start: the serial number at which the trace of the step began.

    Returns:
        (slices, xs) without those that are not read any more. A slice may be a node of the step:
        within the loop it is given, not computed.
    """
    if "hoisting" not in optimizations.ENABLED:
        return slices, xs
    whole = dict(zip(map(id, slices), xs, strict=True))
    nodes, inside = trace.interior((*states, *slices), results, start)
    free = set(whole)  # ids of what depends on slices alone, and can be computed for all at once
    products = set()  # ids of those with a product in them
    for x in nodes:
        if _stackable(K, x, inside, free):
            free.add(id(x))
            if x.op.name in PRODUCTS or any(id(y) in products for y in x.inputs):
                products.add(id(x))
    read = {id(y) for x in nodes if id(x) not in free for y in x.inputs} | set(map(id, results))
    new = [x for x in nodes if id(x) in products and id(x) in read]
    if not new:
        return slices, xs
    for x in postorder(new, lambda x: [y for y in x.inputs if id(y) in free], set(whole)):
        whole[id(x)] = getattr(K, x.op.name)(*[whole.get(id(arg), arg) for arg in x.args])
    kept = _still_read(results, [*slices, *new], inside)
    return kept, [whole[id(s)] for s in kept]


def _stackable(K, x, inside, free):
    """Whether a node of a step can be computed for all slices by the same op on stacked operands:
    element by element, or as a product with a matrix that stays.
    """
    op = x.op
    if op.random or x.after or x.kept or x.dtype == "tuple":
        return False
    operands = [arg for arg in x.args if type(arg) in K.SYMBOLIC]
    moving = [y for y in operands if id(y) in free]
    fixed = [y for y in operands if id(y) not in inside]
    if not moving or len(moving) + len(fixed) < len(x.inputs):
        return False
    if op.name in PRODUCTS:
        first, second, *turned = x.args
        rows = id(first) in free and len(first.shape) > 1 and not any(turned)
        return rows and id(second) not in inside and len(second.shape) == 2
    rank = len(x.shape)
    return op.elementwise and all(len(y.shape) == rank for y in moving)


def _still_read(results, slices, inside):
    """Those of some slices that results are computed from, if all of them are given."""
    given = set(map(id, slices))
    read = set()
    order = postorder(results, lambda x: [y for y in x.inputs if id(y) in inside], given)
    for x in order:
        read.update(id(y) for y in x.inputs)
    read.update(map(id, results))
    return [s for s in slices if id(s) in read]


class After:
    """What a reverse step adds up for the tensors it captures, and can leave for after the loop.

    Attributes:
        outputs: what the reverse step must return for that, besides.
    """

    def __init__(self, K, forward, history):
        """
        Args:
            forward: whether a tensor is a value of the forward step.
            history: function from such a value to the tensor of its values in all steps.
        """
        self.K = K
        self.forward = forward
        self.history = history
        self.outputs = []
        self.later = []  # (tensor, function from the results of `outputs` to the gradient by it)

    def split(self, captured, gradient):
        """What is left to add up in the loop of the gradient that a step gives; None if nothing."""
        if "hoisting" not in optimizations.ENABLED:
            return gradient
        K, left = self.K, None
        for term in _terms(gradient):
            name = term.op.name if term.op is not None else None
            if name == "sum_like" and term.args[1] is captured:
                self.later.append((captured, self.sum(term.args[0], captured)))
            elif name == "matmul" and self.separable(term):
                self.later.append((captured, self.product(*term.args[:2])))
            else:
                left = term if left is None else K.add(left, term)
        return left

    def separable(self, term):
        """Whether a term is transpose(x) @ y with known numbers of columns."""
        x, y, *turned = term.args
        matrices = len(x.shape) == len(y.shape) == 2
        return turned == [True, False] and matrices and None not in (x.shape[1], y.shape[1])

    def sum(self, x, captured):
        place = self.place(x)
        return lambda results: self.K.sum_like(self.all(x, place, results), captured)

    def product(self, x, y):
        """The sum of transpose(x) @ y over all steps is the same of all rows below each other."""
        places = self.place(x), self.place(y)

        def gradient(results):
            pairs = zip((x, y), places, strict=True)
            rows = [
                self.K.reshape(self.all(part, place, results), (-1, part.shape[1]))
                for part, place in pairs
            ]
            return self.K.matmul(*rows, True)

        return gradient

    def place(self, x):
        """The position among `outputs` under which x is found; None for values of the forward
        step.
        """
        if self.forward(x):
            return None
        for place, other in enumerate(self.outputs):
            if other is x:
                return place
        self.outputs.append(x)
        return len(self.outputs) - 1

    def all(self, x, place, results):
        return self.history(x) if place is None else results[place]

    def gradients(self, results):
        """Pairs (tensor, gradient by it), given the results that belong to `outputs`."""
        return [(captured, make(results)) for captured, make in self.later]


def _terms(x):
    """The terms of a sum, in order."""
    if x.op is not None and x.op.name == "add" and not x.after:
        first, second = x.args
        if getattr(first, "shape", None) == getattr(second, "shape", ()) == x.shape:
            return [*_terms(first), *_terms(second)]
    return [x]
