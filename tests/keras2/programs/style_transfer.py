"""An image with the content of one and the style, Gram matrices of features, of another."""

import numpy as np
from keras import backend as K
from keras.layers import AveragePooling2D, Conv2D
from keras.models import Sequential

from programs import weights

ROWS, COLUMNS = 10, 12


def features(model, images):
    """{layer's name: features of all three images}"""
    found, x = {}, images
    for layer in model.layers:
        x = layer(x)
        found[layer.name] = x
    return found


def gram_matrix(x):
    x = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(x, K.transpose(x))


def style_loss(style, combination):
    difference = gram_matrix(style) - gram_matrix(combination)
    return K.sum(K.square(difference)) / (4.0 * 9 * (ROWS * COLUMNS) ** 2)


def variation(x):
    a = K.square(x[:, : ROWS - 1, : COLUMNS - 1, :] - x[:, 1:, : COLUMNS - 1, :])
    b = K.square(x[:, : ROWS - 1, : COLUMNS - 1, :] - x[:, : ROWS - 1, 1:, :])
    return K.sum(K.pow(a + b, 1.25))


def run():
    random = np.random.RandomState(1)
    content, style, start = random.uniform(-1, 1, size=(3, 1, ROWS, COLUMNS, 3))
    model = Sequential(
        [
            Conv2D(6, (3, 3), activation="relu", padding="same", input_shape=(ROWS, COLUMNS, 3)),
            AveragePooling2D((2, 2)),
            Conv2D(8, (3, 3), activation="relu", padding="same"),
            Conv2D(8, (3, 3), activation="relu", padding="same"),
        ]
    )
    weights.fill(model)
    combination = K.placeholder((1, ROWS, COLUMNS, 3))
    images = K.concatenate([K.variable(content), K.variable(style), combination], axis=0)
    outputs = features(model, images)
    names = [layer.name for layer in model.layers if "conv" in layer.name]

    loss = K.variable(0.0)
    loss = loss + 0.3 * K.sum(K.square(outputs[names[-1]][2] - outputs[names[-1]][0]))
    for name in names:
        loss = loss + 4.0 / len(names) * style_loss(outputs[name][1], outputs[name][2])
    loss = loss + 0.01 * variation(combination)
    evaluate = K.function([combination], [loss] + K.gradients(loss, combination))

    image, losses = start, []
    for _ in range(3):
        value, gradient = evaluate([image])
        losses.append(value)
        image = image - 0.1 * gradient
    return {"losses": losses, "gradient": gradient[0, ::3, ::4], "image": image[0, ::3, ::4]}
