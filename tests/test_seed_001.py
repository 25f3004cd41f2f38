"""Seed 001, the K of Keras 1: its 86 functions with its argument names, each named by its line.

The backend is that of KERAS_BACKEND, NumPy unless set. Where Keras 2 and later seeds contradict it,
theirs holds: crossentropies take (target, output), masks are 0 where a step is to be skipped,
batch_dot of two matrices is a column, defaults for images are those of the settings, kernels end in
(channels, filters).
"""

import os

import numpy as np
import pytest

import kswitch

K = kswitch.load_backend(os.environ.get("KERAS_BACKEND", "numpy"))
EXAMPLES = []
X = np.array([[-2.5, -1.0, 0.5], [0.0, 3.0, 1.25]], "float32")
Y = np.array([[1.0, -1.0, 0.25], [0.5, 3.0, -2.0]], "float32")
CUBE = np.cos(np.arange(24, dtype="float32")).reshape(2, 3, 4)
SHARES = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], "float32")
CLASSES = np.array([[0, 1, 0], [1, 0, 0]], "float32")
ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def example(line):
    """A decorator: the function calls K as line `line` of the seed says."""

    def add(run):
        EXAMPLES.append(pytest.param(run, id=f"001:{line} {run.__name__}"))
        return run

    return add


def close(x, values):
    values = np.asarray(values)
    value = K.eval(x)
    assert value.shape == values.shape
    np.testing.assert_allclose(value, values, 1e-5, 1e-5)


# Functions of one or two tensors: line, name, arguments, and what they give

SIMPLE = [
    (208, "count_params", (X,), 6),
    (220, "dot", (X, Y.T.copy()), X @ Y.T),
    (238, "transpose", (X,), X.T),
    (257, "max", (X, 1), X.max(1)),
    (263, "min", (X, 0, True), X.min(0, keepdims=True)),
    (269, "sum", (X,), X.sum()),
    (275, "prod", (X, 1), X.prod(1)),
    (281, "std", (X, 0), X.std(0)),
    (287, "mean", (X, 1, True), X.mean(1, keepdims=True)),
    (293, "any", (X, 1), [True, True]),
    (299, "all", (X, 1), [True, False]),
    (305, "argmax", (X,), [2, 1]),
    (311, "argmin", (X,), [0, 0]),
    (317, "square", (X,), X * X),
    (323, "abs", (X,), np.abs(X)),
    (329, "sqrt", (np.abs(X),), np.sqrt(np.abs(X))),
    (335, "exp", (X,), np.exp(X)),
    (341, "log", (SHARES,), np.log(SHARES)),
    (347, "round", (X,), [[-2, -1, 0], [0, 3, 1]]),
    (353, "sign", (X,), np.sign(X)),
    (359, "pow", (X, 2), X**2),
    (365, "clip", (X, -1.5, 1), np.clip(X, -1.5, 1)),
    (371, "equal", (X, Y), X == Y),
    (377, "not_equal", (X, Y), X != Y),
    (383, "maximum", (X, Y), np.maximum(X, Y)),
    (389, "minimum", (X, Y), np.minimum(X, Y)),
    (395, "sin", (X,), np.sin(X)),
    (401, "cos", (X,), np.cos(X)),
    (413, "reshape", (X, (3, 2)), X.reshape(3, 2)),
    (419, "permute_dimensions", (CUBE, (0, 2, 1)), CUBE.transpose(0, 2, 1)),
    (434, "repeat_elements", (CUBE, 2, 1), CUBE.repeat(2, 1)),
    (440, "repeat", (X, 2), np.stack([X, X], 1)),
    (446, "batch_flatten", (CUBE,), CUBE.reshape(2, 12)),
    (458, "squeeze", (X[:, :1].copy(), 1), X[:, 0]),
    (585, "softmax", (X,), np.exp(X) / np.exp(X).sum(1, keepdims=True)),
    (591, "softplus", (X,), np.log1p(np.exp(X))),
    (615, "sigmoid", (X,), 1 / (1 + np.exp(-X))),
    (621, "hard_sigmoid", (X,), np.clip(0.2 * X + 0.5, 0, 1)),
    (627, "tanh", (X,), np.tanh(X)),
    (647, "l2_normalize", (X, 1), X / np.linalg.norm(X, axis=1, keepdims=True)),
]


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [pytest.param(*rest, id=f"001:{line} {rest[0]}") for line, *rest in SIMPLE],
)
def test_function_of_tensors(name, args, expected):
    tensors = [K.variable(a) if isinstance(a, np.ndarray) else a for a in args]
    close(getattr(K, name)(*tensors), expected)


