"""Branches, phases and loops: calls that are built of several."""

from functools import partial

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints
from kswitch.conformance.case import Case
from kswitch.conformance.keras231 import calls

CALLS = []


def built(op, id, build, *arrays, **options):
    """Adds build(K, *tensors)."""
    CALLS.append(case(op, id, build, *arrays, **options))


def case(op, id, build, *arrays, **options):
    options.setdefault("batch", (0,))
    return Case(op, arrays, None, id=id, build=build, grad=False, **options)


X, Y = floats(2, 3), floats(2, 3, seed=1)
CUBE = floats(2, 3, 4)

# Branches and phases

ALL = (0, 1, 2)
TRUE, FALSE = np.array(True), np.array(False)
CONDITIONS = {
    "true": TRUE,
    "false": FALSE,
    "int": np.array(2, "int32"),
    "zero": np.array(0.0, "float32"),
}
for name, condition in CONDITIONS.items():
    built(
        "switch",
        "scalar-" + name,
        lambda K, c, x, y: K.switch(c, x, y),
        condition,
        X,
        Y,
        batch=(1, 2),
    )
    built(
        "switch",
        "functions-" + name,
        lambda K, c, x, y: K.switch(c, lambda: x * 2.0, lambda: K.exp(y)),
        condition,
        X,
        Y,
        batch=(1, 2),
    )
built("switch", "elements", lambda K, c, x, y: K.switch(c, x, y), bools(2, 3), X, Y, batch=ALL)
built(
    "switch", "rows", lambda K, c, x, y: K.switch(c, x, y), np.array([True, False]), X, Y, batch=ALL
)
built(
    "switch",
    "lower-rank",
    lambda K, c, x, y: K.switch(c, x, y),
    bools(2, 3),
    CUBE,
    CUBE + 1,
    batch=ALL,
)
built(
    "switch",
    "float-elements",
    lambda K, c, x, y: K.switch(c, x, y),
    ints(2, 3, high=2).astype("float32"),
    X,
    Y,
    batch=ALL,
)
for training in (0, 1, True, False):
    for op in ("in_train_phase", "in_test_phase"):
        built(
            op,
            f"training-{training}",
            lambda K, x, y, op=op, t=training: getattr(K, op)(x, y, training=t),
            X,
            Y,
            batch=(0, 1),
        )
built(
    "in_train_phase",
    "functions",
    lambda K, x, y: K.in_train_phase(lambda: x + 1.0, lambda: y, training=1),
    X,
    Y,
    batch=(0, 1),
)
for op in ("in_train_phase", "in_test_phase"):
    built(
        op, "unset", lambda K, x, y, op=op: getattr(K, op)(x, y), X, Y, batch=(0, 1), native=False
    )

# Loops over entries

built("map_fn", "rows", lambda K, x: K.map_fn(lambda row: K.sum(row * row), x), X, native=False)
built(
    "map_fn",
    "matrices",
    lambda K, x: K.map_fn(lambda m: K.dot(m, K.transpose(m)), x),
    CUBE,
    native=False,
)
built(
    "map_fn",
    "closure",
    lambda K, x, y: K.map_fn(lambda row: row * y, x),
    X,
    floats(3, seed=1),
    native=False,
)
built(
    "map_fn",
    "dtype",
    lambda K, x: K.map_fn(lambda row: K.argmax(row, 0), x, dtype="int64"),
    X,
    native=False,
)
built(
    "map_fn",
    "pair",
    lambda K, x, y: K.map_fn(lambda p: p[0] - p[1], (x, y), dtype="float32"),
    X,
    Y,
    batch=(0, 1),
    native=False,
)
built(
    "map_fn",
    "numbers",
    lambda K, x: K.map_fn(lambda i: K.gather(x, i) * 2.0, K.arange(2), dtype="float32"),
    X,
    batch=(),
    native=False,
)
FOLDS = {
    "sum": lambda a, x: a + x,
    "affine": lambda a, x: 0.5 * a + x,
    "difference": lambda a, x: a - x,
}
for op in ("foldl", "foldr"):
    for name, function in FOLDS.items():
        built(
            op,
            name,
            lambda K, x, op=op, f=function: getattr(K, op)(f, x),
            floats(4, 3),
            native=False,
        )
    built(
        op,
        "start",
        lambda K, x, s, op=op: getattr(K, op)(lambda a, x: a * x, x, initializer=s),
        floats(4, 3),
        floats(3, seed=1),
        native=False,
    )

