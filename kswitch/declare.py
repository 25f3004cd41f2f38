"""Declarations: what every function of K is called, takes and returns, with no engine in sight.

An `@op` has a kernel in each adapter; the body below the decorator is its static rule. A
`@composite` is plain Python over other functions of K. `@gradient` attaches the reverse rule of one
argument. The annotations of parameters are the classes below: they say how the recorder treats an
argument.
"""

ELEMENTWISE = frozenset({"pow", "maximum", "minimum", "where"})  # besides all that have an infix
OPS: dict = {}  # name -> Op or Composite, in the order of declaration


class Tensor:
    """A tensor; anything else that is given becomes a constant."""


class Operand:
    """A tensor that takes part in dtype promotion; Python scalars stay literals."""


class Floating:
    """An Operand of which integers and bools become floatx."""


class Tensors:
    """A list of tensors."""


class Operands:
    """A list of tensors that are promoted to one dtype."""


class Shape:
    """A shape: ints, None, and symbolic ints; or one symbolic tensor of rank 1."""


class Scalar:
    """A Python number or a symbolic scalar."""


class Index:
    """What stands between the brackets of x[...]: a tuple after recording."""


class DType:
    """A dtype in any spelling; its name after recording; None stays None."""


class Seed:
    """An integer seed or None; a `kswitch.graph.random.Seed` after recording."""


class Plain:
    """Anything else: taken as it is."""


KINDS = {
    k: k for k in (Tensor, Operand, Floating, Tensors, Operands, Shape, Scalar, Index, DType, Seed)
}


class Spec(tuple):
    """Static shape and dtype: what a rule returns."""

    __slots__ = ()

    def __new__(cls, shape, dtype):
        return tuple.__new__(cls, (tuple(shape), dtype))

    shape = property(lambda self: self[0])
    dtype = property(lambda self: self[1])


class Op:
    """A function of K that has a kernel of its name in each adapter.

    Attributes:
        name: name of the op, of the public function and of the kernels.
        rule: the static rule: arguments as recorded -> Spec, or a list of Specs for several
            results.
        parameters: names of the parameters, in order.
        kinds: the class that says how each is treated, in order.
        defaults: the declared default values, by name.
        public: whether it is a name of K; other ops serve composites and gradients.
        creates: makes a tensor from nothing and is therefore always recorded.
        infix: how generated code writes it, where that is an operator: "{} + {}".
        elementwise: operands broadcast against each other.
        view: the result may share memory with the first argument.
        broadcasts: it has operands, and the result has the shape that its inputs broadcast to,
            unless `kswitch.graph.sizes` has a rule for it.
        gradients: parameter name -> its reverse rule.
        differentiable: False where no gradient flows (comparisons, argmax, shapes).
        dynamic: the shape of the result depends on values, so that no engine can trace it
            beforehand.
        record: records a call in its own way, (K, args) -> result: for ops that take callables.
    """

    def __init__(
        self,
        rule,
        public=True,
        creates=False,
        infix=None,
        view=False,
        differentiable=True,
        record=None,
        dynamic=False,
    ):
        self.name = rule.__name__
        self.rule = rule
        self.doc = rule.__doc__
        self.public = public
        self.creates = creates
        self.infix = infix
        self.elementwise = infix is not None or self.name in ELEMENTWISE
        self.view = view
        self.differentiable = differentiable
        self.record = record
        self.dynamic = dynamic
        self.gradients = {}
        self.parameters, self.defaults = _signature(rule)
        notes = rule.__annotations__
        self.kinds = tuple(KINDS.get(notes.get(name), Plain) for name in self.parameters)
        self.broadcasts = Operand in self.kinds or Floating in self.kinds
        self.random = Seed in self.kinds

    def __repr__(self):
        return f"<op {self.name}({', '.join(self.parameters)})>"


class Composite:
    """A function of K that is plain Python over others; its first parameter is K itself."""

    def __init__(self, function, public=True):
        self.name = function.__name__
        self.function = function
        self.doc = function.__doc__
        self.public = public
        names, self.defaults = _signature(function)
        self.parameters = names[1:]
        code = function.__code__
        self.keywords = code.co_varnames[len(names)] if code.co_flags & 0x08 else None

    def __repr__(self):
        return f"<composite {self.name}({', '.join(self.parameters)})>"


def _signature(function):
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    return names, dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))


def _declare(declaration):
    if declaration.name in OPS:
        raise ValueError(f"{declaration!r} is declared twice.")
    OPS[declaration.name] = declaration
    return declaration


def op(rule=None, **options):
    """Declares an op; see `Op` for the options."""
    if rule is None:
        return lambda rule: _declare(Op(rule, **options))
    return _declare(Op(rule))


def composite(function=None, **options):
    """Declares a composite; see `Composite` for the options."""
    if function is None:
        return lambda function: _declare(Composite(function, **options))
    return _declare(Composite(function))


def gradient(op: Op, *parameters: str):
    """Declares the reverse rule of the named parameters of an op.

    The rule is called as rule(K, g, y, *args) with the gradient g of the loss by the result y and
    the arguments of the recorded call, and returns the gradient by that parameter; for a parameter
    that is a list of tensors, a list. It may leave broadcasting in: the result is summed to the
    operand's shape where the parameter is an Operand. For an op with several results the parameter
    is "*": its rule is called as rule(K, {position: gradient by that result}, node, ids of tensors
    that matter) and returns pairs (tensor, gradient by it).
    """
    unknown = set(parameters) - {*op.parameters, "*"}
    if unknown or not parameters:
        raise ValueError(f"{op!r} has no parameter {', '.join(sorted(unknown)) or '(none named)'}.")

    def attach(rule):
        for name in parameters:
            op.gradients[name] = rule
        return rule

    return attach
