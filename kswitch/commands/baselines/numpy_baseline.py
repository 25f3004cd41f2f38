"""By hand on NumPy: the gradient worked out on paper, arrays used again once they are free."""

import numpy as np


def build(weights, rate):
    w1, b1, w2, b2 = (np.array(w) for w in weights)

    def step(x, t):
        batch = len(x)
        h = x.dot(w1)
        h += b1
        np.maximum(h, 0, h)
        z = h.dot(w2)
        z += b2
        z -= np.maximum.reduce(z, 1, None, None, True)
        y = np.exp(z)
        total = np.add.reduce(y, 1, None, None, True)
        z -= np.log(total)
        loss = -np.vdot(t, z) / batch

        y /= total
        y -= t
        y *= rate / batch
        dh = y.dot(w2.T)
        dh *= h > 0
        np.subtract(w2, h.T.dot(y), w2)
        np.subtract(b2, np.add.reduce(y, 0), b2)
        np.subtract(w1, x.T.dot(dh), w1)
        np.subtract(b1, np.add.reduce(dh, 0), b1)
        return float(loss)

    return step
