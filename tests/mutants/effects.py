"""Mutants of what functions of K do rather than return: updates, settings, names, what is printed.

They are written by hand, since each does something else.
"""

import contextlib
import functools

import numpy as np

from kswitch.graph import tensor
from kswitch.graph.walk import inputs as inputs_of
from kswitch.graph.walk import postorder
from mutants import changes
from mutants.functions import NUMPY, mutant, replaced

EFFECTS = []  # (function of K, kind, what, make: the right function -> the wrong one)
SETTERS = (
    "set_value",
    "batch_set_value",
    "set_learning_phase",
    "clear_session",
    "reset_uids",
    "set_floatx",
    "set_epsilon",
    "set_image_data_format",
    "set_image_dim_ordering",
)
UPDATES = ("update", "update_add", "update_sub", "moving_average_update")


def mutants():
    for name, kind, what, make in EFFECTS:
        yield mutant(name, kind, what, functools.partial(replaced, name, make))


def effect(name, kind, what):
    """A decorator: the function makes the wrong function of K of the right one."""

    def add(make):
        EFFECTS.append((name, kind, what, make))
        return make

    return add


# What is set


for name in SETTERS:
    EFFECTS.append((name, "lost update", "lost", lambda right: lambda *args: None))


@effect("set_value", "value", "another value is stored")
def _(right):
    return lambda x, value: right(x, changes.off(np.asarray(value, "float64")))


@effect("set_value", "lost update", "only the first element")
def _(right):
    def wrong(x, value):
        new = NUMPY.get_value(x)
        first = (0,) * new.ndim
        if new.shape == np.shape(value) and new.size:
            new[first] = np.asarray(value)[first]
        return right(x, new if new.shape == np.shape(value) else value)

    return wrong


@effect("batch_set_value", "lost update", "all but the first")
def _(right):
    return lambda tuples: right(tuples[:1])


@effect("batch_set_value", "value", "another value is stored")
def _(right):
    return lambda tuples: right([(x, changes.off(np.asarray(v, "float64"))) for x, v in tuples])


@effect("batch_set_value", "value", "the values are exchanged")
def _(right):
    return lambda tuples: right(
        list(zip([x for x, _ in tuples], [v for _, v in tuples][::-1], strict=True))
    )


@effect("set_epsilon", "value", "another value is set")
def _(right):
    return lambda e: right(e * 1.01)


@effect("set_learning_phase", "value", "the other value is set")
def _(right):
    return lambda value: right(1 - value if value in (0, 1) else value)


@effect("set_floatx", "value", "another value is set")
def _(right):
    return lambda floatx: right({"float16": "float32", "float32": "float64"}.get(floatx, floatx))


@effect("get_uid", "lost update", "counted twice")
def _(right):
    return lambda *args: (right(*args), right(*args))[1]


@effect("get_uid", "lost update", "one count for all prefixes")
def _(right):
    return lambda prefix="": right()


@effect("clear_session", "lost update", "the learning phase stays")
def _(right):
    def wrong():
        phase = NUMPY._functions.state.fixed_phase
        right()
        NUMPY._functions.state.fixed_phase = phase

    return wrong


@effect("clear_session", "lost update", "the counters stay")
def _(right):
    def wrong():
        uids = dict(NUMPY._functions.state.uids)
        right()
        NUMPY._functions.state.uids.update(uids)

    return wrong


# Updates


for name in UPDATES:
    EFFECTS += [
        (name, "lost update", "lost", lambda right: lambda x, *args: NUMPY.update(x, x)),
        (name, "lost update", "at once", lambda right: functools.partial(at_once, right)),
        (name, "dtype", "of what is stored",
         lambda right: functools.partial(through_float16, right)),
    ]  # fmt: skip


def at_once(right, x, *args):
    """Updates when it is called, where that can be done, and not when it is evaluated."""
    new = right(x, *args)
    try:
        NUMPY.eval(new)
    except ValueError:
        return new
    return NUMPY.update(x, x)


def through_float16(right, x, *args):
    """Stores values that have been float16."""
    new = right(x, *args).args[1]
    return NUMPY.update(x, NUMPY.cast(NUMPY.cast(new, "float16"), x.dtype))


@effect("update_add", "lost update", "twice")
def _(right):
    return lambda x, increment: right(x, 2 * increment)


@effect("update_sub", "lost update", "twice")
def _(right):
    return lambda x, decrement: right(x, 2 * decrement)


