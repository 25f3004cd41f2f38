"""Adapters by others: a module of kernels becomes a full K, with defaults for what it leaves
out.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from kswitch.backends import adapter

import kswitch
from kswitch import config, declare, dispatch, registry

FOLDER = Path(__file__).parent
NAME = "sample_adapter.backend"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The module sample_adapter.backend; KERAS_HOME is a folder of the test."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    monkeypatch.setattr(registry, "_loaded", {})
    return importlib.import_module(NAME)


@pytest.fixture
def K(module):
    return kswitch.load_backend(NAME)


@pytest.fixture
def made(monkeypatch):
    """A function that makes an importable module my_engine of given names."""

    def make(**names):
        module = ModuleType("my_engine")
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, "my_engine", module)
        monkeypatch.setattr(registry, "_loaded", {})
        return module

    return make


def without(module, *names, **more):
    """The names of a module but for some, and others beside them."""
    public = {key: value for key, value in vars(module).items() if not key.startswith("__")}
    return {key: value for key, value in public.items() if key not in names} | more


def test_kernels_become_k(K):
    x, w = K.placeholder((None, 4)), K.variable(np.ones((4, 3)))
    loss = K.mean(K.square(K.dot(x, w)))
    (gradient,) = K.gradients(loss, [w])
    step = K.function([x], [loss], updates=[K.update_sub(w, 0.1 * gradient)])
    losses = [float(step([np.ones((2, 4))])[0]) for _ in range(3)]
    np.testing.assert_allclose(losses, [16, 16 * (11 / 15) ** 2, 16 * (11 / 15) ** 4], rtol=1e-6)


def test_name_is_the_path_of_the_module(K):
    assert (K.backend(), K._BACKEND) == (NAME, NAME)


def test_calls_on_native_tensors_give_such(K, module):
    y = K.softmax(module.asarray(np.ones((2, 3)), "float32"))
    assert type(y) is module.Array
    np.testing.assert_allclose(y.value, np.full((2, 3), 1 / 3), rtol=1e-6)


def test_every_function_of_the_api_is_there(K):
    assert {op.name for op in declare.OPS.values() if op.public} <= set(K.__all__)


def test_module_itself_is_left_alone(module):
    before = dict(vars(module))
    adapter.complete("mine", module)
    assert vars(module) == before


def test_variables_do_not_share_memory_with_what_is_fed(K):
    w, x = K.variable([1.0, 2.0]), K.placeholder((2,))
    store = K.function([x], [], updates=[K.update(w, x)])
    fed = np.array([3, 4], "float32")
    store([fed])
    fed[:] = 0
    assert K.get_value(w).tolist() == [3, 4]


def test_example_of_the_readme_is_an_adapter(made):
    text = (FOLDER.parent / "README.md").read_text().partition("# my_module.py\n")[2]
    example: dict = {}
    exec(text.partition("```")[0], example)
    module = made(**{name: value for name, value in example.items() if name != "__builtins__"})
    K = kswitch.load_backend("my_engine")
    assert K.eval(K.variable([1.0, 2.0]) * 3.0).tolist() == [3, 6]
    assert set(adapter.missing_kernels(module)) == set(adapter.KERNELS) - {"matmul"}


# Which kernels there must be


def test_kernels_without_default_are_listed():
    """Ops that the recorder or the writer handles have no kernel at all."""
    from kswitch.backends import defaults

    handled = {"item", "phase_select", "constant_"}
    wanted = [
        op.name
        for op in declare.OPS.values()
        if isinstance(op, declare.Op) and not op.infix and op.name not in handled
    ]
    assert {name for name in wanted if not hasattr(defaults, name)} == set(adapter.KERNELS)


def test_sample_brings_these_and_no_others(module):
    kernels = {name for name in declare.OPS if name in vars(module)}
    assert kernels == set(adapter.KERNELS)
    assert adapter.missing_kernels(module) == []


def test_kernel_of_the_module_comes_before_the_default(module, made):
    made(**without(module, softmax=lambda x, axis=-1: x))
    K = kswitch.load_backend("my_engine")
    assert K.eval(K.softmax(K.variable([1.0, 2.0]))).tolist() == [1, 2]


def test_missing_kernel_raises_in_use_and_names_the_engine(module, made):
    mine = made(**without(module, "tanh"))
    K = kswitch.load_backend("my_engine")
    assert adapter.missing_kernels(mine) == ["tanh"]
    match = "^backend 'my_engine' has no op tanh: its adapter has no such kernel.$"
    with pytest.raises(NotImplementedError, match=match):
        K.eval(K.sigmoid(K.variable([1.0])))


def test_what_is_declared_unsupported_gets_no_default(module, made):
    made(**without(module, UNSUPPORTED={"softmax": "upstream: no softmax"}))
    K = kswitch.load_backend("my_engine")
    match = "^backend 'my_engine' has no op softmax: upstream: no softmax.$"
    with pytest.raises(NotImplementedError, match=match):
        K.eval(K.softmax(K.variable([1.0, 2.0])))


@pytest.mark.parametrize("name", adapter.HOOKS)
def test_missing_hook_is_named_at_load(module, made, name):
    made(**without(module, name))
    match = rf"load_backend\('my_engine'\): Invalid adapter. Missing required hooks: {name}\("
    with pytest.raises(ValueError, match=match):
        kswitch.load_backend("my_engine")


def test_all_missing_hooks_are_named(made):
    made(KSWITCH_ADAPTER=True)
    with pytest.raises(ValueError, match=r"hooks: is_native\(x\), asarray\(x, dtype\), to_numpy"):
        kswitch.load_backend("my_engine")


def test_module_that_does_not_say_that_it_is_an_adapter_is_told_how(module, made):
    made(**without(module, "KSWITCH_ADAPTER"))
    with pytest.raises(ValueError, match="or say KSWITCH_ADAPTER = True if it brings kernels"):
        kswitch.load_backend("my_engine")


@pytest.mark.parametrize("name", registry.ENGINES)
def test_built_in_adapters_bring_all_kernels(name):
    """Read from their text: only the configured engine is imported."""
    import ast

    from kswitch.backends import defaults

    text = (Path(adapter.__file__).parent / f"{name}_backend.py").read_text()
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    kernels = set(adapter.KERNELS) | {n for n in vars(defaults) if n in declare.OPS}
    assert kernels - found == set()


# The suite


def test_conformance_suite_runs_on_it(tmp_path):
    """A part of it; tox runs the whole."""
    found = subprocess.run(
        [sys.executable, "-m", "kswitch.conformance", NAME, "-k", "softmax or pool2d or rnn"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(FOLDER), *sys.path])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    summary = found.stdout.splitlines()[-1]
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-2000:]
    assert summary.startswith(f"kswitch.conformance {NAME}: ")
    assert ", 0 failed (" in summary


def test_binding_is_that_of_the_built_in_adapters(K, module):
    assert type(K._functions) is dispatch.Functions
    assert K._functions.adapter.tanh is module.tanh
