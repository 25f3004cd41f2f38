"""What the first case of each op shows for all of them: other dtypes of its float tensors.

Most engines compile an op anew for every dtype, so that asking it of all cases would multiply the
time of a run.
"""

import numpy as np
from kswitch.conformance import cases, compare, modes
from kswitch.conformance.case import Case

# Error allowed, as a share of the largest value: a few roundings in a row.
ROUNDING = {"float16": 6e-3, "bfloat16": 5e-2, "float64": 1e-12}


def _floating(case):
    """Whether the results take after the dtype of the tensors, and any values will do."""
    known = isinstance(case, Case) and callable(case.want) and case.dtype is None
    return known and case.grad in (1, 2) and any(a.dtype == "float32" for a in case.arrays)


LEADING = {case.op: case for case in reversed(cases.ALL) if _floating(case)}


def leads(case):
    """Whether a case is its op's first."""
    return LEADING.get(case.op) is case


def run(K, case, dtype):
    """The op on float tensors of a dtype in a K.function: dtype and values of the results."""
    if dtype != "bfloat16":
        K.set_floatx(dtype)
    kind = K.eval(K.constant(0, dtype=dtype)).dtype
    arrays = [a.astype(kind) if a.dtype == "float32" else a for a in case.arrays]
    inputs = [K.placeholder(a.shape, dtype=a.dtype.name) for a in arrays]
    outputs = compare.flat(modes.call(K, case, inputs))
    results = K.function(inputs, outputs)(arrays)
    exact = [a.astype("float64") if a.dtype == kind else a for a in arrays]
    wanted = compare.expected(case.expected(exact))
    for output, got, want in zip(outputs, results, wanted, strict=True):
        compare.static_dtype(K, output, got)
        want = np.asarray(want)
        if want.dtype.kind != "f":
            np.testing.assert_array_equal(got, want)
            continue
        assert got.dtype == kind, f"the dtype is {got.dtype}, expected {dtype}"
        allowed = ROUNDING[dtype] * np.abs(want).max()
        np.testing.assert_allclose(got.astype("float64"), want, 0, allowed)
