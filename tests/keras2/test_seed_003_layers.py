"""Seed 003, layers: stated shapes, custom layers and cells, merges, initializers and the like."""

import keras
import numpy as np
import pytest
from keras import backend as K
from keras import constraints, initializers, layers, regularizers
from keras.layers import RNN, Conv2D, Dense, Input, Lambda
from keras.models import Model, Sequential


def shapes(*stack):
    """The output shapes of layers on one another."""
    model = Sequential()
    found = []
    for layer in stack:
        model.add(layer)
        found.append(model.output_shape)
    return found


STATED = [
    (2799, [Dense(32, input_shape=(16,)), Dense(32)], [(None, 32), (None, 32)]),
    (
        2955,
        [
            layers.Reshape((3, 4), input_shape=(12,)),
            layers.Reshape((6, 2)),
            layers.Reshape((-1, 2, 2)),
        ],
        [(None, 3, 4), (None, 6, 2), (None, 3, 2, 2)],
    ),
    (2983, [layers.Permute((2, 1), input_shape=(10, 64))], [(None, 64, 10)]),
    (3010, [Dense(32, input_dim=32), layers.RepeatVector(3)], [(None, 32), (None, 3, 32)]),
    (3040, [Lambda(lambda x: x**2, input_shape=(5,))], [(None, 5)]),
    (
        3125,
        [layers.Masking(mask_value=0.0, input_shape=(9, 8)), layers.LSTM(32)],
        [(None, 9, 8), (None, 32)],
    ),
    (
        3431,
        [
            layers.Cropping2D(cropping=((2, 2), (4, 4)), input_shape=(28, 28, 3)),
            Conv2D(64, (3, 3), padding="same"),
            layers.Cropping2D(cropping=((2, 2), (2, 2))),
        ],
        [(None, 24, 20, 3), (None, 24, 20, 64), (None, 20, 16, 64)],
    ),
    (
        3854,
        [layers.LocallyConnected1D(64, 3, input_shape=(10, 32)), layers.LocallyConnected1D(32, 3)],
        [(None, 8, 64), (None, 6, 32)],
    ),
    (
        3906,
        [
            layers.LocallyConnected2D(64, (3, 3), input_shape=(32, 32, 3)),
            layers.LocallyConnected2D(32, (3, 3)),
        ],
        [(None, 30, 30, 64), (None, 28, 28, 32)],
    ),
    (4484, [layers.Embedding(1000, 64, input_length=10)], [(None, 10, 64)]),
    (
        5037,
        [
            layers.TimeDistributed(Dense(8), input_shape=(10, 16)),
            layers.TimeDistributed(Dense(32)),
        ],
        [(None, 10, 8), (None, 10, 32)],
    ),
    (
        5056,
        [layers.TimeDistributed(Conv2D(64, (3, 3)), input_shape=(10, 29, 29, 3))],
        [(None, 10, 27, 27, 64)],
    ),
    (
        5085,
        [
            layers.Bidirectional(layers.LSTM(10, return_sequences=True), input_shape=(5, 10)),
            layers.Bidirectional(layers.LSTM(10)),
        ],
        [(None, 5, 20), (None, 20)],
    ),
]


@pytest.mark.parametrize(("stack", "want"), [s[1:] for s in STATED], ids=lambda x: None)
def test_stated_output_shapes(stack, want):
    assert shapes(*stack) == want


def test_line_2881_flatten_after_the_old_call_of_a_convolution():
    K.set_image_data_format("channels_first")
    with pytest.warns(UserWarning, match="Update your `Conv2D` call to the Keras 2 API"):
        conv = Conv2D(64, 3, 3, border_mode="same", input_shape=(3, 32, 32))
    assert shapes(conv, layers.Flatten()) == [(None, 64, 32, 32), (None, 65536)]


def test_line_3906_parameters_of_a_locally_connected_layer():
    model = Sequential([layers.LocallyConnected2D(64, (3, 3), input_shape=(32, 32, 3))])
    assert model.count_params() == (30 * 30) * (3 * 3 * 3 * 64) + (30 * 30) * 64 == 1612800


def test_line_4484_embedding_of_a_batch():
    model = Sequential([layers.Embedding(1000, 64, input_length=10)])
    model.compile("rmsprop", "mse")
    assert model.predict(np.random.randint(1000, size=(32, 10))).shape == (32, 10, 64)


def antirectifier(x):
    x -= K.mean(x, axis=1, keepdims=True)
    x = K.l2_normalize(x, axis=1)
    pos = K.relu(x)
    neg = K.relu(-x)
    return K.concatenate([pos, neg], axis=1)