@effect("moving_average_update", "lost update", "twice")
def _(right):
    return lambda x, value, momentum: right(x, value, momentum**2)


@effect("moving_average_update", "value", "momentum the other way round")
def _(right):
    return lambda x, value, momentum: right(x, value, 1 - momentum)


@effect("eval", "lost update", "of an update that is evaluated")
def _(right):
    return lambda x: right(x.args[1] if isinstance(x, tensor.Update) else x)


@effect("control_dependencies", "lost update", "lost")
def _(right):
    return lambda control_inputs: contextlib.nullcontext()


@effect("control_dependencies", "lost update", "all but the first")
def _(right):
    return lambda updates: right(updates[:1] if isinstance(updates, list) else updates)


@effect("control_dependencies", "lost update", "all but the last")
def _(right):
    return lambda updates: right(updates[-1:] if isinstance(updates, list) else updates)


@effect("control_dependencies", "lost update", "never ends")
def _(right):
    def wrong(updates):
        right(updates).__enter__()
        return contextlib.nullcontext()

    return wrong


@effect("name_scope", "lost update", "lost")
def _(right):
    return lambda name: contextlib.nullcontext(name)


@effect("name_scope", "lost update", "never ends")
def _(right):
    def wrong(name):
        return contextlib.nullcontext(right(name).__enter__())

    return wrong


@effect("name_scope", "value", "another prefix is given")
def _(right):
    @contextlib.contextmanager
    def wrong(name):
        with right(name):
            yield "scope/"

    return wrong


@effect("print_tensor", "lost update", "nothing is printed")
def _(right):
    return lambda x, message="": NUMPY.identity(x)


@effect("print_tensor", "lost update", "printed twice")
def _(right):
    return lambda x, message="": right(right(x, message), message)


@effect("print_tensor", "lost update", "printed once for all calls")
def _(right):
    return lambda x, message="": (print(message, "[1. 2. 3.]"), NUMPY.identity(x))[1]


# K.function and K.eval


def calls(name, kind, what):
    """A decorator: the function (inner, inputs, state) -> results is how the result of K.function
    is called.
    """

    def add(call):
        def make(right):
            def wrong(inputs, outputs, updates=None, **kwargs):
                inner = right(inputs, outputs, updates, **kwargs)
                state = {"inputs": inputs, "outputs": outputs, "updates": updates}
                return functools.partial(call, inner, state)

            return wrong

        EFFECTS.append((name, kind, what, make))
        return call

    return add


@effect("function", "lost update", "all")
def _(right):
    return lambda inputs, outputs, updates=None, **kwargs: right(inputs, outputs, **kwargs)


@effect("function", "lost update", "all but the first")
def _(right):
    return lambda inputs, outputs, updates=None, **kwargs: right(
        inputs, outputs, (updates or [])[:1], **kwargs
    )


@effect("function", "lost update", "all but the last")
def _(right):
    return lambda inputs, outputs, updates=None, **kwargs: right(
        inputs, outputs, (updates or [])[-1:], **kwargs
    )


@effect("function", "lost update", "in order, each sees what the one before did")
def _(right):
    def wrong(inputs, outputs, updates=None, **kwargs):
        steps = [right(inputs, outputs, [], **kwargs)]
        steps += [right(inputs, [], [each], **kwargs) for each in updates or ()]

        def call(values=()):
            results = [step(values) for step in steps]
            return results[0]

        return call

    return wrong


@effect("function", "lost update", "before the outputs")
def _(right):
    def wrong(inputs, outputs, updates=None, **kwargs):
        before, after = right(inputs, [], updates, **kwargs), right(inputs, outputs, **kwargs)
        return lambda values=(): (before(values), after(values))[1]

    return wrong


@calls("function", "lost update", "twice")
def _(inner, state, values=()):
    results = inner(values)
    if state["updates"]:
        inner(values)
    return results


@calls("function", "lost update", "of all calls but the first")
def _(inner, state, values=()):
    if "quiet" in state:
        return state["quiet"](values)
    state["quiet"] = NUMPY.function(state["inputs"], state["outputs"])
    return inner(values)


