"""These tests need Keras 3 on the engine of KERAS_BACKEND, as tox has it for each engine."""

import pytest


def pytest_collection_modifyitems(items):
    """Keras 3 itself asks torch's tensors for arrays in the way of NumPy 1."""
    for item in items:
        if "keras3" in item.path.parts:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
            )
