"""The images to which filters of a convolution answer most."""

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, MaxPooling2D
from keras.models import Sequential

from programs import weights


def normalized(x):
    return x / (K.sqrt(K.mean(K.square(x))) + K.epsilon())


def run():
    model = Sequential(
        [
            Conv2D(4, (3, 3), activation="relu", padding="same", input_shape=(12, 12, 3)),
            Conv2D(4, (3, 3), activation="relu", name="first"),
            MaxPooling2D((2, 2), strides=(2, 2)),
            Conv2D(6, (3, 3), activation="elu", dilation_rate=2, padding="same", name="second"),
        ]
    )
    weights.fill(model)
    random = np.random.RandomState(1)
    losses, images = [], []
    for name, index in (("first", 1), ("second", 0), ("second", 5)):
        output = model.get_layer(name).output
        loss = K.mean(output[:, :, :, index])
        gradient = normalized(K.gradients(loss, model.input)[0])
        iterate = K.function([model.input, K.learning_phase()], [loss, gradient])
        image = (random.uniform(size=(1, 12, 12, 3)) - 0.5) * 20 + 128
        image /= 255.0
        for _ in range(3):
            value, step = iterate([image, 0])
            losses.append(value)
            image += step * 0.5
        images.append(image[0, ::5, ::5])
    return {"losses": losses, "images": images}
