"""Sentences as the mean of the vectors of their words and pairs of words; one class counts more."""

import numpy as np
from keras.layers import Dense, Embedding, GlobalAveragePooling1D
from keras.models import Sequential
from keras.preprocessing import sequence

from programs import weights

WORDS, LENGTH = 15, 12


def pairs_of(sentence):
    return [(sentence[i], sentence[i + 1]) for i in range(len(sentence) - 1)]


def with_pairs(sentences):
    """Each pair of neighbours is a word more."""
    pairs = sorted({pair for sentence in sentences for pair in pairs_of(sentence)})
    numbers = {pair: WORDS + i for i, pair in enumerate(pairs)}
    longer = [sentence + [numbers[pair] for pair in pairs_of(sentence)] for sentence in sentences]
    return longer, WORDS + len(pairs)


def run():
    random = np.random.RandomState(1)
    sentences = [random.randint(1, WORDS, size=n).tolist() for n in random.randint(3, 9, size=20)]
    sentences, words = with_pairs(sentences)
    x = sequence.pad_sequences(sentences, maxlen=LENGTH)
    y = random.randint(2, size=20)
    model = Sequential()
    model.add(Embedding(words, 6, input_length=LENGTH))
    model.add(GlobalAveragePooling1D())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adamax", metrics=["accuracy"])
    weights.fill(model)
    return {
        "losses": weights.steps(model, x, y, class_weight={0: 1.0, 1: 2.5}),
        "norms": weights.norms(model),
        "predicted": model.predict(x),
    }
