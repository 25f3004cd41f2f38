"""NumPy's updates of optimizers: large arrays are changed piece by piece."""

import numpy as np
import pytest
from kswitch.backends import numpy_updates

CALLS = {
    numpy_updates.descend: (1, (0.1,)),
    numpy_updates.momentum: (2, (0.9, 0.1)),
    numpy_updates.adam: (3, (np.float32(0.1), 0.9, 0.99, 1e-7)),
}


@pytest.mark.parametrize("update", [numpy_updates.descend, numpy_updates.momentum])
def test_spare_gradient_changes_no_result(update):
    count, numbers = CALLS[update]
    random = np.random.default_rng(0)
    state = [random.random((3, 2), "float32") for _ in range(count)]
    g = random.random((3, 2), "float32")
    kept, spared = ([np.array(x) for x in state] for _ in range(2))
    before = g.copy()
    update(*kept, g, *numbers)
    np.testing.assert_array_equal(g, before)
    update(*spared, g, *numbers, True)
    np.testing.assert_array_equal(kept, spared)


@pytest.mark.parametrize("shape", [(7, 3), (13,), (2, 3, 4), ()])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("update", CALLS, ids=lambda update: update.__name__)
def test_pieces_add_up(update, order, shape, monkeypatch):
    count, numbers = CALLS[update]
    random = np.random.default_rng(0)
    state = [random.random(shape, "float32") for _ in range(count)]
    g = random.random(shape, "float32")
    whole, pieces = ([np.array(x, order=order) for x in state] for _ in range(2))
    update(*whole, g, *numbers)
    monkeypatch.setattr(numpy_updates, "PIECE", 4)
    update(*pieces, g, *numbers)
    for a, b, before in zip(whole, pieces, state, strict=True):
        np.testing.assert_array_equal(a, b)
        assert (a != before).all()