# Settings and creation


@example(39)
def _BACKEND():
    assert K.backend() == K._BACKEND


@example(75)
def settings():
    assert (K.epsilon(), K.floatx()) == (1e-07, "float32")
    K.set_epsilon(1e-05)
    assert K.epsilon() == 1e-05
    K.set_epsilon(1e-07)
    assert K.cast_to_floatx(np.ones(2)).dtype == "float32"


@example(90)
def learning_phase():
    assert K.ndim(K.learning_phase()) == 0


@example(108)
def image_dim_ordering():
    assert K.image_dim_ordering() == "tf"
    K.set_image_dim_ordering("th")
    assert (K.image_dim_ordering(), K.image_data_format()) == ("th", "channels_first")
    K.set_image_dim_ordering("tf")
    assert (K.image_dim_ordering(), K.image_data_format()) == ("tf", "channels_last")


@example(127)
def variable():
    x = K.variable(X, dtype="float32", name="weights")
    assert (K.dtype(x), K.int_shape(x), K.ndim(x)) == ("float32", (2, 3), 2)
    assert "weights" in x.name
    close(K.shape(x), [2, 3])


@example(139)
def placeholder():
    assert K.int_shape(K.placeholder(shape=(2, None), ndim=None, dtype="float32", name=None)) == (
        2,
        None,
    )
    assert K.int_shape(K.placeholder(ndim=3)) == (None, None, None)


@example(177)
def zeros_ones_eye():
    close(K.zeros((2, 3), dtype="float32", name=None), np.zeros((2, 3)))
    close(K.ones((2, 3), dtype="float32", name=None), np.ones((2, 3)))
    close(K.eye(3, dtype="float32", name=None), np.eye(3))


@example(196)
def zeros_like_and_ones_like():
    close(K.zeros_like(K.variable(X), name=None), np.zeros((2, 3)))
    close(K.ones_like(K.variable(X), name=None), np.ones((2, 3)))


@example(214)
def cast():
    assert K.dtype(K.cast(K.variable(X), "float64")) == "float64"


# Shapes


@example(226)
def batch_dot():
    """[[17], [53]], though the seed prints [[17, 53]]."""
    x, y = K.variable([[1, 2], [3, 4]]), K.variable([[5, 6], [7, 8]])
    close(K.batch_dot(x, y, axes=1), [[17], [53]])


@example(244)
def gather():
    """A vector of indices gives as many axes as the reference has; a matrix gives the 3D tensor."""
    reference = K.variable(X)
    close(K.gather(reference=reference, indices=K.variable([1, 0], dtype="int32")), X[[1, 0]])
    close(K.gather(reference, K.variable([[1], [0]], dtype="int32")), X[[[1], [0]]])


@example(407)
def concatenate():
    close(K.concatenate([K.variable(X), K.variable(Y)], axis=-1), np.concatenate([X, Y], -1))


@example(427)
def resize_images():
    for ordering, axes in (("tf", (1, 2)), ("th", (2, 3))):
        x = np.arange(24, dtype="float32").reshape(1, 2, 3, 4)
        expected = x.repeat(2, axes[0]).repeat(3, axes[1])
        close(
            K.resize_images(
                X=K.variable(x), height_factor=2, width_factor=3, dim_ordering=ordering
            ),
            expected,
        )
        close(K.resize_images(K.variable(x), 2, 3, ORDERINGS[ordering]), expected)


@example(452)
def expand_dims():
    assert K.int_shape(K.expand_dims(K.variable(X), dim=-1)) == (2, 3, 1)
    assert K.int_shape(K.expand_dims(K.variable(X), dim=1)) == (2, 1, 3)


@example(464)
def temporal_padding():
    expected = np.pad(CUBE, ((0, 0), (2, 2), (0, 0)))
    close(K.temporal_padding(K.variable(CUBE), padding=2), expected)


