"""Two images through one network, whose outputs are close where the images are of one class."""

import numpy as np
from keras import backend as K
from keras.layers import Dense, Flatten, Input, Lambda
from keras.models import Model
from keras.optimizers import RMSprop

from programs import weights


def distance(vectors):
    x, y = vectors
    squares = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(squares, K.epsilon()))


def distance_shape(shapes):
    return (shapes[0][0], 1)


def contrastive_loss(y_true, y_pred):
    margin = 1
    return K.mean(
        y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(margin - y_pred, 0))
    )


def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))


def base(shape):
    image = Input(shape)
    x = Dense(16, activation="relu")(Flatten()(image))
    return Model(image, Dense(12, activation="relu")(x))


def run():
    random = np.random.RandomState(1)
    images = random.uniform(size=(2, 24, 6, 6))
    same = random.randint(2, size=24)
    shared = base((6, 6))
    a, b = Input((6, 6)), Input((6, 6))
    apart = Lambda(distance, output_shape=distance_shape)([shared(a), shared(b)])
    model = Model([a, b], apart)
    model.compile(RMSprop(), loss=contrastive_loss, metrics=[accuracy])
    weights.fill(model)
    return {
        "losses": weights.steps(model, list(images), same),
        "norms": weights.norms(model),
        "distances": model.predict([images[0, :6], images[1, :6]]),
        "features": shared.predict(images[0, :2]),
    }
