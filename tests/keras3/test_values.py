"""K inside layers and losses: Keras's variables, arrays, numbers, symbolic constants, the phase."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras3.snippets import arrays, predicted

import kswitch
from kswitch import backend as K

X = arrays((3, 4))[0]
FACTOR = K.variable(2.0, name="factor")


def values(x):
    return np.array(keras.ops.convert_to_numpy(x))


@pytest.fixture
def variable():
    return keras.Variable(X, name="weights")


# Keras's variables


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (K.square, np.square(X)),
        (lambda v: K.dot(v, K.transpose(v)), X @ X.T),
        (K.hard_sigmoid, np.clip(0.2 * X + 0.5, 0, 1)),
        (lambda v: K.concatenate([v, v]), np.concatenate([X, X], 1)),
        (lambda v: K.maximum(v, 0.0), np.maximum(X, 0)),
        (lambda v: K.sum(v, axis=1), X.sum(1)),
        (lambda v: K.maximum(K.constant(0.1), v), np.maximum(X, 0.1)),
    ],
)
def test_a_variable_counts_as_its_value(call, wanted, variable):
    np.testing.assert_allclose(values(call(variable)), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (K.int_shape, (3, 4)),
        (K.get_variable_shape, (3, 4)),
        (K.ndim, 2),
        (K.dtype, "float32"),
        (K.count_params, 12),
        (K.is_variable, True),
        (K.is_tensor, True),
        (K.is_keras_tensor, False),
    ],
)
def test_questions_about_a_variable(question, answer, variable):
    assert question(variable) == answer


def test_get_and_set_value(variable):
    K.set_value(variable, 2 * X)
    np.testing.assert_array_equal(K.get_value(variable), 2 * X)
    np.testing.assert_array_equal(K.batch_get_value([variable, variable])[1], 2 * X)
    K.batch_set_value([(variable, X)])
    np.testing.assert_array_equal(K.eval(variable), X)


def test_a_value_is_a_copy(variable):
    K.get_value(variable)[...] = 7
    np.testing.assert_array_equal(K.get_value(variable), X)


def test_updates_happen_at_once(variable):
    K.update_add(variable, 1.0)
    K.update_sub(variable, variable)
    K.moving_average_update(variable, X, 0.75)
    np.testing.assert_allclose(K.get_value(variable), 0.25 * X, rtol=1e-6)
    np.testing.assert_array_equal(values(K.update(variable, X)), X)


def test_learning_rate_of_an_optimizer():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    assert K.get_value(model.optimizer.learning_rate) == 0.5
    K.set_value(model.optimizer.learning_rate, 0.25)
    assert float(values(model.optimizer.learning_rate.value)) == 0.25


def test_a_variable_cannot_be_recorded(variable):
    with pytest.raises(TypeError, match="cannot take part in a call that is recorded"):
        K.dot(K.placeholder((2, 3)), variable)


# Arrays, numbers and lists in the middle of a model


@pytest.mark.parametrize("other", [0.1, np.float32(0.1), np.full(4, 0.1), [0.1] * 4, [[0.1]] * 3])
def test_what_a_loss_may_hold(other):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, use_bias=False)])
    model.set_weights([np.eye(4, dtype="float32")])
    model.compile("sgd", lambda t, p: K.mean(K.square(K.maximum(p, other)), axis=-1))
    loss = model.evaluate(X, X, verbose=0)
    np.testing.assert_allclose(loss, np.square(np.maximum(X, other)).mean(), rtol=1e-5)


@pytest.mark.parametrize("in_place", [True, False])
def test_predictions_divided_in_place(in_place):
    """PyTorch itself refuses what it needs for a gradient; see the README."""

    def loss(y_true, y_pred):
        if in_place:
            y_pred /= K.sum(y_pred, axis=-1, keepdims=True)
        else:
            y_pred = y_pred / K.sum(y_pred, axis=-1, keepdims=True)
        return -K.sum(y_true * K.log(y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss)
    if in_place and K.backend() == "torch":
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            model.fit(X, np.eye(3), verbose=0)
    else:
        model.fit(X, np.eye(3), verbose=0)


class Scaled(keras.layers.Layer):
    """Uses variables and constants of K."""

    def call(self, x):
        offset = K.constant([1.0, 0.0, 0.0, -1.0])
        return FACTOR * x + offset + K.cast(K.arange(4), K.floatx())


def test_constants_and_variables_of_k_in_a_layer():
    x = keras.Input((4,))
    model = keras.Model(x, Scaled()(x))
    wanted = X + [1, 1, 2, 2]
    np.testing.assert_allclose(predicted(model, X), X + wanted, rtol=1e-5)
    K.set_value(FACTOR, 3.0)
    np.testing.assert_allclose(predicted(model, X), 2 * X + wanted, rtol=1e-5)
    K.set_value(FACTOR, 2.0)


def test_weight_of_a_loss_is_read_at_each_step():
    """The pattern of annealing: a callback changes a variable of K that the loss multiplies by."""
    weight = K.variable(0.0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), lambda t, p: K.mean(0 * p + 1, -1) * weight)
    change = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: K.set_value(weight, epoch)
    )
    history = model.fit(X, X[:, :1], epochs=3, verbose=0, callbacks=[change]).history["loss"]
    assert history == [0.0, 1.0, 2.0]


def test_variational_sampling_in_a_lambda():
    def sampling(args):
        mean, log_var = args
        epsilon = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
        return mean + K.exp(log_var / 2) * epsilon

    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], keras.layers.Lambda(sampling, output_shape=(4,))([a, b]))
    x = [np.full((500, 4), 3.0), np.full((500, 4), np.log(4.0))]
    first, second = predicted(model, x), predicted(model, x)
    assert np.all(first != second)
    np.testing.assert_allclose([first.mean(), first.std()], [3, 2], atol=0.15)


def test_an_initializer_of_k():
    def initial(shape, dtype=None):
        return K.random_normal(shape, dtype=dtype, stddev=0.1, seed=3)

    layer = keras.layers.Dense(50, kernel_initializer=initial)
    layer.build((None, 40))
    assert 0.09 < np.std(K.get_value(layer.kernel)) < 0.11


class Called(keras.layers.Layer):
    """Has no compute_output_shape: Keras infers it by tracing, with symbols for unknown sizes."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


