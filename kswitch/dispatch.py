"""bind(): the declarations and an adapter become a K namespace.

For every op a public function is generated with the declared name, signature and docstring. Its
body asks `type(x) in ODD` of each tensor (symbolic, or a list that may hold such) and then either
records the call or calls the kernel. The kernel gets what the caller gave; only when it refuses
that are NumPy arrays and the like made into native tensors, so that a call on native tensors costs
nothing beyond the test.

Where native tensors of an engine meet symbolic ones, those are given their value at once if they
have one without being fed: a `K.constant` in a loss that Keras 3 or `jax.jit` traces is a number
like others. NumPy's arrays do not count: they are constants of a graph.
"""

import functools
import linecache
from types import MethodType, ModuleType
from typing import Any

import numpy as np

from kswitch import config, declare, foreign, ops
from kswitch.backends import adapter
from kswitch.graph import tensor, values
from kswitch.ops import legacy

TENSORS = (declare.Tensor, declare.Operand, declare.Floating)
LISTS = (declare.Tensors, declare.Operands)
# What no kernel may see: lists, symbolic tensors of any backend, and what is of Keras 3. NumPy and
# TensorFlow would take those of another backend for arrays, and compute them at once.
ODD: set = {list, tuple}
PLAIN = (int, float, bool, str, type(None))


class State:
    """What a backend remembers between calls.

    Attributes:
        controls: updates of the enclosing K.control_dependencies blocks.
        phase: the learning phase's placeholder, once it was asked for.
        fixed_phase: 0 or 1 after K.set_learning_phase, else None.
        names: name -> how often it was given out.
        uids: prefix -> the last uid given out.
        scopes: names of the enclosing K.name_scope blocks.
    """

    def __init__(self):
        self.clear()

    def clear(self):
        self.controls = []
        self.phase = None
        self.fixed_phase = None
        self.names = {}
        self.uids = {}
        self.scopes = []


class Functions(ModuleType):
    """All functions of one backend, those included that serve composites and gradients only.

    Attributes:
        name: the backend's name; adapter: its module.
        Tensor, Placeholder, Variable, Update, Sparse: its symbolic classes; SYMBOLIC: the set of
            them.
        state: see State. record: records a call of an op.
        declarations: name -> Op or Composite.
        is_symbolic_only: whether calls on arrays and numbers alone are recorded too.
    """

    record: Any
    backend: Any
    public: Any

    def __init__(self, name, adapter, is_symbolic_only=False):
        super().__init__(f"kswitch.backend.{name}")
        self.name = name
        self.is_symbolic_only = is_symbolic_only
        self.adapter = adapter
        self.declarations = declare.OPS
        self.state = State()
        classes = (tensor.Tensor, tensor.Placeholder, tensor.Variable, tensor.Update, tensor.Sparse)
        protocols = getattr(adapter, "Protocols", object)
        own = [
            type(cls.__name__, (cls, protocols), {"K": self, "__slots__": ()}) for cls in classes
        ]
        self.Tensor, self.Placeholder, self.Variable, self.Update, self.Sparse = own
        self.SYMBOLIC = frozenset(own)
        self.is_sizes = getattr(adapter, "is_sizes", _never)
        self.is_ordinary = self.SYMBOLIC.union(PLAIN).issuperset
        ODD.update(own)
        self._host = None

    def is_engines(self, x) -> bool:
        """Whether x is a tensor of the engine, or a size that it has a symbol for, and no array of
        NumPy.
        """
        if self.is_sizes(x):
            return True
        strange = not isinstance(x, (np.ndarray, np.generic, tensor.Tensor))
        return strange and self.adapter.is_native(x)

    def phase_value(self) -> int:
        """The learning phase of a call that feeds none."""
        return self.state.fixed_phase or 0

    def kernel(self, name):
        """The adapter's kernel of an op."""
        found = getattr(self.adapter, name, None)
        if found is not None:
            return found
        op = self.declarations.get(name)
        if op is not None and getattr(op, "infix", None):
            letters = "xyz"[: op.infix.count("{}")]
            return eval(f"lambda {', '.join(letters)}: {op.infix.format(*letters)}")
        return self.missing(name)

    def missing(self, name):
        """A function in the place of a kernel that the adapter lacks."""
        declared = getattr(self.adapter, "UNSUPPORTED", {})
        return adapter.absent(self.name, name, declared.get(name))

    def host_kernel(self, name):
        """NumPy's kernel of an op, for integers that come from shapes."""
        if self._host is None:
            from kswitch.backends import numpy_backend

            self._host = (
                self if self.adapter is numpy_backend else Functions("numpy", numpy_backend)
            )
        return self._host.kernel(name)


