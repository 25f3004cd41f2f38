"""Tensors that are computed when their value is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class Tensor:
    """A computation with a static shape.

    Attributes:
        shape: its sizes, None for what is not known.
        name: for people.
        compute: gives the value as an array.
    """

    def __init__(self, shape: tuple, compute: Callable[[], np.ndarray], name: str = ""):
        self.shape = shape
        self.compute = compute
        self.name = name

    def __add__(self, other: Tensor) -> Tensor:
        return Tensor(self.shape, lambda: self.compute() + other.compute())


class Holder(Tensor):
    """A tensor whose value is put into it: a variable, or a placeholder while a function runs."""

    def __init__(self, shape: tuple, value: np.ndarray | None, name: str = ""):
        super().__init__(shape, self.held, name)
        self.value = value

    def held(self) -> np.ndarray:
        if self.value is None:
            raise ValueError(f"{self.name or 'a placeholder'} has no value.")
        return self.value
