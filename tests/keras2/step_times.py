"""How long a training step takes: Keras 2.3.1 on kswitch, Keras 3, and the genuine Keras 2.3.1.

    python tests/keras2/step_times.py [--keras3 PYTHON] [--genuine PYTHON] [--rounds N] [--json]

Run it in an environment of Keras 2 on kswitch; PYTHON are the interpreters of environments with
Keras 3 and its engines, and with keras==2.3.1 and tensorflow==1.15.5, under Python 3.7. Each
measurement is a process of its own, with one thread, and the processes take turns: `--rounds` times
through all of them. A step is `train_on_batch` of NumPy arrays, with Adam, a loss and accuracy. The
table has the median over rounds of a process's median step, in ms, and in brackets the processor's
time, which means more on a machine that others use, too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

ENGINES = ("numpy", "torch", "jax", "tensorflow")
MODELS = ("MLP 784-256-10", "CNN 28x28, 16 and 32 filters", "LSTM 32 units, 50 steps")
BATCH = 32
SECONDS = 3.0  # of steps to measure, after as many as warm up
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


# In the process that is measured, under any Python and Keras


def measure(name):
    """Milliseconds a step takes ("median") and the processor works on it ("cpu"), and those of the
    first step.
    """
    if "KSWITCH" in os.environ:
        import kswitch.keras2  # noqa: F401
    import keras

    if "GENUINE" in os.environ:
        use_one_thread(keras)
    shape, layers = model_of(name, keras.layers)
    x = inputs = keras.layers.Input(shape)
    for layer in layers:
        x = layer(x)
    model = keras.models.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    random = np.random.RandomState(0)
    images = random.uniform(size=(BATCH,) + shape).astype("float32")
    labels = np.eye(10, dtype="float32")[random.randint(10, size=BATCH)]
    begin = time.perf_counter()
    model.train_on_batch(images, labels)
    first = 1000 * (time.perf_counter() - begin)
    return dict(step_times(lambda: model.train_on_batch(images, labels)), first=first)


def model_of(name, layers):
    """(shape of a sample, layers below the last one)"""
    if name == MODELS[0]:
        return (784,), [layers.Dense(256, activation="relu")]
    if name == MODELS[1]:
        return (28, 28, 1), [
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
        ]
    return (50, 16), [layers.LSTM(32)]


def step_times(step):
    end = time.perf_counter() + SECONDS / 3
    while time.perf_counter() < end:
        step()
    found, cpu = [], time.process_time()
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(found) < 20:
        begin = time.perf_counter()
        step()
        found.append(time.perf_counter() - begin)
    cpu = (time.process_time() - cpu) / len(found)
    return {"median": 1000 * float(np.median(found)), "cpu": 1000 * cpu}


def use_one_thread(keras):
    """TensorFlow 1 reads no environment variable for it."""
    import tensorflow

    one = tensorflow.compat.v1.ConfigProto(
        inter_op_parallelism_threads=1, intra_op_parallelism_threads=1
    )
    keras.backend.set_session(tensorflow.compat.v1.Session(config=one))


# In the process that measures


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keras3", metavar="PYTHON", help="an interpreter that has Keras 3")
    parser.add_argument("--genuine", metavar="PYTHON", help="one of Keras 2.3.1 on TensorFlow 1")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--json", action="store_true", help="print every median, not the table")
    parser.add_argument("--measure", metavar="MODEL", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print("\n" + json.dumps(measure(options.measure)))
        return
    found = {}
    runs = list(runs_of(options))
    for _ in range(options.rounds):
        for model in options.models:
            for column, engine, python, variables in runs:
                result = child(python, model, variables)
                found.setdefault(model, {}).setdefault(f"{column} {engine}", []).append(result)
    print(json.dumps(found, indent=1) if options.json else table(found))


def runs_of(options):
    """(what, engine, interpreter, environment variables) of each process to measure."""
    for engine in options.engines:
        yield "kswitch", engine, sys.executable, {"KERAS_BACKEND": engine, "KSWITCH": "1"}
        if options.keras3 and engine != "numpy":  # on which Keras 3 cannot train
            yield "Keras 3", engine, options.keras3, {"KERAS_BACKEND": engine}
    if options.genuine:
        variables = {"KERAS_BACKEND": "tensorflow", "GENUINE": "1"}
        yield "genuine", "tensorflow 1.15", options.genuine, variables


def child(python, model, variables):
    """What `measure` gives in a process of its own."""
    own = ("PYTHONHOME", "VIRTUAL_ENV") + (() if "KSWITCH" in variables else ("PYTHONPATH",))
    environment = {name: value for name, value in os.environ.items() if name not in own}
    with tempfile.TemporaryDirectory() as home:
        environment.update(ONE_THREAD, KERAS_HOME=home, **variables)
        command = [python, "-W", "ignore", os.path.abspath(__file__), "--measure", model]
        done = subprocess.run(command, env=environment, cwd=home, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    return json.loads(done.stdout.decode().splitlines()[-1])


def table(found):
    """Milliseconds of a step as Markdown, one row for each way to run Keras."""
    rows = list(next(iter(found.values())))
    lines = ["| | " + " | ".join(found) + " |", "| --- |" + " ---: |" * len(found)]
    for row in rows:
        cells = [cell(measured[row]) for measured in found.values()]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(results):
    median, cpu = (np.median([each[name] for each in results]) for name in ("median", "cpu"))
    return f"{median:.2f} ({cpu:.2f})"


if __name__ == "__main__":
    main()