INSIDE = {
    "reshape": (lambda x: K.reshape(x, (K.shape(x)[0], 2, -1)), lambda a: a.reshape(3, 2, 2)),
    "tile": (lambda x: K.tile(x, (1, K.shape(x)[1])), lambda a: np.tile(a, (1, 4))),
    "divide": (lambda x: x / K.cast(K.shape(x)[0], "float32"), lambda a: a / 3),
    "size": (lambda x: x / K.cast(K.size(x), "float32"), lambda a: a / 12),
    "all-sizes": (lambda x: x + K.cast(K.sum(K.shape(x)), "float32"), lambda a: a + 7),
    "arange": (
        lambda x: x + K.cast(K.expand_dims(K.arange(K.shape(x)[0])), "float32"),
        lambda a: a + np.arange(3)[:, None],
    ),
    "zeros": (lambda x: K.concatenate([x, K.zeros(K.shape(x))]), lambda a: np.hstack([a, 0 * a])),
    "ones": (lambda x: x + K.ones((K.shape(x)[0], 4)), lambda a: a + 1),
    "known-zeros": (lambda x: x + K.zeros((4,)), lambda a: a),
    "eye": (lambda x: K.dot(x, K.eye(4)), lambda a: a),
    "variable": (lambda x: x * K.variable([1.0, 2, 3, 4]), lambda a: a * [1, 2, 3, 4]),
    "expression-of-variables": (lambda x: x * K.square(K.variable([2.0] * 4)), lambda a: a * 4),
    "map": (lambda x: K.map_fn(lambda row: 2 * row, x), lambda a: 2 * a),
}