def antirectifier_output_shape(input_shape):
    shape = list(input_shape)
    assert len(shape) == 2  # only valid for 2D tensors
    shape[-1] *= 2
    return tuple(shape)


@pytest.mark.parametrize("shape", [antirectifier_output_shape, None])
def test_line_3052_antirectifier(shape):
    model = Sequential([Lambda(antirectifier, output_shape=shape, input_shape=(6,)), Dense(2)])
    assert model.layers[0].output_shape == (None, 12)
    x = np.random.random((4, 6)).astype("float32")
    centred = x - x.mean(1, keepdims=True)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    want = np.concatenate([np.maximum(unit, 0), np.maximum(-unit, 0)], 1)
    model.pop()
    np.testing.assert_allclose(model.predict(x), want, atol=1e-6)


SHAPES = [
    (lambda x: K.sum(x, axis=1), (None, 4)),
    (lambda x: x[:, 0], (None, 4)),
    (lambda x: K.expand_dims(x), (None, 3, 4, 1)),
    (lambda x: K.reshape(x, (-1, 12)), (None, 12)),
    (lambda x: K.permute_dimensions(x, (0, 2, 1)), (None, 4, 3)),
]


@pytest.mark.parametrize(("function", "want"), SHAPES)
def test_lambda_without_output_shape_has_the_right_one(function, want):
    layer = Lambda(function)
    y = layer(Input((3, 4)))
    assert layer.output_shape == K.int_shape(y) == y._keras_shape == want
    x = np.random.random((2, 3, 4))
    assert Sequential([Lambda(function, input_shape=(3, 4))]).predict(x).shape[1:] == want[1:]


def test_lambda_of_integers_keeps_their_dtype():
    x = Input((5,), dtype="int32")
    assert Lambda(lambda x: K.one_hot(x, 7))(x)._keras_shape == (None, 5, 7)


def test_lambda_of_several_inputs():
    a, b = Input((3, 4)), Input((4, 2))
    assert Lambda(lambda t: K.batch_dot(t[0], t[1]))([a, b])._keras_shape == (None, 3, 2)


class MinimalRNNCell(layers.Layer):
    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(shape=shape, initializer="uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel"
        )
        self.built = True

    def call(self, inputs, states):
        prev_output = states[0]
        h = K.dot(inputs, self.kernel)
        output = h + K.dot(prev_output, self.recurrent_kernel)
        return output, [output]


def test_line_4004_a_cell_of_ones_own():
    x = Input((None, 5))
    model = Model(x, RNN(MinimalRNNCell(3))(x))
    sequences = np.random.random((2, 4, 5)).astype("float32")
    kernel, recurrent = model.get_weights()
    state = np.zeros((2, 3))
    for t in range(4):
        state = sequences[:, t] @ kernel + state @ recurrent
    np.testing.assert_allclose(model.predict(sequences), state, rtol=1e-4, atol=1e-6)


def test_line_4035_cells_on_cells():
    x = Input((None, 5))
    model = Model(x, RNN([MinimalRNNCell(3), MinimalRNNCell(6)])(x))
    assert model.output_shape == (None, 6)
    assert model.predict(np.random.random((2, 4, 5))).shape == (2, 6)


def test_line_4391_lstm_cells_on_one_another():
    cells = [layers.LSTMCell(4), layers.LSTMCell(4), layers.LSTMCell(4)]
    inputs = Input((7, 5))
    model = Model(inputs, RNN(cells)(inputs))
    assert model.predict(np.random.random((2, 7, 5))).shape == (2, 4)


@pytest.mark.parametrize(
    ("layer", "function", "want"),
    [
        (layers.Add, layers.add, lambda a, b: a + b),
        (layers.Subtract, layers.subtract, lambda a, b: a - b),
        (layers.Multiply, layers.multiply, lambda a, b: a * b),
        (layers.Average, layers.average, lambda a, b: (a + b) / 2),
        (layers.Maximum, layers.maximum, np.maximum),
    ],
)
def test_lines_4531_to_4667_merges(layer, function, want):
    a, b = Input(shape=(8,)), Input(shape=(8,))
    model = Model([a, b], [layer()([a, b]), function([a, b])])
    x, y = np.random.random((2, 3, 8)).astype("float32")
    for result in model.predict([x, y]):
        np.testing.assert_allclose(result, want(x, y), rtol=1e-6)