@calls("function", "frozen constant", "the variables as they were at the first call")
def _(inner, state, values=()):
    if state["updates"]:
        return inner(values)
    outputs = changes.flat(state["outputs"])
    order = postorder([x for x in outputs if isinstance(x, tensor.Tensor)], inputs_of)
    variables = [x for x in order if isinstance(x, tensor.Variable)]
    first = state.setdefault("values", [NUMPY.get_value(x) for x in variables])
    now = [NUMPY.get_value(x) for x in variables]
    NUMPY.batch_set_value(list(zip(variables, first, strict=True)))
    results = inner(values)
    NUMPY.batch_set_value(list(zip(variables, now, strict=True)))
    return results


@calls("function", "frozen constant", "the learning phase that was fed first")
def _(inner, state, values=()):
    phases = [i for i, x in enumerate(state["inputs"]) if getattr(x, "default", None) is not None]
    if phases and len(values) == len(state["inputs"]):
        values = list(values)
        values[phases[0]] = state.setdefault("phase", values[phases[0]])
    return inner(values)


@calls("function", "value", "the outputs the other way round")
def _(inner, state, values=()):
    results = inner(values)
    return results[::-1] if isinstance(results, list) else results


@calls("function", "value", "the inputs the other way round")
def _(inner, state, values=()):
    return inner(list(values)[::-1])


@calls("function", "shape", "a list in the place of one array, and the reverse")
def _(inner, state, values=()):
    results = inner(values)
    return results if isinstance(results, list) else [results]


@calls("function", "mutated input", "what is fed")
def _(inner, state, values=()):
    results = inner(values)
    for value in values:
        changes.write_to(value)
    return results


@calls("function", "mutated input", "the list of what is fed")
def _(inner, state, values=()):
    results = inner(values)
    if isinstance(values, list):
        values.clear()
    return results


@calls("function", "aliased result", "each call writes into the arrays of the one before")
def _(inner, state, values=()):
    found = inner(values)
    results = found if isinstance(found, list) else [found]
    for i, x in enumerate(results):
        memory = state.setdefault((i, x.shape, x.dtype), np.array(x))
        memory[...] = x
        results[i] = memory
    return results if isinstance(found, list) else results[0]


@calls("function", "aliased result", "what is fed")
def _(inner, state, values=()):
    results = inner(values)
    if isinstance(results, list):
        for i, x in enumerate(results):
            same = [v for v in values if isinstance(v, np.ndarray) and v.dtype == x.dtype]
            same = [v for v in same if v.shape == x.shape and np.array_equal(v, x)]
            results[i] = same[0] if same else x
    return results


@effect("function", "mutated input", "the list of outputs")
def _(right):
    def wrong(inputs, outputs, *args, **kwargs):
        result = right(inputs, outputs, *args, **kwargs)
        if isinstance(outputs, list):
            outputs.clear()
        return result

    return wrong


def remembered(right):
    """A function of a tensor that keeps its first answer."""
    answers: dict = {}

    def wrong(x):
        if id(x) not in answers:
            answers[id(x)] = (x, right(x))
        return np.array(answers[id(x)][1])

    return wrong


EFFECTS += [
    ("eval", "frozen constant", "the first value of each tensor", remembered),
    ("get_value", "frozen constant", "the first value of each variable", remembered),
]


@effect("batch_get_value", "frozen constant", "the first value of each variable")
def _(right):
    one = remembered(NUMPY.get_value)
    return lambda ops: [one(x) for x in ops]


# Memory that is shared


def storage(x):
    """The memory of a variable, a NumPy array."""
    return x.value


@effect("get_value", "aliased result", "the variable's own memory")
def _(right):
    return lambda x: storage(x) if isinstance(x, tensor.Variable) else right(x)


@effect("eval", "aliased result", "the variable's own memory")
def _(right):
    return lambda x: storage(x) if isinstance(x, tensor.Variable) else right(x)


@effect("batch_get_value", "aliased result", "the variables' own memory")
def _(right):
    return lambda ops: [storage(x) for x in ops]


@effect("variable", "aliased result", "the memory of the array that was given")
def _(right):
    def wrong(value, *args, **kwargs):
        x = right(value, *args, **kwargs)
        if isinstance(value, np.ndarray) and value.dtype.name == getattr(x, "dtype", None):
            x.value = value
        return x

    return wrong


@effect("set_value", "aliased result", "the memory of the array that was given")
def _(right):
    def wrong(x, value):
        right(x, value)
        if isinstance(value, np.ndarray) and value.dtype.name == x.dtype:
            x.value = value

    return wrong