def bind(name: str, adapter: ModuleType, symbolic_only: bool = False) -> ModuleType:
    """The K namespace of an adapter.

    Args:
        name: what K.backend() returns.
        adapter: a module with the kernels and hooks that `kswitch.backends` lists.
        symbolic_only: every call is recorded, also one of arrays or numbers alone, as Keras 2
            expects: `K.zeros_like([1.0])` is a tensor of a graph there.

    Returns:
        A module with the public functions of K and `__all__`.
    """
    from kswitch.graph.record import Recorder

    config.load()  # now, not at the first question for floatx: that may come while an engine traces
    K = Functions(name, adapter, symbolic_only)
    K.record = Recorder(K)
    public = ModuleType(f"kswitch.backend.{name}", f"The Keras backend API on {name}.")
    make_op = _op_binder(K)
    make_composite = _composite_binder(K)
    if symbolic_only:  # which has no tensors of Keras 3
        make_composite = _as_bound
    for each in declare.OPS.values():
        is_op = isinstance(each, declare.Op)
        function = make_op(each) if is_op else _bind_composite(K, each)
        setattr(K, each.name, function)
        if each.public:
            function = function if is_op else make_composite(each, function)
            setattr(public, each.name, legacy.accept(function))
    for each in config.FUNCTIONS:
        setattr(K, each.__name__, each)
        setattr(public, each.__name__, each)
    for alias, target in ops.ALIASES.items():
        setattr(public, alias, getattr(public, target))

    def backend():
        """The name of this backend."""
        return name

    K.backend = backend
    names = [n for n in vars(public) if not n.startswith("_")]
    vars(public).update(backend=backend, _BACKEND=name, _functions=K, __all__=[*names, "backend"])
    K.public = public
    foreign.discover()
    return public


def _op_binder(K):
    """A function that makes the public function of an op.

    Ops with as many parameters, of which the same ones are tensors, share one compiled template: to
    compile one for each would take longer than everything else that an import does.
    """
    helpers = {
        "ODD": ODD,
        "NATIVE": getattr(K.adapter, "NATIVE", None),
        "record": K.record if K.is_symbolic_only else _create(K),
        "route": (route := _route(K)),
        "retry": _retry(K, route),
    }  # without __name__: torch.compile would import the module of that name
    templates: dict = {}

    def make(op):
        kinds = tuple(1 if k in TENSORS else 2 if k in LISTS else 0 for k in op.kinds)
        recorded = op.creates or K.is_symbolic_only
        key = (kinds, recorded)
        if key not in templates:
            templates[key] = _template(
                kinds, recorded, helpers, f"<binding {len(templates)} of {K.name}>"
            )
        function = templates[key](op, None if recorded else K.kernel(op.name))
        code = function.__code__
        locals_ = (*op.parameters, *code.co_varnames[len(op.parameters) :])
        function.__code__ = code.replace(co_name=op.name, co_qualname=op.name, co_varnames=locals_)
        function.__name__ = function.__qualname__ = op.name
        function.__defaults__ = tuple(op.defaults.values()) or None
        function.__module__ = f"kswitch.backend.{K.name}"
        function.__doc__ = op.doc
        return function

    return make


