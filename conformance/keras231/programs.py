"""What takes more than one call: loops, branches, phases, gradients, and programs that change state."""

from functools import partial

import numpy as np
from kswitch.conformance.arrays import bools, floats, ints, positive, shares
from kswitch.conformance.case import Case
from kswitch.conformance.keras231 import calls, layers

CALLS = []  # calls that are built of several
PROGRAMS = []  # (op, id, function of K that returns arrays)


def built(op, id, build, *arrays, **options):
    """Adds build(K, *tensors)."""
    CALLS.append(
        Case(op, arrays, None, id=id, build=build, batch=options.pop("batch", (0,)), grad=False, **options)
    )  # fmt: skip


def program(op, id):
    """A decorator: adds a function of K that returns a list of arrays."""

    def add(run):
        PROGRAMS.append((op, id, run))
        return run

    return add


X, Y = floats(2, 3), floats(2, 3, seed=1)
CUBE = floats(2, 3, 4)

# Branches and phases

ALL = (0, 1, 2)
TRUE, FALSE = np.array(True), np.array(False)
for name, condition in (("true", TRUE), ("false", FALSE), ("int", np.array(2, "int32")), ("zero", np.array(0.0, "float32"))):
    built("switch", "scalar-" + name, lambda K, c, x, y: K.switch(c, x, y), condition, X, Y, batch=(1, 2))
    built("switch", "functions-" + name,
          lambda K, c, x, y: K.switch(c, lambda: x * 2.0, lambda: K.exp(y)), condition, X, Y, batch=(1, 2))  # fmt: skip
built("switch", "elements", lambda K, c, x, y: K.switch(c, x, y), bools(2, 3), X, Y, batch=ALL)
built("switch", "rows", lambda K, c, x, y: K.switch(c, x, y), np.array([True, False]), X, Y, batch=ALL)
built("switch", "lower-rank", lambda K, c, x, y: K.switch(c, x, y), bools(2, 3), CUBE, CUBE + 1, batch=ALL)
built("switch", "float-elements", lambda K, c, x, y: K.switch(c, x, y), ints(2, 3, high=2).astype("float32"),
      X, Y, batch=ALL)  # fmt: skip
for training in (0, 1, True, False):
    for op in ("in_train_phase", "in_test_phase"):
        built(op, f"training-{training}",
              lambda K, x, y, op=op, t=training: getattr(K, op)(x, y, training=t), X, Y, batch=(0, 1))  # fmt: skip
built("in_train_phase", "functions", lambda K, x, y: K.in_train_phase(lambda: x + 1.0, lambda: y, training=1),
      X, Y, batch=(0, 1))  # fmt: skip
for op in ("in_train_phase", "in_test_phase"):
    built(op, "unset", lambda K, x, y, op=op: getattr(K, op)(x, y), X, Y, batch=(0, 1), native=False)

# Loops over entries

built("map_fn", "rows", lambda K, x: K.map_fn(lambda row: K.sum(row * row), x), X, native=False)
built("map_fn", "matrices", lambda K, x: K.map_fn(lambda m: K.dot(m, K.transpose(m)), x), CUBE, native=False)
built("map_fn", "closure", lambda K, x, y: K.map_fn(lambda row: row * y, x), X, floats(3, seed=1), native=False)
built("map_fn", "dtype", lambda K, x: K.map_fn(lambda row: K.argmax(row, 0), x, dtype="int64"), X, native=False)
built("map_fn", "pair", lambda K, x, y: K.map_fn(lambda p: p[0] - p[1], (x, y), dtype="float32"), X, Y,
      batch=(0, 1), native=False)  # fmt: skip
built("map_fn", "numbers", lambda K, x: K.map_fn(lambda i: K.gather(x, i) * 2.0, K.arange(2), dtype="float32"),
      X, batch=(), native=False)  # fmt: skip
FOLDS = {"sum": lambda a, x: a + x, "affine": lambda a, x: 0.5 * a + x, "difference": lambda a, x: a - x}
for op in ("foldl", "foldr"):
    for name, function in FOLDS.items():
        built(op, name, lambda K, x, op=op, f=function: getattr(K, op)(f, x), floats(4, 3), native=False)
    built(op, "start", lambda K, x, s, op=op: getattr(K, op)(lambda a, x: a * x, x, initializer=s),
          floats(4, 3), floats(3, seed=1), native=False)  # fmt: skip

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


