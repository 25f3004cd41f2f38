"""A moving sum, learnt by an LSTM that keeps its state from batch to batch."""

import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential

from programs import weights

BATCH, LAGS = 2, 3


def run():
    x = np.random.RandomState(1).uniform(-0.1, 0.1, size=(3 * BATCH, LAGS, 1))
    y = x.sum(axis=1) / 2
    model = Sequential()
    model.add(LSTM(6, batch_input_shape=(BATCH, LAGS, 1), return_sequences=True, stateful=True))
    model.add(LSTM(5, stateful=True))
    model.add(Dense(1))
    model.compile(loss="mse", optimizer="adam")
    weights.fill(model)
    options = {"batch_size": BATCH, "epochs": 1, "shuffle": False, "verbose": 0}
    losses = []
    for _ in range(2):
        losses += model.fit(x, y, **options).history["loss"]
        model.reset_states()
    first = model.predict(x, batch_size=BATCH)
    second = model.predict(x, batch_size=BATCH)
    return {"losses": losses, "norms": weights.norms(model), "predicted": [first, second]}
