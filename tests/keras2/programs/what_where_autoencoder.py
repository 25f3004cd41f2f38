"""An autoencoder that unpools to where the maxima were; a gradient of the pooling says where."""

import numpy as np
from keras import backend as K
from keras.layers import (
    BatchNormalization,
    Conv2D,
    Input,
    Lambda,
    MaxPooling2D,
    UpSampling2D,
    add,
    multiply,
)
from keras.models import Model

from programs import weights


def where(tensors):
    before, after = tensors
    return K.gradients(K.sum(after), before)


def run():
    image = Input((8, 8, 1))
    x, places = image, []
    for filters in (4, 6):
        before = Conv2D(filters, 3, padding="same", activation="elu")(x)
        x = MaxPooling2D(2, padding="same")(before)
        places.append(Lambda(where, output_shape=lambda shapes: shapes[0])([before, x]))
    for filters, place in ((6, places[1]), (4, places[0])):
        x = multiply([UpSampling2D(2)(x), place])
        y = BatchNormalization()(Conv2D(filters, 3, padding="same", activation="tanh")(x))
        x = Conv2D(4, 1, padding="same")(add([x, y]))
    model = Model(image, Conv2D(1, 3, padding="same", activation="hard_sigmoid")(x))
    model.compile("adam", loss="mse")
    weights.fill(model)
    images = np.random.RandomState(1).uniform(size=(8, 8, 8, 1))
    return {
        "losses": weights.steps(model, images, images),
        "norms": weights.norms(model),
        "where": Model(image, places[1]).predict(images[:1]),
        "restored": model.predict(images[:1])[0, ::3],
    }
