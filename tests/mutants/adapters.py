"""Mutants of our own: kernels and hooks of the NumPy adapter, static and gradient rules of ops.

What breaks is the adapter's module or the declarations themselves.
"""

import functools

import numpy as np
from kswitch.backends import numpy_backend as adapter

from kswitch import config, dispatch
from kswitch.declare import OPS, DType, Op, Plain, Scalar, Shape, Spec
from kswitch.graph import tensor
from mutants import changes
from mutants.functions import NUMPY
from mutants.mutant import Mutant

KERNEL, RULE = "kernel", "rule"
OPTIONS = (DType, Plain, Scalar, Shape)


def bound():
    """K on NumPy as the kernels are now. Rules are looked up anew at each call."""
    return dispatch.bind("numpy", adapter)


def kernels():
    """Names of the functions of the adapter that an op or composite calls."""
    return [name for name in OPS if callable(getattr(adapter, name, None))]


def declared():
    """All ops that have a static rule."""
    return [op for op in OPS.values() if isinstance(op, Op) and op.record is None]


# The survey


def surveyed(survey):
    """K on NumPy, the kernels and rules of which note what could go wrong with them."""
    for name in kernels():
        setattr(adapter, name, watched_kernel(name, getattr(adapter, name), survey))
    for op in declared():
        op.rule = watched_rule(op, op.rule, survey)
    for op in OPS.values():
        for parameter, rule in getattr(op, "gradients", {}).items():
            op.gradients[parameter] = watched_gradient(op, parameter, rule, survey)
    return bound()


def watched_kernel(name, right, survey):
    @functools.wraps(right)
    def call(*args, **kwargs):
        result = right(*args, **kwargs)
        if survey.enough(KERNEL, name):
            return result
        for position, x in enumerate(results(result)):
            if isinstance(x, np.ndarray | np.generic):
                fitting = [each for each in changes.CHANGES if each.applies(x)]
                fitting = [each for each in fitting if each.kind != "wrong gradient"]
                survey.note(KERNEL, name, *((position, repr(each)) for each in fitting))
        for i, option in enumerate(OPS[name].parameters[: len(args)]):
            if is_option(name, i) and repr(neutral(name, option, args[i])) != repr(args[i]):
                survey.note(KERNEL, name, ("ignored option", i))
        if getattr(OPS[name], "public", False):
            arrays = [i for i, x in enumerate(args) if isinstance(x, np.ndarray) and x.size]
            spoiled = [i for i in arrays if not is_option(name, i)]
            survey.note(KERNEL, name, *(("mutated input", i) for i in spoiled))
        return result

    return call


def watched_rule(op, right, survey):
    @functools.wraps(right)
    def call(*args):
        spec = right(*args)
        if survey.enough(RULE, op.name):
            return spec
        known = [n for each in specs(spec) for n in each.shape if n is not None]
        floats = [each for each in specs(spec) if each.dtype in changes.FLOATS]
        found = ["unknown"] * bool(known) + ["dtype"] * bool(floats)
        survey.note(RULE, op.name, *found)
        return spec

    return call


def watched_gradient(op, parameter, right, survey):
    @functools.wraps(right)
    def call(*args):
        found = right(*args)
        if any(g is not None for g in gradients_in(found)):
            survey.note(RULE, f"{op.name} by {parameter}", "gradient")
        return found

    return call


def is_option(name, i):
    op = OPS[name]
    kind = op.kinds[i] if isinstance(op, Op) else Plain
    return kind in OPTIONS


def neutral(name, option, value):
    """What an option is if it is ignored: the default, or what has no effect."""
    defaults = OPS[name].defaults
    if option in defaults:
        return defaults[option]
    if option in ("strides", "dilation_rate"):
        return (1,) * len(value)
    known = {"padding": "valid", "data_format": "channels_last", "mode": "max", "axis": 0}
    known |= {"axes": (0,), "dtype": config.floatx(), "rep": 1}
    return known.get(option, value)


def results(result):
    return list(result) if isinstance(result, tuple) else [result]


def specs(spec):
    return spec if type(spec) is list else [spec]


def gradients_in(found):
    """The gradients in what a rule returns: one, a list of them, or pairs (tensor, gradient)."""
    if isinstance(found, (list, tuple)):
        return [each[1] if isinstance(each, tuple) else each for each in found]
    return [found]


# The mutants


def mutants(survey):
    """All mutants of kernels and rules, given what the survey found; and of hooks."""
    for name in kernels():
        yield from of_kernel(name, survey.facts[KERNEL, name])
    for op in declared():
        facts = survey.facts[RULE, op.name]
        for fact, kind, what in (
            ("unknown", "shape", "static sizes forgotten"),
            ("unknown", "shape", "static sizes off"),
            ("dtype", "dtype", "static dtype off"),
        ):
            if fact in facts:
                make = functools.partial(with_spec, op, SPECS[what])
                yield Mutant(RULE, op.name, kind, what, make)
    for op in OPS.values():
        for parameter in getattr(op, "gradients", {}):
            name = f"{op.name} by {parameter}"
            if "gradient" in survey.facts[RULE, name]:
                for what, wrong in GRADIENTS.items():
                    make = functools.partial(with_gradient, op, parameter, wrong)
                    yield Mutant(RULE, name, "wrong gradient", what, make)
    for name, kind, what, wrong, noticed_by in HOOKS:
        make = functools.partial(with_kernel, name, wrong)
        yield Mutant(KERNEL, name, kind, what, make, noticed_by)


