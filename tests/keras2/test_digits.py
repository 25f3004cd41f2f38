"""Real images: networks of Keras 2 learn to read handwritten digits in ten epochs."""

import keras
import numpy as np
import pytest
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import Adam

from kswitch import data


@pytest.fixture
def digits():
    """((train images, train labels), (test images, test labels)), ink from 0 to 1, one hot."""
    return [
        (images[..., None] / 16.0, keras.utils.to_categorical(labels, 10))
        for images, labels in data.load_digits()
    ]


def accuracy(model, digits):
    """The share of test digits that are read rightly after ten epochs."""
    model.compile(Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    train, test = digits
    model.fit(*train, batch_size=32, epochs=10, verbose=0)
    return model.evaluate(*test, verbose=0)[1]


def test_a_perceptron_learns(digits):
    np.random.seed(0)
    model = Sequential()
    model.add(Flatten(input_shape=(8, 8, 1)))
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.2))
    model.add(Dense(10, activation="softmax"))
    assert accuracy(model, digits) >= 0.95


def test_a_convolutional_network_learns(digits):
    np.random.seed(0)
    model = Sequential()
    model.add(Conv2D(16, (3, 3), activation="relu", input_shape=(8, 8, 1)))
    model.add(Conv2D(32, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(64, activation="relu"))
    model.add(Dropout(0.25))
    model.add(Dense(10, activation="softmax"))
    assert accuracy(model, digits) >= 0.95
