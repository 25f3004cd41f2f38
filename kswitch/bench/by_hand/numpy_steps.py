"""By hand on NumPy: gradients worked out on paper, arrays used again once they are free."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from kswitch.bench import models


def loss_of(z, t):
    """The loss, and its gradient by z in the place of z."""
    z -= np.maximum.reduce(z, 1, None, None, True)
    y = np.exp(z)
    total = np.add.reduce(y, 1, None, None, True)
    z -= np.log(total)
    loss = -np.vdot(t, z) / len(t)
    y /= total
    y -= t
    y *= 1 / len(t)
    return float(loss), y


def logistic(x, t, weights):
    w, b = weights
    z = x.dot(w)
    z += b
    loss, dz = loss_of(z, t)
    return loss, [x.T.dot(dz), np.add.reduce(dz, 0)]


def mlp(x, t, weights):
    w1, b1, w2, b2 = weights
    h = x.dot(w1)
    h += b1
    np.maximum(h, 0, out=h)
    z = h.dot(w2)
    z += b2
    loss, dz = loss_of(z, t)
    dh = dz.dot(w2.T)
    dh *= h > 0
    return loss, [x.T.dot(dh), np.add.reduce(dh, 0), h.T.dot(dz), np.add.reduce(dz, 0)]


def patches(x):
    """(batch * rows * cols, 9 * channels): the 3x3 surroundings of each pixel."""
    n, rows, cols, channels = x.shape
    around = np.zeros((n, rows + 2, cols + 2, channels), x.dtype)
    around[:, 1:-1, 1:-1] = x
    windows = sliding_window_view(around, (3, 3), (1, 2)).transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(n * rows * cols, 9 * channels)


def convolution(x, kernel, bias):
    columns = patches(x)
    y = columns.dot(kernel.reshape(-1, kernel.shape[-1]))
    y += bias
    np.maximum(y, 0, out=y)
    return y.reshape(*x.shape[:3], -1), columns


def pooling(x):
    n, rows, cols, channels = x.shape
    parts = x.reshape(n, rows // 2, 2, cols // 2, 2, channels)
    a, b = np.maximum(parts[:, :, 0, :, 0], parts[:, :, 0, :, 1]), parts[:, :, 1, :, 0]
    b = np.maximum(b, parts[:, :, 1, :, 1])
    return np.maximum(a, b, out=a)


def pooling_gradient(g, x, y):
    """The gradient goes to the first of the largest in each window; and none where relu gave 0."""
    n, rows, cols, channels = x.shape
    dx = np.zeros_like(x)
    shape = (n, rows // 2, 2, cols // 2, 2, channels)
    parts, found = x.reshape(shape), dx.reshape(shape)
    free = y > 0
    for i in range(2):
        for j in range(2):
            hit = parts[:, :, i, :, j] == y
            hit &= free
            free &= ~hit
            np.copyto(found[:, :, i, :, j], g, where=hit)
    return dx


def cnn(x, t, weights):
    k1, b1, k2, b2, w, b = weights
    y1, columns1 = convolution(x, k1, b1)
    p1 = pooling(y1)
    y2, columns2 = convolution(p1, k2, b2)
    p2 = pooling(y2)
    flat = p2.reshape(len(x), -1)
    z = flat.dot(w)
    z += b
    loss, dz = loss_of(z, t)
    dw, db = flat.T.dot(dz), np.add.reduce(dz, 0)
    d2 = pooling_gradient(dz.dot(w.T).reshape(p2.shape), y2, p2)
    flat2 = d2.reshape(-1, d2.shape[-1])
    dk2, db2 = columns2.T.dot(flat2).reshape(k2.shape), np.add.reduce(flat2, 0)
    turned = k2[::-1, ::-1].transpose(0, 1, 3, 2).reshape(-1, k2.shape[2])
    d1 = pooling_gradient(patches(d2).dot(turned).reshape(p1.shape), y1, p1)
    flat1 = d1.reshape(-1, d1.shape[-1])
    dk1, db1 = columns1.T.dot(flat1).reshape(k1.shape), np.add.reduce(flat1, 0)
    return loss, [dk1, db1, dk2, db2, dw, db]


def sigmoid(x):
    np.negative(x, x)
    np.exp(x, x)
    x += 1
    return np.reciprocal(x, x)


def lstm(x, t, weights):
    kernel, recurrent, bias, w, b = weights
    n, steps, units = len(x), x.shape[1], recurrent.shape[0]
    rows = x.transpose(1, 0, 2).reshape(steps * n, -1)
    z = rows.dot(kernel)
    z += bias
    z = z.reshape(steps, n, 4 * units)
    h = np.zeros((steps + 1, n, units), x.dtype)
    c = np.zeros((steps + 1, n, units), x.dtype)
    flat = np.empty((steps, n, units), x.dtype)
    for s in range(steps):
        row = z[s]
        row += h[s].dot(recurrent)
        sigmoid(row[:, : 2 * units])
        sigmoid(row[:, 3 * units :])
        i, f, g, o = (row[:, k * units : (k + 1) * units] for k in range(4))
        np.tanh(g, g)
        np.multiply(f, c[s], c[s + 1])
        c[s + 1] += i * g
        np.tanh(c[s + 1], flat[s])
        np.multiply(o, flat[s], h[s + 1])
    out = h[-1].dot(w)
    out += b
    loss, dout = loss_of(out, t)
    dw, db = h[-1].T.dot(dout), np.add.reduce(dout, 0)
    dh, dc = dout.dot(w.T), np.zeros((n, units), x.dtype)
    back = np.ascontiguousarray(recurrent.T)
    for s in range(steps - 1, -1, -1):
        row = z[s]
        i, f, g, o = (row[:, k * units : (k + 1) * units] for k in range(4))
        dc += dh * o * (1 - flat[s] * flat[s])
        do = dh * flat[s] * o * (1 - o)
        di, dg = dc * g * i * (1 - i), dc * i * (1 - g * g)
        df = dc * c[s] * f * (1 - f)
        dc *= f
        for part, new in ((i, di), (f, df), (g, dg), (o, do)):
            part[...] = new
        dh = row.dot(back)
    dz = z.reshape(steps * n, -1)
    dk = rows.T.dot(dz)
    du = h[:-1].reshape(steps * n, -1).T.dot(dz)
    return loss, [dk, du, np.add.reduce(dz, 0), dw, db]


GRADIENTS = {"logistic regression": logistic, "MLP": mlp, "CNN": cnn, "LSTM": lstm}


def build(model, optimizer, weights):
    weights = [np.array(w) for w in weights]
    change = sgd(weights) if optimizer == "SGD" else adam(weights)
    gradients_of = GRADIENTS[model]

    def step(x, t):
        loss, gradients = gradients_of(x, t, weights)
        change(gradients)
        return loss

    return step


def sgd(weights):
    moments = [np.zeros_like(w) for w in weights]

    def change(gradients):
        for w, m, g in zip(weights, moments, gradients, strict=True):
            m *= models.MOMENTUM
            g *= models.RATE
            m -= g
            w += m

    return change


def adam(weights):
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    b1, b2 = models.ADAM["beta_1"], models.ADAM["beta_2"]
    count = 0

    def change(gradients):
        nonlocal count
        count += 1
        rate = models.ADAM["rate"] * (1 - b2**count) ** 0.5 / (1 - b1**count)
        for w, m, v, g in zip(weights, first, second, gradients, strict=True):
            m *= b1
            v *= b2
            part = g * (1 - b1)
            m += part
            g *= g
            g *= 1 - b2
            v += g
            np.sqrt(v, part)
            part += models.ADAM["epsilon"]
            np.divide(m, part, part)
            part *= rate
            w -= part

    return change
