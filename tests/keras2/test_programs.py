"""Programs end with the numbers of the genuine Keras 2.3.1 on TensorFlow 1.15.5: see `programs`."""

import importlib
import json
import pathlib

import numpy as np
import programs
import pytest

WANT = json.loads(pathlib.Path(programs.RESULTS).read_text())["programs"]
# Most come to 1e-6. Those of batch normalisation do not: TensorFlow's fused kernel gives a variance
# over n - 1, by which Keras divides once more, so that its moving variances are 1 / n too large.
TOLERANCE = 1e-4


def test_every_program_is_recorded():
    assert sorted(WANT) == programs.NAMES


@pytest.mark.parametrize("name", programs.NAMES)
def test_numbers_are_those_of_the_genuine_keras(name):
    found = importlib.import_module(f"programs.{name}").run()
    assert sorted(found) == sorted(WANT[name])
    for key, numbers in found.items():
        want = np.reshape(WANT[name][key]["values"], WANT[name][key]["shape"])
        zero = 1e-6 * np.abs(want).max()
        np.testing.assert_allclose(
            np.asarray(numbers, "float64"), want, TOLERANCE, zero, err_msg=key
        )