@pytest.mark.parametrize("name", INSIDE)
def test_sizes_and_variables_inside_a_layer(name):
    call, wanted = INSIDE[name]
    x = keras.Input((4,))
    found = predicted(keras.Model(x, Called(call)(x)), X)
    np.testing.assert_allclose(found, wanted(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "draw",
    [K.random_uniform, K.random_normal, K.truncated_normal, lambda n: K.random_binomial(n, 0.5)],
)
def test_random_numbers_inside_a_layer(draw):
    x = keras.Input((4,))
    model = keras.Model(x, Called(lambda x: 0 * x + draw(K.shape(x)))(x))
    a = np.ones((50, 4))
    assert np.any(predicted(model, a) != predicted(model, a))


# The learning phase


class Phase(keras.layers.Layer):
    def call(self, x):
        return x * 0.0 + K.learning_phase()


class Nested(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Phase()

    def call(self, x, training=None):
        return K.in_train_phase(10 * self.inner(x), self.inner(x), training=training)


@pytest.mark.parametrize(("training", "wanted"), [(True, 1), (False, 0)])
def test_learning_phase_is_training(training, wanted):
    assert np.all(values(Phase()(X, training=training)) == wanted)


@pytest.mark.parametrize(("training", "wanted"), [(True, 10), (False, 0)])
def test_learning_phase_of_a_nested_layer(training, wanted):
    assert np.all(values(Nested()(X, training=training)) == wanted)


def test_fit_trains_and_predict_tests():
    x = keras.Input((4,))
    y = keras.layers.Dense(4, kernel_initializer="zeros", use_bias=False)(x)
    model = keras.Model(x, y + Phase()(x))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    zeros = np.zeros_like(X)
    assert model.fit(X, zeros, verbose=0).history["loss"] == [1.0]
    assert model.evaluate(X, zeros, verbose=0) == 0.0
    assert np.all(predicted(model, X) == 0.0)


def test_a_fixed_phase_stays():
    K.set_learning_phase(1)
    try:
        assert np.all(values(Phase()(X, training=False)) == 1)
    finally:
        K.clear_session()


def test_outside_of_layers_the_phase_is_symbolic():
    assert K.is_placeholder(K.learning_phase())


# Another engine


def test_a_variable_of_another_engine(variable):
    with pytest.raises(TypeError, match=r"is of Keras 3, which runs on .* but this K is 'numpy'"):
        kswitch.load_backend("numpy").square(variable)


def test_a_keras_tensor_of_another_engine():
    with pytest.raises(TypeError, match=r"set KERAS_BACKEND=\w+ \(or numpy\) before either is"):
        kswitch.load_backend("numpy").hard_sigmoid(keras.Input((4,)))


def test_a_tensor_of_another_engine():
    numpy = kswitch.load_backend("numpy")
    tensor = keras.ops.ones((2, 3))
    with pytest.raises(TypeError, match=f"is a tensor of '{K.backend()}', but this K is 'numpy'"):
        numpy.dot(numpy.variable(X[:, :2]), tensor)


# What is imported


def program(text):
    """What a program prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(K.backend() == "tensorflow", reason="TensorFlow itself imports Keras")
def test_k_does_not_import_keras():
    text = """
from kswitch import backend as K
K.hard_sigmoid(K.eval(K.mean(K.in_train_phase(K.ones((2, 3)), K.zeros((2, 3))))))
import sys
print("keras" in sys.modules)
"""
    assert program(text) == "False\n"


@pytest.mark.parametrize("call", ["K.hard_sigmoid(x)", "K.square(x)", "K.concatenate([x, x])"])
def test_keras_may_be_imported_after_k(call):
    text = f"""
from kswitch import backend as K
import keras
x = keras.Input((4,))
model = keras.Model(x, {call})
print(len(model.layers), K.get_value(keras.Variable(3.0)))
"""
    assert program(text) == "2 3.0\n"
