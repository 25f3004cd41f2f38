"""Sizes of KerasTensors: integers that are known when the model runs, K.shape(x)[0] for one.

Keras may use them like any KerasTensor, since each is a layer. K takes none of these layers: to it
a size is an expression of the KerasTensors that it was asked of, so that what can be known of
shapes is known, and a saved model holds the expression.
"""

import keras

import kswitch
from kswitch import foreign


class Size(keras.KerasTensor):
    """One or several sizes; its operators are functions of K, which make sizes of sizes."""

    __hash__ = keras.KerasTensor.__hash__

    @property
    def K(self):
        return kswitch.load_backend(keras.config.backend())._functions

    def __getitem__(self, key):
        return self.K.getitem(self, key)

    def __iter__(self):
        return iter([self[i] for i in range(self.shape[0])])

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

    def __neg__(self):
        return self.K.negative(self)


foreign.discover()  # which does nothing once a type is known
foreign.know(Size)
