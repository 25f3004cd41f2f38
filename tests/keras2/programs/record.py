"""Asks the genuine Keras and writes results.json. From the root of a checkout:

    python3.7 -m venv k231
    k231/bin/pip install keras==2.3.1 tensorflow==1.15.5 'h5py<3' 'protobuf<3.21' 'numpy<1.19'
    PYTHONPATH=tests/keras2 k231/bin/python -m programs.record

Variables are resource variables, and counters count after they were read: TensorFlow 1 lets updates
race with reads otherwise, and then Adam's first step is its second as often as not.
"""

import importlib
import json
import os

import numpy as np

import programs


def main():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow

    tensorflow.compat.v1.logging.set_verbosity("ERROR")
    tensorflow.compat.v1.enable_resource_variables()
    import keras

    keras.backend.function = _counted_last(keras.backend.function)
    results = {}
    for name in programs.NAMES:
        found = importlib.import_module("programs." + name).run()
        results[name] = {key: _encoded(numbers) for key, numbers in sorted(found.items())}
        keras.backend.clear_session()
    versions = {"keras": keras, "tensorflow": tensorflow, "numpy": np}
    _write({name: module.__version__ for name, module in versions.items()}, results)
    print(f"{len(results)} programs, {os.path.getsize(programs.RESULTS)} bytes")


def _counted_last(function):
    """K.function, but what adds to a variable waits for those who read it for something else."""

    def ordered(*args, **kwargs):
        import tensorflow

        for add in tensorflow.compat.v1.get_default_graph().get_operations():
            if add.type == "AssignAddVariableOp" and add.inputs[1].op.type == "Const":
                after = _dependents(add)
                readers = [op for op in add.inputs[0].consumers() if op.type == "ReadVariableOp"]
                waits = [op for op in readers if op not in after and op not in add.control_inputs]
                add._add_control_inputs(waits)
        return function(*args, **kwargs)

    return ordered


def _dependents(op):
    """The operations that run after one."""
    found, new = set(), [op]
    while new:
        op = new.pop()
        if op not in found:
            found.add(op)
            new += op._control_outputs + [user for x in op.outputs for user in x.consumers()]
    return found


def _encoded(numbers):
    """Numbers as float32's shortest digits."""
    numbers = np.asarray(numbers, dtype="float32")
    if not np.isfinite(numbers).all():
        raise ValueError(f"not finite: {numbers}")
    return {"shape": numbers.shape, "values": [float(str(v)) for v in numbers.ravel()]}


def _write(versions, results):
    """One result a line, so that a difference can be read."""
    lines = [
        json.dumps(name) + ": {\n" + ",\n".join(_line(*item) for item in found.items()) + "\n}"
        for name, found in results.items()
    ]
    with open(programs.RESULTS, "w") as file:
        file.write('{"versions": ' + json.dumps(versions) + ',\n"programs": {\n')
        file.write(",\n".join(lines) + "\n}}\n")


def _line(key, numbers):
    return json.dumps(key) + ": " + json.dumps(numbers)


if __name__ == "__main__":
    main()