@example(470)
def spatial_2d_padding():
    x = np.arange(24, dtype="float32").reshape(1, 2, 3, 4)
    close(
        K.spatial_2d_padding(K.variable(x), padding=(1, 2), dim_ordering="th"),
        np.pad(x, ((0, 0), (0, 0), (1, 1), (2, 2))),
    )
    close(
        K.spatial_2d_padding(K.variable(x), padding=(1, 2), dim_ordering="tf"),
        np.pad(x, ((0, 0), (1, 1), (2, 2), (0, 0))),
    )


# Values and functions


@example(476)
def get_value_and_set_value():
    x, n = K.variable(X), K.variable(1)
    K.set_value(x, Y)
    assert K.get_value(x).tolist() == Y.tolist()
    K.batch_set_value([(x, X), (n, 2)])
    assert (K.get_value(x).tolist(), float(K.get_value(n))) == (X.tolist(), 2)


@example(496)
def function():
    """Updates are pairs (old tensor, new tensor); outputs see the old ones."""
    total, x = K.variable(1.0), K.placeholder((2,))
    add = K.function(inputs=[x], outputs=[total * x], updates=[(total, total + K.sum(x))])
    assert add([np.array([1.0, 2.0])])[0].tolist() == [1, 2]
    assert add([np.array([1.0, 2.0])])[0].tolist() == [4, 8]


@example(508)
def gradients():
    x = K.variable(X)
    (g,) = K.gradients(K.sum(K.square(x)), [x])
    close(g, 2 * X)


@example(514)
def rnn():
    """A mask of (samples, time, 1) is 0, not 1 as the seed says, where a step is to be skipped."""
    x, mask = K.variable(CUBE), K.variable([[[1], [0], [1]], [[0], [1], [1]]])

    def step(x, states):
        total = states[0] + x
        return total, [total]

    last, outputs, states = K.rnn(
        step,
        x,
        [K.zeros((2, 4))],
        go_backwards=False,
        mask=mask,
        constants=None,
        unroll=False,
        input_length=None,
    )
    first, second = CUBE
    expected = [
        [first[0], first[0], first[0] + first[2]],
        [0 * second[0], second[1], second[1] + second[2]],
    ]
    close(outputs, expected)
    close(last, [rows[-1] for rows in expected])
    close(states[0], [rows[-1] for rows in expected])


@example(554)
def switch():
    for condition in (0, 1):
        x = K.switch(K.variable(condition), K.variable(X), K.variable(Y))
        close(x, X if condition else Y)


@example(564)
def in_train_phase_and_in_test_phase():
    x, alt = K.variable(X), K.variable(Y)
    run = K.function([K.learning_phase()], [K.in_train_phase(x, alt), K.in_test_phase(x, alt)])
    for phase, expected in ((0, (Y, X)), (1, (X, Y))):
        assert [r.tolist() for r in run([phase])] == [e.tolist() for e in expected]


# Networks


@example(576)
def relu():
    close(K.relu(K.variable(X), alpha=0.5, max_value=2.0), [[-1.25, -0.5, 0.5], [0, 2, 1.25]])


@example(597)
def categorical_crossentropy():
    """(target, output), as in Keras 2; the seed has them the other way round."""
    expected = -np.log(SHARES[CLASSES > 0])
    close(
        K.categorical_crossentropy(K.variable(CLASSES), K.variable(SHARES), from_logits=False),
        expected,
    )
    close(
        K.categorical_crossentropy(target=K.variable(CLASSES), output=K.variable(SHARES)), expected
    )
    close(
        K.categorical_crossentropy(
            K.variable(CLASSES), K.log(K.variable(SHARES)), from_logits=True
        ),
        expected,
    )


@example(603)
def sparse_categorical_crossentropy():
    target, expected = K.variable([1, 0], dtype="int32"), -np.log(SHARES[CLASSES > 0])
    close(
        K.sparse_categorical_crossentropy(target, K.variable(SHARES), from_logits=False), expected
    )
    close(K.sparse_categorical_crossentropy(output=K.variable(SHARES), target=target), expected)


@example(609)
def binary_crossentropy():
    target, output = K.variable(CLASSES), K.variable(SHARES)
    expected = -np.log(np.where(CLASSES > 0, SHARES, 1 - SHARES))
    close(K.binary_crossentropy(target, output, from_logits=False), expected)
    close(K.binary_crossentropy(output=output, target=target), expected)


