"""A residual network with batch normalisation, weight decay and a schedule of learning rates."""

import keras
import numpy as np
from keras.callbacks import LearningRateScheduler
from keras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Input,
    add,
)
from keras.models import Model
from keras.optimizers import Adam
from keras.regularizers import l2

from programs import weights


def convolution(x, filters, size=3, strides=1):
    # a bias would have no gradient before the normalisation, but what rounding leaves
    return Conv2D(
        filters, size, strides=strides, padding="same", use_bias=False, kernel_regularizer=l2(1e-3)
    )(x)


def block(x, filters, strides):
    y = convolution(x, filters, strides=strides)
    y = Activation("relu")(BatchNormalization()(y))
    y = BatchNormalization()(convolution(y, filters))
    if strides > 1:
        x = convolution(x, filters, 1, strides)
    return Activation("relu")(add([x, y]))


def run():
    image = Input((12, 12, 3))
    x = Activation("relu")(BatchNormalization()(convolution(image, 4)))
    for filters, strides in ((4, 1), (8, 2)):
        x = block(x, filters, strides)
    x = Flatten()(AveragePooling2D(3)(x))
    model = Model(image, Dense(5, activation="softmax", kernel_initializer="he_normal")(x))
    model.compile(Adam(lr=1e-3), loss="categorical_crossentropy", metrics=["accuracy"])
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(-1, 1, size=(8, 12, 12, 3))
    labels = keras.utils.to_categorical(random.randint(5, size=8), 5)
    schedule = LearningRateScheduler(lambda epoch: 1e-3 * 0.5**epoch)
    history = model.fit(
        images, labels, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[schedule]
    ).history
    return {
        "losses": history["loss"],
        "rates": history["lr"],
        "norms": weights.norms(model),
        "predicted": model.predict(images[:3]),
    }
