"""What the genuine Keras 2.3.1 on TensorFlow 1.15.5 gave: see `kswitch.conformance.keras231`.

Where K is meant to differ, the record has its reason in DIFFERENCES, and no case.
"""

import json
from dataclasses import replace
from functools import partial
from importlib.resources import files

import numpy as np
from kswitch.conformance import compare
from kswitch.conformance.case import Program
from kswitch.conformance.keras231 import programs, record

RESULTS = json.loads(files("kswitch.conformance.keras231").joinpath("results.json").read_text())
DIFFERENCES = {
    "mean-int": "the mean of integers is floatx; TensorFlow rounded it down to an integer.",
    "sign-edges": "the sign of NaN is NaN, as in NumPy; TensorFlow 1 made it 0.",
    "maximum-nan": "NaN wins on either side, as in NumPy; in TensorFlow 1 on one side only.",
    "minimum-nan": "see maximum-nan.",
    "clip-crossed-tensors": "of tensors as limits the upper wins, as in NumPy, PyTorch and JAX; "
    "in TensorFlow the lower one, as for numbers in Keras.",
    "binary_crossentropy-clipped": "15.33, as Keras 2.3.1's own tests and TensorFlow 2 have it; on "
    "TensorFlow 1 it still went through the logit, 15.94, as 2.2.4 did.",
    "normalize_batch_in_training-axis3": "the variance is the population's in all axes; the fused "
    "kernel, which TensorFlow takes for the last axis of rank 4 only, divides by n - 1.",
    "function-updates-see-the-old-state": "outputs and new values are computed from the state "
    "before the call; in TensorFlow 1 they raced.",
}


def decoded(entry):
    """The arrays of a record."""
    return tuple(_array(*result) for result in entry[1:])


def _array(head, *values):
    dtype, _, shape = head.partition(" ")
    sizes = [int(n) for n in shape.split(",") if n]
    return np.array([float(v) for v in values]).astype(dtype).reshape(sizes)


def recorded(call):
    """The cases of a call: one for each dtype of its results."""
    checksum, want = RESULTS["records"][call.name][0], decoded(RESULTS["records"][call.name])
    if checksum != record.checksum(call.arrays):
        raise ValueError(f"{call.name}: its arrays are not those that were recorded; record again.")
    dtypes = {a.dtype.name: [i for i, b in enumerate(want) if a.dtype == b.dtype] for a in want}
    return [
        replace(
            call,
            want=tuple(want[i] for i in places),
            id=f"keras231-{call.id}" + (f"-{dtype}" if len(dtypes) > 1 else ""),
            build=call.build if len(dtypes) == 1 else partial(chosen, call, places),
            dtype=dtype,
            batch=(),  # the cases of the op's own family have unknown batch sizes
            # JAX's own tensors are never float64 by default
            native=call.native and all(a.dtype != "float64" for a in call.arrays),
            host=call.op in ("shape", "size"),
            wide=call.op == "ctc_decode",
        )
        for dtype, places in dtypes.items()
    ]


def chosen(call, places, K, *tensors):
    """Some of the results of a call."""
    args, kwargs = call.filled(tensors)
    results = compare.flat(getattr(K, call.op)(*args, **kwargs))
    return [results[i] for i in places]


def program(op, id, run):
    """The Program of a recorded program."""
    want = decoded(RESULTS["records"][f"{op}-{id}"])

    def compared(K):
        found = run(K)
        assert len(found) == len(want)
        for got, expected in zip(found, want):
            got = np.asarray(got)
            assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
            compare.close(got, expected, compare.TOLERANCES.get(expected.dtype.name, 0))

    return Program(op, compared, f"keras231-{id}")


CASES = [
    *(case for call in record.CALLS if call.name not in DIFFERENCES for case in recorded(call)),
    *(program(*p) for p in programs.PROGRAMS if f"{p[0]}-{p[1]}" not in DIFFERENCES),
]
