"""The ways in which a case runs.

`native` calls the op on the engine's own tensors; `traced` does so inside a function that the
engine traces whole, if its adapter has the hook; `eval` on variables and on constants through
K.eval; `function` on placeholders through K.function, twice with other values; `batch` likewise
with an unknown batch size; `gradient` compares K.gradients with central differences in float64.
`float16`, `bfloat16` and `float64` are for the first case of an op, see `leading`. A Raises runs as
`raises` (on symbolic tensors) and `raises_native`, a Query as `query` and `query_native`, a Program
as `program`.
"""

import copy
import fnmatch
from typing import NamedTuple

import numpy as np
import pytest
from kswitch.conformance import compare, traced
from kswitch.conformance.case import Program, Query, Raises
from kswitch.conformance.differences import gradient

from kswitch.graph import dtypes


def unsupported(K):
    """op, dtype or pattern of checks -> reason, as the adapter or external module declares it."""
    functions = getattr(K, "_functions", None)
    return getattr(K if functions is None else functions.adapter, "UNSUPPORTED", {})


class Declared(NamedTuple):
    """What a backend says that it cannot do.

    Attributes:
        reason: why, in its own words.
        errors: how the check must fail. An op or a dtype that does not exist is a
            NotImplementedError; a single check may fail in any way.
    """

    reason: str
    errors: tuple[type[BaseException], ...]


def declared(K, case, mode):
    """What a backend declares about a check; None where it says nothing.

    Its table names the op; or a dtype that occurs; or the check, such as "rnn-*-gradient", where *
    stands for any text.
    """
    table = unsupported(K)
    for name in (case.op, mode, *_dtypes(case, mode)):
        if name in table:
            return Declared(table[name], (NotImplementedError,))
    check = f"{case.name}-{mode}"
    for name, reason in table.items():
        if fnmatch.fnmatchcase(check, name):
            return Declared(reason, (Exception, pytest.fail.Exception))
    return None


def names_declared_dtype(K, case, error):
    """Whether a program, which may use any dtype, was told that a declared one does not exist."""
    if not isinstance(case, Program) or not isinstance(error, NotImplementedError):
        return False
    return any(name in str(error) for name in dtypes.ALL if name in unsupported(K))


def _dtypes(case, mode):
    """The dtypes that a case names, and those of its tensors; gradients are in float64."""
    if isinstance(case, Program):
        return []
    values = [*case.args, *case.kwargs.values()]
    if mode != "gradient":
        values.append(getattr(case, "dtype", None))
    named = [getattr(x, "__name__", x) for x in values if isinstance(x, (str, type))]
    tensors = [a.dtype.name for a in case.arrays if mode != "gradient" or a.dtype.kind != "f"]
    return named + tensors


def of(case, K):
    """The modes in which a case runs on a backend."""
    from kswitch.conformance import leading

    own = hasattr(K, "_functions")
    if isinstance(case, Program):
        return ["program"]
    if isinstance(case, (Raises, Query)):
        first = "raises" if isinstance(case, Raises) else "query"
        if isinstance(case, Raises) and case.op in unsupported(K):
            return []
        return [first, f"{first}_native"] if own and case.native else [first]
    modes = ["eval", "function"] if case.arrays else ["eval"]
    if own and case.native and case.arrays:
        modes.insert(0, "native")
        if hasattr(K._functions.adapter, "trace") and traced.wanted(case):
            modes.insert(1, "traced")
    if any(i < len(case.arrays) for i in case.batch):
        modes.append("batch")
    if case.grad and any(a.dtype.kind == "f" for a in case.arrays):
        modes.append("gradient")
    if leading.leads(case):
        modes += ["float16", "float64"] + (["bfloat16"] if own else [])
    return modes


# The parts of a run


def call(K, case, tensors):
    """The result of the case on given tensors; what is passed beside them must stay as it is."""
    if case.build is not None:
        return case.build(K, *tensors)
    args, kwargs = case.filled(tensors)
    plain = copy.deepcopy([_plain(each) for each in (*args, *kwargs.values())])
    result = getattr(K, case.op)(*args, **kwargs)
    after = [_plain(each) for each in (*args, *kwargs.values())]
    if repr(plain) != repr(after):
        pytest.fail(f"{case.op} changed an argument: {plain} became {after}.")
    return result


def _plain(value):
    """The numbers and strings of an argument; of anything else, such as a tensor, which it is."""
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(each) for each in value])
    return value if isinstance(value, (int, float, str, bool, slice)) else id(value)


def placeholders(K, arrays, unknown=()):
    """A placeholder for each array; those at the positions `unknown` have no batch size."""
    shapes = [(None, *a.shape[1:]) if i in unknown else a.shape for i, a in enumerate(arrays)]
    return [
        K.placeholder(shape=shape, dtype=a.dtype.name)
        for shape, a in zip(shapes, arrays, strict=True)
    ]


def other(array):
    """Other values of the same kind: from the end to the beginning, and floats smaller."""
    turned = np.array(np.flip(array))
    return turned * array.dtype.type(0.75) if array.dtype.kind == "f" else turned


def longer(array):
    """The array with its first row once more at the end."""
    return np.concatenate([array, array[:1]])


