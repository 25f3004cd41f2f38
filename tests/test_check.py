"""`kswitch check` compares a module with the API."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def check(tmp_path):
    """check(*arguments) runs the command where the sample backend can be imported."""

    def run(*arguments):
        settings = {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent)}
        return subprocess.run(
            [sys.executable, "-P", "-m", "kswitch", "check", *arguments],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def result(check):
    return json.loads(check("sample_external.backend", "--json").stdout)


def test_missing_functions_are_listed(result):
    assert {"tanh", "gradients", "update"} <= set(result["missing"])


def test_functions_that_are_there_are_not_missing(result):
    assert not {"placeholder", "variable", "function", "conv2d"} & set(result["missing"])


def test_other_parameters_are_shown_beside_those_of_the_api(result):
    assert result["differing"]["softmax"] == {"expected": "(x, axis=)", "found": "(x)"}


def test_functions_with_the_parameters_of_the_api_do_not_differ(result):
    assert not {"placeholder", "variable", "function"} & set(result["differing"])


def test_text_counts_and_names(check):
    run = check("sample_external.backend")
    assert run.returncode == 1
    assert run.stdout.startswith("sample_external.backend has ")
    assert "missing: " in run.stdout


def test_built_in_backend_is_refused(check):
    run = check("PyTorch")
    assert run.returncode == 2
    assert "PyTorch is built in: check is for a module of your own." in run.stderr


def test_module_that_is_not_there_is_a_text_and_no_traceback(check):
    run = check("sample_external.nowhere")
    assert run.returncode == 2
    assert run.stderr.startswith("kswitch: ")
