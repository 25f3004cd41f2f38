"""The benchmark: its models are those that it names, and both sides learn the same."""

import json

import pytest

from kswitch.__main__ import main
from kswitch.bench import MODELS, models, steps


def test_names_are_those_of_the_models():
    assert tuple(models.MODELS) == MODELS


@pytest.mark.parametrize("title", ["logistic regression", "CNN", "LSTM"])
@pytest.mark.parametrize("optimizer", models.OPTIMIZERS)
def test_steps_by_hand_learn_the_same(title, optimizer):
    """`pair` compares the losses of ten steps."""
    result = steps.pair("numpy", title, optimizer, 0)
    assert result["ratio"] == result["kswitch"] / result["by_hand"] > 0


def test_different_steps_are_refused(monkeypatch):
    monkeypatch.setattr(models, "RATE", 0.02)
    build = models.build
    monkeypatch.setattr(models, "build", lambda K, model, *rest: halved(build(K, model, *rest)))
    with pytest.raises(
        ValueError, match="numpy: the losses of logistic regression with SGD differ"
    ):
        steps.pair("numpy", "logistic regression", "SGD", 0)


def halved(step):
    return lambda x, t: step(x, t) / 2


def test_command_prints_every_table(capsys):
    arguments = ["bench", "--engine", "numpy", "--model", "logistic regression", "--seconds", "1"]
    assert main([*arguments, "--nodes", "100"]) == 0
    text = capsys.readouterr().out
    for part in ("geometric mean of the ratios", "softmax", "µs a node", "the bare engine"):
        assert part in text


def test_json_holds_the_numbers(capsys):
    arguments = ["bench", "--engine", "numpy", "--table", "calls", "--seconds", "1", "--json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)["numpy"]["calls"]
    assert [row["op"] for row in found["calls"]] == ["abs", "sum", "dot", "concatenate", "softmax"]
    assert all(row["kswitch"] > 0 and row["own"] > 0 for row in found["calls"])


@pytest.mark.parametrize(
    ("option", "value"),
    [("--engine", "theano"), ("--model", "transformer"), ("--table", "figures")],
)
def test_unknown_names_are_refused(capsys, option, value):
    assert main(["bench", option, value]) == 2
    assert f"{option} {value}: expected one of" in capsys.readouterr().err
