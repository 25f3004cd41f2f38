"""Words read off images: convolutions, recurrent layers both ways, and CTC."""

import numpy as np
from keras import backend as K
from keras.layers import (
    GRU,
    Activation,
    Conv2D,
    Dense,
    Input,
    Lambda,
    MaxPooling2D,
    Reshape,
    add,
    concatenate,
)
from keras.models import Model
from keras.optimizers import SGD

from programs import weights

WIDTH, HEIGHT, CHARACTERS, LONGEST = 24, 8, 6, 4


def ctc(arguments):
    predicted, labels, input_length, label_length = arguments
    return K.ctc_batch_cost(labels, predicted[:, 2:, :], input_length, label_length)


def run():
    image = Input((WIDTH, HEIGHT, 1), name="image")
    x = image
    for _ in range(2):
        x = Conv2D(4, (3, 3), padding="same", activation="relu", kernel_initializer="he_normal")(x)
        x = MaxPooling2D((2, 2))(x)
    x = Reshape((WIDTH // 4, HEIGHT // 4 * 4))(x)
    x = Dense(8, activation="relu")(x)
    x = add([GRU(8, return_sequences=True)(x), GRU(8, return_sequences=True, go_backwards=True)(x)])
    both = [GRU(8, return_sequences=True)(x), GRU(8, return_sequences=True, go_backwards=True)(x)]
    x = Dense(CHARACTERS + 1)(concatenate(both))
    predicted = Activation("softmax")(x)

    labels = Input((LONGEST,), dtype="float32", name="labels")
    input_length = Input((1,), dtype="int64", name="input_length")
    label_length = Input((1,), dtype="int64", name="label_length")
    arguments = [predicted, labels, input_length, label_length]
    loss = Lambda(ctc, output_shape=(1,), name="ctc")(arguments)
    model = Model([image, labels, input_length, label_length], loss)
    sgd = SGD(lr=0.02, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5)
    model.compile(sgd, loss={"ctc": lambda y_true, y_pred: y_pred})

    weights.fill(model, seed=5, scale=3.0)  # bold enough to read letters, not blanks alone
    random = np.random.RandomState(1)
    inputs = {
        "image": random.uniform(size=(6, WIDTH, HEIGHT, 1)),
        "labels": np.array(
            [[0, 1, 0, 0], [2, 3, 4, 0], [5, 0, 0, 0], [1, 4, 0, 0]] + [[3, 1, 2, 0]] * 2
        ),
        "input_length": np.full((6, 1), WIDTH // 4 - 2),
        "label_length": np.array([[2], [3], [1], [2], [3], [3]]),
    }
    losses = weights.steps(model, inputs, {"ctc": np.zeros(6)})
    read = K.function([image], [predicted])([inputs["image"]])[0]
    lengths = np.full(6, WIDTH // 4 - 2)
    decoded, scores = K.ctc_decode(K.variable(read[:, 2:]), K.variable(lengths, dtype="int32"))
    return {
        "losses": losses,
        "norms": weights.norms(model),
        "predicted": read[:2],
        "decoded": K.get_value(decoded[0]),
        "scores": K.get_value(scores),
    }
