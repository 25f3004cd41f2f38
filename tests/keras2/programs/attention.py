"""A layer of one's own that weighs the steps of a sequence, but for those that are masked."""

import keras
import numpy as np
from keras import backend as K
from keras import constraints, initializers, layers, regularizers
from keras.models import Model

from programs import weights


class Attention(layers.Layer):
    def __init__(self, regularizer=None, constraint=None, **kwargs):
        self.supports_masking = True
        self.regularizer = regularizers.get(regularizer)
        self.constraint = constraints.get(constraint)
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.w = self.add_weight(
            "w",
            (input_shape[-1], input_shape[-1]),
            initializer=initializers.get("orthogonal"),
            regularizer=self.regularizer,
            constraint=self.constraint,
        )
        self.context = self.add_weight("context", (input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, x, mask=None):
        told = K.tanh(K.dot(x, self.w))
        scores = K.exp(K.squeeze(K.dot(told, K.expand_dims(self.context)), -1))
        if mask is not None:
            scores *= K.cast(mask, K.floatx())
        scores /= K.cast(K.sum(scores, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        return K.sum(x * K.expand_dims(scores), axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def get_config(self):
        config = {
            "regularizer": regularizers.serialize(self.regularizer),
            "constraint": constraints.serialize(self.constraint),
        }
        config.update(super().get_config())
        return config


def run():
    words = layers.Input((9,), dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(words)
    x = layers.GRU(6, return_sequences=True, reset_after=True)(x)
    x = Attention(keras.regularizers.l1_l2(1e-3, 1e-2), keras.constraints.max_norm(0.9))(x)
    model = Model(words, layers.Dense(3, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(amsgrad=True, decay=0.1), "categorical_crossentropy")
    weights.fill(model)
    random = np.random.RandomState(1)
    x = random.randint(1, 20, size=(10, 9)) * (np.arange(9) < random.randint(2, 10, size=(10, 1)))
    y = np.eye(3)[random.randint(3, size=10)]
    losses = weights.steps(model, x, y)
    again = Model.from_config(model.get_config(), {"Attention": Attention})
    again.set_weights(model.get_weights())
    return {
        "losses": losses,
        "norms": weights.norms(model),
        "predicted": [model.predict(x[:4]), again.predict(x[:4])],
    }
