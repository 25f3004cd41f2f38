"""Features learnt on five digits stay, and the classifier above them learns five others."""

import keras
import numpy as np
from keras.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D, SeparableConv2D
from keras.models import Sequential

from programs import weights


def run():
    features = [
        Conv2D(4, 3, padding="valid", input_shape=(10, 10, 1)),
        Activation("relu"),
        SeparableConv2D(6, 3, depth_multiplier=2),
        Activation("selu"),
        MaxPooling2D(2),
        Flatten(),
    ]
    classifier = [Dense(12), Activation("softplus"), Dense(5), Activation("softmax")]
    model = Sequential(features + classifier)
    weights.fill(model)
    random = np.random.RandomState(1)
    images = random.uniform(size=(2, 8, 10, 10, 1))
    labels = keras.utils.to_categorical(random.randint(5, size=(2, 8)), 5)
    options = {"loss": "categorical_crossentropy", "optimizer": "adadelta", "metrics": ["accuracy"]}
    model.compile(**options)
    losses = weights.steps(model, images[0], labels[0])
    before = weights.norms(model)
    for layer in features:
        layer.trainable = False
    model.compile(**options)
    losses += weights.steps(model, images[1], labels[1])
    return {
        "losses": losses,
        "norms": [before, weights.norms(model)],
        "predicted": model.predict(images[1, :3]),
    }
