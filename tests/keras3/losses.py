"""Losses and metrics as people paste them: written for Keras 2, but for the import."""

import numpy as np

from kswitch import backend as K


def binary_focal_loss(gamma=2.0, alpha=0.25):
    def focal_loss(y_true, y_pred):
        y_true = K.cast(y_true, K.floatx())
        epsilon = K.epsilon()
        y_pred = K.clip(y_pred, epsilon, 1.0 - epsilon)
        p_t = y_true * y_pred + (K.ones_like(y_true) - y_true) * (K.ones_like(y_pred) - y_pred)
        alpha_factor = K.ones_like(y_true) * alpha
        alpha_t = y_true * alpha_factor + (1 - y_true) * (1 - alpha_factor)
        weight = alpha_t * K.pow((1 - p_t), gamma)
        loss = weight * -K.log(p_t)
        return K.mean(K.sum(loss, axis=1))

    return focal_loss


def dice_coef(y_true, y_pred, smooth=1):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2.0 * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_loss(y_true, y_pred):
    return 1 - dice_coef(y_true, y_pred)


def tversky_loss(y_true, y_pred, alpha=0.3, beta=0.7, smooth=1e-10):
    y_true = K.batch_flatten(y_true)
    y_pred = K.batch_flatten(y_pred)
    truepos = K.sum(y_true * y_pred, axis=-1)
    fp_and_fn = alpha * K.sum(y_pred * (1 - y_true), axis=-1) + beta * K.sum(
        (1 - y_pred) * y_true, axis=-1
    )
    answer = (truepos + smooth) / ((truepos + smooth) + fp_and_fn)
    return K.mean(1.0 - answer)


def jaccard_distance(y_true, y_pred, smooth=100):
    intersection = K.sum(K.abs(y_true * y_pred), axis=-1)
    sum_ = K.sum(K.abs(y_true) + K.abs(y_pred), axis=-1)
    jac = (intersection + smooth) / (sum_ - intersection + smooth)
    return (1 - jac) * smooth


def gaussian_window(size=5, sigma=1.5):
    axis = np.arange(size) - size // 2
    window = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * sigma**2))
    return (window / window.sum()).reshape((size, size, 1, 1))


def ssim_loss(y_true, y_pred):
    kernel = K.constant(gaussian_window())
    c1, c2 = 0.01**2, 0.03**2
    ux = K.conv2d(y_true, kernel, padding="valid", data_format="channels_last")
    uy = K.conv2d(y_pred, kernel, padding="valid", data_format="channels_last")
    uxx = K.conv2d(K.square(y_true), kernel, data_format="channels_last")
    uyy = K.conv2d(K.square(y_pred), kernel, data_format="channels_last")
    uxy = K.conv2d(y_true * y_pred, kernel, data_format="channels_last")
    vx, vy, vxy = uxx - K.square(ux), uyy - K.square(uy), uxy - ux * uy
    s = (2 * ux * uy + c1) * (2 * vxy + c2)
    s = s / ((K.square(ux) + K.square(uy) + c1) * (vx + vy + c2))
    return K.mean((1.0 - s) / 2.0)


def euclidean_distance(vects):
    x, y = vects
    return K.sqrt(K.maximum(K.sum(K.square(x - y), axis=1, keepdims=True), K.epsilon()))


def eucl_dist_output_shape(shapes):
    return (shapes[0][0], 1)


def contrastive_loss(y_true, y_pred):
    margin = 1
    square_pred = K.square(y_pred)
    margin_square = K.square(K.maximum(margin - y_pred, 0))
    return K.mean(y_true * square_pred + (1 - y_true) * margin_square)


def ctc_lambda_func(args):
    y_pred, labels, input_length, label_length = args
    y_pred = y_pred[:, 2:, :]
    return K.ctc_batch_cost(labels, y_pred, input_length, label_length)


def quantile_loss(quantiles):
    def loss(y_true, y_pred):
        total = K.constant(0.0)
        for i, q in enumerate(quantiles):
            e = y_true[:, 0] - y_pred[:, i]
            total = total + K.mean(K.maximum(q * e, (q - 1) * e))
        return total

    return loss


def recall_m(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())


def precision_m(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    predicted_positives = K.sum(K.round(K.clip(y_pred, 0, 1)))
    return true_positives / (predicted_positives + K.epsilon())


def f1_m(y_true, y_pred):
    precision = precision_m(y_true, y_pred)
    recall = recall_m(y_true, y_pred)
    return 2 * ((precision * recall) / (precision + recall + K.epsilon()))
