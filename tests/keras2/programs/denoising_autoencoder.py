"""Convolutions down to a code and transposed ones up again take the noise out of images."""

import numpy as np
from keras import backend as K
from keras.layers import Activation, Conv2D, Conv2DTranspose, Dense, Flatten, Input, Reshape
from keras.models import Model

from programs import weights


def run():
    image = Input((8, 8, 1))
    x = image
    for filters in (4, 6):
        x = Conv2D(filters, 3, strides=2, activation="relu", padding="same")(x)
    shape = K.int_shape(x)
    latent = Dense(5, name="code")(Flatten()(x))
    encoder = Model(image, latent, name="encoder")

    code = Input((5,))
    x = Dense(shape[1] * shape[2] * shape[3])(code)
    x = Reshape(shape[1:])(x)
    for filters in (6, 4):
        x = Conv2DTranspose(filters, 3, strides=2, activation="relu", padding="same")(x)
    x = Conv2DTranspose(1, 3, padding="same")(x)
    decoder = Model(code, Activation("sigmoid")(x), name="decoder")

    model = Model(image, decoder(encoder(image)))
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(size=(8, 8, 8, 1))
    noisy = np.clip(images + random.normal(0, 0.5, images.shape), 0.0, 1.0)
    return {
        "losses": weights.steps(model, noisy, images),
        "norms": weights.norms(model),
        "codes": encoder.predict(noisy[:3]),
        "cleaned": model.predict(noisy[:1])[0, ::3],
    }
