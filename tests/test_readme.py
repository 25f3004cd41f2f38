"""The README's examples and its table of conformance, on the configured backend."""

import re
from pathlib import Path

import pytest
from kswitch.conformance.reports import readme

from kswitch import backend as K

README = (Path(__file__).parent.parent / "README.md").read_text()


def example(words):
    """The README's piece of Python that has these words in it."""
    (found,) = [x for x in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if words in x]
    return found


def test_the_classic_idiom_runs(capsys):
    exec(example("step = K.function("), {})
    losses, weights = capsys.readouterr().out.split("[[", 1)
    assert losses.startswith("[array(16., dtype=float32)]\n")
    assert weights.count("]") == 5


@pytest.mark.skipif(K.backend() != "torch", reason="the example is for PyTorch")
def test_the_same_functions_work_on_an_engines_own_tensors():
    import torch

    scope = {}
    exec(example("K.softmax(torch.ones(2, 3))"), scope)
    found = eval("K.softmax(torch.ones(2, 3))", scope)
    torch.testing.assert_close(found, torch.full((2, 3), 1 / 3))


def test_table_is_up_to_date():
    """If not: tox, then `python -m kswitch.conformance report .tox/*.json --update README.md`.

    It says what the suite asks of the backend: whether all that passes is for the suite to say.
    """
    assert readme.read(README, K.backend()) == readme.planned(K)
