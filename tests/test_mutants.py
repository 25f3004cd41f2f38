"""The measure of how much the conformance suite notices: what it counts, and when it says no."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mutants import __main__ as command
from mutants import changes, equivalent
from mutants.mutant import KINDS, Mutant
from mutants.suite import Verdict

import kswitch

K = kswitch.load_backend("numpy")
X = np.array([[1.0, 2, 3], [4, 5, 6]], "float32")


def run(*arguments):
    folders = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    return subprocess.run(
        [sys.executable, "-m", "mutants", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forks: there is no os.fork")
def test_mutants_of_a_function_are_killed_and_counted():
    result = run("set_epsilon", "update_sub", "-v")
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert any("update_sub: lost update: twice: killed by test_case[update_sub" in x for x in lines)
    assert "100.0 % (at least 95 wanted), of 2 functions of K; 0 equivalent" in lines[-1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forks: there is no os.fork")
def test_too_low_a_score_is_an_error():
    result = run("epsilon", "--kind", "value", "--at-least", "101")
    assert result.returncode == 1
    assert "mutants: 1 of 1 killed, 100.0 % (at least 101 wanted)" in result.stdout


def verdict(name, killer):
    level, op = name.split(": ")[0].split(" ")
    _, kind, what = name.split(": ")
    return Verdict(Mutant(level, op, kind, what, lambda: K), killer, 1)


def test_equivalent_mutant_that_is_killed_is_an_error():
    name = next(iter(equivalent.EQUIVALENT))
    found = command.stale_lines([verdict(name, "test_case[abs-eval]")], everything=False)
    assert len(found) == 1
    assert "is killed by test_case[abs-eval], so it is not equivalent" in found[0]


def test_line_that_fits_no_mutant_is_an_error():
    name = next(iter(equivalent.EQUIVALENT))
    found = command.stale_lines([verdict(name, None)], everything=True)
    assert len(found) == len(equivalent.EQUIVALENT) - 1
    assert all("fits no mutant" in line for line in found)


def test_equivalent_mutants_are_few_and_have_a_reason():
    assert len(equivalent.EQUIVALENT) < 40
    assert all(equivalent.EQUIVALENT.values())


@pytest.mark.parametrize("change", changes.CHANGES, ids=repr)
def test_change_is_of_a_kind_that_is_counted(change):
    assert change.kind in KINDS


@pytest.mark.parametrize(
    "change", [c for c in changes.CHANGES if c.kind in ("value", "shape")], ids=repr
)
def test_changed_tensor_tells_the_truth_about_its_shape(change):
    y = changes.alter(K.variable(X) + 1.0, change)
    value = K.eval(y)
    assert K.int_shape(y) == value.shape
    assert value.shape != X.shape or not np.array_equal(value, X + 1)


def test_no_change_changes_nothing():
    y = changes.alter(K.variable(X) * 2.0, changes.NOTHING)
    np.testing.assert_array_equal(K.eval(y), X * 2)


def test_frozen_tensor_keeps_its_first_value():
    x = K.placeholder((2, 3))
    frozen = next(c for c in changes.CHANGES if c.kind == "frozen constant")
    function = K.function([x], [changes.alter(x * 2.0, frozen), changes.alter(x * 3.0, frozen)])
    function([X])
    first, second = function([X + 1])
    np.testing.assert_array_equal(first, X * 2)
    np.testing.assert_array_equal(second, X * 3)


def test_wrong_gradient_leaves_the_value_alone():
    x = K.variable(X)
    change = next(c for c in changes.CHANGES if c.what == "off by 1 %")
    y = changes.alter(K.square(x), change)
    np.testing.assert_array_equal(K.eval(y), X**2)
    np.testing.assert_allclose(K.eval(K.gradients(y, [x])[0]), 2 * X * 1.01, 1e-6)