for name, options in (("plain", {}), ("backwards", {"go_backwards": True}), ("unrolled", {"unroll": True}),
                      ("unrolled-backwards", {"unroll": True, "go_backwards": True})):  # fmt: skip
    run = partial(recurrence, **options)
    built("rnn", name, run, INPUTS, STATE, KERNEL, RECURRENT, batch=(0, 1), native=False)
    built("rnn", "masked-" + name, lambda K, x, s, k, r, m, run=run: run(K, x, s, k, r, mask=K.cast(m, "bool")),
          INPUTS, STATE, KERNEL, RECURRENT, MASK, batch=(0, 1, 4), native=False)  # fmt: skip


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
built("rnn", "two-states", lambda K, x, c: two_states(K, x, None, c), INPUTS, ONE, batch=(0, 1), native=False)
built("rnn", "two-states-masked", lambda K, x, c, m: two_states(K, x, K.cast(m, "bool"), c), INPUTS, ONE, MASK,
      batch=ALL, native=False)  # fmt: skip
built("rnn", "two-states-masked-unrolled",
      lambda K, x, c, m: two_states(K, x, K.cast(m, "bool"), c, unroll=True), INPUTS, ONE, MASK,
      batch=ALL, native=False)  # fmt: skip
built("rnn", "no-states", lambda K, x: K.rnn(lambda x, s: (x * 2.0, []), x, [])[:2], INPUTS, native=False)
built("rnn", "images", lambda K, x: K.rnn(lambda x, s: (x + s[0], [x + s[0]]), x, [K.zeros_like(x[:, 0])]),
      floats(2, 3, 2, 2), native=False)  # fmt: skip
built("rnn", "images-masked",
      lambda K, x, m: K.rnn(lambda x, s: (x + s[0], [x + s[0]]), x, [K.zeros_like(x[:, 0])],
                            mask=K.cast(m, "bool")),
      floats(2, 3, 2, 2), MASK[:, :3].copy(), batch=(0, 1), native=False)  # fmt: skip
built("ctc_label_dense_to_sparse", "dense",
      lambda K, y, n: K.to_dense(K.ctc_label_dense_to_sparse(y, n)), calls.LABELS,
      np.array([5, 3], "int32"), batch=(0, 1), native=False)  # fmt: skip

# Gradients: K.gradients of the sum of the results of other calls, each element with a weight of its own

INNER = {
    "square": "float", "abs": "float", "exp": "float", "log": "float", "sqrt": "float", "sin": "float",
    "cos": "float", "pow": "two negative tensor row", "clip": "numbers tensors",
    "maximum": "tensors number column", "minimum": "tensors number-first",
    "sum": "axis0 all", "mean": "axis1 keepdims-pair", "max": "axis1 all", "min": "last", "prod": "axis0 all",
    "var": "all axis1", "std": "axis0", "logsumexp": "axis1 all", "cumsum": "axis1", "cumprod": "last",
    "concatenate": "axis1", "stack": "last", "reshape": "rest", "permute_dimensions": "batch",
    "transpose": "three", "repeat_elements": "axis1", "repeat": "four", "tile": "two", "reverse": "list",
    "slice": "rest", "expand_dims": "axis0", "squeeze": "last",
    "resize_images": "nearest-channels_last bilinear-channels_last bilinear-channels_first",
    "resize_volumes": "channels_first", "temporal_padding": "pair",
    "spatial_2d_padding": "pairs-channels_first", "spatial_3d_padding": "pairs-channels_last",
    "dot": "two-two three-two two-three", "batch_dot": "23-23-1 243-235-default 243-253-2",
    "relu": "default alpha0.3-max_value1.5-threshold0.7 max_value1.5", "elu": "alpha", "softmax": "default axis1",
    "softplus": "default large", "softsign": "default", "sigmoid": "default large",
    "hard_sigmoid": "default", "tanh": "default",
    "categorical_crossentropy": "shares-axis-1 logits-axis1", "l2_normalize": "last all",
    "sparse_categorical_crossentropy": "shares-axis-1 logits-axis-1",
    "binary_crossentropy": "soft logits sure-logits",
    "conv1d": "same-strides-channels_last causal-dilation",
    "conv2d": "valid-channels_last same-strides-channels_last same-dilation-channels_first",
    "conv3d": "same-strides-channels_last", "conv2d_transpose": "same-strides-channels_last valid-channels_first",
    "conv3d_transpose": "valid-strides-channels_last",
    "separable_conv1d": "same-strides-channels_last", "separable_conv2d": "valid-channels_first",
    "depthwise_conv2d": "same-strides-channels_last", "local_conv1d": "strides",
    "local_conv2d": "plain-channels_first",
    "pool2d": "max-same-strides-channels_last avg-same-channels_last",
    "pool3d": "max-valid-strides-channels_last avg-same-strides-channels_last",
    "bias_add": "rank4-channels_first rank4-full-channels_first",
    "normalize_batch_in_training": "plain axis1", "batch_normalization": "plain broadcastable",
    "ctc_batch_cost": "two short",
    "switch": "elements scalar-true functions-false", "map_fn": "rows closure", "foldl": "affine", "foldr": "start",
    "rnn": "plain masked-plain backwards two-states-masked images",
}  # fmt: skip
TWICE = {"exp": "float", "pow": "two", "tanh": "default", "softmax": "default", "dot": "two-two",
         "conv2d": "valid-channels_last", "sigmoid": "default", "prod": "axis0"}  # fmt: skip


