"""`kswitch info`, and what the command line does before any command."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from kswitch import __version__


@pytest.fixture
def kswitch(tmp_path):
    """kswitch(*arguments, **environment) runs the command line with keras.json in tmp_path."""

    def run(*arguments, **environment):
        settings = {"KERAS_HOME": str(tmp_path), **environment}
        inherited = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
        return subprocess.run(
            [sys.executable, "-P", "-m", "kswitch", *arguments],
            cwd=tmp_path,
            env={**inherited, **settings},
            capture_output=True,
            text=True,
        )

    return run


def test_without_a_command_help_is_printed(kswitch):
    run = kswitch()
    assert run.returncode == 0
    assert all(command in run.stdout for command in ("demo", "info", "bench"))


def test_version_is_that_of_the_package(kswitch):
    assert kswitch("--version").stdout == f"kswitch {__version__}\n"


def test_unknown_command_is_explained(kswitch):
    run = kswitch("dmeo")
    assert run.returncode == 2
    assert "invalid choice: 'dmeo'" in run.stderr


def test_backend_from_the_environment(kswitch):
    facts = json.loads(kswitch("info", "--json", KERAS_BACKEND="numpy").stdout)
    assert facts["backend"] == {"name": "numpy", "origin": "KERAS_BACKEND"}


def test_backend_from_the_file(kswitch, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "numpy", "floatx": "float64"}')
    facts = json.loads(kswitch("info", "--json").stdout)
    assert facts["backend"]["name"] == "numpy"
    assert str(tmp_path / "keras.json") in facts["backend"]["origin"]


def test_configuration_is_shown_with_its_values(kswitch, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "numpy", "floatx": "float64"}')
    facts = json.loads(kswitch("info", "--json").stdout)
    assert facts["configuration"] == {
        "path": str(tmp_path / "keras.json"),
        "exists": True,
        "floatx": "float64",
        "epsilon": 1e-07,
        "image_data_format": "channels_last",
        "backend": "numpy",
    }


def test_numpy_is_found_with_version_and_device(kswitch):
    import numpy as np

    facts = json.loads(kswitch("info", "--json", KERAS_BACKEND="numpy").stdout)
    assert facts["engines"]["numpy"] == {
        "installed": True,
        "version": np.__version__,
        "devices": ["CPU"],
    }


@pytest.mark.parametrize("name", ["tensorflow", "torch", "jax"])
def test_engine_is_found_or_comes_with_its_command(kswitch, name):
    facts = json.loads(kswitch("info", "--json", KERAS_BACKEND="numpy").stdout)["engines"][name]
    if find_spec(name):
        assert facts["version"]
        assert facts["devices"]
    else:
        assert facts == {"installed": False, "install": f"pip install 'kswitch[{name}]'"}


def test_text_holds_every_fact(kswitch):
    output = kswitch("info", KERAS_BACKEND="numpy").stdout
    words = ["numpy (from KERAS_BACKEND)", "keras.json", "float32", "channels_last", "jax"]
    assert [word for word in words if word not in output] == []


def test_bad_file_is_a_text_and_no_traceback(kswitch, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": ')
    run = kswitch("info")
    assert run.returncode == 2
    assert run.stderr.startswith("kswitch: ")
    assert "keras.json" in run.stderr


def test_bad_name_is_a_text_and_no_traceback(kswitch):
    run = kswitch("info", KERAS_BACKEND="theano")
    assert run.returncode == 2
    assert run.stderr.startswith("kswitch: ")
    assert "theano" in run.stderr
