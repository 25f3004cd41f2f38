"""K of a module that somebody else wrote: its functions as they are, with our configuration."""

import importlib
import inspect
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import kswitch
from kswitch import config, external, registry


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The module sample_external.backend; KERAS_HOME is a folder of the test."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("sample_external.backend")


@pytest.fixture
def K(module):
    return kswitch.load_backend("sample_external.backend")


@pytest.fixture
def calls():
    """A K whose conv2d only notes how it was called, and those notes."""
    notes = []
    module = ModuleType("notes")
    module.conv2d = lambda *args, **kwargs: notes.append((args, kwargs))
    return external.bind("notes", module), notes


OWN = ["placeholder", "variable", "function", "eval", "int_shape", "dot", "softmax", "conv2d"]


@pytest.mark.parametrize("name", OWN)
def test_functions_are_those_of_the_module(K, module, name):
    assert getattr(K, name) is getattr(module, name)


def test_positional_arguments_go_through_as_written(calls):
    K, notes = calls
    K.conv2d("x", "kernel", 2, "same")
    assert notes == [(("x", "kernel", 2, "same"), {})]


def test_keyword_arguments_go_through_as_written(calls):
    K, notes = calls
    K.conv2d("x", kernel="kernel", of_mine=3)
    assert notes == [(("x",), {"kernel": "kernel", "of_mine": 3})]


def test_options_keep_the_order_of_the_module(K):
    x, kernel = K.variable(np.ones((1, 5, 6, 1))), K.variable(np.ones((2, 2, 1, 3)))
    dilated = K.conv2d(x, kernel, (1, 1), "valid", (2, 3), "channels_last")
    assert K.int_shape(dilated) == (1, 3, 3, 3)


def test_option_that_the_module_does_not_know_is_its_own_error(K):
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'"):
        K.softmax(K.variable([1.0, 2.0]), axis=-1)


def test_signature_is_that_of_the_module(K):
    assert str(inspect.signature(K.softmax)) == "(x)"


def test_module_computes(K):
    x, w = K.placeholder((None, 3)), K.variable(np.arange(12.0).reshape(3, 4))
    step = K.function([x], [K.softmax(K.dot(x, w))], updates=[(w, w + w)])
    first, second = step([np.eye(2, 3)]), step([np.eye(2, 3)])
    np.testing.assert_allclose(first[0].sum(-1), [1, 1], rtol=1e-6)
    np.testing.assert_allclose(second[0][0, 1] / second[0][0, 0], np.exp(2), rtol=1e-6)


# What is ours


@pytest.mark.parametrize("function", config.FUNCTIONS, ids=lambda function: function.__name__)
def test_configuration_is_ours(K, function):
    assert getattr(K, function.__name__) is function


def test_floatx_of_the_module_does_not_win(K, module):
    assert module.floatx() == "a floatx of its own"
    assert K.floatx() == "float32"


def test_configuration_is_that_of_the_file(module, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"image_data_format": "channels_first"}))
    assert kswitch.load_backend("sample_external.backend").image_data_format() == "channels_first"


def test_backend_is_the_name_of_the_module(K):
    assert (K.backend(), K._BACKEND) == ("sample_external.backend",) * 2


def test_private_names_stay_in_the_module(K, module):
    assert hasattr(module, "_DTYPE")
    assert not hasattr(K, "_DTYPE")


def test_all_lists_every_public_name(K):
    assert K.__all__ == sorted(name for name in vars(K) if not name.startswith("_"))


def test_all_of_the_module_does_not_hide_what_it_defines():
    module = ModuleType("my_module")
    module.__all__ = []
    module.dot = print
    assert "dot" in external.bind("my_module", module).__all__


def test_docstring_is_that_of_the_module(K, module):
    assert K.__doc__ == module.__doc__


def test_module_itself_is_left_alone(module):
    before = dict(vars(module))
    external.bind("sample_external.backend", module)
    assert vars(module) == before


# What is missing


@pytest.mark.parametrize("name", ["ctc_decode", "batch_dot", "get_uids", "rnn"])
def test_missing_op_raises_when_it_is_used(K, name):
    match = f"^backend 'sample_external.backend' has no op {name}$"
    with pytest.raises(AttributeError, match=match):
        getattr(K, name)


@pytest.mark.parametrize("name", ["no_such_op", "__path__"])
def test_name_outside_the_api_is_the_usual_error(K, name):
    match = f"^module 'sample_external.backend' has no attribute '{name}'$"
    with pytest.raises(AttributeError, match=match):
        getattr(K, name)


def test_missing_op_can_be_asked_for(K):
    assert not hasattr(K, "ctc_decode")