def gradients(K, case, tensors):
    """K.gradients by all floats of a case."""
    if case.build is not None:
        results = case.build(K, *tensors)
    else:
        args, kwargs = case.filled(tensors)
        results = getattr(K, case.op)(*args, **kwargs)
    return K.gradients(weighted(K, flat(results)), inner(case, tensors))


def second_gradients(K, case, tensors):
    """The gradients of the gradients."""
    return K.gradients(weighted(K, gradients(K, case, tensors)), inner(case, tensors))


def inner(case, tensors):
    """The tensors to differentiate by: the floats, but for targets and masks."""
    first = 1 if case.op.endswith("crossentropy") or case.op == "switch" else 0
    chosen = [x for x, a in zip(tensors, case.arrays) if a.dtype.kind == "f"]
    if case.op == "rnn" and "masked" in case.id:
        return chosen[:-1]
    return chosen[first:] if len(chosen) == len(tensors) else chosen


def flat(results):
    if isinstance(results, (list, tuple)):
        return [x for part in results for x in flat(part)]
    return [results]


def weighted(K, results):
    floating = [x for x in results if K.dtype(x).startswith("float")]
    return sum(
        K.sum(x * K.constant(floats(*K.int_shape(x), seed=3 + i))) for i, x in enumerate(floating)
    )


def named(table):
    found = {(c.op, c.id): c for c in calls.CALLS + layers.CALLS + CALLS}
    return [found[op, id] for op, ids in table.items() for id in ids.split()]


for case in named(INNER):
    built("gradients", f"{case.op}-{case.id}",
          lambda K, *tensors, case=case: gradients(K, case, tensors), *case.arrays, batch=(), native=False)  # fmt: skip
for case in named(TWICE):
    built("gradients", f"second-{case.op}-{case.id}",
          lambda K, *tensors, case=case: second_gradients(K, case, tensors), *case.arrays, batch=(),
          native=False)  # fmt: skip
for name, i in (("vector", np.array([2, 0, 2], "int32")), ("matrix", np.array([[2, 0], [1, 2]], "int32"))):
    built("gradients", "gather-" + name, lambda K, x, i: K.gradients(weighted(K, [K.gather(x * 1.0, i)]), [x]),
          floats(4, 3), i, batch=(), native=False)  # fmt: skip
built("gradients", "by-inner-tensor", lambda K, x: by_inner_tensor(K, x), X, batch=(), native=False)
built("gradients", "stopped", lambda K, x: K.gradients(K.sum(x * K.stop_gradient(x)), [x]), X, batch=(),
      native=False)  # fmt: skip
built("gradients", "not-summed", lambda K, x: K.gradients(K.square(x), x), X, batch=(), native=False)
built("gradients", "penalty", lambda K, x, y: penalty(K, x, y), X, floats(3, 2), batch=(), native=False)


def by_inner_tensor(K, x):
    e = K.exp(x)
    return K.gradients(K.sum(e * e), [e, x])


def penalty(K, x, y):
    g = K.gradients(K.sum(K.tanh(K.dot(x, y))), [x])[0]
    return K.gradients(K.sum(K.square(g)), [x, y])


# Programs


@program("function", "updates-see-the-old-state")
def updates(K):
    a, b = K.variable(np.array([1.0, 2.0])), K.variable(np.array([10.0, 20.0]))
    x = K.placeholder((2,))
    run = K.function([x], [a + x, b * a], updates=[(a, b), (b, a + x)])
    results = []
    for fed in ([1.0, 1.0], [0.5, -1.0]):
        results += run([np.array(fed)])
        results += [K.get_value(a), K.get_value(b)]
    return results


