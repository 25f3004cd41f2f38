"""Mutants of what a module of somebody else offers: the functions of K under their names.

The module is K on NumPy, bound as a stranger's would be; one of its functions is replaced.
"""

import functools
import inspect
from types import ModuleType

import numpy as np

import kswitch
from kswitch import external
from kswitch.graph import tensor
from kswitch.ops import ALIASES, legacy
from mutants import changes
from mutants.mutant import Mutant

LEVEL = "function"
NUMPY = kswitch.load_backend("numpy")
REASON = "upstream: it is said to be missing"
OLD_NAMES = {"image_shape", "volume_shape", "filter_shape"}  # these are ignored by design


def module() -> ModuleType:
    """A K namespace of a module that has all functions."""
    found = ModuleType("mutants.stranger")
    vars(found).update({name: getattr(NUMPY, name) for name in NUMPY.__all__})
    return external.bind(found.__name__, found)


def replaced(name, make):
    """The module with make(the right function) in the place of a function."""
    K = module()
    right = getattr(K, name)
    setattr(K, name, functools.wraps(right)(make(right)))
    return K


# The survey


def surveyed(survey) -> ModuleType:
    """The module, all functions of which note what could go wrong with them."""
    K = module()
    for name in NUMPY.__all__:
        setattr(K, name, watched(name, getattr(K, name), survey))
    return K


def watched(name, right, survey):
    @functools.wraps(right)
    def call(*args, **kwargs):
        result = right(*args, **kwargs)
        if survey.op != name:
            return result
        found = changes.parts(result)
        for position, x in enumerate(found):
            fitting = [each for each in changes.CHANGES if each.applies(x)]
            if any(each.kind == "wrong gradient" for each in fitting):
                if not differentiable(x, [*args, *kwargs.values()]):
                    fitting = [each for each in fitting if each.kind != "wrong gradient"]
            survey.note(LEVEL, name, *((position, repr(each)) for each in fitting))
            found[position] = changes.alter(x, changes.NOTHING)
        inputs = [i for i, arg in enumerate(args) if writable(arg, result)]
        survey.note(LEVEL, name, *(("mutated input", i) for i in inputs))
        if changes.is_several(result):
            return changes.rebuilt(result, iter(found))
        return found[0]

    return call


def differentiable(x, args):
    """Whether a gradient flows from x to one of the tensors among the arguments."""
    sparse = NUMPY._functions.Sparse
    inputs = [y for y in changes.flat(args) if isinstance(y, tensor.Tensor)]
    inputs = [y for y in inputs if y.dtype in changes.FLOATS and type(y) is not sparse]
    try:
        return any(g is not None for g in NUMPY.gradients(x, inputs))
    except (NotImplementedError, TypeError):
        return False


def writable(arg, result):
    """Whether a function could write to an argument, and anybody notice."""
    if isinstance(arg, list):
        return len(arg) > 1 or any(writable(each, result) for each in arg)
    if isinstance(arg, np.ndarray):
        return bool(arg.size)
    leaf = isinstance(arg, changes.LEAVES) and getattr(arg, "default", None) is None
    return leaf and any(map(changes.is_node, changes.parts(result)))


# The mutants


def mutants(survey):
    """All mutants of all functions, given what the survey found."""
    for name in NUMPY.__all__:
        facts = survey.facts[LEVEL, name]
        yield mutant(name, "missing op", "deleted", functools.partial(missing, name))
        yield mutant(name, "stale declaration", "works", functools.partial(declared, name))
        positions = sorted({fact[0] for fact in facts if type(fact[0]) is int})
        for position in positions:
            for change in changes.CHANGES:
                if (position, repr(change)) in facts:
                    what = f"result {position}, {change.what}" if positions[1:] else change.what
                    make = functools.partial(altered, name, position, change)
                    yield mutant(name, change.kind, what, make)
        for i in sorted(fact[1] for fact in facts if fact[0] == "mutated input"):
            make = functools.partial(spoiled, name, i)
            yield mutant(name, "mutated input", f"argument {i}", make)
        if name not in ALIASES:
            for option in options(name):
                make = functools.partial(ignored, name, option)
                yield mutant(name, "ignored option", option, make)


def mutant(name, kind, what, make):
    return Mutant(LEVEL, name, kind, what, make)


def options(name):
    """The names of parameters with a default, and of old keywords."""
    right = getattr(NUMPY, name)
    parameters = inspect.signature(right).parameters.values()
    found = [each.name for each in parameters if each.default is not each.empty]
    return [*found, *(old for old in legacy.NAMES.get(name, ()) if old not in OLD_NAMES)]


def missing(name):
    K = module()
    delattr(K, name)
    return K


def declared(name):
    K = module()
    K.UNSUPPORTED = {name: REASON}
    return K


def altered(name, position, change):
    def make(right):
        return lambda *args, **kwargs: changes.alter_part(right(*args, **kwargs), position, change)

    return replaced(name, make)


def ignored(name, option):
    parameters = list(inspect.signature(getattr(NUMPY, name)).parameters.values())
    names = [each.name for each in parameters]
    place = names.index(option) if option in names else len(names)

    def make(right):
        def wrong(*args, **kwargs):
            kwargs.pop(option, None)
            if place < len(args):
                args = (*args[:place], parameters[place].default, *args[place + 1 :])
            return right(*args, **kwargs)

        return wrong

    return replaced(name, make)


def spoiled(name, i):
    """A function that writes to its argument i: into the memory of a tensor when it is computed."""

    def make(right):
        def wrong(*args, **kwargs):
            result = right(*args, **kwargs)
            return spoil(args[i], result) if i < len(args) and writable(args[i], result) else result

        return wrong

    return replaced(name, make)


def spoil(arg, result):
    """The result; writes to an argument."""
    if isinstance(arg, list):
        if len(arg) > 1:
            arg.reverse()
            return result
        return spoil(arg[0], result)
    if isinstance(arg, np.ndarray):
        changes.write_to(arg)
        return result
    found = changes.parts(result)
    position = next(i for i, x in enumerate(found) if changes.is_node(x))
    found[position] = NUMPY._functions.record(changes.SPOILING, (found[position], arg))
    return changes.rebuilt(result, iter(found)) if changes.is_several(result) else found[0]
