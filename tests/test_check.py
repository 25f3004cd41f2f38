"""`kswitch check` compares a module with the API."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def check(tmp_path):
    """check(*arguments) runs the command where the sample backend can be imported."""

    paths = [str(tmp_path), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]

    def run(*arguments):
        settings = {"KERAS_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(paths)}
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


@pytest.mark.parametrize("name", ["numpy", "NumPy"])
def test_built_in_backend_has_everything(check, name):
    run = check(name)
    assert run.returncode == 0
    assert re.fullmatch(r"numpy has (\d+) of \1 functions\.\n", run.stdout.lower())


def test_old_names_are_part_of_the_api(result):
    assert {"get_uids", "deconv2d"} <= set(result["missing"])


@pytest.fixture
def module(tmp_path):
    """Writes a module that has all of K but for what the text says, and compares it."""

    def module(text):
        (tmp_path / "own.py").write_text(
            "from kswitch import load_backend\n"
            "K = load_backend('numpy')\n"
            "globals().update({name: getattr(K, name) for name in K.__all__})\n" + text
        )

    return module


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("def dot(x, y): ...", 0),
        ("def dot(x, y, transposed=False): ...", 0),
        ("def dot(x, y, *, transposed=False): ...", 0),
        ("def dot(x, y, **options): ...", 0),
        ("def dot(*args, **kwargs): ...", 0),
        ("class dot:\n    def __init__(self, x, y): ...", 0),
        ("def dot(y, x): ...", 1),
        ("def dot(x, y, transposed): ...", 1),
        ("def dot(x, y, *, transposed): ...", 1),
        ("def dot(a, b): ...", 1),
        ("def dot(x, y, /): ...", 1),
        ("def dot(x): ...", 1),
        ("def softmax(x, axis): ...", 1),
        ("def function(inputs, outputs, updates=None): ...", 1),
        ("del dot", 1),
        ("del dot\nUNSUPPORTED = {'dot': 'no products'}", 0),
    ],
)
def test_status_says_whether_every_call_of_the_api_can_be_made(check, module, text, status):
    module(text)
    run = check("own")
    assert run.returncode == status, run.stdout + run.stderr


def test_declared_function_comes_with_its_reason(check, module):
    module("del dot\nUNSUPPORTED = {'dot': 'no products'}")
    assert json.loads(check("own", "--json").stdout)["declared"] == {"dot": "no products"}
    assert "no products" in check("own").stdout


def test_kernel_that_an_adapter_lacks_is_missing(check, tmp_path):
    (tmp_path / "own.py").write_text(
        "from sample_adapter.backend import *\nKSWITCH_ADAPTER = True\ndel gather, argmax\n"
        "UNSUPPORTED = {'argmax': 'no order'}\n"
    )
    found = json.loads(check("own", "--json").stdout)
    assert found["missing"] == ["gather"]
    assert found["declared"]["argmax"] == "no order"


def test_module_that_is_no_backend_is_told_what_it_lacks(check, tmp_path):
    (tmp_path / "own.py").write_text("def function(): ...")
    run = check("own")
    assert run.returncode == 2
    assert "Missing required entries: placeholder, variable." in run.stderr


def test_module_that_is_not_there_is_a_text_and_no_traceback(check):
    run = check("sample_external.nowhere")
    assert run.returncode == 2
    assert run.stderr.startswith("kswitch: ")
