"""The next frames of a film in which squares move."""

import numpy as np
from keras.layers import BatchNormalization, Conv3D, ConvLSTM2D
from keras.models import Sequential

from programs import weights

FRAMES, SIZE = 4, 8


def films(count):
    """Squares of 2 by 2 pixels that move, and the same a frame later."""
    random = np.random.RandomState(1)
    shown = np.zeros((count, FRAMES + 1, SIZE, SIZE, 1))
    for film in shown:
        row, column = random.randint(2, SIZE - 3, size=2)
        down, right = random.randint(-1, 2, size=2)
        for time, frame in enumerate(film):
            at_row, at_column = (
                (row + down * time) % (SIZE - 1),
                (column + right * time) % (SIZE - 1),
            )
            frame[at_row : at_row + 2, at_column : at_column + 2] = 1
    return shown[:, :-1], shown[:, 1:]


def run():
    model = Sequential()
    model.add(
        ConvLSTM2D(
            3, (3, 3), padding="same", return_sequences=True, input_shape=(None, SIZE, SIZE, 1)
        )
    )
    model.add(BatchNormalization())
    model.add(ConvLSTM2D(3, (3, 3), padding="same", return_sequences=True))
    model.add(BatchNormalization())
    model.add(Conv3D(1, (3, 3, 3), activation="sigmoid", padding="same"))
    model.compile(loss="binary_crossentropy", optimizer="adadelta")
    weights.fill(model)
    x, y = films(3)
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x[:1])[0, -1],
    }
