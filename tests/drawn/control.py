"""Drawn calls of choices, loops and CTC."""

import numpy as np
from drawn.calls import arrays, calls_of, case, dtypes, shapes, sizes, tensors
from hypothesis import strategies as st

# Choices


@calls_of("switch")
def switch(draw, op):
    x = draw(tensors())
    y = draw(arrays(x.shape, x.dtype.name))
    rank = draw(st.integers(0, x.ndim + 1))
    shape = x.shape[:rank] if rank <= x.ndim else (*x.shape, 1)
    condition = draw(arrays(shape, draw(dtypes(("bool", "float32", "int32"))), -1, 1))
    form = draw(st.sampled_from(["tensors", "functions", "mixed", "number"]))

    def build(K, condition, x, y):
        if form == "functions":
            return K.switch(condition, lambda: x + 1, lambda: y * x)
        if form == "mixed":
            return K.switch(condition, x, lambda: y * 2)
        return K.switch(condition, x, 0.5 if form == "number" else y)

    return case(op, condition, x, y, build=build, id=form, native=form != "number")


@calls_of("in_train_phase", "in_test_phase")
def phases(draw, op):
    x = draw(tensors())
    y = draw(arrays(x.shape, x.dtype.name))
    training = draw(st.sampled_from([None, True, False, 0, 1]))
    functions = draw(st.booleans())

    def build(K, x, y):
        if functions:
            return getattr(K, op)(lambda: x + 1, lambda: y * x, training)
        return getattr(K, op)(x, y, training)

    return case(op, x, y, build=build, id=f"{training} {functions}")


# Loops


def _sum_of_squares(K, total, x):
    return total + K.square(x)


def _half(K, total, x):
    return 0.5 * total + K.tanh(x)


def _larger(K, total, x):
    return K.maximum(total, x)


FOLDS = {f.__name__: f for f in (_sum_of_squares, _half, _larger)}


@calls_of("foldl", "foldr")
def folds(draw, op):
    name = draw(dtypes())
    row = draw(shapes(0, 2))
    started = draw(st.booleans())
    elems = draw(arrays((draw(sizes(0 if started else 1)), *row), name))
    fold = draw(st.sampled_from(sorted(FOLDS)))
    start = [draw(arrays(row, name))] if started else []

    def build(K, elems, *start):
        return getattr(K, op)(lambda a, x: FOLDS[fold](K, a, x), elems, *start)

    return case(op, elems, *start, build=build, id=fold)


@calls_of("map_fn")
def map_fn(draw, op):
    name = draw(dtypes())
    count = draw(sizes())
    x, y = (draw(arrays((count, *draw(shapes(0, 2))), name)) for _ in "ab")
    w = draw(arrays((), name))
    form = draw(st.sampled_from(["one", "captured", "two", "several"]))

    def build(K, x, y, w):
        if form == "one":
            return K.map_fn(lambda v: K.sum(v) * 2, x)
        if form == "captured":
            return K.map_fn(lambda v: v * w, x)
        if form == "two":
            return K.map_fn(lambda pair: K.sum(pair[0]) - K.sum(pair[1]), (x, y), dtype=name)
        return K.map_fn(lambda v: [v + 1, K.square(v)], x)

    return case(op, x, y, w, build=build, id=form)


@calls_of("rnn")
def rnn(draw, op):
    name = draw(dtypes(("float32", "float64", "float16")))
    batch, time, width, units = draw(sizes()), draw(sizes(1)), draw(sizes(1)), draw(sizes(1))
    inputs = draw(arrays((batch, time, width), name, -1, 1))
    kernel = draw(arrays((width, units), name, -1, 1))
    state = draw(arrays((batch, units), name, -1, 1))
    given = [inputs, kernel, state]
    masked = draw(st.sampled_from(["", "bool", "float32"]))
    if masked:
        shape = (batch, time) if draw(st.booleans()) else (batch, time, 1)
        given.append(draw(arrays(shape, masked, 0, 1)).round())
    options = {"go_backwards": draw(st.booleans()), "unroll": draw(st.booleans())}
    states = draw(st.sampled_from(["none", "output", "own"]))

    def build(K, inputs, kernel, state, mask=None):
        def step(x, before):
            output = K.tanh(K.dot(x, kernel) + (before[0] if before else 0.5))
            return output, [] if states == "none" else [
                output if states == "output" else before[0] * 0.5
            ]

        initial = [] if states == "none" else [state]
        return K.rnn(step, inputs, initial, mask=mask, **options)

    return case(
        op,
        *given,
        build=build,
        native=True,
        batch=() if options["unroll"] else (0, 2, 3),
        id=f"{states} {options}",
    )


# Connectionist temporal classification


@st.composite
def speech(draw):
    """Probabilities (batch, time, classes), lengths and labels that fit."""
    batch, time, classes = draw(sizes(1)), draw(sizes(1)), draw(st.integers(2, 4))
    name = draw(dtypes(("float32", "float64")))
    scores = draw(arrays((batch, time, classes), name, 0.125, 3))
    lengths = draw(arrays((batch, 1), "int32", 1, time))
    longest = draw(st.integers(1, 3))
    labels = draw(arrays((batch, longest), "int32", 0, classes - 2))
    counts = draw(arrays((batch, 1), "int32", 1, longest))
    return scores / scores.sum(-1, keepdims=True), lengths, labels, counts


@calls_of("ctc_batch_cost")
def ctc_batch_cost(draw, op):
    scores, lengths, labels, counts = draw(speech())
    return case(op, labels, scores, lengths, counts, native=True)


@calls_of("ctc_decode")
def ctc_decode(draw, op):
    scores, lengths, _, _ = draw(speech())
    options = {}
    if draw(st.booleans()):
        options = {"greedy": False, "beam_width": draw(st.integers(1, 6))}
        if draw(st.booleans()):
            options["top_paths"] = draw(st.integers(1, options["beam_width"]))
        if draw(st.booleans()):
            options["merge_repeated"] = True
    # equal scores would leave the order of paths open
    noise = np.random.RandomState(draw(st.integers(0, 99))).uniform(0.01, 0.1, scores.shape)
    scores = (scores + noise).astype(scores.dtype)
    scores /= scores.sum(-1, keepdims=True)
    return case(op, scores, lengths[:, 0], native=True, batch=(0, 1), **options)


@calls_of("ctc_label_dense_to_sparse", "to_dense")
def sparse_labels(draw, op):
    labels = draw(arrays(draw(shapes(2, 2, least=1)), draw(dtypes(("int32", "int64")))))
    lengths = draw(arrays((len(labels),), "int32", 0, labels.shape[1]))

    def build(K, labels, lengths):
        sparse = K.ctc_label_dense_to_sparse(labels, lengths)
        return K.to_dense(sparse)

    return case(op, labels, lengths, build=build, native=False)