def run(function, arrays):
    """Results of a K.function; the arrays that are fed must stay as they are."""
    feeds = [np.array(a) for a in arrays]
    results = function(feeds)
    compare.unchanged(arrays, feeds)
    for result in results:
        if not isinstance(result, (np.ndarray, np.generic)):
            pytest.fail(f"K.function must return NumPy arrays, got {type(result)}.")
    return [np.array(result) for result in results], results


def wanted(K, case, arrays):
    """The expected results; where the case does not know them, those of K.eval on constants."""
    found = case.expected(arrays)
    if found is not None:
        return compare.expected(found)
    tensors = [K.constant(a, dtype=a.dtype.name) for a in arrays]
    return [K.eval(x) for x in compare.flat(call(K, case, tensors))]


# Modes of a Case


def native(K, case):
    adapter = K._functions.adapter
    arrays = case.arrays
    tensors = [adapter.asarray(np.array(a), a.dtype.name) for a in arrays]
    results = compare.flat(call(K, case, tensors))
    for result in results:
        host = case.host and isinstance(result, (np.ndarray, np.generic, int))
        if not (adapter.is_native(result) or host):
            pytest.fail(f"{case.op} on native tensors must give one, got {type(result)}.")
    actual = [adapter.to_numpy(x) if adapter.is_native(x) else np.asarray(x) for x in results]
    compare.values(case, actual, wanted(K, case, arrays), arrays, narrow=True)
    compare.unchanged(arrays, [adapter.to_numpy(x) for x in tensors])


def evaluate(K, case):
    arrays = case.arrays
    expected = wanted(K, case, arrays)
    variables = [K.variable(np.array(a), dtype=a.dtype.name) for a in arrays]
    constants = [K.constant(np.array(a), dtype=a.dtype.name) for a in arrays]
    for tensors in (variables, constants):
        results = compare.flat(call(K, case, tensors))
        actual = [K.eval(x) for x in results]
        compare.values(case, actual, expected, arrays)
        for result, value in zip(results, actual, strict=True):
            compare.static_shape(K, result, value, hasattr(K, "_functions") and not case.wide)
            compare.static_dtype(K, result, value)
    compare.unchanged(arrays, [K.get_value(x) for x in variables])


def function(K, case):
    arrays = case.arrays
    inputs = placeholders(K, arrays)
    outputs = compare.flat(call(K, case, inputs))
    compiled = K.function(inputs, outputs)
    others = [other(a) for a in arrays]
    first, memory = run(compiled, arrays)
    compare.values(case, first, wanted(K, case, arrays), arrays)
    second, _ = run(compiled, others)
    compare.values(case, second, wanted(K, case, others), arrays)
    for before, now in zip(first, memory, strict=True):
        np.testing.assert_array_equal(now, before, "a later call changed a result")
    for array in memory:
        if isinstance(array, np.ndarray) and array.flags.writeable:
            array[...] = 0  # results belong to the caller
    third, _ = run(compiled, arrays)
    for before, after in zip(first, third, strict=True):
        np.testing.assert_array_equal(after, before, "the same values gave another result")


def batch(K, case):
    arrays = case.arrays
    inputs = placeholders(K, arrays, case.batch)
    outputs = compare.flat(call(K, case, inputs))
    if case.static is not None:
        compare.same(K.int_shape(outputs[0]), tuple(case.static), "K.int_shape")
    compiled = K.function(inputs, outputs)
    more = [longer(a) if i in case.batch else a for i, a in enumerate(arrays)]
    for values in (arrays, more):
        results, _ = run(compiled, values)
        for output, result in zip(outputs, results, strict=True):
            compare.static_shape(K, output, result)
        compare.values(case, results, wanted(K, case, values), arrays)


# Modes of the others


def raises(K, case):
    tensors = [K.variable(np.array(a), dtype=a.dtype.name) for a in case.arrays]
    match = case.match if hasattr(K, "_functions") else None
    compare.error(call, case.error, match, K, case, tensors)


def raises_native(K, case):
    adapter = K._functions.adapter
    tensors = [adapter.asarray(np.array(a), a.dtype.name) for a in case.arrays]
    compare.error(call, case.error, case.match, K, case, tensors)


def query(K, case):
    for make in (K.variable, K.constant):
        answer = call(K, case, [make(np.array(a), dtype=a.dtype.name) for a in case.arrays])
        compare.same(answer, case.want, "the answer")


def query_native(K, case):
    adapter = K._functions.adapter
    answer = call(K, case, [adapter.asarray(np.array(a), a.dtype.name) for a in case.arrays])
    compare.same(answer, case.want, "the answer")


def dtype(name):
    """The mode in which float tensors have that dtype."""

    def run(K, case):
        from kswitch.conformance import leading

        leading.run(K, case, name)

    return run


def program(K, case, **fixtures):
    case.run(K, **fixtures)


MODES = {
    "native": native,
    "traced": traced.run,
    "eval": evaluate,
    "function": function,
    "batch": batch,
    "gradient": gradient,
    "float16": dtype("float16"),
    "float64": dtype("float64"),
    "bfloat16": dtype("bfloat16"),
    "raises": raises,
    "raises_native": raises_native,
    "query": query,
    "query_native": query_native,
    "program": program,
}
