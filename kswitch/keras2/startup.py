"""Makes Keras 2 load an engine of kswitch: looks at what is installed, and sets KERAS_BACKEND."""

from __future__ import annotations

import importlib.util
import os
import re
import sys

from kswitch import registry

HINT = "pip install 'kswitch[keras2]' && pip install --no-deps keras==2.3.1"
PREFIX = "kswitch.keras2.on_"


def start() -> None:
    """Mends what Keras 2 needs mended, and sets KERAS_BACKEND to the module of the engine.

    The engine is the one that KERAS_BACKEND or keras.json names, else the first that is installed.
    A module of somebody else is left to Keras, which loads it by itself.

    Raises:
        ImportError: Keras 2, what it needs, or the engine is not installed; or Keras or K was
            imported before.
        OSError, ValueError: KERAS_BACKEND or keras.json is wrong.
    """
    from kswitch.keras2 import hooks, mends

    if hooks.is_loading("keras"):
        return  # Keras's loader imports our adapter, which does the rest
    version = keras_version()
    name, _, source = registry.resolve()
    if name in registry.ENGINES:
        _check_engine(name, source)
        name = PREFIX + name
    elif name.lower() in registry.DEAD:
        registry.load(name, source)  # which says what to use instead
    if "keras" in sys.modules and name not in sys.modules:
        raise ImportError(
            "keras was imported before kswitch.keras2, with another backend. Put `import "
            "kswitch.keras2` before the first import of keras, or run the program with "
            "`python -m kswitch.keras2`."
        )
    os.environ["KERAS_BACKEND"] = name
    _forget_failed_import()
    mends.apply(version)


def keras_version() -> tuple[int, ...]:
    """The version of the installed Keras, such as (2, 3, 1); nothing is imported.

    Raises:
        ImportError: Keras is not installed, or is neither 2.2 nor 2.3, or lacks what it needs.
    """
    spec = importlib.util.find_spec("keras") if "keras" not in sys.modules else None
    origin = sys.modules["keras"].__file__ if spec is None and "keras" in sys.modules else None
    origin = spec.origin if spec is not None else origin
    if origin is None:
        raise ImportError(f"Keras 2 is not installed: {HINT}.")
    with open(origin, encoding="utf-8") as file:
        found = re.search(r"^__version__ = '(\d+)\.(\d+)\.(\d+)'", file.read(), re.MULTILINE)
    if found is None or found.group(1) != "2":
        raise ImportError(
            f"the installed keras ({os.path.dirname(origin)}) is Keras 3, which has backends of "
            "its own. To run programs of Keras 2, make an environment with: " + HINT + "."
        )
    version = tuple(int(part) for part in found.groups())
    if version[:2] not in ((2, 2), (2, 3)):
        raise ImportError(
            f"Keras {'.'.join(found.groups())} is installed, which takes no backend from outside. "
            f"Use 2.3.1 or 2.2.4: {HINT}."
        )
    for package in ("keras_applications", "keras_preprocessing", "h5py", "scipy", "yaml", "six"):
        if not registry.installed(package):
            raise ImportError(
                f"Keras {'.'.join(found.groups())} needs {package}: pip install 'kswitch[keras2]'."
            )
    return version


def _check_engine(name: str, source: str) -> None:
    """Keras turns every ImportError of a backend into "Unable to import backend"."""
    engine = registry.ENGINES[name]
    if not registry.installed(engine.import_name):
        raise ImportError(registry.needs(name, source))
    before = registry.loaded(name)
    if before is not None and not before._functions.is_symbolic_only:
        raise ImportError(
            f"K of {name} was loaded before kswitch.keras2, and computes at once what Keras 2 "
            "wants in a graph. Put `import kswitch.keras2` before `from kswitch import backend`, "
            "or run the program with `python -m kswitch.keras2`."
        )


def _forget_failed_import() -> None:
    """TensorFlow tries `import keras` while it is imported itself, and goes on where that fails.

    What was loaded of Keras until then would stay, with Keras's own backend for TensorFlow 1.
    """
    if "keras" not in sys.modules:
        for name in [name for name in sys.modules if name.startswith("keras.")]:
            del sys.modules[name]