def _template(kinds, recorded, helpers, filename):
    """make(op, kernel): a function with one parameter for each kind (1 a tensor, 2 a list, 0 else).

    What the function closes over begins with _: torch.compile confuses it with parameters of the
    same name.
    """
    names = [f"a{i}" for i in range(len(kinds))]
    parameters = ", ".join(names)
    args = _tuple(names)
    # a native tensor is told by one comparison, which takes 0.02 µs less than to look it up
    is_odd = (
        "type({0}) is not NATIVE and type({0}) in ODD" if helpers["NATIVE"] else "type({0}) in ODD"
    )
    tests = " or ".join([is_odd.format(n) for n, k in zip(names, kinds, strict=True) if k == 1])
    lists = [n for n, k in zip(names, kinds, strict=True) if k == 2]
    if recorded:
        lines = [f"        return record(_op, {args})"]
    else:
        lines = [f"        if {tests}:", f"            return route(_op, {args})"] if tests else []
        for name in lists:
            lines += [
                f"        for _each in {name}:",
                f"            if {is_odd.format('_each')}:",
                f"                return route(_op, {args})",
            ]
        lines += [
            "        try:",
            f"            return _kernel({parameters})",
            "        except (TypeError, AttributeError, ValueError) as error:",
            f"            return retry(_op, {args}, error)",
        ]
    lines = ["def make(_op, _kernel):", f"    def template({parameters}):", *lines]
    return _compiled(lines, helpers, filename)


def _tuple(names):
    return f"({', '.join(names)},)" if names else "()"


def _compiled(lines, helpers, filename):
    """The function `make` of these lines, which gives the `template` that they define."""
    source = "\n".join([*lines, "    return template"]) + "\n"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    scope = dict(helpers)
    exec(compile(source, filename, "exec"), scope)
    return scope["make"]


def _bind_composite(K, each):
    """The public function of a composite: bound to K, or a choice between it and the adapter's
    kernel.
    """
    bound = MethodType(each.function, K)
    kernel = getattr(K.adapter, each.name, None)
    if kernel is None or K.is_symbolic_only:
        return bound
    symbolic = K.SYMBOLIC

    @functools.wraps(kernel)
    def choose(x, *args, **kwargs):
        return (bound if type(x) in symbolic else kernel)(x, *args, **kwargs)

    return choose


# Parameters of composites that may be lists of tensors
LISTED = frozenset(
    ("inputs", "outputs", "loss", "variables", "initial_states", "constants")
    + ("elems", "ops", "tuples", "value", "shape")
)
# Parameters with a default that may be tensors
OPTIONAL = frozenset(("initializer", "mask", "constants"))


def _composite_binder(K):
    """A function that makes the public function of a composite: it looks for what is of Keras 3."""
    helpers = {
        "TYPES": foreign.TYPES,
        "MODULES": foreign.MODULES,
        "discover": foreign.discover,
        "among": foreign.among,
        "call": _call_of(K),
    }
    templates: dict = {}

    def make(each, bound):
        named = [
            (f"a{i}", name in LISTED)
            for i, name in enumerate(each.parameters)
            if name not in each.defaults or name in OPTIONAL
        ]
        if not named:
            return bound
        key = (tuple(named), len(each.parameters), bool(each.keywords))
        if key not in templates:
            filename = f"<binding of composites {len(templates)} of {K.name}>"
            templates[key] = _composite_template(*key, helpers, filename)
        function = templates[key](each, bound)
        code = function.__code__
        names = [*each.parameters, *([each.keywords] if each.keywords else ())]
        locals_ = (*names, *code.co_varnames[len(names) :])
        function.__code__ = code.replace(
            co_name=each.name, co_qualname=each.name, co_varnames=locals_
        )
        function.__name__ = function.__qualname__ = each.name
        function.__defaults__ = tuple(each.defaults.values()) or None
        function.__module__ = f"kswitch.backend.{K.name}"
        function.__doc__ = each.doc
        return function

    return make


def _as_bound(each, bound):
    """The public function of a composite, where nothing has to be looked for."""
    return bound


def _composite_template(named, count, keywords, helpers, filename):
    """make(each, bound): a function with `count` parameters, of which some are tested."""
    names = [f"a{i}" for i in range(count)]
    tests = [f"among(({n},))" if listed else f"type({n}) in TYPES" for n, listed in named]
    parameters = ", ".join([*names, *(["**kwargs"] if keywords else ())])
    options = "kwargs" if keywords else "{}"
    lines = [
        "def make(_each, _bound):",
        f"    def template({parameters}):",
        f"        if (TYPES or 'keras' in MODULES and discover()) and ({' or '.join(tests)}):",
        f"            return call(_each, _bound, {_tuple(names)}, {options})",
        f"        return _bound({parameters})",
    ]
    return _compiled(lines, helpers, filename)