def of_kernel(name, facts):
    positions = sorted({fact[0] for fact in facts if type(fact[0]) is int})
    make = functools.partial(functools.partial, with_kernel, name)
    if positions:
        yield Mutant(KERNEL, name, "missing op", "deleted", functools.partial(without, name))
        yield Mutant(KERNEL, name, "aliased result", "one memory for all calls", make(aliased))
    for position in positions:
        for change in changes.CHANGES:
            if (position, repr(change)) in facts:
                what = f"result {position}, {change.what}" if positions[1:] else change.what
                wrong = functools.partial(altered, position, change)
                yield Mutant(KERNEL, name, change.kind, what, make(wrong))
    for kind, i in sorted(fact for fact in facts if type(fact[0]) is str):
        what = OPS[name].parameters[i]
        wrong = functools.partial({"ignored option": ignored, "mutated input": spoiled}[kind], i)
        yield Mutant(KERNEL, name, kind, what, make(wrong))


def with_kernel(name, wrong):
    """K on the adapter with wrong(the right kernel) in the place of a kernel."""
    right = getattr(adapter, name)
    setattr(adapter, name, functools.wraps(right)(wrong(right)))
    return bound()


def without(name):
    delattr(adapter, name)
    return bound()


def altered(position, change, right):
    memories: dict = {}

    def wrong(*args, **kwargs):
        result = right(*args, **kwargs)
        new = change
        if change.kind == "frozen constant":
            shapes = tuple(np.shape(x) if isinstance(x, np.ndarray) else None for x in args)
            new = memories.setdefault(shapes, changes.Change(change.kind, change.what))
        if not isinstance(result, tuple):
            return changes.compute(np.asarray(result), new)
        found = list(result)
        found[position] = changes.compute(np.asarray(found[position]), new)
        return tuple(found)

    return wrong


def ignored(i, right):
    def wrong(*args, **kwargs):
        if i < len(args):
            option = OPS[right.__name__].parameters[i] if right.__name__ in OPS else None
            value = neutral(right.__name__, option, args[i]) if option else args[i]
            args = (*args[:i], value, *args[i + 1 :])
        return right(*args, **kwargs)

    return wrong


def spoiled(i, right):
    def wrong(*args, **kwargs):
        result = right(*args, **kwargs)
        if i < len(args) and isinstance(args[i], np.ndarray):
            result = np.array(result) if isinstance(result, np.ndarray) else result
            changes.write_to(args[i])
        return result

    return wrong


def aliased(right):
    memories: dict = {}

    def wrong(*args, **kwargs):
        result = right(*args, **kwargs)
        found = [np.asarray(x) for x in results(result)]
        for i, x in enumerate(found):
            memory = memories.setdefault((i, x.shape, x.dtype), np.array(x))
            memory[...] = x
            found[i] = memory
        return tuple(found) if isinstance(result, tuple) else found[0]

    return wrong


# Rules


SPECS = {
    "static sizes forgotten": lambda s: Spec((None,) * len(s.shape), s.dtype),
    "static sizes off": lambda s: Spec([n if n is None else n + 1 for n in s.shape], s.dtype),
    "static dtype off": lambda s: Spec(s.shape, changes.OTHER_SIZE.get(s.dtype, s.dtype)),
}
GRADIENTS = {
    "off by 1 %": lambda g: g * 1.01,
    "zero": lambda g: g * 0.0,
    "none": lambda g: None,
}


def with_spec(op, wrong):
    right = op.rule

    def rule(*args):
        spec = right(*args)
        return [wrong(each) for each in spec] if type(spec) is list else wrong(spec)

    op.rule = rule
    return NUMPY


def with_gradient(op, parameter, wrong):
    right = op.gradients[parameter]

    def off(g):
        return g if g is None or isinstance(g, tensor.Sparse) else wrong(g)

    def rule(*args):
        found = right(*args)
        if not isinstance(found, (list, tuple)):
            return off(found)
        new = [(x[0], off(x[1])) if isinstance(x, tuple) else off(x) for x in found]
        return [x for x in new if not isinstance(x, tuple) or x[1] is not None]

    op.gradients[parameter] = rule
    return NUMPY


# Hooks


def same_memory(right):
    return lambda x, *args: x


RANDOM = ("random_normal", "random_uniform", "random_binomial", "truncated_normal", "dropout")
UPDATED = ("function", "update", "update_add", "update_sub", "moving_average_update")
HOOKS = (
    ("assign", "lost update", "lost", lambda right: lambda storage, x: None, UPDATED),
    ("assign", "lost update", "only the first element",
     lambda right: lambda s, x: right(s, np.where(np.arange(s.size).reshape(s.shape) == 0, x, s)),
     UPDATED),
    ("write", "lost update", "lost", lambda right: lambda storage, array: storage, ("set_value",)),
    ("write", "aliased result", "the memory of the array that was given",
     lambda right: lambda storage, array: array, ("set_value",)),
    ("read", "aliased result", "the variable's own memory", same_memory, ("get_value", "eval")),
    ("copy", "aliased result", "what was to be copied", same_memory, UPDATED),
    ("new_variable", "aliased result", "the memory of the array that was given",
     lambda right: lambda array, dtype: array if array.dtype == dtype else right(array, dtype),
     ("variable",)),
    ("new_variable", "dtype", "of the array",
     lambda right: lambda array, dtype: right(array, array.dtype.name), ("variable",)),
    ("to_numpy", "dtype", "always floatx",
     lambda right: lambda x: right(x).astype(config.floatx()) if np.asarray(x).dtype.kind == "f"
     else right(x), ("eval", "function", "cast")),
    ("generator", "frozen constant", "begins anew at each program",
     lambda right: lambda seed: np.random.default_rng(seed.seed), RANDOM),
    ("asarray", "dtype", "of the array", lambda right: lambda x, dtype: np.asarray(x),
     ("constant", "variable")),
)  # fmt: skip
