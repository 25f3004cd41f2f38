"""What pytest must know: which backend, and the settings that every test starts from."""

import numpy as np
import pytest

import kswitch
from kswitch import config

pytest.register_assert_rewrite("kswitch.conformance.cases")


def pytest_addoption(parser):
    parser.addoption(
        "--conformance-backend", metavar="NAME", help="the backend that the suite runs on"
    )


def pytest_configure(config):
    """The namespace under test; pytest-xdist's workers load it here."""
    config.conformance_K = kswitch.load_backend(config.getoption("--conformance-backend"))


def pytest_collection_modifyitems(items):
    """Notes op and mode of each test where reports, also those of other processes, carry them."""
    for item in items:
        params = item.callspec.params
        item.user_properties += [("op", params["case"].op), ("mode", params["mode"])]


@pytest.fixture
def K(request):
    """The backend, with default settings, no learning phase and NumPy's generator seeded."""
    before = config.floatx(), config.epsilon(), config.image_data_format()
    K = request.config.conformance_K
    restore("float32", 1e-7, "channels_last")
    np.random.seed(20170314)
    if hasattr(K, "clear_session"):
        K.clear_session()
    yield K
    restore(*before)


def restore(floatx, epsilon, data_format):
    config.set_floatx(floatx)
    config.set_epsilon(epsilon)
    config.set_image_data_format(data_format)
