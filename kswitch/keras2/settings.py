"""floatx, epsilon and image_data_format as the running Keras has them.

Keras keeps them in keras.backend.common and lets no backend bring its own: K reads and sets them
there, so that `K.set_floatx` of Keras and of kswitch are one.
"""

from __future__ import annotations

import sys
from typing import Any

from kswitch import config


class KerasSettings(config.Configuration):
    """The settings of keras.backend.common; those of keras.json until Keras is imported."""

    def __init__(self, before: config.Configuration):
        self._values: dict[str, Any] = {}
        super().__init__(
            before.path,
            before.exists,
            before.floatx,
            before.epsilon,
            before.image_data_format,
            before.backend,
        )

    def _get(self, name: str) -> Any:
        common = sys.modules.get("keras.backend.common")
        return getattr(common, "_" + name.upper(), self._values[name])

    def _set(self, name: str, value: Any) -> None:
        common = sys.modules.get("keras.backend.common")
        self._values[name] = value
        if common is not None:
            setattr(common, "_" + name.upper(), value)

    @property
    def floatx(self) -> str:
        return self._get("floatx")

    @floatx.setter
    def floatx(self, value: str) -> None:
        self._set("floatx", value)

    @property
    def epsilon(self) -> float:
        return self._get("epsilon")

    @epsilon.setter
    def epsilon(self, value: float) -> None:
        self._set("epsilon", value)

    @property
    def image_data_format(self) -> str:
        return self._get("image_data_format")

    @image_data_format.setter
    def image_data_format(self, value: str) -> None:
        self._set("image_data_format", value)
