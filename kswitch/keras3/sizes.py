"""Sizes of KerasTensors: integers that are known when the model runs, K.shape(x)[0] for one.

Keras may use them like any KerasTensor, since each is a layer. K takes none of these layers: to it
a size is an expression of the KerasTensors that it was asked of, so that what can be known of
shapes is known, and a saved model holds the expression.
"""

import keras

import kswitch
from kswitch import foreign
from kswitch.graph.operators import Arithmetic


class Size(Arithmetic, keras.KerasTensor):
    """One or several sizes; its operators are functions of K, which make sizes of sizes."""

    __hash__ = keras.KerasTensor.__hash__

    @property
    def K(self):
        return kswitch.load_backend(keras.config.backend())._functions

    def __iter__(self):
        return iter([self[i] for i in range(self.shape[0])])


foreign.discover()  # which does nothing once a type is known
foreign.know(Size)
