"""Classic snippets give the same numbers in Keras 3 on all its engines.

`python tests/keras3/test_snippets.py` on one engine writes the numbers that all must give.
"""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from keras3 import losses, snippets

from kswitch import backend as K

NUMBERS = Path(__file__).parent / "numbers.json"


@pytest.fixture(scope="module")
def numbers():
    return json.loads(NUMBERS.read_text())


def compare(found, wanted):
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], np.array(values), 2e-4, 2e-5, err_msg=name)


@pytest.mark.parametrize("snippet", snippets.ALL, ids=lambda s: s.__name__)
def test_numbers_are_those_of_every_engine(snippet, numbers):
    compare(snippet(), numbers[snippet.__name__])


@pytest.mark.parametrize("options", [{"jit_compile": False}, {"run_eagerly": True}], ids=str)
@pytest.mark.parametrize("name", ["focal", "layer_normalization", "l2_regularizer"])
def test_numbers_do_not_depend_on_compiling(name, options, numbers):
    compare(getattr(snippets, name)(**options), numbers[name])


@pytest.mark.skipif(
    K.backend() == "torch" and shutil.which("g++") is None,
    reason="inductor needs a C++ compiler: g++",
)
# Of inductor's own code, and of dynamo's where it finds any prediction of Keras in a metric.
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_jit_compile_gives_the_same_numbers():
    """A loss, a metric, layers, a regularizer and a constraint of K in one training step."""
    compare(snippets.together(jit_compile=True), snippets.together(jit_compile=False))


@pytest.mark.skipif(K.backend() == "torch", reason="PyTorch runs Python at each step")
@pytest.mark.parametrize("jit_compile", [True, False])
def test_fit_traces_a_loss_once(jit_compile):
    """As often as the first step needs it, and never again at the same shapes."""
    if K.backend() == "jax" and not jit_compile:
        pytest.skip("JAX runs Python at each step then")
    calls = []
    focal = losses.binary_focal_loss()

    def loss(y_true, y_pred):
        calls.append(1)
        return focal(y_true, y_pred)

    model = snippets.dense()
    model.compile("sgd", loss, jit_compile=jit_compile)
    model.fit(snippets.X, snippets.labels(), batch_size=8, verbose=0)
    first = len(calls)
    model.fit(snippets.X, snippets.labels(), batch_size=8, epochs=3, verbose=0)
    assert len(calls) == first


def test_k_has_the_engine_of_keras():
    assert K.backend() == keras.config.backend()


@pytest.mark.parametrize("name", ["mean", "flatten", "clip", "gradients", "function"])
def test_keras_3_lacks_what_the_snippets_use(name):
    with pytest.raises(AttributeError, match=f"module 'keras.backend' has no attribute '{name}'"):
        getattr(keras.backend, name)


if __name__ == "__main__":
    results = {s.__name__: {k: v.tolist() for k, v in s().items()} for s in snippets.ALL}
    NUMBERS.write_text(json.dumps(results) + "\n")
    print(f"numbers of {keras.config.backend()}")
