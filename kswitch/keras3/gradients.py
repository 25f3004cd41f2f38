"""K.gradients on the tensors and variables of a Keras 3 model.

The gradients are one more layer: it computes the loss anew from the tensors that are differentiated
by, and the engine differentiates that. So they can be fed to further K calls, to K.function, and
differentiated again.
"""

import keras

from kswitch import foreign
from kswitch.keras3 import engines, graph


def gradients(K, loss, variables):
    """The gradients of loss by KerasTensors and keras.Variables; see K.gradients."""
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    targets = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    for x in losses:
        if not foreign.is_keras_tensor(x):
            raise TypeError(
                f"gradients(): the loss of a Keras 3 model is a KerasTensor, got {x!r}: compute it "
                "from model.output."
            )
    for x in targets:
        if type(x) not in foreign.TYPES:
            raise TypeError(
                "gradients() by tensors and variables of a Keras 3 model, such as model.input or "
                f"model.trainable_weights; got {x!r}."
            )
    sources = graph.sources(losses)
    found = {}
    for x in targets:  # one at a time: one may be computed from the other
        if foreign.is_keras_tensor(x) and _is_float(x):
            inputs = [x, *[y for y in sources if y is not x]]
            layer = Gradients(inputs, losses, 1)
            if layer.is_connected():
                found[id(x)] = layer(inputs)[0]
    by_variables = Gradients(sources, losses, 0)
    own = {id(v) for v in by_variables.variables}
    chosen = [x for x in targets if foreign.is_variable(x) and id(x) in own]
    if chosen:
        by_variables.differentiate_by(chosen)
        results = by_variables(sources)
        found.update({id(x): g for x, g in zip(chosen, results, strict=True)})
    return [found.get(id(x)) for x in targets]


def _is_float(x):
    return keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))


class Gradients(keras.layers.Layer):
    """The gradients of the sum of some tensors by the first of those they are computed from.

    Args:
        inputs: KerasTensors from which the losses can be computed.
        losses: KerasTensors.
        count: how many of the inputs to differentiate by.
    """

    def __init__(self, inputs, losses, count):
        super().__init__(autocast=False)
        self.model = graph.between(inputs, losses)
        self.count = count
        self.positions = ()
        self.built = True

    def is_connected(self):
        """Whether a loss is computed from the first of the inputs."""
        return any(x is self.model.inputs[0] for x in graph.sources(self.model.outputs))

    def differentiate_by(self, variables):
        """Adds variables of the layers between inputs and losses to what is differentiated by."""
        own = [id(v) for v in self.variables]
        self.positions = tuple([own.index(id(v)) for v in variables])

    def call(self, inputs, training=None):
        variables = self.variables
        values = [v.value for v in variables]
        chosen = [values[i] for i in self.positions]

        def loss(tensors, weights):
            now = list(values)
            for i, weight in zip(self.positions, weights, strict=True):
                now[i] = weight
            with keras.StatelessScope(state_mapping=list(zip(variables, now, strict=True))):
                found = keras.tree.flatten(
                    self.model([*tensors, *inputs[self.count :]], training=training)
                )
            total = keras.ops.sum(found[0])
            for each in found[1:]:
                total = total + keras.ops.sum(each)
            return total

        engine = engines.GRADIENTS[keras.config.backend()]
        return engine(loss, list(inputs[: self.count]), chosen)

    def compute_mask(self, inputs, previous_mask):
        return None  # as of any operation in keras.ops

    def compute_output_spec(self, inputs, training=None):
        variables = self.variables
        like = [*inputs[: self.count], *[variables[i] for i in self.positions]]
        return [
            keras.KerasTensor(tuple(x.shape), keras.backend.standardize_dtype(x.dtype))
            for x in like
        ]

    def get_config(self):
        raise TypeError(
            f"the layer {self.name!r} cannot be saved: it holds the gradients of a part of the "
            "model. Save the model, and call K.gradients after loading it."
        )
