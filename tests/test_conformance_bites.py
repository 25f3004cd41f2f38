"""The conformance suite has teeth: what is broken on purpose turns it red."""

import os
import re
import subprocess
import sys

import pytest

PATCH = """
import sys

import numpy as np

from kswitch.backends import numpy_backend as adapter
from kswitch.conformance.__main__ import main

{patch}
sys.exit(main(["numpy", "-k", {select!r}, "-p", "no:cacheprovider"]))
"""

# What is broken -> the patch of the NumPy adapter, and the case that notices
MUTANTS = {
    "value": (
        "tan = adapter.tanh; adapter.tanh = lambda x: tan(x) * np.float32(1.001)",
        "tanh-eval",
    ),
    "shape": (
        "adapter.argmax = lambda x, axis=-1: np.argmax(x, axis, keepdims=True)",
        "argmax-axis0-eval",
    ),
    "dtype": (
        "adapter.argmin = lambda x, axis=-1: np.argmin(x, axis).astype('int32')",
        "argmin-axis0-eval",
    ),
    "ignored option": (
        "add = adapter.cumsum; adapter.cumsum = lambda x, axis=0: add(x, 0)",
        "cumsum-axis1-eval",
    ),
    "mutated input": (
        "adapter.square = lambda x: np.multiply(x, x, x)",
        "square-native",
    ),
    "missing op": (
        "del adapter.one_hot",
        "one_hot-eval",
    ),
    "stale declaration": (
        "adapter.UNSUPPORTED = {'exp': 'upstream: none'}",
        "exp-eval",
    ),
    "wrong gradient": (
        "adapter.sigmoid_gradient = lambda g, y: g * (1.0 - y)",
        "sigmoid-gradient",
    ),
    "frozen result": (
        "sin = adapter.sin; kept = []\n"
        "adapter.sin = lambda x: (kept or (kept.append(sin(x)) or kept))[0]",
        "sin-function",
    ),
    "aliased result": (
        "same = np.zeros(100, 'float32')\n"
        "adapter.cos = lambda x: np.cos(x, same[: x.size].reshape(x.shape))",
        "cos-function",
    ),
}
SELECT = " or ".join(f"[{select}]" for _, select in MUTANTS.values())


def python(program, *arguments, **environment):
    """What a fresh interpreter does with a program, in an empty folder."""
    return subprocess.run(
        [sys.executable, *arguments, *(["-c", program] if program else [])],
        capture_output=True,
        text=True,
        timeout=120,
        **environment,
    )


def run(patch, select, folder):
    return python(PATCH.format(patch=patch, select=select), cwd=folder)


def counts(result):
    """The numbers of the summary: ops, passed, declared, failed."""
    last = result.stdout.splitlines()[-1]
    found = re.fullmatch(
        r"kswitch\.conformance \S+: (\d+) ops: (\d+) passed, (\d+) declared unsupported, "
        r"(\d+) failed \(\d+ checks, \d+ s\)",
        last,
    )
    assert found, result.stdout + result.stderr
    return tuple(map(int, found.groups()))


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The suite on all mutants at once: each breaks a kernel of its own."""
    patch = "\n".join(patch for patch, _ in MUTANTS.values())
    return run(patch, SELECT, tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("select", [select for _, select in MUTANTS.values()], ids=MUTANTS)
def test_mutant_is_noticed(broken, select):
    assert broken.returncode == 1
    assert re.search(rf"^FAILED \S+\[{select}\]", broken.stdout, re.M), broken.stdout


def test_mutants_are_counted(broken):
    assert counts(broken) == (len(MUTANTS), 0, 0, len(MUTANTS))


def test_stale_declaration_is_named(broken):
    assert "exp works, but is declared unsupported: 'upstream: none'" in broken.stdout


def test_the_same_cases_pass_where_nothing_is_broken(tmp_path):
    result = run("", SELECT, tmp_path)
    assert result.returncode == 0, result.stdout
    assert counts(result) == (len(MUTANTS), len(MUTANTS), 0, 0)


def test_declared_op_that_is_missing_is_no_failure(tmp_path):
    patch = "del adapter.one_hot; adapter.UNSUPPORTED = {'one_hot': 'upstream: none'}"
    result = run(patch, "one_hot", tmp_path)
    assert result.returncode == 0, result.stdout
    assert counts(result) == (1, 0, 1, 0)


# Modules of others

OUTSIDE = """
from kswitch import load_backend

K = load_backend("numpy")
names = set(K.__all__) - {"gather", "one_hot"}
globals().update({name: getattr(K, name) for name in names})
UNSUPPORTED = {"gather": "not written yet"}
"""


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "outside.py").write_text(OUTSIDE)
    return tmp_path


def conformance(folder, *arguments):
    """The command as a user runs it, who may keep the module in the current folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    command = ("-m", "kswitch.conformance", *arguments)
    return python(None, *command, cwd=folder, env=environment)


def test_module_of_somebody_else(outside):
    """softmax passes, what is missing fails unless it is declared; the module is in the folder."""
    select = "[softmax-axis1 or [one_hot-eval or [gather-eval"
    result = conformance(outside, "outside", "-k", select, "--tb=line")
    assert result.returncode == 1
    assert counts(result) == (3, 1, 1, 1)
    assert "backend 'outside' has no op one_hot" in result.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("no_such_module.anywhere", "no_such_module"),
        ("nonsense", "nonsense"),
    ],
)
def test_backend_that_is_not_there_is_an_error(name, text, tmp_path):
    result = conformance(tmp_path, name)
    assert result.returncode == 2
    assert result.stderr.startswith("kswitch.conformance: ")
    assert text in result.stderr


def test_name_of_the_backend_is_required(tmp_path):
    result = conformance(tmp_path, "-x")
    assert result.returncode == 2
    assert "the first argument is the name of a backend, got '-x'" in result.stderr


def test_settings_of_the_folder_do_not_matter(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    result = conformance(tmp_path, "numpy", "-k", "tanh-eval")
    assert result.returncode == 0, result.stdout + result.stderr


# Completeness


def test_every_function_has_a_case():
    from kswitch.conformance import cases

    from kswitch import config, declare, ops

    api = {op.name for op in declare.OPS.values() if op.public} | {"backend", *ops.ALIASES}
    api |= {function.__name__ for function in config.FUNCTIONS}
    assert api == {case.op for case in cases.ALL}


def test_no_test_names_a_backend():
    from pathlib import Path

    import kswitch.conformance

    folder = Path(kswitch.conformance.__file__).parent
    names = r"\b(torch|jax|tensorflow|numpy_backend|load_backend\(\"numpy)\b"
    for file in [folder / "suite.py", folder / "modes.py", *folder.glob("cases/*.py")]:
        assert not re.search(names, file.read_text()), file
