"""Names of unknown sizes: which of them are the same whenever a graph runs."""

import numpy as np
import pytest

import kswitch
from kswitch.graph import sizes

K = kswitch.load_backend("numpy")


def same_batch(x, y):
    return x.sizes[0] == y.sizes[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x * 2,
        lambda x: K.tanh(x),
        lambda x: K.dot(x, K.zeros((4, 5))),
        lambda x: x + K.zeros((4,)),
        lambda x: K.zeros((4,)) - x,
        lambda x: K.sum(x, -1),
        lambda x: K.mean(x, 1, True),
        lambda x: x[:, 1:],
        lambda x: x[:, 0],
        lambda x: x[..., None],
        lambda x: K.expand_dims(x, 1),
        lambda x: K.concatenate([x, x]),
        lambda x: K.stack([x, x], 1),
        lambda x: K.cast(x, "float64"),
        lambda x: K.softmax(x),
        lambda x: K.permute_dimensions(x, (0, 1)),
        lambda x: K.argmax(x),
        lambda x: K.zeros_like(x),
        lambda x: K.dropout(x, 0.5),
        lambda x: K.in_train_phase(K.dropout(x, 0.5), x),
        lambda x: K.switch(x > 0, x, 0.0),
        lambda x: K.reshape(x, (-1, 2, 2)),
        lambda x: K.reshape(K.reshape(x, (-1, 2, 2)), (-1, 4)),
        lambda x: K.reshape(x, (K.shape(x)[0], 4, 1)),
        lambda x: K.batch_flatten(K.expand_dims(x)),
        lambda x: K.zeros((K.shape(x)[0], 3)),
        lambda x: K.random_normal((K.shape(x)[0], 3)),
        lambda x: K.tile(x, (1, 2)),
        lambda x: K.repeat(x, 3),
        lambda x: K.repeat_elements(x, 2, 1),
        lambda x: K.temporal_padding(K.expand_dims(x)),
        lambda x: K.gather(K.zeros((5, 2)), K.cast(x, "int32")),
        lambda x: K.one_hot(K.cast(x, "int32"), 3),
        lambda x: K.dot(K.expand_dims(x), K.zeros((1, 5))),
        lambda x: K.conv1d(K.expand_dims(x), K.zeros((3, 1, 2))),
        lambda x: K.pool2d(K.reshape(x, (-1, 2, 2, 1)), (2, 2)),
        lambda x: K.gradients(K.sum(K.square(x)), [x])[0],
    ],
)
def test_batch_keeps_its_name(make):
    x = K.placeholder((None, 4))
    assert same_batch(make(x), x)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[1:],
        lambda x: K.concatenate([x, x], 0),
        lambda x: K.reshape(x, (-1, 2)),
        lambda x: K.tile(x, (2, 1)),
        lambda x: x + K.placeholder((None, 4)),
        lambda x: K.transpose(x),
        lambda x: K.repeat_elements(x, 2, 0),
        lambda x: K.zeros((K.shape(x)[0] + 1, 3)),
        lambda x: K.switch(K.placeholder((None, 4)) > 0, x, 0.0),
        lambda x: K.dot(K.transpose(x), x),
        lambda x: K.dot(K.expand_dims(K.placeholder((None, 4))), K.reshape(x, (1, -1))),
    ],
)
def test_other_sizes_get_other_names(make):
    x = K.placeholder((None, 4))
    assert not same_batch(make(x), x)


def test_sum_of_two_batches_is_one_size_in_both_orders():
    x, y = K.placeholder((None, 4)), K.placeholder((None, 4))
    assert (x + y).sizes == (y + x).sizes


def test_size_that_was_broadcast_once_stays():
    x, y = K.placeholder((None, 4)), K.placeholder((None, 4))
    assert (x + y + x).sizes == (x + y).sizes


def test_known_sizes_have_no_name():
    assert (K.placeholder((2, 4)) * 2).sizes == (2, 4)


def test_renaming_makes_a_broadcast_size_plain():
    x, y = K.placeholder((None,)), K.placeholder((None,))
    assert sizes.renamed((x + y).sizes, {y.sizes[0]: x.sizes[0]}) == x.sizes


def test_condition_of_another_batch_broadcasts():
    c, x = K.placeholder((None, 2)), K.placeholder((None, 2))
    gradient = K.gradients(K.switch(c > 0, x, 0.0), [x])[0]
    found = K.function([c, x], [gradient])([np.ones((4, 2)), np.ones((1, 2))])[0]
    np.testing.assert_array_equal(found, [[4, 4]])
