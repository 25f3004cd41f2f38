"""Images as rows of pixels: one LSTM reads each row, another one the rows."""

import keras
import numpy as np
from keras.layers import LSTM, Dense, Input, TimeDistributed
from keras.models import Model

from programs import weights


def run():
    random = np.random.RandomState(1)
    x = random.uniform(size=(12, 6, 5, 1))
    y = keras.utils.to_categorical(random.randint(4, size=12), 4)
    image = Input(shape=x.shape[1:])
    rows = TimeDistributed(LSTM(7))(image)
    model = Model(image, Dense(4, activation="softmax")(LSTM(6)(rows)))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    weights.fill(model)
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x[:3]),
        "rows": Model(image, rows).predict(x[:1]),
    }
