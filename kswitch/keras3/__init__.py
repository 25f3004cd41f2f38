"""K inside Keras 3: layers made of K calls, K.function and K.gradients on its models.

Nothing of this has to be imported for K to work there: `kswitch.foreign` does that once it meets
something of Keras. Importing it by hand, which imports Keras 3 too, is for `install()`, and for a
program that loads a saved model whose layers are K calls before it has made any.
"""

from __future__ import annotations

import keras

import kswitch

if not hasattr(keras, "KerasTensor"):
    raise ImportError(
        f"kswitch.keras3 needs Keras 3, found {getattr(keras, '__version__', 'another module')}: "
        "pip install 'keras>=3'."
    )

from kswitch.keras3 import calls

__all__ = ["calls", "install", "uninstall"]


def install() -> list[str]:
    """Puts the classic names that Keras 3 lacks on its `keras.backend`.

    Packages that say `from keras import backend as K` and use K inside their functions then work
    unchanged. No name that Keras 3 has is replaced.

    Returns:
        The names that were added; none at the second call.
    """
    K = kswitch.load_backend(keras.config.backend())
    added = [name for name in K.__all__ if not hasattr(keras.backend, name)]
    for name in added:
        setattr(keras.backend, name, getattr(K, name))
    return added


def uninstall() -> list[str]:
    """Takes away what `install` added; the names."""
    K = kswitch.load_backend(keras.config.backend())
    found = [n for n in K.__all__ if vars(keras.backend).get(n) is getattr(K, n)]
    for name in found:
        delattr(keras.backend, name)
    return found


def register() -> None:
    """Lets Keras save the constants and variables of K that it gets beside a KerasTensor."""
    K = kswitch.load_backend(keras.config.backend())._functions
    for cls in (K.Tensor, K.Variable):
        keras.saving.register_keras_serializable("kswitch")(cls)


register()
