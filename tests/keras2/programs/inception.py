"""Towers of convolutions beside one another, with a second classifier half the way up."""

import numpy as np
from keras.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    concatenate,
)
from keras.models import Model
from keras.optimizers import SGD

from programs import weights


def module(x, filters):
    towers = [Conv2D(filters, 1, padding="same", activation="relu")(x)]
    y = Conv2D(filters, 1, padding="same", activation="relu")(x)
    towers.append(Conv2D(filters, 3, padding="same", activation="relu")(y))
    y = Conv2D(filters, 1, padding="same", activation="relu")(x)
    towers.append(Conv2D(filters, (5, 1), padding="same", activation="relu")(y))
    y = MaxPooling2D((3, 3), strides=(1, 1), padding="same")(x)
    towers.append(Conv2D(filters, 1, padding="same", activation="relu")(y))
    return concatenate(towers, axis=-1)


def run():
    image = Input((10, 10, 3))
    x = module(image, 3)
    half = Dense(4, activation="softmax", name="half")(Flatten()(AveragePooling2D(5)(x)))
    x = module(MaxPooling2D(3, strides=2)(x), 4)
    top = Dense(4, activation="softmax", name="top")(GlobalAveragePooling2D()(x))
    model = Model(image, [top, half])
    model.compile(
        SGD(lr=0.05, momentum=0.9, clipvalue=0.02),
        loss={"top": "categorical_crossentropy", "half": "kullback_leibler_divergence"},
        loss_weights={"top": 1.0, "half": 0.3},
        metrics={"top": ["accuracy", "top_k_categorical_accuracy"]},
    )
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(-1, 1, size=(8, 10, 10, 3))
    labels = np.eye(4)[random.randint(4, size=8)]
    return {
        "losses": weights.steps(model, images, {"top": labels, "half": labels * 0.8 + 0.05}),
        "norms": weights.norms(model),
        "predicted": model.predict(images[:3]),
    }
