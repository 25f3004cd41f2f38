"""KERAS_BACKEND, a backend from this folder, and the embedded NumPy give the same numbers.

`tox -e array_api,pytensor` runs it by its name: it is no test of kswitch alone.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def name():
    """The backend's name, as a user sets it."""
    return os.environ["KERAS_BACKEND"]


def output(backend, *arguments):
    """What a Python process prints."""
    found = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_backend_is_the_configured_one(name):
    program = "from kswitch import backend as K; print(K.backend())"
    assert output(name, "-c", program).strip() == name


def test_program_of_the_readme(name):
    text = re.search(r"## The classic idiom\n\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    mine, numpys = (re.findall(r"\d+\.\d*", output(b, "-c", text[1])) for b in (name, "numpy"))
    assert len(mine) == len(numpys) == 3 + 4 * 3
    np.testing.assert_allclose(np.array(mine, float), np.array(numpys, float), 1e-6)


def test_demo_trains_to_the_same_loss(name):
    command = ("-m", "kswitch", "demo", "--epochs", "3", "--json", "--backend")
    mine, numpys = (json.loads(output(b, *command, b)) for b in (name, "numpy"))
    assert mine["backend"] == name
    assert mine["accuracy"] == numpys["accuracy"]
    np.testing.assert_allclose(mine["loss"], numpys["loss"], 1e-5)
