"""Sums of numbers, as text: an LSTM reads the question, another one writes the answer."""

import numpy as np
from keras import layers
from keras.models import Sequential

from programs import weights

LETTERS = "0123456789+ "
DIGITS = 2


def encoded(text, rows):
    code = np.zeros((rows, len(LETTERS)))
    for i, letter in enumerate(text.ljust(rows)):
        code[i, LETTERS.index(letter)] = 1
    return code


def run():
    length = 2 * DIGITS + 1
    pairs = np.random.RandomState(1).randint(10**DIGITS, size=(16, 2))
    x = np.array([encoded(f"{a}+{b}".ljust(length)[::-1], length) for a, b in pairs])
    y = np.array([encoded(str(a + b), DIGITS + 1) for a, b in pairs])
    model = Sequential()
    model.add(layers.LSTM(12, input_shape=(length, len(LETTERS))))
    model.add(layers.RepeatVector(DIGITS + 1))
    model.add(layers.LSTM(10, return_sequences=True, unroll=True))
    model.add(layers.TimeDistributed(layers.Dense(len(LETTERS), activation="softmax")))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    weights.fill(model)
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x[:2]),
    }
