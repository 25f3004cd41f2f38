"""Programs that change state, or call functions: each gives a list of arrays."""

import numpy as np
from kswitch.conformance.arrays import floats, positive, shares

PROGRAMS = []  # (op, id, function of K)
X, Y = floats(2, 3), floats(2, 3, seed=1)


def program(op, id):
    """A decorator: adds a function of K that returns a list of arrays."""

    def add(run):
        PROGRAMS.append((op, id, run))
        return run

    return add


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
    x, gamma, beta = (
        K.constant(floats(4, 3)),
        K.constant(positive(3)),
        K.constant(floats(3, seed=1)),
    )
    _, mean, var = K.normalize_batch_in_training(x, gamma, beta, [0])
    return [K.eval(K.batch_normalization(x, mean, var, beta, gamma, epsilon=1e-3))]


@program("categorical_crossentropy", "epsilon")
def fuzz(K):
    before = K.epsilon()
    K.set_epsilon(0.01)
    try:
        y = (
            K.constant(np.eye(3, dtype="float32")),
            K.constant(np.eye(3, dtype="float32")[::-1].copy()),
        )
        return [
            K.eval(K.categorical_crossentropy(*y)),
            K.eval(K.binary_crossentropy(*y)),
            K.eval(K.sparse_categorical_crossentropy(K.constant([0, 1, 2]), y[1])),
        ]
    finally:
        K.set_epsilon(before)


@program("dot", "floatx-float64")
def wide(K):
    before = K.floatx()
    K.set_floatx("float64")
    try:
        return [
            K.eval(K.dot(K.variable(X), K.variable(Y.T.copy()))),
            K.eval(K.softmax(K.variable(shares(2, 3)))),
        ]
    finally:
        K.set_floatx(before)