# Recurrence: inputs (2, 4, 3), a state (2, 5)

INPUTS, STATE = floats(2, 4, 3), floats(2, 5, seed=1)
KERNEL, RECURRENT = floats(3, 5, seed=2), floats(5, 5, seed=3, low=-0.5, high=0.5)
MASK = np.array([[1, 0, 1, 1], [0, 1, 1, 0]], "float32")


def cell(K, kernel, recurrent):
    def step(x, states):
        state = K.tanh(K.dot(x, kernel) + K.dot(states[0], recurrent))
        return state, [state]

    return step


def recurrence(K, x, state, kernel, recurrent, mask=None, **options):
    return K.rnn(cell(K, kernel, recurrent), x, [state], mask=mask, **options)


for name, options in (
    ("plain", {}),
    ("backwards", {"go_backwards": True}),
    ("unrolled", {"unroll": True}),
    ("unrolled-backwards", {"unroll": True, "go_backwards": True}),
):
    run = partial(recurrence, **options)
    built("rnn", name, run, INPUTS, STATE, KERNEL, RECURRENT, batch=(0, 1), native=False)
    built(
        "rnn",
        "masked-" + name,
        lambda K, x, s, k, r, m, run=run: run(K, x, s, k, r, mask=K.cast(m, "bool")),
        INPUTS,
        STATE,
        KERNEL,
        RECURRENT,
        MASK,
        batch=(0, 1, 4),
        native=False,
    )


def two_states(K, x, mask, state, **options):
    """The output differs from the states, one of which has another width; a constant takes part."""

    def step(x, states):
        total, count, scale = states
        total = total + x * scale
        return total * 2.0, [total, count + 1.0]

    constants = [K.constant(np.array([1.0, 0.5, 2.0]))]
    start = [K.zeros_like(x[:, 0]), state]
    return K.rnn(step, x, start, mask=mask, constants=constants, **options)


ONE = np.array([[0.0], [1.0]], "float32")
built(
    "rnn",
    "two-states",
    lambda K, x, c: two_states(K, x, None, c),
    INPUTS,
    ONE,
    batch=(0, 1),
    native=False,
)
built(
    "rnn",
    "two-states-masked",
    lambda K, x, c, m: two_states(K, x, K.cast(m, "bool"), c),
    INPUTS,
    ONE,
    MASK,
    batch=ALL,
    native=False,
)
built(
    "rnn",
    "two-states-masked-unrolled",
    lambda K, x, c, m: two_states(K, x, K.cast(m, "bool"), c, unroll=True),
    INPUTS,
    ONE,
    MASK,
    batch=ALL,
    native=False,
)
built(
    "rnn",
    "no-states",
    lambda K, x: K.rnn(lambda x, s: (x * 2.0, []), x, [])[:2],
    INPUTS,
    native=False,
)
built(
    "rnn",
    "images",
    lambda K, x: K.rnn(lambda x, s: (x + s[0], [x + s[0]]), x, [K.zeros_like(x[:, 0])]),
    floats(2, 3, 2, 2),
    native=False,
)
built(
    "rnn",
    "images-masked",
    lambda K, x, m: K.rnn(
        lambda x, s: (x + s[0], [x + s[0]]), x, [K.zeros_like(x[:, 0])], mask=K.cast(m, "bool")
    ),
    floats(2, 3, 2, 2),
    MASK[:, :3].copy(),
    batch=(0, 1),
    native=False,
)
built(
    "ctc_label_dense_to_sparse",
    "dense",
    lambda K, y, n: K.to_dense(K.ctc_label_dense_to_sparse(y, n)),
    calls.LABELS,
    np.array([5, 3], "int32"),
    batch=(0, 1),
    native=False,
)
