"""What a case is: data about one call of one function of K, or a short program about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Case:
    """A call whose result is known.

    In `args` and `kwargs` NumPy arrays stand for tensors, lists of arrays for lists of tensors; all
    else is passed as it is.

    Attributes:
        op: name of the function of K.
        args: its arguments.
        want: the result: a literal, or a function of `args` and `kwargs` with NumPy arrays (floats
            as float64) that computes it. Several results are a tuple.
        kwargs: its keyword arguments.
        id: what distinguishes it from other cases of the op.
        build: a function (K, *tensors) to be called instead of the op, for what needs more than one
            call. `want` then gets the arrays alone.
        dtype: dtype of the result; None for that of the first tensor of the same kind, else floatx,
            int32 or bool.
        batch: positions of the tensors whose first axis is the batch; () if none can be unknown.
        static: what K.int_shape must be with an unknown batch size; None if that is left open.
        grad: what K.gradients gives: True for what finite differences say (2 for second derivatives
            too), "none" for no gradient, False if it is not tested.
        inner: positions of the tensors to differentiate by; None for all floats.
        native: whether native tensors can be given.
        wide: whether the static shape may have unknown sizes although those of all tensors are
            known.
        host: whether the native result may be a NumPy array or number on every engine.
        tolerance: relative and absolute error allowed, None for that of the dtype.
    """

    op: str
    args: Sequence[Any]
    want: Any
    kwargs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    build: Callable | None = None
    dtype: str | None = None
    batch: Sequence[int] = (0,)
    static: Sequence[int | None] | None = None
    grad: bool | int | str = True
    inner: Sequence[int] | None = None
    native: bool = True
    wide: bool = False
    host: bool = False
    tolerance: float | None = None

    @property
    def name(self) -> str:
        return f"{self.op}-{self.id}" if self.id else self.op

    @property
    def arrays(self) -> list[np.ndarray]:
        """The tensors among the arguments, in order."""
        found: list[np.ndarray] = []
        _replace([*self.args, *self.kwargs.values()], found.append)
        return found

    def filled(self, tensors: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """args and kwargs with other tensors in the place of the arrays."""
        rest = iter(tensors)
        args = _replace(list(self.args), lambda _: next(rest))
        kwargs = {key: _replace(value, lambda _: next(rest)) for key, value in self.kwargs.items()}
        return args, kwargs

    def expected(self, arrays: Sequence[np.ndarray]) -> Any:
        """The result for other arrays; None if that is not known."""
        if not callable(self.want):
            same = all(a is b for a, b in zip(arrays, self.arrays, strict=True))
            return self.want if same else None
        exact = [a.astype("float64") if a.dtype.kind == "f" else a for a in arrays]
        if self.build is not None:
            return self.want(*exact)
        args, kwargs = self.filled(exact)
        return self.want(*args, **kwargs)


def _replace(value: Any, function: Callable) -> Any:
    """value with function(array) in the place of each array in it, also in lists."""
    if isinstance(value, np.ndarray):
        return function(value)
    if isinstance(value, list):
        return [_replace(each, function) for each in value]
    return value


@dataclass(frozen=True, eq=False)
class Raises:
    """A call that is a mistake.

    Attributes:
        op, args, kwargs, id, build: as for a Case.
        error: the exception.
        match: regular expression for its text; checked on backends that are made of our
            declarations.
        native: whether native tensors give the same error; else the engine's own.
    """

    op: str
    args: Sequence[Any]
    error: type[Exception]
    match: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    build: Callable | None = None
    native: bool = False

    name = Case.name
    arrays = Case.arrays
    filled = Case.filled


@dataclass(frozen=True, eq=False)
class Query:
    """A question about a tensor, answered at once by something that is no tensor.

    Attributes:
        op, args, kwargs, id, native: as for a Case.
        want: the answer.
    """

    op: str
    args: Sequence[Any]
    want: Any
    kwargs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    native: bool = True
    build: Callable | None = None

    name = Case.name
    arrays = Case.arrays
    filled = Case.filled


@dataclass(frozen=True, eq=False)
class Program:
    """A short program that asserts: what is about state, randomness or several calls.

    Attributes:
        op: the function of K that it is about.
        run: function of K, and of pytest fixtures by name.
        id: what distinguishes it.
    """

    op: str
    run: Callable
    id: str

    name = Case.name


def program(op: str, cases: list, id: str | None = None) -> Callable[[Callable], Callable]:
    """A decorator that appends a function as a Program to cases; its id is its name by default."""

    def add(run: Callable) -> Callable:
        cases.append(Program(op, run, id or run.__name__.replace("_", "-")))
        return run

    return add
