"""Captions of images: the next word from the image and the words so far."""

import numpy as np
from keras.layers import (
    GRU,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Input,
    MaxPooling2D,
    RepeatVector,
    TimeDistributed,
    concatenate,
)
from keras.models import Model, Sequential

from programs import weights

WORDS, LENGTH = 14, 6


def run():
    vision = Sequential()
    vision.add(Conv2D(4, (3, 3), activation="relu", input_shape=(10, 10, 3)))
    vision.add(MaxPooling2D((2, 2)))
    vision.add(Flatten())
    vision.add(Dense(8, activation="relu"))
    language = Sequential()
    language.add(Embedding(WORDS, 8, input_length=LENGTH, mask_zero=True))
    language.add(GRU(8, return_sequences=True))
    language.add(TimeDistributed(Dense(8, activation="tanh")))

    image, caption = Input((10, 10, 3)), Input((LENGTH,), dtype="int32")
    both = concatenate([RepeatVector(LENGTH)(vision(image)), language(caption)])
    word = Dense(WORDS, activation="softmax")(GRU(10)(both))
    model = Model([image, caption], word)
    model.compile(loss="sparse_categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(size=(8, 10, 10, 3))
    known = np.arange(LENGTH) < random.randint(1, LENGTH + 1, size=(8, 1))
    captions = random.randint(1, WORDS, size=(8, LENGTH)) * known
    return {
        "losses": weights.steps(model, [images, captions], random.randint(WORDS, size=8)),
        "norms": weights.norms(model),
        "predicted": model.predict([images[:3], captions[:3]]),
    }
