"""Arithmetic by Python's operators."""

from typing import Any


class Arithmetic:
    """Operators that are the ops of that name of the object's K, so that they record like a call.

    Attributes:
        K: the functions of a backend.
    """

    __slots__ = ()
    K: Any

    def __getitem__(self, key):
        return self.K.getitem(self, key)

    def __add__(self, other):
        return self.K.add(self, other)

    def __radd__(self, other):
        return self.K.add(other, self)

    def __sub__(self, other):
        return self.K.subtract(self, other)

    def __rsub__(self, other):
        return self.K.subtract(other, self)

    def __mul__(self, other):
        return self.K.multiply(self, other)

    def __rmul__(self, other):
        return self.K.multiply(other, self)

    def __truediv__(self, other):
        return self.K.divide(self, other)

    def __rtruediv__(self, other):
        return self.K.divide(other, self)

    def __floordiv__(self, other):
        return self.K.floor_divide(self, other)

    def __rfloordiv__(self, other):
        return self.K.floor_divide(other, self)

    def __mod__(self, other):
        return self.K.mod(self, other)

    def __rmod__(self, other):
        return self.K.mod(other, self)

    def __neg__(self):
        return self.K.negative(self)
