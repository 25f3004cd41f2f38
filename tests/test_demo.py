"""`kswitch demo` learns real digits, and says so in every form it has."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from kswitch.commands import demo, show
from kswitch.data import load_digits


@pytest.fixture
def kswitch(tmp_path):
    """kswitch(*arguments, **environment) runs the command line in a clean home."""

    def run(*arguments, **environment):
        command = [sys.executable, "-P", "-m", "kswitch", *arguments]
        home = {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "numpy", "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **home, **environment},
            capture_output=True,
            text=True,
        )

    return run


def test_digits_are_1797_images_of_64_pixels():
    (train_images, train_labels), (test_images, test_labels) = load_digits()
    assert train_images.shape == (1541, 8, 8)
    assert train_labels.shape == (1541,)
    assert test_images.shape == (256, 8, 8)
    assert test_labels.shape == (256,)


def test_digits_keep_their_units():
    (images, labels), _ = load_digits()
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 16)


def test_digits_of_both_parts_are_all_ten():
    (_, train_labels), (_, test_labels) = load_digits()
    assert set(train_labels) == set(test_labels) == set(range(10))


def test_demo_learns_the_digits(kswitch):
    result = json.loads(kswitch("demo", "--json").stdout)
    assert result["accuracy"] >= 0.95


def test_demo_prints_accuracy_time_and_loss(kswitch):
    lines = kswitch("demo", "--epochs", "3").stdout.splitlines()
    names = [line.split("  ")[0] for line in lines if not line.startswith("epoch")]
    assert names == ["backend", "test accuracy", "time per step", "final loss"]


def test_demo_shows_progress_without_a_terminal(kswitch):
    lines = kswitch("demo", "--epochs", "20").stdout.splitlines()
    progress = [line.split("  loss")[0] for line in lines if line.startswith("epoch")]
    assert progress == ["epoch  4/20", "epoch  8/20", "epoch 12/20", "epoch 16/20", "epoch 20/20"]


def test_demo_is_repeatable(kswitch):
    first, second = (json.loads(kswitch("demo", "--json", "--epochs", "2").stdout) for _ in "ab")
    assert first["loss"] == second["loss"]


def test_demo_follows_its_seed(kswitch):
    losses = {
        json.loads(kswitch("demo", "--json", "--epochs", "1", "--seed", seed).stdout)["loss"]
        for seed in "01"
    }
    assert len(losses) == 2


def test_demo_uses_the_named_backend(kswitch):
    run = kswitch("demo", "--json", "--epochs", "1", "--backend", "numpy", KERAS_BACKEND="jax")
    assert json.loads(run.stdout)["backend"] == "numpy"


def test_demo_all_compares_the_installed_engines(kswitch):
    run = kswitch("demo", "--all", "--epochs", "2", "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["runs"]["numpy"]["steps"] == 2 * (1541 // 32)


def test_demo_all_prints_a_table(kswitch):
    output = kswitch("demo", "--all", "--epochs", "1").stdout
    assert output.split("\n")[1].split("  ")[0].strip() == "engine"
    assert "numpy" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "expected a whole number from 1, got '0'"),
        (["--hidden", "many"], "expected a whole number from 1, got 'many'"),
        (["--seed", "-1"], "expected a whole number from 0, got '-1'"),
        (["--batch-size", "2000"], "expected a whole number from 1 to 1541, got '2000'"),
        (["--all", "--backend", "numpy"], "not allowed with argument"),
    ],
)
def test_bad_option_is_explained(kswitch, arguments, message):
    run = kswitch("demo", *arguments)
    assert run.returncode == 2
    assert message in run.stderr


def test_unknown_backend_is_a_text_and_no_traceback(kswitch):
    run = kswitch("demo", "--backend", "nunpy")
    assert run.returncode == 2
    assert run.stderr.startswith("kswitch: ")
    assert "nunpy" in run.stderr


def test_losses_that_agree_are_said_to():
    difference, verdict = demo.compare({"numpy": 0.010000001, "torch": 0.01})
    assert difference == pytest.approx(1e-7, rel=0.01)
    assert verdict == ("The final losses agree to 1e-04 relative: they differ by 1.0e-07 at most.")


def test_losses_that_differ_are_named():
    difference, verdict = demo.compare({"numpy": 0.010, "jax": 0.011, "torch": 0.012})
    assert difference > demo.AGREEMENT
    assert "DIFFER by 1.7e-01 relative (numpy and torch)" in verdict


def test_failed_engine_shows_its_error(capsys):
    show.print_failures({"numpy": {"loss": 1.0}, "jax": {"error": "ImportError: no jaxlib"}})
    assert capsys.readouterr().out == "jax failed: ImportError: no jaxlib\n"
