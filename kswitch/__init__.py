"""The classic Keras backend API on NumPy, TensorFlow, PyTorch, JAX or a module of your own.

`from kswitch import backend as K` gives K for the configured backend, `load_backend()` another one
beside it. Importing this package imports no engine, and nothing else that takes time.
"""

from __future__ import annotations

import os
from types import ModuleType

__version__ = "0.1.0"

__all__ = ["__version__", "load_backend"]


def load_backend(name: str) -> ModuleType:
    """K for another backend than the configured one, in the same process.

    Args:
        name: "numpy", "tensorflow", "torch" or "jax", or the dotted path of a backend module.

    Returns:
        A module object with the functions of K; the same one for the same name.

    Raises:
        ImportError: the engine is not installed, or an import fails.
        ValueError: there is no such backend, or the module lacks a required function.
    """
    from kswitch import registry

    return registry.load(name)


# In a checkout backends/ and conformance/ lie beside this folder, not in it: `python -m kswitch`
# works there too.
if not os.path.isdir(os.path.join(__path__[0], "backends")):
    __path__.append(os.path.dirname(__path__[0]))
