"""Where Keras 2.3.1 computes otherwise than K."""

import numpy as np
import pytest

LOGITS = np.array([[40.0, 0.0, -40.0]])


@pytest.mark.parametrize(
    ("name", "activation", "target", "loss", "gradient"),
    [
        ("binary_crossentropy", "sigmoid", [[1, 0, 1]], [[0, np.log(2), 40]], [[0, 0.5, -1]]),
        ("categorical_crossentropy", "softmax", [[0, 0, 1]], [80], [[1, 0, -1]]),
        ("sparse_categorical_crossentropy", "softmax", [2], [80], [[1, 0, -1]]),
    ],
)
def test_a_sure_and_wrong_answer_has_a_gradient(K, name, activation, target, loss, gradient):
    x = K.variable(LOGITS)
    found = getattr(K, name)(K.constant(target), getattr(K, activation)(x))
    np.testing.assert_allclose(K.eval(found), loss, rtol=1e-6, atol=1e-6)
    (found,) = K.gradients(found, [x])
    np.testing.assert_allclose(K.eval(found), gradient, rtol=1e-6, atol=1e-6)


def test_probabilities_of_another_axis_are_clipped(K):
    x = K.variable(LOGITS.T)
    loss = K.categorical_crossentropy(K.constant([[0], [0], [1]]), K.softmax(x, 0), axis=0)
    np.testing.assert_allclose(K.eval(loss), -np.log(1e-7), rtol=1e-4)
