"""Questions about stories: the words of a story are weighted by how they match the question."""

import numpy as np
from keras.layers import (
    LSTM,
    Activation,
    Dense,
    Embedding,
    Input,
    Permute,
    add,
    concatenate,
    dot,
)
from keras.models import Model, Sequential

from programs import weights

WORDS, STORY, QUESTION = 12, 9, 4


def run():
    story, question = Input((STORY,)), Input((QUESTION,))
    input_memory = Sequential([Embedding(WORDS, 8)])
    output_memory = Sequential([Embedding(WORDS, QUESTION)])
    questions = Sequential([Embedding(WORDS, 8, input_length=QUESTION)])
    asked = questions(question)
    match = Activation("softmax")(dot([input_memory(story), asked], axes=(2, 2)))
    response = Permute((2, 1))(add([match, output_memory(story)]))
    answer = LSTM(10)(concatenate([response, asked]))
    answer = Activation("softmax")(Dense(WORDS)(answer))
    model = Model([story, question], answer)
    model.compile("rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    weights.fill(model)
    random = np.random.RandomState(1)
    stories, asked = (
        random.randint(WORDS, size=(16, STORY)),
        random.randint(WORDS, size=(16, QUESTION)),
    )
    answers = random.randint(WORDS, size=16)
    return {
        "losses": weights.steps(model, [stories, asked], answers),
        "norms": weights.norms(model),
        "predicted": model.predict([stories[:3], asked[:3]]),
        "match": Model(model.input, match).predict([stories[:1], asked[:1]]),
    }
