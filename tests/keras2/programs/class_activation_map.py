"""Which parts of an image speak for a class, by weights and by gradients, after some training."""

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D, ZeroPadding2D
from keras.models import Sequential

from programs import weights


def run():
    model = Sequential()
    model.add(ZeroPadding2D(1, input_shape=(12, 12, 3)))
    model.add(Conv2D(6, 3, activation="relu"))
    model.add(MaxPooling2D(2))
    model.add(Conv2D(8, 3, activation="relu", padding="same", name="last"))
    model.add(GlobalAveragePooling2D())
    model.add(Dense(3, activation="softmax"))
    model.compile("sgd", loss="categorical_crossentropy", metrics=["categorical_accuracy"])
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(size=(6, 12, 12, 3))
    losses = weights.steps(model, images, np.eye(3)[random.randint(3, size=6)])

    maps = model.get_layer("last").output
    gradient = K.gradients(model.output[:, 1], maps)[0]
    pooled = K.mean(gradient, axis=(0, 1, 2))
    saliency = K.max(K.abs(K.gradients(model.output[:, 1], model.input)[0]), axis=-1)
    iterate = K.function([model.input], [pooled, maps[0], saliency])
    importances, features, salient = iterate([images[:1]])
    return {
        "losses": losses,
        "norms": weights.norms(model),
        "by_weights": np.dot(features, model.layers[-1].get_weights()[0][:, 1]),
        "by_gradients": np.maximum(np.mean(features * importances, axis=-1), 0),
        "saliency": salient[0, ::3],
    }
