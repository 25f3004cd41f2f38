"""Where Keras 2 computes otherwise than K."""

import numpy as np
import pytest

from kswitch import registry
from kswitch.keras2 import rules

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


def masked_steps(engine, unroll):
    """What 2.2's rnn makes of three steps, the second not masked, that count from 5."""
    K = registry.loaded(engine)._functions

    def step(x, states):
        return 10.0 * (states[0] + x), [states[0] + x]

    mask = K.constant([[0, 1, 0]])
    rnn = rules.of((2, 2, 4))["rnn"]
    last, outputs, states = rnn(
        K, step, K.ones((1, 3, 1)), [K.constant([[5.0]])], mask=mask, unroll=unroll
    )
    return [K.eval(x).ravel().tolist() for x in (outputs, last, *states)]


def test_masked_step_of_22_gives_the_first_state(engine):
    assert masked_steps(engine, unroll=False) == [[5, 60, 6], [6], [6]]


def test_masked_step_of_22_gives_the_output_before_if_unrolled(engine):
    assert masked_steps(engine, unroll=True) == [[0, 60, 60], [60], [6]]


def test_mask_without_a_state_is_an_error_in_22(engine):
    K = registry.loaded(engine)._functions
    x = K.ones((1, 3, 1))
    with pytest.raises(ValueError, match=r"^rnn\(\): No initial states provided! With a mask"):
        rules.rnn(K, lambda x, states: (x, states), x, [], mask=K.ones((1, 3)))
