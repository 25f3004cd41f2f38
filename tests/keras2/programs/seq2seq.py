"""Sequences made of sequences: the states of an encoder start a decoder, which then goes alone."""

import numpy as np
from keras.layers import LSTM, Dense, Input
from keras.models import Model

from programs import weights

LETTERS, OUTPUT_LETTERS, UNITS = 7, 8, 12


def run():
    random = np.random.RandomState(1)
    encoder_data = np.eye(LETTERS)[random.randint(LETTERS, size=(10, 6))]
    decoder_data = np.eye(OUTPUT_LETTERS)[random.randint(OUTPUT_LETTERS, size=(10, 5))]
    target_data = np.concatenate([decoder_data[:, 1:], np.zeros((10, 1, OUTPUT_LETTERS))], axis=1)

    encoder_inputs = Input((None, LETTERS))
    states = LSTM(UNITS, return_state=True)(encoder_inputs)[1:]
    decoder_inputs = Input((None, OUTPUT_LETTERS))
    decoder_lstm = LSTM(UNITS, return_sequences=True, return_state=True)
    decoder_dense = Dense(OUTPUT_LETTERS, activation="softmax")
    outputs = decoder_dense(decoder_lstm(decoder_inputs, initial_state=states)[0])
    model = Model([encoder_inputs, decoder_inputs], outputs)
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    weights.fill(model)
    losses = weights.steps(model, [encoder_data, decoder_data], target_data)

    encoder = Model(encoder_inputs, states)
    state_inputs = [Input((UNITS,)), Input((UNITS,))]
    decoded, h, c = decoder_lstm(decoder_inputs, initial_state=state_inputs)
    decoder = Model([decoder_inputs] + state_inputs, [decoder_dense(decoded), h, c])

    values, letter, shares = encoder.predict(encoder_data[:2]), np.zeros((2, 1)), []
    for _ in range(4):
        fed = np.eye(OUTPUT_LETTERS)[letter.astype("int")]
        predicted, h, c = decoder.predict([fed] + values)
        values, letter = [h, c], np.argmax(predicted, axis=2)
        shares.append(predicted)
    return {"losses": losses, "norms": weights.norms(model), "shares": shares, "states": values}
