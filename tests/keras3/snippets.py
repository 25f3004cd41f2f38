"""The snippets at work: each trains or runs a small Keras 3 model and gives its numbers.

Weights come from NumPy, so that the numbers are those of every engine.
"""

import keras
import numpy as np
from keras import layers as standard
from keras3 import layers, losses

from kswitch import backend as K


def arrays(*shapes, seed=0):
    rng = np.random.RandomState(seed)
    return [rng.uniform(-1, 1, shape).astype("float32") for shape in shapes]


def fixed(model, seed=7):
    """The model with weights that NumPy draws."""
    rng = np.random.RandomState(seed)
    model.set_weights([rng.uniform(-0.5, 0.5, w.shape).astype("float32") for w in model.weights])
    return model


def trained(model, x, y, loss, metrics=(), **options):
    """What three epochs of training give: losses and metrics, and the predictions afterwards."""
    fixed(model)
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=list(metrics), **options)
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history
    numbers = {name: np.array(values) for name, values in history.items()}
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0)
    return {**numbers, "evaluated": np.array(evaluated), "predicted": predicted(model, x)}


def predicted(model, x):
    return np.asarray(model.predict(x, batch_size=4, verbose=0))


def dense(outputs=3, activation="sigmoid", **options):
    return keras.Sequential(
        [
            keras.Input((5,)),
            standard.Dense(6, activation="tanh"),
            standard.Dense(outputs, activation=activation, **options),
        ]
    )


def labels(outputs=3):
    return (arrays((8, outputs), seed=1)[0] > 0).astype("float32")


X = arrays((8, 5))[0]


def focal(**options):
    return trained(dense(), X, labels(), losses.binary_focal_loss(), **options)


def dice(**options):
    return trained(dense(), X, labels(), losses.dice_loss, [losses.dice_coef], **options)


def tversky(**options):
    return trained(dense(), X, labels(), losses.tversky_loss, **options)


def jaccard(**options):
    return trained(dense(), X, labels(), losses.jaccard_distance, **options)


def ssim(**options):
    x, y = arrays((8, 9, 8, 1), (8, 9, 8, 1))
    model = keras.Sequential(
        [keras.Input((9, 8, 1)), standard.Conv2D(1, 3, padding="same", activation="sigmoid")]
    )
    return trained(model, x, np.abs(y), losses.ssim_loss, **options)


def contrastive(**options):
    a, b = arrays((8, 5), (8, 5))
    inputs = [keras.Input((5,)), keras.Input((5,))]
    shared = standard.Dense(4, activation="tanh")
    distance = standard.Lambda(
        losses.euclidean_distance, output_shape=losses.eucl_dist_output_shape
    )([shared(x) for x in inputs])
    model = keras.Model(inputs, distance)
    return trained(model, [a, b], labels(1), losses.contrastive_loss, **options)


def ctc(**options):
    frames = keras.Input((9, 5), name="frames")
    truth = keras.Input((3,), name="truth")
    steps, lengths = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    y_pred = standard.Dense(6, activation="softmax")(frames)
    loss_out = standard.Lambda(losses.ctc_lambda_func, output_shape=(1,), name="ctc")(
        [y_pred, truth, steps, lengths]
    )
    model = keras.Model([frames, truth, steps, lengths], loss_out)
    x = arrays((8, 9, 5))[0]
    y = np.random.RandomState(2).randint(0, 5, (8, 3)).astype("float32")
    data = [x, y, np.full((8, 1), 7), np.array([[3], [2], [1], [3], [2], [2], [3], [1]])]
    return trained(model, data, np.zeros((8, 1)), lambda y_true, y_pred: y_pred, **options)


def quantile(**options):
    y = arrays((8, 1), seed=4)[0]
    return trained(dense(3, None), X, y, losses.quantile_loss([0.1, 0.5, 0.9]), **options)


def metric(function, **options):
    return trained(dense(), X, labels(), "binary_crossentropy", [function], **options)


def f1(**options):
    return metric(losses.f1_m, **options)


def precision(**options):
    return metric(losses.precision_m, **options)


def recall(**options):
    return metric(losses.recall_m, **options)


def attention(**options):
    x = arrays((8, 6, 5))[0]
    model = keras.Sequential([keras.Input((6, 5)), layers.Attention(), standard.Dense(2)])
    return trained(model, x, labels(2), "mse", **options)


def capsule(**options):
    x = arrays((8, 6, 5))[0]
    inputs = keras.Input((6, 5))
    capsules = layers.Capsule(3, 4)(inputs)
    lengths = standard.Lambda(lambda z: K.sqrt(K.sum(K.square(z), 2)), output_shape=(3,))(capsules)
    model = keras.Model(inputs, lengths)
    margin = lambda t, p: t * K.relu(0.9 - p) ** 2 + 0.25 * (1 - t) * K.relu(p - 0.1) ** 2
    return trained(model, x, labels(), margin, **options)


