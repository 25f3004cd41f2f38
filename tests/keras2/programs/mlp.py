"""A perceptron with two hidden layers on ten classes."""

import keras
import numpy as np
from keras.layers import Dense
from keras.models import Sequential

from programs import weights


def run():
    random = np.random.RandomState(1)
    x = random.uniform(size=(48, 30))
    y = keras.utils.to_categorical(random.randint(10, size=48), 10)
    model = Sequential()
    model.add(Dense(24, activation="relu", input_shape=(30,)))
    model.add(Dense(24, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    weights.fill(model)
    history = model.fit(
        x, y, batch_size=16, epochs=3, shuffle=False, verbose=0, validation_data=(x[:8], y[:8])
    ).history
    return {
        "history": [history[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")],
        "evaluated": model.evaluate(x, y, verbose=0),
        "norms": weights.norms(model),
        "predicted": model.predict(x[:3]),
    }
