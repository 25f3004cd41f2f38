"""kswitch.keras3.install(): the classic names on Keras 3's own backend module."""

import keras
import numpy as np
import pytest

from kswitch import backend as K
from kswitch import keras3

SOURCE = """
from keras import backend as K

def loss(y_true, y_pred):
    return K.mean(K.square(K.flatten(y_true - y_pred)), axis=-1)
"""


@pytest.fixture
def theirs():
    """Code of somebody else, which knows nothing of kswitch."""
    scope = {}
    exec(SOURCE, scope)
    return scope["loss"]


@pytest.fixture
def before():
    names = dict(vars(keras.backend))
    yield names
    keras3.uninstall()


def test_without_it_classic_code_fails(theirs, before):
    with pytest.raises(AttributeError, match="has no attribute 'mean'"):
        theirs(np.ones(2), np.ones(2))


def test_with_it_classic_code_trains(theirs, before):
    keras3.install()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", theirs)
    x, y = np.ones((8, 4)), np.ones((8, 1))
    loss = model.fit(x, y, epochs=2, verbose=0).history["loss"]
    assert loss[1] < loss[0]


def test_no_name_of_keras_is_replaced(before):
    keras3.install()
    assert {name: vars(keras.backend)[name] for name in before} == before


def test_every_name_of_k_is_there(before):
    keras3.install()
    assert [name for name in K.__all__ if not hasattr(keras.backend, name)] == []


def test_it_says_what_it_added(before):
    added = keras3.install()
    assert set(added) == set(vars(keras.backend)) - set(before)
    assert keras3.install() == []


def test_it_can_be_undone(before):
    added = keras3.install()
    assert set(keras3.uninstall()) == set(added)
    assert dict(vars(keras.backend)) == before


def test_undoing_nothing_is_nothing(before):
    assert keras3.uninstall() == []
