"""What Keras's loader finds in a backend module of ours.

The loader looks into the module's dictionary only, once, so every name has to be there. It takes
floatx, epsilon and the data format from a module of its own, which K therefore reads too
(`settings`), and leaves out functions that it knows TensorFlow alone to have: those are put on
keras.backend here, which is in sys.modules while it imports the backend.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from types import MethodType, ModuleType
from typing import Any

from kswitch import config, registry
from kswitch.keras2 import hooks, mends, rules, settings, startup

# What the loader of 2.3.1 offers on TensorFlow only, or no longer.
WITHHELD = (
    "clear_session",
    "get_session",
    "set_session",
    "manual_variable_initialization",
    "get_variable_shape",
    "image_dim_ordering",
    "set_image_dim_ordering",
)
# Modules of Keras 2.3 that import TensorFlow, if it is installed, to open gs:// paths: that takes
# seconds, and a second engine's threads.
READS_GS = ("keras.engine.saving", "keras.utils.test_utils")


def entries(engine: str) -> dict[str, Any]:
    """The names of a backend module: all functions of K on an engine.

    Called while Keras imports the module, it also mends what Keras needs mended and offers what
    the loader withholds.
    """
    version = startup.keras_version()
    mends.apply(version)
    config.replace(settings.KerasSettings(config.load()))
    with _without_keras3(engine):
        K = registry.load_symbolic(engine, f"{startup.PREFIX}{engine}")
    found = {name: vars(K)[name] for name in K.__all__}
    for name, rule in rules.of(version).items():
        found[name] = MethodType(rule, K._functions)
    if engine != "tensorflow":
        hooks.keep_out("tensorflow", READS_GS)
    package = sys.modules.get("keras.backend")
    if package is not None and hooks.is_loading("keras.backend"):
        _offer_withheld(package, found)
        _shorten_name(engine, package)
    return found


def _offer_withheld(package: ModuleType, found: dict[str, Any]) -> None:
    for name in WITHHELD:
        if name not in vars(package):
            setattr(package, name, found[name])


def _shorten_name(engine: str, package: ModuleType) -> None:
    """Makes K.backend() give "torch" and not this module's path, as programs write it in files.

    Not so for TensorFlow: where K.backend() is "tensorflow", Keras calls TensorFlow 1 by itself.
    """
    loader = sys.modules.get("keras.backend.load_backend", package)
    if engine != "tensorflow":
        loader._BACKEND = engine  # type: ignore[attr-defined]


@contextlib.contextmanager
def _without_keras3(engine: str) -> Iterator[None]:
    """Lets TensorFlow be imported: it would import Keras 3, for which it would take Keras 2.

    With TF_USE_LEGACY_KERAS it looks for the package tf_keras instead, and does without.
    """
    name = "TF_USE_LEGACY_KERAS"
    before = os.environ.get(name)
    if engine != "tensorflow" or before is not None:
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]
