"""Files written on one engine, or by the genuine Keras 2.3.1 on TensorFlow 1.15.5, load on this."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest
from genuine import write

from kswitch import registry

GENUINE = Path(write.__file__).parent
WRITERS = ["genuine", *registry.ENGINES]


@pytest.fixture(scope="session", params=WRITERS)
def folder(request, tmp_path_factory):
    """Where a writer put its files: this repository, or a folder that another process fills."""
    if request.param == "genuine":
        return GENUINE
    name = registry.ENGINES[request.param].import_name
    if not registry.installed(name):
        pytest.skip(f"{name} is not installed")
    path = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-m", "kswitch.keras2", write.__file__, path]
    environment = {**os.environ, "KERAS_BACKEND": request.param}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return path


@pytest.fixture(params=[make.__name__ for make in write.MODELS])
def written(request, folder):
    """A model's files, and what its writer found."""
    with np.load(folder / f"{request.param}.npz") as arrays:
        return SimpleNamespace(
            make=getattr(write, request.param),
            whole=folder / f"{request.param}.h5",
            weights=folder / f"{request.param}_weights.h5",
            **arrays,
        )


def assert_close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_whole_model_predicts_the_same(written):
    model = keras.models.load_model(written.whole)
    assert_close(model.predict(written.x), written.predicted)


def test_weights_in_a_new_model_predict_the_same(written):
    model = written.make(keras.layers, keras.models, keras.optimizers)[0]
    assert np.abs(model.predict(written.x) - written.predicted).max() > 1e-2
    model.load_weights(written.weights)
    assert_close(model.predict(written.x), written.predicted)


def test_training_goes_on_from_the_saved_state_of_the_optimizer(written):
    model = keras.models.load_model(written.whole)
    assert_close(model.train_on_batch(written.x, written.y), written.loss)
    assert_close(model.predict(written.x), written.predicted_next)


def test_file_saved_here_has_the_layout_of_the_genuine(tmp_path):
    whole = GENUINE / "lstm.h5"
    keras.models.load_model(whole).save(tmp_path / "again.h5")
    assert layout(tmp_path / "again.h5") == layout(whole)


def layout(path):
    """Shapes and dtypes of an HDF5 file's data, its attributes' names, and the model's layers.

    In TensorFlow 1 the zeros that an optimizer's variable begins with had its name, and it a number
    after that.
    """
    found = {}

    def note(name, item):
        data = (item.shape, str(item.dtype)) if isinstance(item, h5py.Dataset) else None
        found[re.sub(r"(_\d+)_1:0$", r"\1:0", name)] = (data, sorted(item.attrs))

    with h5py.File(path, "r") as file:
        file.visititems(note)
        found[""] = sorted(file.attrs), json.loads(file.attrs["model_config"])["config"]
    return found
