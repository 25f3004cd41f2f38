"""Padded sentences, read from both ends, are good or bad."""

import numpy as np
from keras.layers import LSTM, Bidirectional, Dense, Embedding
from keras.models import Sequential
from keras.preprocessing import sequence

from programs import weights

WORDS, LENGTH = 30, 10


def run():
    random = np.random.RandomState(1)
    sentences = [random.randint(1, WORDS, size=n).tolist() for n in random.randint(3, 15, size=12)]
    x = sequence.pad_sequences(sentences, maxlen=LENGTH)
    y = random.randint(2, size=12)
    model = Sequential()
    model.add(Embedding(WORDS, 8, input_length=LENGTH, mask_zero=True))
    model.add(Bidirectional(LSTM(6, return_sequences=True), merge_mode="sum"))
    model.add(Bidirectional(LSTM(5, implementation=2)))
    model.add(Dense(1, activation="sigmoid"))
    model.compile("nadam", "binary_crossentropy", metrics=["accuracy"])
    weights.fill(model)
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x),
    }
