"""A variational autoencoder: the noise is an input, the loss has two terms and no target."""

import warnings

import numpy as np
from keras import backend as K
from keras.layers import Dense, Input, Lambda
from keras.losses import binary_crossentropy
from keras.models import Model

from programs import weights

PIXELS, LATENT = 49, 2


def sample(tensors):
    mean, log_variance, noise = tensors
    return mean + K.exp(0.5 * log_variance) * noise


def run():
    image, noise = Input((PIXELS,)), Input((LATENT,))
    hidden = Dense(20, activation="relu")(image)
    mean = Dense(LATENT, name="mean")(hidden)
    log_variance = Dense(LATENT, name="log_variance")(hidden)
    code = Lambda(sample, output_shape=(LATENT,))([mean, log_variance, noise])
    encoder = Model([image, noise], [mean, log_variance, code])

    latent = Input((LATENT,))
    decoder = Model(
        latent, Dense(PIXELS, activation="sigmoid")(Dense(20, activation="relu")(latent))
    )
    restored = decoder(encoder([image, noise])[2])
    model = Model([image, noise], restored)
    divergence = -0.5 * K.sum(1 + log_variance - K.square(mean) - K.exp(log_variance), axis=-1)
    model.add_loss(K.mean(PIXELS * binary_crossentropy(image, restored) + divergence))
    with warnings.catch_warnings():
        # that there is no loss of the output: there is none
        warnings.simplefilter("ignore", UserWarning)
        model.compile(optimizer="adam")

    weights.fill(model)
    random = np.random.RandomState(1)
    x, drawn = random.uniform(size=(16, PIXELS)), random.normal(size=(16, LATENT))
    return {
        "losses": weights.steps(model, [x, drawn], None),
        "norms": weights.norms(model),
        "codes": encoder.predict([x[:2], drawn[:2]]),
        "decoded": decoder.predict(np.array([[0.5, -1.0]])),
    }