@example(633)
def dropout():
    value = K.eval(K.dropout(K.ones((40, 50)), level=0.25, seed=3))
    np.testing.assert_allclose(sorted(set(value.ravel().tolist())), [0, 4 / 3], 1e-6)
    assert 0.7 < (value > 0).mean() < 0.8


def image(ordering, *shape):
    """Numbers of a shape that is given channels last, in an ordering; and the other way."""
    x = np.cos(np.arange(np.prod(shape), dtype="float32")).reshape(shape)
    return x, (np.moveaxis(x, -1, 1) if ordering == "th" else x).copy()


def restored(x, ordering):
    value = K.eval(x)
    return np.moveaxis(value, 1, -1) if ordering == "th" else value


def windows(x, kernel):
    """A valid convolution, place by place; the kernel is not flipped."""
    sizes = [n - k + 1 for n, k in zip(x.shape[1:-1], kernel.shape, strict=False)]
    result = np.zeros((len(x), *sizes, kernel.shape[-1]))
    for place in np.ndindex(*sizes):
        part = x[
            (slice(None), *(slice(i, i + k) for i, k in zip(place, kernel.shape, strict=False)))
        ]
        result[(slice(None), *place)] = np.tensordot(part, kernel, kernel.ndim - 1)
    return result


@example(653)
def conv2d():
    kernel = np.sin(np.arange(24, dtype="float32")).reshape(2, 3, 2, 2)
    for ordering in ORDERINGS:
        x, fed = image(ordering, 1, 4, 5, 2)
        y = K.conv2d(
            K.variable(fed),
            K.variable(kernel),
            strides=(1, 1),
            border_mode="valid",
            dim_ordering=ordering,
            image_shape=None,
            filter_shape=None,
        )
        np.testing.assert_allclose(restored(y, ordering), windows(x, kernel), 1e-4, 1e-5)


@example(669)
def deconv2d():
    """The transpose of a convolution: products with anything have the same sum on both sides."""
    kernel = np.sin(np.arange(24, dtype="float32")).reshape(2, 3, 2, 2)
    for ordering in ORDERINGS:
        big = image(ordering, 1, 4, 5, 2)[0] + 2.0
        small, fed = image(ordering, 1, 3, 3, 2)
        shape = (1, 2, 4, 5) if ordering == "th" else (1, 4, 5, 2)
        y = K.deconv2d(
            K.variable(fed),
            K.variable(kernel),
            shape,
            strides=(1, 1),
            border_mode="valid",
            dim_ordering=ordering,
            image_shape=None,
            filter_shape=None,
        )
        found = np.sum(restored(y, ordering) * big)
        np.testing.assert_allclose(found, np.sum(windows(big, kernel) * small), 1e-4)


@example(689)
def conv3d():
    kernel = np.sin(np.arange(48, dtype="float32")).reshape(2, 3, 2, 2, 2)
    for ordering in ORDERINGS:
        x, fed = image(ordering, 1, 3, 4, 3, 2)
        y = K.conv3d(
            K.variable(fed),
            K.variable(kernel),
            strides=(1, 1, 1),
            border_mode="valid",
            dim_ordering=ordering,
            volume_shape=None,
            filter_shape=None,
        )
        np.testing.assert_allclose(restored(y, ordering), windows(x, kernel), 1e-4, 1e-5)


@example(709)
def pool2d():
    for ordering in ORDERINGS:
        x, fed = image(ordering, 1, 4, 6, 2)
        y = K.pool2d(
            K.variable(fed),
            (2, 3),
            strides=(2, 3),
            border_mode="same",
            dim_ordering=ordering,
            pool_mode="max",
        )
        expected = x.reshape(1, 2, 2, 2, 3, 2).max((2, 4))
        np.testing.assert_allclose(restored(y, ordering), expected, 1e-5)


@example(725)
def pool3d():
    for ordering in ORDERINGS:
        x, fed = image(ordering, 1, 2, 4, 6, 2)
        y = K.pool3d(
            K.variable(fed),
            (2, 2, 3),
            strides=(2, 2, 3),
            border_mode="valid",
            dim_ordering=ordering,
            pool_mode="avg",
        )
        expected = x.reshape(1, 1, 2, 2, 2, 2, 3, 2).mean((2, 4, 6))
        np.testing.assert_allclose(restored(y, ordering), expected, 1e-4, 1e-5)


@pytest.mark.parametrize("run", EXAMPLES)
def test_example(run):
    run()