def test_line_5105_a_layer_of_ones_own():
    from keras.engine.topology import Layer

    class MyLayer(Layer):
        def __init__(self, output_dim, **kwargs):
            self.output_dim = output_dim
            super().__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(
                name="kernel",
                shape=(input_shape[1], self.output_dim),
                initializer="uniform",
                trainable=True,
            )
            super().build(input_shape)

        def call(self, x):
            return K.dot(x, self.kernel)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], self.output_dim)

    model = Sequential([MyLayer(3, input_shape=(5,))])
    x = np.random.random((2, 5)).astype("float32")
    np.testing.assert_allclose(model.predict(x), x @ model.get_weights()[0], rtol=1e-5)


def test_line_2750_layers_come_back_from_their_configuration():
    layer = Dense(32, activation="relu", name="mine")
    again = layers.deserialize({"class_name": "Dense", "config": layer.get_config()})
    assert (
        again.get_config()
        == layer.get_config()
        == Dense.from_config(layer.get_config()).get_config()
    )


# Activations, initializers, regularizers, constraints


@pytest.mark.parametrize("activation", [K.tanh, "tanh", keras.activations.tanh])
def test_line_5927_activations(activation):
    inputs = Input((3,))
    model = Model(inputs, layers.Activation(activation)(inputs))
    x = np.random.random((2, 3))
    np.testing.assert_allclose(model.predict(x), np.tanh(x), rtol=1e-5)


INITIALIZERS = [
    ("zeros", 0.0, 0.0),
    ("ones", 1.0, 0.0),
    (initializers.Constant(value=3), 3.0, 0.0),
    (initializers.RandomNormal(mean=0.0, stddev=0.05, seed=None), 0.0, 0.05),
    (initializers.RandomUniform(minval=-0.05, maxval=0.05), 0.0, 0.05 / np.sqrt(3)),
    (initializers.TruncatedNormal(mean=0.0, stddev=0.05), 0.0, 0.05 * 0.8796),
    (initializers.VarianceScaling(scale=1.0, mode="fan_in"), 0.0, 1 / np.sqrt(80)),
    ("lecun_uniform", 0.0, 1 / np.sqrt(80)),
    ("glorot_normal", 0.0, np.sqrt(2 / 150)),
    ("glorot_uniform", 0.0, np.sqrt(2 / 150)),
    ("he_normal", 0.0, np.sqrt(2 / 80)),
    ("lecun_normal", 0.0, 1 / np.sqrt(80)),
    ("he_uniform", 0.0, np.sqrt(2 / 80)),
    (initializers.Orthogonal(gain=1.0), 0.0, 1 / np.sqrt(80)),
]


@pytest.mark.parametrize(("initializer", "mean", "deviation"), INITIALIZERS)
def test_lines_10280_initializers(initializer, mean, deviation):
    weights = K.get_value(K.variable(initializers.get(initializer)((80, 70))))
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights.mean(), mean, atol=0.02)
    np.testing.assert_allclose(weights.std(), deviation, rtol=0.06, atol=1e-7)


def test_line_10560_an_initializer_of_ones_own():
    def my_init(shape, dtype=None):
        return K.random_normal(shape, dtype=dtype)

    model = Sequential([Dense(64, kernel_initializer=my_init, input_dim=30)])
    np.testing.assert_allclose(model.get_weights()[0].std(), 1, atol=0.1)


def test_line_10602_regularizers_add_to_the_loss():
    def l1_reg(weight_matrix):
        return 0.01 * K.sum(K.abs(weight_matrix))

    model = Sequential(
        [
            Dense(
                4,
                input_dim=3,
                use_bias=False,
                kernel_regularizer=regularizers.l2(0.01),
                activity_regularizer=regularizers.l1(0.01),
            ),
            Dense(2, use_bias=False, kernel_regularizer=l1_reg),
        ]
    )
    model.compile("sgd", "mse")
    x = np.random.random((5, 3)).astype("float32")
    first, second = model.get_weights()
    hidden = x @ first
    want = (
        np.mean((hidden @ second) ** 2)
        + 0.01 * (first**2).sum()
        + 0.01 * np.abs(hidden).sum()
        + 0.01 * np.abs(second).sum()
    )
    loss = model.evaluate(x, np.zeros((5, 2)), verbose=0, batch_size=5)
    np.testing.assert_allclose(loss, want, rtol=1e-4)


def test_line_10644_a_constraint_holds_after_each_step():
    layer = Dense(6, input_dim=4, kernel_constraint=constraints.max_norm(0.5))
    model = Sequential([layer])
    model.compile(keras.optimizers.SGD(lr=1.0), "mse")
    model.train_on_batch(np.ones((3, 4)), np.full((3, 6), 10.0))
    norms = np.linalg.norm(layer.get_weights()[0], axis=0)
    np.testing.assert_allclose(norms, 0.5, rtol=1e-4)