def layer_normalization(**options):
    model = keras.Sequential(
        [keras.Input((5,)), standard.Dense(6), layers.LayerNormalization(), standard.Dense(3)]
    )
    return trained(model, X, labels(), "mse", **options)


def gaussian_noise(**options):
    """Noise only while training, other noise each time; its numbers are those without it."""
    model = keras.Sequential(
        [keras.Input((400,)), layers.GaussianNoise(0.5), standard.Dense(400, use_bias=False)]
    )
    model.set_weights([np.eye(400, dtype="float32")])
    x = arrays((8, 400))[0]
    mse = lambda t, p: K.mean(K.square(t - p), axis=-1)
    model.compile(keras.optimizers.SGD(0.0), mse, **options)
    losses = model.fit(x, x, batch_size=8, epochs=2, verbose=0).history["loss"]
    assert losses[0] != losses[1]
    np.testing.assert_allclose(losses, 0.25, rtol=0.1)
    return {
        "evaluated": np.array(model.evaluate(x, x, verbose=0)),
        "predicted": predicted(model, x),
    }


def hard_sigmoid(**options):
    model = keras.Sequential([keras.Input((5,)), standard.Dense(3), layers.HardSigmoid()])
    return trained(model, 4 * X, labels(), "mse", **options)


def l1_regularizer(**options):
    model = dense(kernel_regularizer=layers.l1_reg, kernel_constraint=layers.non_negative)
    return trained(model, X, labels(), "mse", **options)


def l2_regularizer(**options):
    model = dense(kernel_regularizer=layers.L2(0.05), activity_regularizer=layers.L2(0.01))
    return trained(model, X, labels(), "mse", **options)


def together(**options):
    """Losses and a metric of fit, and the weights that it leaves."""
    rules = {"kernel_regularizer": layers.L2(0.05), "kernel_constraint": layers.non_negative}
    model = keras.Sequential(
        [
            keras.Input((5,)),
            standard.Dense(6, **rules),
            layers.LayerNormalization(),
            standard.Dense(3),
            layers.HardSigmoid(),
        ]
    )
    fixed(model)
    loss = losses.binary_focal_loss()
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=[losses.f1_m], **options)
    history = model.fit(X, labels(), batch_size=4, epochs=3, shuffle=False, verbose=0).history
    weights = {f"weight {i}": w for i, w in enumerate(model.get_weights())}
    return {**{name: np.array(values) for name, values in history.items()}, **weights}


def convolutional():
    inputs = keras.Input((8, 9, 2))
    x = standard.Conv2D(4, 3, activation="relu", name="last_conv")(inputs)
    x = standard.GlobalAveragePooling2D()(x)
    x = standard.Dropout(0.5)(x)
    return fixed(keras.Model(inputs, standard.Dense(3, activation="softmax")(x)))


def grad_cam():
    model = convolutional()
    image = arrays((1, 8, 9, 2), seed=5)[0]
    class_output = model.output[:, 1]
    last_conv_layer = model.get_layer("last_conv")
    grads = K.gradients(class_output, last_conv_layer.output)[0]
    pooled_grads = K.mean(grads, axis=(0, 1, 2))
    iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
    pooled_grads_value, conv_layer_output_value = iterate([image])
    heatmap = np.maximum(np.mean(conv_layer_output_value * pooled_grads_value, axis=-1), 0)
    saliency = K.function([model.input], K.gradients(class_output, model.input))([image])[0]
    loss = K.mean(model.output[:, 0])
    step = K.gradients(loss, model.input)[0]
    step /= K.sqrt(K.mean(K.square(step))) + 1e-5
    ascent = K.function([model.input, K.learning_phase()], [loss, step])
    loss_value, direction = ascent([image, 0])
    return {
        "pooled": pooled_grads_value,
        "heatmap": heatmap,
        "saliency": saliency,
        "loss": loss_value,
        "direction": direction,
    }


def activations():
    model = convolutional()
    images = arrays((3, 8, 9, 2), seed=6)[0]
    outputs = [layer.output for layer in model.layers[1:]]
    found = K.function([model.input, K.learning_phase()], outputs)([images, 0])
    np.testing.assert_allclose(found[-1], predicted(model, images), rtol=1e-5)
    functor = K.function([model.layers[0].input, K.learning_phase()], [model.layers[3].output])
    once, again = functor([images, 1])[0], functor([images, 1])[0]
    assert np.any(once != again)  # dropout draws anew
    return {layer.name.rstrip("_0123456789"): a for layer, a in zip(model.layers[1:], found)}


TRAINED = (
    *(focal, dice, tversky, jaccard, ssim, contrastive, ctc, quantile, f1, precision, recall),
    *(attention, capsule, layer_normalization, gaussian_noise, hard_sigmoid),
    *(l1_regularizer, l2_regularizer),
)
ALL = (*TRAINED, grad_cam, activations)
