"""The benchmark's models in Keras 3 learn what the steps through K and by hand learn."""

import keras
import pytest

from kswitch import backend as K
from kswitch.bench import keras3, models


@pytest.mark.parametrize(
    ("title", "optimizer"),
    [("logistic regression", "SGD"), ("MLP batch 1", "Adam"), ("CNN", "SGD"), ("LSTM", "Adam")],
)
def test_all_learn_the_same(title, optimizer, monkeypatch):
    """`rivals` compares the losses of ten steps."""
    monkeypatch.setattr(keras3, "EPOCH", 1e-3)
    row = keras3.rivals(K.backend(), title, optimizer, 0)
    assert row["over_batch"] == row["kswitch"] / row["train_on_batch"] > 0
    assert row["over_fit"] == row["loop"] / row["fit"] > 0


def test_models_are_compiled_as_keras_does_by_default():
    weights, _, _ = models.data(models.MODELS["MLP batch 1"])
    network = keras3.build("MLP batch 1", "SGD", weights)
    plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    plain.compile("sgd", "mse")
    assert network.get_compile_config().keys() == plain.get_compile_config().keys()
    for name in ("jit_compile", "run_eagerly", "steps_per_execution"):
        assert getattr(network, name) == getattr(plain, name)
