"""The benchmark: its models are those that it names, and both sides learn the same."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kswitch.__main__ import command_line, main
from kswitch.bench import JIT_MODELS, MODELS, TABLES, graphs, jit, keras3, models, steps
from kswitch.bench.timing import mean
from kswitch.commands import bench, children


def test_names_are_those_of_the_models():
    assert tuple(models.MODELS) == MODELS
    assert set(JIT_MODELS) < set(MODELS)


# Steps


def test_different_steps_are_refused(monkeypatch):
    build = models.build
    monkeypatch.setattr(models, "build", lambda K, model, *rest: halved(build(K, model, *rest)))
    with pytest.raises(
        ValueError, match="numpy: the losses of logistic regression with SGD differ, by_hand"
    ):
        steps.pair("numpy", "logistic regression", "SGD", 0)


def halved(step):
    return lambda x, t: step(x, t) / 2


def test_mean_is_told_of_all_models_only():
    assert steps.measure("numpy", ["MLP batch 1"], 0)["figures"] == {}
    assert mean([0.5, 2.0, 8.0]) == pytest.approx(2.0)


# Long graphs


def test_exponent_is_that_of_the_times():
    """The times are per node."""
    rows = [{"nodes": n, "build": 3.0 * n**0.5} for n in (100, 1000, 10_000)]
    assert graphs.exponent(rows, "build") == pytest.approx(1.5)


def test_memory_of_a_chain_is_measured():
    """A function that keeps more than it must is told from one that does not."""

    class Keeping:
        def __getattr__(self, name):
            return getattr(K, name)

        def tanh(self, x):
            kept.append(K.tanh(x))
            return kept[-1]

        def function(self, inputs, outputs):
            return K.function(inputs, [*outputs, *kept])

    K, kept = steps.namespace("numpy"), []
    assert 0.4 < graphs.peak(K, 40 * graphs.MEGABYTE) < 1.3
    assert graphs.peak(Keeping(), 40 * graphs.MEGABYTE) > 5


# What cannot be compared


def test_keras_3_and_compilers_are_told_as_absent():
    assert keras3.measure("numpy", ["CNN"], 1)["absent"] == {"Keras 3": "does not train on numpy"}
    assert jit.measure("jax", ["CNN"], 1)["absent"].keys() == {"jit_compile"}


# The command


def run(*arguments):
    return main(["bench", "--engine", "numpy", "--seconds", "1", *arguments])


def test_command_prints_every_table(capsys):
    assert run("--model", "logistic regression", "--nodes", "100") == 0
    text = capsys.readouterr().out
    for part in ("ratio", "softmax", "gradients and code", "the bare engine", "does not train"):
        assert part in text
    assert " goals met" in text


def test_json_holds_the_numbers(capsys):
    assert run("--table", "calls", "--json") == 0
    found = json.loads(capsys.readouterr().out)["numpy"]["calls"]
    assert [row["op"] for row in found["rows"]] == ["abs", "sum", "dot", "concatenate", "softmax"]
    assert all(row["kswitch"] > 0 and row["own"] > 0 for row in found["rows"])
    assert all(row["excess"] == row["kswitch"] - row["own"] for row in found["rows"])
    assert {goal["field"] for goal in found["goals"]} >= {"excess", "function"}
    assert not [why for why in found["absent"].values() if "AssertionError" in why]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--engine", "theano"), ("--model", "transformer"), ("--table", "figures")],
)
def test_unknown_names_are_refused(capsys, option, value):
    assert main(["bench", option, value]) == 2
    assert f"{option} {value}: expected one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--plot", "ratios.png"], "must end in .svg"),
        (["--save", "nowhere/a.json"], "there is no folder nowhere"),
        (["--update", "nothing.md"], "nothing.md cannot be read"),
        (["--load", "nothing.json"], "nothing.json cannot be read"),
    ],
)
def test_places_are_checked_before_anything_is_measured(capsys, options, message):
    assert main(["bench", *options]) == 2
    assert message in capsys.readouterr().err


def test_plot_without_matplotlib_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: None)
    assert main(["bench", "--plot", "ratios.svg"]) == 2
    assert "pip install 'kswitch[bench]'" in capsys.readouterr().err


def test_engines_are_measured_with_their_optimisations(monkeypatch):
    """Even where the environment of the tests leaves them out."""
    monkeypatch.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    seen = {}

    def popen(command, env, **options):
        seen.update(env)
        raise OSError("no child")

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(OSError, match="no child"):
        bench._measured("steps", "jax", {}, quiet=True)
    assert (seen["JAX_DISABLE_MOST_OPTIMIZATIONS"], seen["KERAS_BACKEND"]) == ("0", "jax")


# Goals decide over the exit status with --check only


def result(ratio):
    row = {"model": "CNN", "optimizer": "SGD", "batch": 32, "by_hand": 1.0, "kswitch": ratio}
    return {"version": "1", "rows": [row | {"ratio": ratio}], "figures": {}}


@pytest.fixture
def measured(monkeypatch):
    """Gives the list of the ratios that the next measurements find."""
    ratios = []
    monkeypatch.setattr(children, "start", lambda *arguments, **options: None)
    monkeypatch.setattr(children, "result", lambda child: result(ratios.pop(0)))
    return ratios


@pytest.mark.parametrize(
    ("found", "options", "status"),
    [
        ([9.0], [], 0),
        ([1.0], ["--check"], 0),
        ([9.0, 9.0], ["--check"], 1),
        ([9.0, 1.0], ["--check"], 0),
        ([1.6], ["--check", "--tolerance", "50"], 0),
        ([1.7, 1.7], ["--check", "--tolerance", "50"], 1),
    ],
)
def test_check_measures_again_what_is_not_met(measured, found, options, status):
    measured.extend(found)
    assert run("--table", "steps", *options) == status
    assert not measured, "measured less often"


def test_what_is_not_met_is_listed(measured, capsys):
    measured.append(9.0)
    run("--table", "steps")
    text = capsys.readouterr().out
    assert "0 of 1 goals met\n  numpy steps: CNN, SGD: ratio 9.00 > 1.10\n" in text


def test_saved_results_are_shown_again(measured, capsys, tmp_path):
    file = str(tmp_path / "numpy.json")
    measured.append(0.5)
    run("--table", "steps", "--save", file)
    first = capsys.readouterr().out
    assert main(["bench", "--load", file]) == 0
    assert capsys.readouterr().out == first
    assert "0.50 ≤ 1.10" in first


def test_commands_of_the_readme_are_understood():
    text = (Path(__file__).parent.parent / "README.md").read_text()
    commands = re.findall("^python -m kswitch (bench .*)$", text, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        options = command_line().parse_args(shlex.split(command))
        assert options.update == "README.md" or options.check


def test_tables_are_those_of_the_modules():
    for table in TABLES:
        assert __import__(f"kswitch.bench.{table}", fromlist=["measure"]).measure
