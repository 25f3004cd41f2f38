"""An image that excites layers of a network more and more, at growing sizes."""

import numpy as np
from keras import backend as K
from keras.layers import AveragePooling2D, Conv2D, Input, MaxPooling2D
from keras.models import Model

from programs import weights

CONTRIBUTIONS = {"middle": 0.7, "deep": 1.5}


def network():
    image = Input((None, None, 3))
    x = Conv2D(6, (3, 3), activation="relu", padding="same")(image)
    x = MaxPooling2D((2, 2))(x)
    x = Conv2D(8, (3, 3), activation="relu", padding="same", name="middle")(x)
    x = AveragePooling2D((2, 2), padding="same")(x)
    x = Conv2D(8, (3, 3), activation="tanh", padding="same", name="deep")(x)
    return Model(image, x)


def resized(image, size):
    """The nearest pixels."""
    rows, columns = (np.arange(n) * old // n for n, old in zip(size, image.shape[1:3]))
    return image[:, rows][:, :, columns]


def run():
    K.set_learning_phase(0)
    model = weights.fill(network())
    dream = model.input
    loss = K.variable(0.0)
    for name, coefficient in CONTRIBUTIONS.items():
        x = model.get_layer(name).output
        scaling = K.prod(K.cast(K.shape(x), "float32"))
        loss = loss + coefficient * K.sum(K.square(x[:, 1:-1, 1:-1, :])) / scaling
    gradients = K.gradients(loss, dream)[0]
    gradients /= K.maximum(K.mean(K.abs(gradients)), K.epsilon())
    fetch = K.function([dream], [loss, gradients])

    image = np.random.RandomState(1).uniform(-1, 1, size=(1, 12, 14, 3))
    losses = []
    for size in ((12, 14), (16, 18)):
        image = resized(image, size)
        for _ in range(3):
            value, gradient = fetch([image])
            losses.append(value)
            image = image + 0.05 * gradient
    return {"losses": losses, "dream": image[0, ::5, ::5]}
