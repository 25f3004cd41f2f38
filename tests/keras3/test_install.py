"""kswitch.keras3: the classic names on Keras 3's own backend module, and what it uses of Keras."""

import ast
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kswitch import backend as K
from kswitch import keras3

SOURCE = """
from keras import backend as K

def loss(y_true, y_pred):
    return K.mean(K.square(K.flatten(y_true - y_pred)), axis=-1)
"""


@pytest.fixture
def theirs():
    """Code of somebody else, which knows nothing of kswitch."""
    scope = {}
    exec(SOURCE, scope)
    return scope["loss"]


@pytest.fixture
def before():
    names = dict(vars(keras.backend))
    yield names
    keras3.uninstall()


def test_without_it_classic_code_fails(theirs, before):
    with pytest.raises(AttributeError, match="has no attribute 'mean'"):
        theirs(np.ones(2), np.ones(2))


def test_with_it_classic_code_trains(theirs, before):
    keras3.install()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", theirs)
    x, y = np.ones((8, 4)), np.ones((8, 1))
    loss = model.fit(x, y, epochs=2, verbose=0).history["loss"]
    assert loss[1] < loss[0]


def test_no_name_of_keras_is_replaced(before):
    keras3.install()
    assert {name: vars(keras.backend)[name] for name in before} == before


def test_every_name_of_k_is_there(before):
    keras3.install()
    assert [name for name in K.__all__ if not hasattr(keras.backend, name)] == []


def test_it_says_what_it_added(before):
    added = keras3.install()
    assert set(added) == set(vars(keras.backend)) - set(before)
    assert keras3.install() == []


def test_it_can_be_undone(before):
    added = keras3.install()
    assert set(keras3.uninstall()) == set(added)
    assert dict(vars(keras.backend)) == before


def test_undoing_nothing_is_nothing(before):
    assert keras3.uninstall() == []


def test_a_program_may_begin_with_it():
    """And meet variables and tensors of Keras before anything else of kswitch."""
    text = """
import kswitch.keras3
kswitch.keras3.install()
import keras
from keras import backend as K
print(K.get_value(K.reshape(keras.Variable([1.0, 2.0]), (2, 1))).shape)
print(keras.Model(x := keras.Input((2,)), x * K.shape(x)[0]).layers[1].name)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.stdout == "(2, 1)\nk_multiply_1\n", done.stderr


# What is used of Keras

FILES = sorted(Path(keras3.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_what_keras_publishes(path):
    """No keras.src, and no attribute with an underscore but K's own, and what classes define."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            assert node.attr == "_functions" or node.attr.endswith("__"), ast.unparse(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", ""), *[alias.name for alias in node.names]]
            assert not [n for n in names if n and n.startswith("keras.")], ast.unparse(node)


def test_only_this_package_imports_keras():
    """And what runs programs: of Keras 2, those that `kswitch bench` compares with, and the one
    that records conformance values, which is in the package once that is installed.
    """
    found = set()
    package = Path(keras3.__file__).parents[1]
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module)
            if any(name.partition(".")[0] == "keras" for name in names):
                found.add(path.relative_to(package).parts[0])
    assert found - {"conformance"} == {"keras3", "keras2", "bench"}
