"""Asks the genuine Keras and writes results.json. From the root of a checkout:

    python3.7 -m venv k231
    k231/bin/pip install keras==2.3.1 tensorflow==1.15.5 'h5py<3' 'protobuf<3.21' 'numpy<1.19'
    PYTHONPATH=. k231/bin/python -m kswitch.conformance.keras231.record

Each record is the checksum of the arrays that went in and the results, whose floats have as many
digits as it takes to come back the same. Calls that Keras refuses are printed and left out.
Variables are resource variables: the others of TensorFlow 1 let updates race with reads.
"""

import json
import os
import sys
import zlib

import numpy as np
from kswitch.conformance.keras231 import calls, gradients, layers, loops, programs

CALLS = calls.CALLS + layers.CALLS + loops.CALLS + gradients.CALLS
FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results.json")


def main():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow

    tensorflow.compat.v1.logging.set_verbosity("ERROR")
    tensorflow.compat.v1.enable_resource_variables()
    import keras
    from keras import backend as K

    records = {}
    for case in CALLS:
        add(records, case.name, case.arrays, lambda case=case: ask(K, case))
        K.clear_session()
    for op, id, run in programs.PROGRAMS:
        add(records, op + "-" + id, [], lambda run=run: run(K))
        K.clear_session()
    versions = {"keras": keras, "tensorflow": tensorflow, "numpy": np}
    write(records, {name: module.__version__ for name, module in versions.items()})
    print(f"{len(records)} records, {os.path.getsize(FILE)} bytes")


def add(records, name, arrays, compute):
    if name in records:
        sys.exit(f"there are two records named {name}")
    try:
        results = [encoded(np.asarray(x)) for x in compute()]
    except Exception as error:
        print("{}: {}: {}".format(name, type(error).__name__, str(error).split("\n")[0]))
        return
    records[name] = [checksum(arrays)] + results


def ask(K, case):
    """The results of a call on placeholders."""
    inputs = [K.placeholder(shape=a.shape, dtype=a.dtype.name) for a in case.arrays]
    if case.build is not None:
        results = case.build(K, *inputs)
    else:
        args, kwargs = case.filled(inputs)
        results = getattr(K, case.op)(*args, **kwargs)
    # TensorFlow does not fetch what it is fed
    outputs = [K.identity(x) if any(x is y for y in inputs) else x for x in gradients.flat(results)]
    return K.function(inputs, outputs)(case.arrays)


def checksum(arrays):
    """Of dtypes, shapes and values to 4 decimals: the last bit of a division does not count."""
    total = 0
    for a in arrays:
        total = zlib.crc32(f"{a.dtype.name}{a.shape}".encode(), total)
        total = zlib.crc32((np.round(a.astype("float64"), 4) + 0.0).tobytes(), total)
    return total


def encoded(array):
    """A result as JSON: its dtype and shape in a string, then its elements."""
    if array.dtype == object:
        raise TypeError(f"a result is no array: {array!r}")
    head = "{} {}".format(array.dtype.name, ",".join(map(str, array.shape))).strip()
    return [head] + [number(v) for v in array.ravel()]


def number(value):
    """Shortest digits that come back as the same float; infinities and NaN as strings."""
    if value.dtype.kind != "f":
        return int(value)
    if not np.isfinite(value):
        return str(float(value))
    return float(str(value)) if value % 1 else int(value)


def write(records, versions):
    """One record a line, so that a difference can be read."""
    lines = [compact(name) + ":" + compact(record) for name, record in records.items()]
    with open(FILE, "w") as file:
        file.write('{"versions":' + compact(versions) + ',"records":{\n')
        file.write(",\n".join(lines) + "\n}}\n")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()
