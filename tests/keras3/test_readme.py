"""The README's loss: it stops with Keras 3's own backend, and trains with kswitch's."""

import re
from pathlib import Path

import pytest
from keras3.snippets import X, dense, labels

README = (Path(__file__).parents[2] / "README.md").read_text()
BEFORE = re.search(r"```python\n(from keras import backend as K\n.*?)```", README, re.DOTALL)[1]


@pytest.fixture
def scope():
    return {"model": dense(), "x": X, "y": labels()}


def test_before(scope):
    """The error that the README quotes."""
    error = "module 'keras.backend' has no attribute 'flatten'"
    assert f"`{error}`" in README
    with pytest.raises(AttributeError, match=error):
        exec(BEFORE, scope)


@pytest.mark.parametrize("options", ["", ", jit_compile=False", ", run_eagerly=True"])
def test_after(options, scope):
    line = re.search(r"With `(from kswitch import .*?)` in its first line it trains", README)[1]
    after = BEFORE.replace("from keras import backend as K", line)
    after = after.replace("loss=dice_loss", f"loss=dice_loss{options}")
    after = after.replace("model.fit(", "history = model.fit(")
    losses = []
    for _ in range(2):
        exec(after, scope)
        losses += scope["history"].history["loss"]
    assert 0 < losses[1] < losses[0] < 1
