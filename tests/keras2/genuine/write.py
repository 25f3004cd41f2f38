"""Writes models and what they predict, on any engine; the files beside it are genuine Keras's:

    python3.7 -m venv k231
    k231/bin/pip install keras==2.3.1 tensorflow==1.15.5 'h5py<3' 'protobuf<3.21' 'numpy<1.19'
    KERAS_BACKEND=tensorflow k231/bin/python tests/keras2/genuine/write.py tests/keras2/genuine

Each model is trained, saved as a whole (`name.h5`) and as weights (`name_weights.h5`), and trained
one step more. `name.npz` has the input `x`, the target `y`, what the saved model predicts, and the
loss and predictions of that step: they need the state of the optimizer, which is saved too.
"""

import os
import sys

import numpy as np


def dense(layers, models, optimizers):
    model = models.Sequential(
        [layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dense(2)]
    )
    # not Adam: its step may be counted before or after it on TensorFlow 1
    model.compile("adadelta", "mse")
    return model, (6, 3), (6, 2)


def convolution(layers, models, optimizers):
    image = layers.Input((6, 6, 2))
    x = layers.Conv2D(3, 3, padding="same", activation="relu")(image)
    x = layers.SeparableConv2D(2, 2)(layers.MaxPooling2D(2)(x))
    # flat: the variance of images is corrected twice on TensorFlow 1, by it and by Keras
    x = layers.BatchNormalization(momentum=0.9)(layers.Flatten()(x))
    x = layers.Dense(2, activation="softmax")(x)
    model = models.Model(image, x)
    model.compile(optimizers.SGD(0.1, momentum=0.9, nesterov=True), "mse")
    return model, (6, 6, 6, 2), (6, 2)


def lstm(layers, models, optimizers):
    model = models.Sequential()
    model.add(layers.Masking(0.5, input_shape=(None, 3)))
    model.add(layers.Bidirectional(layers.LSTM(2, return_sequences=True)))
    model.add(layers.GRU(2))
    model.compile("rmsprop", "mse")
    return model, (6, 4, 3), (6, 2)


MODELS = (dense, convolution, lstm)


def write(make, folder):
    import keras

    keras.backend.clear_session()
    np.random.seed(0)
    model, *shapes = make(keras.layers, keras.models, keras.optimizers)
    x, y = (np.random.uniform(-1, 1, shape).astype("float32") for shape in shapes)
    if make is lstm:
        x[:3, 2:] = 0.5
    for _ in range(3):
        model.train_on_batch(x, y)
    path = os.path.join(folder, make.__name__)
    model.save(path + ".h5")
    model.save_weights(path + "_weights.h5")
    arrays = {"x": x, "y": y, "predicted": model.predict(x)}
    arrays["loss"] = model.train_on_batch(x, y)
    arrays["predicted_next"] = model.predict(x)
    np.savez(path + ".npz", **arrays)


if __name__ == "__main__":
    if os.environ["KERAS_BACKEND"] == "tensorflow":  # the genuine: kswitch puts a path there
        import tensorflow

        # others of TensorFlow 1 let updates race with reads
        tensorflow.compat.v1.enable_resource_variables()
    for each in MODELS:
        write(each, sys.argv[1])
