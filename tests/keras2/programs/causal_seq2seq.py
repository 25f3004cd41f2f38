"""Sequences made of sequences by causal convolutions, with attention between the two."""

import numpy as np
from keras.layers import Activation, Conv1D, Input, concatenate, dot
from keras.models import Model

from programs import weights

LETTERS = 9


def stack(x):
    for rate in (1, 2, 4):
        x = Conv1D(8, 3, activation="relu", padding="causal", dilation_rate=rate)(x)
    return x


def run():
    random = np.random.RandomState(1)
    read = np.eye(LETTERS)[random.randint(LETTERS, size=(8, 7))]
    wrote = np.eye(LETTERS)[random.randint(LETTERS, size=(8, 6))]
    target = np.concatenate([wrote[:, 1:], wrote[:, :1]], axis=1)
    encoder_inputs, decoder_inputs = Input((None, LETTERS)), Input((None, LETTERS))
    encoded, decoded = stack(encoder_inputs), stack(decoder_inputs)
    attention = Activation("softmax")(dot([decoded, encoded], axes=[2, 2]))
    context = dot([attention, encoded], axes=[2, 1])
    x = concatenate([context, decoded])
    x = Conv1D(8, 3, activation="relu", padding="causal")(x)
    model = Model([encoder_inputs, decoder_inputs], Conv1D(LETTERS, 1, activation="softmax")(x))
    model.compile("adam", loss="categorical_crossentropy", sample_weight_mode="temporal")
    weights.fill(model)
    counted = random.uniform(size=(8, 6))
    return {
        "losses": weights.steps(model, [read, wrote], target, sample_weight=counted),
        "norms": weights.norms(model),
        "predicted": model.predict([read[:2], wrote[:2]]),
    }