def _call_of(K):
    def call(each, bound, args, kwargs):
        return foreign.call(K, each.name, args, kwargs, bound)

    return call


def _create(K):
    """What becomes of a call that makes a tensor from nothing: it is recorded, unless a size in it
    is a native tensor, or one of KerasTensors.
    """
    record = K.record

    def create(op, args):
        if K.is_ordinary(map(type, args)):
            return record(op, args)
        if foreign.TYPES and foreign.among(args):
            return foreign.call(K, op.name, args, {}, getattr(K, op.name))
        if any(map(K.is_engines, foreign.flat(args))):
            new = _inlined(K, args)
            if new is not None:
                return K.kernel(op.name)(*new)
        return record(op, args)

    return create


def _route(K):
    """What becomes of a call that has something odd among its arguments."""
    is_ordinary, record = K.is_ordinary, K.record

    def route(op, args):
        if is_ordinary(map(type, args)):
            return record(op, args)
        if foreign.TYPES and foreign.among(args):
            return foreign.call(K, op.name, args, {}, getattr(K, op.name))
        if record.holds_symbolic(args):
            if any(map(K.is_engines, foreign.flat(args))):
                new = _inlined(K, args)
                if new is not None:
                    return K.kernel(op.name)(*native_arguments(K, op, new))
            return record(op, args)
        return K.kernel(op.name)(*native_arguments(K, op, args))

    return route


def _inlined(K, args):
    """args with the value of each symbolic tensor in its place; None if one has to be fed."""
    new = []
    for x in args:
        if type(x) in K.SYMBOLIC:
            size = None if x.static is None or x.ndim else values.known(x.static)
            x = foreign.inline(K, x) if size is None else size
            if x is None:
                return None
        elif type(x) in (list, tuple):
            inner = _inlined(K, x)
            if inner is None:
                return None
            x = type(x)(inner)
        new.append(x)
    return new


def _retry(K, route):
    """What a native call does when the kernel refused its arguments."""

    def retry(op, args, error):
        if K.record.holds_symbolic(args):
            return route(op, args)
        if foreign.discover() and foreign.among(args):
            return foreign.call(K, op.name, args, {}, getattr(K, op.name))
        if isinstance(error, ValueError):
            raise error
        new = native_arguments(K, op, args)
        if all(_same(a, b) for a, b in zip(args, new, strict=True)):
            raise error
        return K.kernel(op.name)(*new)

    return retry


def native_arguments(K, op, args):
    """The arguments of a native call with lists, arrays and, where need be, numbers made native.

    Raises:
        TypeError: an argument is a tensor of another backend, or no tensor can be made of it.
    """
    is_native = K.adapter.is_native
    tensors = [a for a, k in zip(args, op.kinds, strict=True) if k in TENSORS]
    tensors += [x for a, k in zip(args, op.kinds, strict=True) if k in LISTS for x in a]
    alone = not any(is_native(x) for x in tensors)
    new = []
    for value, kind in zip(args, op.kinds, strict=True):
        if kind is declare.Tensor:
            value = _native(K, value, True)
        elif kind in TENSORS:
            value = _native(K, value, alone)
        elif kind in LISTS:
            value = [_native(K, x, True) for x in value]
        new.append(value)
    return new


def _native(K, x, numbers):
    """x as a native tensor; a Python number only if `numbers`."""
    if x is None or K.adapter.is_native(x) or (type(x) in (int, float, bool) and not numbers):
        return x
    from kswitch.graph import dtypes, record

    if K.is_sizes(x):
        return K.adapter.of_sizes(x)
    if isinstance(x, tensor.Tensor):
        raise TypeError(record.foreign(K, x))
    if type(x) not in record.HOST:
        foreign.refuse(K, x)
    array = record.as_array(x)
    return K.adapter.asarray(array, dtypes.name_of(array.dtype))


def _never(x):
    return False


def _same(a, b):
    if isinstance(b, list):
        return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))
    return a is b
