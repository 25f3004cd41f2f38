"""Native calls inside a function that the engine traces as a whole.

What a function reads besides its tensors is settled beforehand: an engine that traces Python must
find nothing in it but the call.
"""

import numpy as np
import pytest
from kswitch.conformance import compare

from kswitch import declare, ops  # noqa: F401  (declare.OPS is filled by them)


def wanted(case):
    """Whether the case is worth tracing, which takes longer than anything else that is done to it.

    Not if the shape of its result depends on values, nor if it only repeats others with values that
    Keras 2.3.1 gave.
    """
    op = declare.OPS.get(case.op)
    return not (case.host or getattr(op, "dynamic", False) or case.id.startswith("keras231"))


def run(K, case):
    adapter = K._functions.adapter
    arrays = case.arrays
    tensors = [adapter.asarray(np.array(a), a.dtype.name) for a in arrays]
    results = compare.flat(adapter.trace(function(K, case))(*tensors))
    actual = []
    for result in results:
        if not adapter.is_native(result):
            pytest.fail(f"{case.op} gives {type(result)} where it is traced.")
        actual.append(adapter.to_numpy(result))
    from kswitch.conformance import modes

    compare.values(case, actual, modes.wanted(K, case, arrays), arrays, narrow=True)


def function(K, case):
    """The case as a function of its tensors alone."""
    if case.build is not None:
        build = case.build
        return lambda *tensors: build(K, *tensors)
    op = getattr(K, case.op)
    places = iter(range(len(case.arrays)))
    args = [_place(value, places) for value in case.args]
    kwargs = {name: _place(value, places) for name, value in case.kwargs.items()}

    def call(*tensors):
        return op(
            *[take(value, tensors) for take, value in args],
            **{name: take(value, tensors) for name, (take, value) in kwargs.items()},
        )

    return call


def _place(value, places):
    """(function of value and the tensors, value) that give an argument."""
    if isinstance(value, np.ndarray):
        return _one, next(places)
    if isinstance(value, list) and any(isinstance(x, np.ndarray) for x in value):
        return _several, [_place(x, places) for x in value]
    return _plain, value


def _one(position, tensors):
    return tensors[position]


def _several(parts, tensors):
    return [take(value, tensors) for take, value in parts]


def _plain(value, tensors):
    return value
