"""The benchmark's rivals learn the same on the configured engine, whichever it is."""

import shutil

import pytest

from kswitch import backend as K
from kswitch.bench import calls, jit, models, steps


@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
@pytest.mark.parametrize("title", ["logistic regression", "MLP batch 32", "CNN", "LSTM"])
def test_steps_by_hand_learn_the_same(title, optimizer):
    """`pair` compares the losses of ten steps."""
    result = steps.pair(K.backend(), title, optimizer, 0)
    assert result["ratio"] == result["kswitch"] / result["by_hand"] > 0


def test_single_calls_give_the_same():
    """`measure` compares the results with those of the engine's own functions."""
    found = calls.measure(K.backend(), 0)
    assert [row["op"] for row in found["rows"]] == list(calls.OPS)
    assert not [why for why in found["absent"].values() if "AssertionError" in why]


@pytest.mark.skipif(K.backend() not in jit.COMPILES, reason="the engine has no such compiler")
@pytest.mark.skipif(
    K.backend() == "torch" and shutil.which("g++") is None,
    reason="inductor needs a C++ compiler: g++",
)
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of inductor's own code
def test_compiled_steps_learn_the_same():
    result = jit.pair(K.backend(), "logistic regression", "Adam", 0)
    assert result["first_ratio"] == result["first_kswitch"] / result["first_by_hand"] > 0
