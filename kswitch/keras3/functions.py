"""K.function on the tensors of a Keras 3 model: the activations of its layers."""

import keras
import numpy as np

from kswitch import foreign
from kswitch.keras3 import engines, graph


class Function:
    """What K.function returns for KerasTensors: a list of values in, a list of arrays out.

    Nothing is updated: with the learning phase 1 batch normalisation uses the batch and keeps its
    moving averages. Dropout draws new numbers at each call.
    """

    def __init__(self, K, inputs, outputs, name, single):
        self.K = K
        self.inputs = inputs
        self.outputs = outputs
        self.name = name
        self.single = single
        self.phase_input = next(
            (i for i, x in enumerate(inputs) if not foreign.is_keras_tensor(x)), None
        )
        self.fed = [x for x in inputs if foreign.is_keras_tensor(x)]
        self.model = graph.between(self.fed, outputs)
        self.seeds = [
            v
            for v in self.model.non_trainable_variables
            if not keras.backend.is_float_dtype(v.dtype)
        ]

    def __repr__(self):
        return f"<K.function {self.name!r}: {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    def __call__(self, inputs=()):
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(f"{self!r} is called with one list of values, got {inputs!r}.")
        values = list(inputs)
        phase = self.K.phase_value()
        if self.phase_input is not None and len(values) == len(self.inputs):
            phase = values.pop(self.phase_input)
        if len(values) != len(self.fed):
            names = ", ".join(getattr(x, "name", "learning phase") for x in self.inputs)
            raise ValueError(
                f"{self!r} takes {len(self.inputs)} values, one for each input ({names}), "
                f"got {len(inputs)}."
            )
        feeds = [
            keras.ops.convert_to_tensor(value, dtype=x.dtype)
            for value, x in zip(values, self.fed, strict=True)
        ]
        scope = keras.StatelessScope()
        with scope, engines.no_gradients(self.K.name):
            results = keras.tree.flatten(self.model(feeds, training=bool(phase)))
            drawn = [(v, scope.get_current_value(v)) for v in self.seeds]
        for seed, value in drawn:
            if value is not None:
                seed.assign(value)
        arrays = [np.array(keras.ops.convert_to_numpy(x)) for x in results]
        return arrays[0] if self.single else arrays


def function(K, inputs, outputs, updates=None, **kwargs):
    """K.function for KerasTensors.

    Raises:
        TypeError: an input is neither a KerasTensor nor K.learning_phase().
        ValueError: updates, or another keyword, are given.
    """
    from kswitch.keras3 import layer

    name = kwargs.pop("name", None)
    kwargs.pop("jit_compile", None)
    if kwargs:
        raise ValueError(f'Invalid argument "{next(iter(kwargs))}" passed to K.function.')
    if updates:
        raise ValueError(
            "function(): there are no updates on a Keras 3 model: its variables are changed by "
            "fit, or by K.set_value."
        )
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(
            f"function(): `inputs` should be a list or tuple of tensors, got {inputs!r}."
        )
    single = not isinstance(outputs, (list, tuple))
    flat = [outputs] if single else list(outputs)
    flat = [x if foreign.is_keras_tensor(x) else layer.symbolic(K, "identity", (x,)) for x in flat]
    inputs = [_source(flat, inputs) if isinstance(x, list) and not x else x for x in inputs]
    for x in inputs:
        phase = isinstance(x, int) or getattr(x, "default", None) is not None
        if not foreign.is_keras_tensor(x) and not phase:
            raise TypeError(
                "function(): the inputs of a Keras 3 model are KerasTensors, such as model.input, "
                f"and K.learning_phase(); got {x!r}."
            )
    return Function(K, inputs, flat, name, single)


def _source(outputs, inputs):
    """What `model.layers[0].input` means, which is [] for an InputLayer of Keras 3: the model's
    input.
    """
    given = {id(x) for x in inputs}
    found = {id(x): x for y in outputs for x in keras.utils.get_source_inputs(y)}
    left = [x for key, x in found.items() if key not in given]
    if len(left) != 1:
        raise ValueError(
            "function(): an input is [], as `layer.input` of an InputLayer is in Keras 3, and the "
            f"outputs are computed from {len(left)} inputs: use `model.inputs`."
        )
    return left[0]
