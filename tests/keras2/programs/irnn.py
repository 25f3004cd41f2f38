"""A plain recurrent network of rectifiers, which begins as the identity, on pixels one by one."""

import keras
import numpy as np
from keras import initializers
from keras.layers import Activation, Dense, SimpleRNN
from keras.models import Sequential
from keras.optimizers import RMSprop

from programs import weights


def run():
    random = np.random.RandomState(1)
    x = random.uniform(size=(8, 36, 1))
    y = keras.utils.to_categorical(random.randint(4, size=8), 4)
    model = Sequential()
    model.add(
        SimpleRNN(
            10,
            recurrent_initializer=initializers.Identity(gain=1.0),
            activation="relu",
            input_shape=x.shape[1:],
        )
    )
    model.add(Dense(4))
    model.add(Activation("softmax"))
    identity = model.get_weights()[1]
    weights.fill(model)
    model.set_weights(model.get_weights()[:1] + [identity] + model.get_weights()[2:])
    model.compile(loss="categorical_crossentropy", optimizer=RMSprop(learning_rate=1e-4))
    return {
        "losses": weights.steps(model, x, y),
        "norms": weights.norms(model),
        "predicted": model.predict(x),
    }
