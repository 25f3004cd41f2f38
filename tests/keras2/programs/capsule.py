"""Capsules: vectors instead of numbers, routed by agreement, in a layer of one's own."""

import keras
import numpy as np
from keras import activations, layers
from keras import backend as K
from keras.models import Model

from programs import weights


def squash(x, axis=-1):
    squares = K.sum(K.square(x), axis, keepdims=True) + K.epsilon()
    return K.sqrt(squares) / (0.5 + squares) * x


def margin_loss(y_true, y_pred):
    margin, share = 0.9, 0.5
    missed = K.square(K.relu(margin - y_pred))
    wrong = K.square(K.relu(y_pred - (1 - margin)))
    return K.sum(y_true * missed + share * (1 - y_true) * wrong, axis=-1)


class Capsule(layers.Layer):
    def __init__(self, capsules, size, routings=3, activation="squash", **kwargs):
        super().__init__(**kwargs)
        self.capsules, self.size, self.routings = capsules, size, routings
        self.activation = squash if activation == "squash" else activations.get(activation)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(1, input_shape[-1], self.capsules * self.size),
            initializer="glorot_uniform",
            trainable=True,
        )
        super().build(input_shape)

    def call(self, inputs):
        voted = K.conv1d(inputs, self.kernel)
        shape = K.shape(inputs)
        voted = K.reshape(voted, (shape[0], shape[1], self.capsules, self.size))
        voted = K.permute_dimensions(voted, (0, 2, 1, 3))
        agreed = K.zeros_like(voted[:, :, :, 0])
        for i in range(self.routings):
            shares = K.softmax(agreed, 1)
            outputs = self.activation(K.sum(K.expand_dims(shares) * voted, axis=2))
            if i < self.routings - 1:
                agreed += K.sum(K.expand_dims(outputs, 2) * voted, axis=3)
        return outputs

    def compute_output_shape(self, input_shape):
        return (None, self.capsules, self.size)


def run():
    image = layers.Input((None, None, 3))
    x = layers.Conv2D(6, 3, activation="relu")(image)
    x = layers.AveragePooling2D((2, 2))(x)
    x = layers.Conv2D(8, 3, activation="relu")(x)
    x = layers.Reshape((-1, 8))(x)
    capsules = Capsule(4, 5, 3)(x)
    lengths = layers.Lambda(lambda z: K.sqrt(K.sum(K.square(z), 2)))(capsules)
    model = Model(image, lengths)
    model.compile("adam", loss=margin_loss, metrics=["accuracy"])
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(-1, 1, size=(8, 12, 12, 3))
    labels = keras.utils.to_categorical(random.randint(4, size=8), 4)
    return {
        "losses": weights.steps(model, images, labels),
        "norms": weights.norms(model),
        "lengths": model.predict(images[:3]),
        "capsules": Model(image, capsules).predict(images[:1]),
    }