@program("function", "learning-phase")
def phases(K):
    x = K.placeholder((2, 3))
    y = K.in_train_phase(x * 2.0, lambda: x - 1.0)
    run = K.function([x, K.learning_phase()], [y])
    return run([X, 0]) + run([X, 1]) + run([Y, 1])


@program("function", "intermediate-and-independent-outputs")
def outputs(K):
    x = K.placeholder((None, 3))
    y = K.square(x)
    return K.function([x], [y, K.sum(y, 1), K.constant([1.0, 2.0])])([X])


@program("update", "value-and-variable")
def update(K):
    x = K.variable(X)
    return [K.eval(K.update(x, K.constant(Y) * 2.0)), K.get_value(x)]


@program("update_add", "int64")
def update_add(K):
    n = K.variable(3, dtype="int64")
    return [K.eval(K.update_add(n, 2)), K.get_value(n)]


@program("update_sub", "float")
def update_sub(K):
    x = K.variable(X)
    return [K.eval(K.update_sub(x, Y)), K.get_value(x)]


@program("moving_average_update", "three-steps")
def moving_average(K):
    x, value = K.variable(X), K.placeholder((2, 3))
    run = K.function([value], [K.sum(x)], updates=[K.moving_average_update(x, value, 0.9)])
    results = []
    for fed in (Y, Y * 2, X):
        results += run([fed])
        results.append(K.get_value(x))
    return results


@program("set_value", "cast")
def set_value(K):
    x, n = K.variable(X), K.variable(1, dtype="int32")
    K.set_value(x, Y.astype("float64"))
    K.batch_set_value([(n, 7)])
    return K.batch_get_value([x, n])


@program("variable", "of-a-table")
def variables(K):
    return [K.eval(K.variable([[1, 2], [3, 4]])), K.eval(K.variable(2.5)), K.eval(K.zeros((2,)))]


@program("foldl", "over-a-range")
def fold_over_a_range(K):
    return [K.eval(K.foldl(lambda a, i: a * 2 + i, K.arange(5)))]


@program("reshape", "of-symbolic-sizes")
def sizes(K):
    x = K.placeholder((None, 4, None))
    y = K.reshape(x, (K.shape(x)[0], -1, 2))
    z = K.tile(x, [1, K.shape(x)[0], 1])
    return K.function([x], [y, z, K.shape(y)])([floats(2, 4, 3)])


@program("arange", "grid-of-the-notebook")
def grid(K):
    features = K.variable(floats(2, 3, 4, 5))
    shape = K.shape(features)[1:3]
    rows = K.tile(K.reshape(K.arange(0, stop=shape[0]), [-1, 1, 1, 1]), [1, shape[1], 1, 1])
    columns = K.tile(K.reshape(K.arange(0, stop=shape[1]), [1, -1, 1, 1]), [shape[0], 1, 1, 1])
    both = K.cast(K.concatenate([columns, rows]), K.dtype(features))
    return [K.eval(rows), K.eval(columns), K.eval(both)]


@program("conv2d_transpose", "symbolic-output-shape")
def transposed(K):
    x = K.placeholder((None, 4, 3, 2))
    kernel = K.variable(floats(3, 2, 3, 2, seed=1))
    y = K.conv2d_transpose(x, kernel, (K.shape(x)[0], 8, 6, 3), strides=(2, 2), padding="same")
    return K.function([x], [y])([floats(2, 4, 3, 2)])


@program("batch_normalization", "of-a-batch")
def normalized(K):
    x, gamma, beta = K.constant(floats(4, 3)), K.constant(positive(3)), K.constant(floats(3, seed=1))
    _, mean, var = K.normalize_batch_in_training(x, gamma, beta, [0])
    return [K.eval(K.batch_normalization(x, mean, var, beta, gamma, epsilon=1e-3))]


@program("categorical_crossentropy", "epsilon")
def fuzz(K):
    before = K.epsilon()
    K.set_epsilon(0.01)
    try:
        y = K.constant(np.eye(3, dtype="float32")), K.constant(np.eye(3, dtype="float32")[::-1].copy())
        return [K.eval(K.categorical_crossentropy(*y)), K.eval(K.binary_crossentropy(*y)),
                K.eval(K.sparse_categorical_crossentropy(K.constant([0, 1, 2]), y[1]))]  # fmt: skip
    finally:
        K.set_epsilon(before)


@program("dot", "floatx-float64")
def wide(K):
    before = K.floatx()
    K.set_floatx("float64")
    try:
        return [K.eval(K.dot(K.variable(X), K.variable(Y.T.copy()))), K.eval(K.softmax(K.variable(shares(2, 3))))]
    finally:
        K.set_floatx(before)
