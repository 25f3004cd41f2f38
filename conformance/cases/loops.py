"""Loops over callables: rnn, map_fn, foldl, foldr."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats, ints
from kswitch.conformance.case import Case, Raises, program

X = floats(2, 5, 3, low=-1, high=1)
W = floats(3, 4, seed=1, low=-1, high=1)
U = floats(4, 4, seed=2, low=-1, high=1)
H = floats(2, 4, seed=3, low=-1, high=1)
MASK = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1]], "int32")


def simple(K, w, u):
    """The step of a simple recurrent layer; K is a backend or NumPy."""

    def step(x, states):
        output = K.tanh(K.dot(x, w) + K.dot(states[0], u))
        return output, [output]

    return step


def recurrent(id, build, want, arrays=(X, W, U, H), **options):
    options.setdefault("batch", [i for i, a in enumerate(arrays) if i in (0, 3, 4)])
    return Case("rnn", arrays, want, id=id, build=build, **options)


def run(K, x, w, u, h, **options):
    last, outputs, states = K.rnn(simple(K, w, u), x, [h], **options)
    return [last, outputs, *states]


def simple_want(**options):
    def want(x, w, u, h, *mask):
        last, outputs, states = oracle.rnn(simple(np, w, u), x, [h], *mask, **options)
        return (last, outputs, *states)

    return want


def masked_want(go_backwards=False):
    def want(x, w, u, h, mask):
        last, outputs, states = oracle.rnn(simple(np, w, u), x, [h], go_backwards, mask)
        return (last, outputs, *states)

    return want


# Options, rolled and unrolled

CASES = []
for unroll in (False, True):
    also = "-unrolled" if unroll else ""
    options = {"unroll": unroll}
    CASES += [
        recurrent(f"simple{also}", lambda K, *a, o=options: run(K, *a, **o), simple_want(),
                  grad=True if unroll else 2),
        recurrent(f"backwards{also}", lambda K, *a, o=options: run(K, *a, go_backwards=True, **o),
                  simple_want(go_backwards=True)),
        recurrent(f"mask{also}", lambda K, *a, o=options: run(K, *a[:4], mask=a[4], **o),
                  masked_want(), (X, W, U, H, MASK)),
        recurrent(f"mask-rank3{also}", lambda K, *a, o=options: run(K, *a[:4], mask=a[4], **o),
                  masked_want(), (X, W, U, H, MASK[..., None].astype("float32")), grad=False),
        recurrent(f"bool-mask{also}", lambda K, *a, o=options: run(K, *a[:4], mask=a[4], **o),
                  masked_want(), (X, W, U, H, MASK.astype(bool))),
        recurrent(f"mask-backwards{also}",
                  lambda K, *a, o=options: run(K, *a[:4], mask=a[4], go_backwards=True, **o),
                  masked_want(go_backwards=True), (X, W, U, H, MASK)),
        recurrent(f"constants{also}",
                  lambda K, x, w, u, h, o=options: K.rnn(
                      lambda now, states: (
                          (new := K.tanh(K.dot(now, states[1]) + K.dot(states[0], states[2]))),
                          [new],
                      ), x, [h], constants=[w, u], **o)[1],
                  lambda *a: simple_want()(*a)[1]),
    ]  # fmt: skip

# States of other shapes, or none


def two_states(K):
    """The first state sums the inputs, the second counts the steps."""

    def step(x, states):
        total, count = states
        return total * 2.0, [total + x, count + 1.0]

    return step


def pair_want(x, h, n):
    last, outputs, states = oracle.rnn(two_states(np), x, [h, n])
    return (last, outputs, *states)


def flat(results):
    return [results[0], results[1], *results[2]]


CASES += [
    recurrent("two-states", lambda K, x, h, n: flat(K.rnn(two_states(K), x, [h, n])), pair_want,
              (X, floats(2, 3), floats(2, 1)), batch=(0, 1, 2)),
    recurrent("wider-state",
              lambda K, x, h: flat(
                  K.rnn(lambda t, s: (K.sum(s[0], -1, True) + t, [s[0] * 0.5]), x, [h])),
              lambda x, h: flat_want(
                  lambda t, s: (s[0].sum(-1, keepdims=True) + t, [s[0] * 0.5]), x, [h]),
              (X, floats(2, 6)), batch=(0, 1)),
    recurrent("state-of-rank3",
              lambda K, x, h: flat(K.rnn(lambda t, s: (t, [s[0] + K.expand_dims(t, -1)]), x, [h])),
              lambda x, h: flat_want(lambda t, s: (t, [s[0] + t[..., None]]), x, [h]),
              (X, floats(2, 3, 2)), batch=(0, 1)),
    recurrent("no-states", lambda K, x, w: flat(K.rnn(lambda t, s: (K.dot(t, w), []), x, [])),
              lambda x, w: (x[:, -1] @ w, x @ w), (X, W)),
    recurrent("no-states-unrolled",
              lambda K, x, w: flat(K.rnn(lambda t, s: (K.dot(t, w), []), x, [], unroll=True)),
              lambda x, w: (x[:, -1] @ w, x @ w), (X, W)),
    recurrent("one-step", lambda K, *a: run(K, *a), simple_want(), (X[:, :1], W, U, H)),
    recurrent("one-step-unrolled", lambda K, *a: run(K, *a, unroll=True), simple_want(),
              (X[:, :1], W, U, H)),
    recurrent("output-is-no-state",
              lambda K, x, h: flat(K.rnn(lambda t, s: (t * s[0], [s[0] + t]), x, [h])),
              lambda x, h: flat_want(lambda t, s: (t * s[0], [s[0] + t]), x, [h]),
              (X, floats(2, 3)), batch=(0, 1)),
    recurrent("image-sequence",
              lambda K, x, h: flat(K.rnn(lambda t, s: (t + s[0], [t + s[0]]), x, [h])),
              lambda x, h: flat_want(lambda t, s: (t + s[0], [t + s[0]]), x, [h]),
              (floats(2, 3, 2, 2), floats(2, 2, 2)), batch=(0, 1)),
    recurrent("integer-states",
              lambda K, x, n: flat(
                  K.rnn(lambda t, s: (K.cast(s[0], "float32") * t, [s[0] + 1]), x, [n])),
              lambda x, n: flat_want(lambda t, s: (s[0] * t, [s[0] + 1]), x, [n]),
              (X, ints(2, 1, high=5)), batch=(0, 1), grad=False),
    recurrent("input-length", lambda K, *a: run(K, *a, input_length=5), simple_want(), grad=False),
    recurrent("state-does-not-change",
              lambda K, x, h: flat(K.rnn(lambda t, s: (t * s[0], s), x, [h])),
              lambda x, h: flat_want(lambda t, s: (t * s[0], s), x, [h]),
              (X, floats(2, 3)), batch=(0, 1)),
]  # fmt: skip


def flat_want(step, x, states):
    last, outputs, states = oracle.rnn(step, x, states)
    return (last, outputs, *states)


CASES += [
    Raises("rnn", (floats(2, 3),), ValueError, "Input should be at least 3D", native=True,
           build=lambda K, x: K.rnn(lambda t, s: (t, s), x, [])),
    Raises("rnn", (), ValueError, "Unrolling requires a fixed number of timesteps", id="unroll",
           build=lambda K: K.rnn(
               lambda t, s: (t, s), K.placeholder((2, None, 3)), [], unroll=True)),
    Raises("rnn", (X, floats(2, 3)), ValueError, "a loop's state must keep its shape", id="state",
           build=lambda K, x, h: K.rnn(
               lambda t, s: (t, [K.concatenate([s[0], t])]), x, [h])),
]  # fmt: skip


@program("rnn", CASES)
def time_may_be_unknown(K):
    x, h = K.placeholder((None, None, 3)), K.placeholder((None, 4))
    w, u = K.variable(W), K.variable(U)
    last, outputs, _ = K.rnn(simple(K, w, u), x, [h])
    assert K.int_shape(last) == (None, 4)
    assert K.int_shape(outputs) == (None, None, 4)
    gradients = K.gradients(K.sum(outputs * outputs), [w, u, x])
    function = K.function([x, h], [last, outputs, *gradients])
    for steps in (5, 3):
        want = oracle.rnn(simple(np, W, U), X[:, :steps], [H])
        got = function([X[:, :steps], H])
        np.testing.assert_allclose(got[0], want[0], 1e-5, 1e-6)
        np.testing.assert_allclose(got[1], want[1], 1e-5, 1e-6)
        assert [g.shape for g in got[2:]] == [(3, 4), (4, 4), (2, steps, 3)]


@program("rnn", CASES)
def static_shapes_are_known(K):
    x = K.placeholder((None, 5, 3))
    last, outputs, states = K.rnn(
        simple(K, K.variable(W), K.variable(U)), x, [K.zeros((K.shape(x)[0], 4))]
    )
    assert K.int_shape(last) == K.int_shape(states[0]) == (None, 4)
    assert K.int_shape(outputs) == (None, 5, 4)


@program("rnn", CASES)
def variables_that_the_step_reads_may_change(K):
    w, u = K.variable(W), K.variable(U)
    x, h = K.placeholder((2, 5, 3)), K.placeholder((2, 4))
    function = K.function([x, h], [K.rnn(simple(K, w, u), x, [h])[0]])
    for factor in (1.0, 0.5):
        K.set_value(w, W * factor)
        want = oracle.rnn(simple(np, W * factor, U), X, [H])[0]
        np.testing.assert_allclose(function([X, H])[0], want, 1e-5, 1e-6)


@program("rnn", CASES)
def dropout_in_a_step_is_new_in_each(K):
    x = K.variable(np.ones((2, 6, 40)))
    outputs = K.rnn(lambda t, s: (K.dropout(t, 0.5), []), x, [])[1]
    got = K.function([], [outputs])([])[0]
    assert len({tuple(step.ravel()) for step in np.moveaxis(got, 1, 0)}) == 6


@program("rnn", CASES)
def a_mask_made_outside_is_the_same_in_each_step(K):
    x = K.variable(np.ones((2, 6, 40)))
    mask = K.dropout(K.ones_like(x[:, 0]), 0.5)
    got = K.eval(K.rnn(lambda t, s: (t * mask, []), x, [])[1])
    assert (got == got[:, :1]).all()
    assert set(np.unique(got)) == {0, 2}


@program("rnn", CASES)
def long_sequences_agree_with_a_loop(K):
    x, h = floats(2, 40, 3), np.zeros((2, 4))
    want = oracle.rnn(simple(np, W, U), x, [h])[0]
    got = K.eval(K.rnn(simple(K, K.variable(W), K.variable(U)), K.variable(x), [K.variable(h)])[0])
    np.testing.assert_allclose(got, want, 1e-4, 1e-5)


# map_fn

ROWS = floats(4, 3)


def each_row(function):
    return lambda x, *others: np.stack([function(row, *others) for row in x])


CASES += [
    Case("map_fn", (ROWS,), each_row(lambda r: r * r), build=lambda K, x: K.map_fn(K.square, x),
         grad=2,
         static=(None, 3)),
    Case("map_fn", (ROWS,), each_row(np.sum), build=lambda K, x: K.map_fn(K.sum, x), id="reduces"),
    Case("map_fn", (ROWS, floats(3, 2, seed=1)), each_row(lambda r, w: r @ w), id="closure",
         build=lambda K, x, w: K.map_fn(lambda r: K.squeeze(K.dot(K.expand_dims(r, 0), w), 0), x), grad=2),
    Case("map_fn", (ROWS, floats(4, 3, seed=1)), lambda x, y: x + 2 * y, id="several", batch=(0, 1),
         build=lambda K, x, y: K.map_fn(lambda pair: pair[0] + 2.0 * pair[1], (x, y))),
    Case("map_fn", (ROWS,), lambda x: (x + 1, x.sum(1)), id="several-results",
         build=lambda K, x: K.map_fn(lambda r: [r + 1.0, K.sum(r)], x)),
    Case("map_fn", (ROWS,), each_row(lambda r: 2 * r), id="other-dtype", dtype="float64",
         grad=False, build=lambda K, x: K.map_fn(lambda r: r * 2, x, dtype="float64")),
    Case("map_fn", (ROWS,), each_row(lambda r: (r > 0).astype(int)), id="dtype", dtype="int32",
         build=lambda K, x: K.map_fn(lambda r: K.cast(r > 0, "int32"), x, dtype="int32"),
         grad=False),
    Case("map_fn", (ROWS,), lambda x: x.sum(1), id="over-numbers",
         build=lambda K, x: K.map_fn(lambda i: K.sum(x[i]), K.arange(4), dtype="float32"),
         native=False,
         batch=(), grad=False),
    Case("map_fn", (ROWS,), each_row(lambda r: r), {}, id="name",
         build=lambda K, x: K.map_fn(lambda r: r, x, name="map")),
    Case("map_fn", (floats(3, 2, 4), floats(3, 4, 2)), lambda x, y: x @ y, id="products",
         batch=(0, 1),
         build=lambda K, x, y: K.map_fn(lambda pair: K.dot(pair[0], pair[1]), (x, y))),
    Case("map_fn", (ints(4, high=9),), lambda n: n * n, id="ints",
         build=lambda K, n: K.map_fn(lambda i: i * i, n)),
]  # fmt: skip

# Folds


def folded(function, backwards=False):
    def fold(x, start=None):
        rows = list(x[::-1] if backwards else x)
        total = rows.pop(0) if start is None else start
        for row in rows:
            total = function(total, row)
        return total

    return fold


for op, backwards in (("foldl", False), ("foldr", True)):

    def half(total, row):
        return total * 0.5 + row

    CASES += [
        Case(op, (ROWS,), folded(half, backwards), grad=2, static=(3,),
             build=lambda K, x, op=op: getattr(K, op)(half, x)),
        Case(op, (ROWS, floats(3, seed=1)), folded(half, backwards), id="initializer",
             build=lambda K, x, start, op=op: getattr(K, op)(half, x, start)),
        Case(op, (ROWS, floats(3, seed=1)), folded(half, backwards), id="keyword",
             build=lambda K, x, start, op=op: getattr(K, op)(
                 half, x, initializer=start, name="fold")),
        Case(op, (ROWS, np.array(2, "float32")), id="closure",
             want=lambda x, f, b=backwards: folded(lambda t, r: t * f - r, b)(x),
             build=lambda K, x, f, op=op: getattr(K, op)(lambda t, r: t * f - r, x)),
        Case(op, (ints(5, high=9),), folded(lambda t, n: t - n, backwards), id="ints",
             build=lambda K, n, op=op: getattr(K, op)(lambda t, i: t - i, n)),
        Case(op, (ROWS[:1],), folded(half, backwards), id="one-row",
             build=lambda K, x, op=op: getattr(K, op)(half, x), batch=()),
    ]  # fmt: skip


@program("foldl", CASES)
def squares_of_the_keras_test(K):
    """backend_test.py of Keras 2.3.1: sums and products of rows."""
    x = np.random.rand(10, 3).astype("float32")
    total = K.foldl(lambda a, b: a + b, K.variable(x))
    np.testing.assert_allclose(K.eval(total), x.sum(0), 1e-5)


@program("foldr", CASES)
def difference_of_the_keras_test(K):
    """backend_test.py of Keras 2.3.1: foldr of p1 < p2 goes from the right."""
    x = np.arange(5, dtype="float32")
    left = K.foldl(lambda a, b: a * 0.1 + b, K.variable(x))
    right = K.foldr(lambda a, b: a * 0.1 + b, K.variable(x))
    np.testing.assert_allclose([K.eval(left), K.eval(right)], [4.321, 0.1234], 1e-5)
