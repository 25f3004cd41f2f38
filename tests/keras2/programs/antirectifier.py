"""A layer of one's own in place of relu: it keeps the positive and the negative part."""

import keras
import numpy as np
from keras import backend as K
from keras import layers
from keras.models import Sequential

from programs import weights


class Antirectifier(layers.Layer):
    """Centres and normalises samples, then gives both parts side by side."""

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        assert len(shape) == 2
        shape[-1] *= 2
        return tuple(shape)

    def call(self, inputs):
        inputs = inputs - K.mean(inputs, axis=1, keepdims=True)
        inputs = K.l2_normalize(inputs, axis=1)
        return K.concatenate([K.relu(inputs), K.relu(-inputs)], axis=1)


def run():
    random = np.random.RandomState(1)
    x = random.uniform(size=(32, 20))
    y = keras.utils.to_categorical(random.randint(5, size=32), 5)
    model = Sequential()
    for units in (16, 12):
        model.add(layers.Dense(units, input_shape=(20,)))
        model.add(Antirectifier())
    model.add(layers.Dense(5))
    model.add(layers.Activation("softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adagrad", metrics=["accuracy"])
    weights.fill(model)
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x[:3]),
    }
