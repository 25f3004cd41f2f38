"""Values of options: each function turns the text into a number, or says what is wrong with it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable


def natural(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"expected a whole number from 0, got {text!r}")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def duration(text: str) -> float:
    """A number over 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ArgumentTypeError(f"expected a number over 0, got {text!r}")
    return number


def at_most(limit: int) -> Callable[[str], int]:
    """A whole number from 1 to a limit."""

    def number(text: str) -> int:
        if positive(text) > limit:
            raise ArgumentTypeError(f"expected a whole number from 1 to {limit}, got {text!r}")
        return int(text)

    return number
