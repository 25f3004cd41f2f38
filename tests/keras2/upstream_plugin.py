"""A plugin of pytest for Keras's own tests: what upstream's runs had from TensorFlow and Theano.

Keras's tests compare backends by module, clear the state of TensorFlow and CNTK only, and skip
tests of losses and metrics unless K.backend() is "tensorflow".
"""

import os
import sys
from types import ModuleType

import left_out
import numpy as np
import pytest

from kswitch.keras2 import startup

TENSORFLOW_ONLY = (
    "losses_test.py",
    "metrics_test.py",
    "metrics_confusion_matrix_test.py",
    "metrics_training_test.py",
)


def pytest_configure(config):
    """Keras loads; the modules that its tests import as backends are ours under two names."""
    import keras
    from keras import backend as K

    for name, value in {"bool": bool, "int": int, "alltrue": np.all}.items():
        if not hasattr(np, name):
            setattr(np, name, value)
    names = {name: getattr(K, name) for name in dir(K) if not name.startswith("__")}
    tensorflow = ModuleType("keras.backend.tensorflow_backend")
    vars(tensorflow).update(names, _is_tf_1=lambda: False)
    # another object than the first: tests flip kernels where a backend is Theano's
    theano = ModuleType("keras.backend.theano_backend")
    vars(theano).update(names, th_sparse_module=True, resize_images=_resize_as_theano(K))
    for module in (tensorflow, theano):
        sys.modules[module.__name__] = module
    if keras.__version__.startswith("2.2"):
        _for_version_22(K)
    else:
        _for_version_23()


def _resize_as_theano(K):
    """Upstream wants an error of Theano for what Theano cannot do."""

    def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
        if interpolation == "bilinear" and (height_factor, width_factor) != (2, 2):
            raise NotImplementedError("Theano resizes by 2 only.")
        return K.resize_images(x, height_factor, width_factor, data_format, interpolation)

    return resize_images


def _for_version_22(K):
    """The reference backend of 2.2 asks scipy.misc for logsumexp."""
    import scipy
    from scipy import special

    misc = ModuleType("scipy.misc")
    misc.logsumexp = special.logsumexp
    scipy.misc = sys.modules["scipy.misc"] = misc


def _for_version_23():
    """The reference of in_top_k relies on np.argsort being stable, which it is not on AVX-512."""
    from keras.backend import numpy_backend

    def in_top_k(predictions, targets, k):
        best = np.argsort(-predictions, kind="stable")[:, :k]
        return np.any(targets.reshape(-1, 1) == best, axis=-1)

    numpy_backend.in_top_k = in_top_k


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """While these files are imported K.backend() is "tensorflow": their skips are not for us."""
    from keras import backend as K

    if not isinstance(collector, pytest.Module) or collector.path.name not in TENSORFLOW_ONLY:
        yield
        return
    real, engine = K.backend, sys.modules.get("tensorflow")
    K.backend, sys.modules["tensorflow"] = lambda: "tensorflow", _tensorflow()
    yield
    K.backend = real
    if engine is None:
        del sys.modules["tensorflow"]
    else:
        sys.modules["tensorflow"] = engine


def _tensorflow():
    """What these files ask of the module."""
    stub = ModuleType("tensorflow")
    stub.__version__ = "2.0.0"
    return stub


@pytest.fixture(autouse=True)
def tensorflow_by_name(request, monkeypatch):
    """A test in these files imports TensorFlow, beside other engines too, for its version."""
    if request.node.path.name in TENSORFLOW_ONLY and "tensorflow" not in sys.modules:
        monkeypatch.setitem(sys.modules, "tensorflow", _tensorflow())


@pytest.fixture(autouse=True)
def clean_state():
    """What upstream does after each test on TensorFlow, and settings as they were before it."""
    from keras import backend as K

    yield
    K.clear_session()
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.set_image_data_format("channels_last")


@pytest.fixture(autouse=True)
def other_seeds(request, monkeypatch):
    """Shifts the seeds of a test of `left_out.CHANCE` each time that it runs again."""
    if not left_out.is_chance(request.node.nodeid):
        return
    attempt = getattr(request.node, "attempt", -1) + 1
    request.node.attempt, seed = attempt, np.random.seed
    monkeypatch.setattr(np.random, "seed", lambda number: seed(number + attempt))


def pytest_collection_modifyitems(config, items):
    """Tests that stand in the list must fail; those that hang on chance may run again."""
    import keras

    expected = left_out.REASONS[keras.__version__]
    engine = os.environ["KERAS_BACKEND"].removeprefix(startup.PREFIX)
    for item in items:
        if hasattr(item.module, "decimal_precision"):  # how exact each backend is
            item.module.decimal_precision[keras.backend.backend()] = 6
        if left_out.is_chance(item.nodeid):
            item.add_marker(pytest.mark.flaky(max_runs=left_out.ATTEMPTS))
        for entry in expected:
            if entry.matches(item.nodeid, engine):
                mark = pytest.mark.xfail(reason=entry.reason, strict=True, run=entry.run)
                item.add_marker(mark)
