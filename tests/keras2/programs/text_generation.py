"""Text, letter by letter, from an LSTM that was trained on some."""

import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

from programs import weights

TEXT = "a small step for a small net, a large step for a large one. " * 2
LENGTH = 10


def sampled(predicted, drawn, temperature):
    """The index at which the distribution function, of sharpened shares, passes a number."""
    shares = np.exp(np.log(predicted.astype("float64")) / temperature)
    return int(np.searchsorted(np.cumsum(shares / shares.sum()), drawn))


def run():
    letters = sorted(set(TEXT))
    places = {letter: i for i, letter in enumerate(letters)}
    codes = np.eye(len(letters))[[places[letter] for letter in TEXT]]
    starts = range(0, len(TEXT) - LENGTH, 3)
    x = np.array([codes[i : i + LENGTH] for i in starts])
    y = np.array([codes[i + LENGTH] for i in starts])
    model = Sequential([LSTM(16, input_shape=(LENGTH, len(letters)))])
    model.add(Dense(len(letters), activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer=RMSprop(lr=0.01))
    weights.fill(model)
    losses = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]

    random = np.random.RandomState(2)
    written, shares = list(codes[:LENGTH]), []
    for temperature in (0.2, 0.5, 1.0, 1.2):
        shares.append(model.predict(np.array([written[-LENGTH:]]))[0])
        written.append(codes[sampled(shares[-1], random.uniform(), temperature)])
    return {
        "losses": losses,
        "norms": weights.norms(model),
        "shares": shares,
        "written": np.argmax(written, axis=1),
    }
