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
        ImportError: Keras 2, what it needs, or the engine is not installed; or Keras was imported
            before.
        OSError, ValueError: KERAS_BACKEND or keras.json is wrong.
    """
    from kswitch.keras2 import hooks, mends

    if hooks.is_loading("keras"):
        return  # Keras's loader imports our adapter, which does the rest
    version = keras_version()
    name, _, source = registry.resolve()
    if name in registry.ENGINES:
        _check_engine(registry.ENGINES[name], source)
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


def _check_engine(engine: registry.Engine, source: str) -> None:
    """Keras turns every ImportError of a backend into "Unable to import backend"."""
    if not registry.installed(engine.import_name):
        raise ImportError(f"{source} needs {engine.import_name}: {engine.hint}.")
