"""The part of a Keras 3 model between some of its tensors, run with a `training` of choice."""

import inspect

import keras


class Graph(keras.Function):
    """Computes KerasTensors from others. Layers in between are shared, not copied.

    A layer's own default for `training` is overruled, as a model does it, too: in the graph it
    looks as if it had been given by the caller.
    """

    def layers(self):
        return [op for op in self.operations if isinstance(op, keras.layers.Layer)]

    def run(self, inputs, training):
        """The outputs; with training None layers follow the layer that is being called."""

        def choose(operation):
            if training is None or not _takes_training(operation):
                return operation
            return lambda *args, **kwargs: operation(*args, **{**kwargs, "training": training})

        return self._run_through_graph(inputs, operation_fn=choose)


def _takes_training(operation):
    layer = isinstance(operation, keras.layers.Layer)
    return layer and "training" in inspect.signature(operation.call).parameters
