"""Keras 2 on the engine that KERAS_BACKEND names, as it was before each test."""

import os
import subprocess
import sys
import warnings

import pytest

from kswitch.keras2 import startup  # before keras, whose backend it chooses

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras


@pytest.fixture(autouse=True)
def clean_state():
    from keras import backend as K

    K.clear_session()
    yield
    K.clear_session()
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_data_format("channels_last")


@pytest.fixture
def K():
    return keras.backend


@pytest.fixture
def engine():
    return os.environ["KERAS_BACKEND"].removeprefix(startup.PREFIX)


@pytest.fixture
def run(engine, tmp_path):
    """Runs Python on arguments in a process of its own, which looks for modules in `path` first."""

    def python(*arguments, path="", backend=engine):
        environment = {**os.environ, "KERAS_BACKEND": backend}
        environment.pop("PYTHONSAFEPATH", None)
        if path:
            found = os.environ.get("PYTHONPATH")
            environment["PYTHONPATH"] = os.pathsep.join([str(path), *([found] if found else [])])
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return python
