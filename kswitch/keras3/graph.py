"""The part of a Keras 3 graph between some of its tensors, as a model whose layers are shared.

`keras.Model` takes inner tensors for inputs, too, but confuses the calls of a layer that is called
twice. Here they are replaced while the graph is built anew, by `keras.models.clone_model`: once to
see which call gives them, and once more with an Input in the place of what that call gives.
"""

import itertools

import keras


class Part(keras.Model):
    """A model for which the masks of its inputs do not count: those of its layers are arguments."""

    def compute_mask(self, inputs, previous_mask):
        return None


def sources(tensors):
    """The inputs of models that KerasTensors are computed from."""
    found = {id(x): x for y in tensors for x in keras.utils.get_source_inputs(y)}
    return list(found.values())


def between(inputs, outputs):
    """The model that computes KerasTensors from others.

    Raises:
        ValueError: an output needs more inputs than these; Keras names them.
    """
    inner = [x for x in inputs if keras.utils.get_source_inputs(x)[0] is not x]
    if not inner:
        return Part(inputs, outputs)
    replaced = {id(x): keras.Input(batch_shape=x.shape, dtype=x.dtype) for x in inner}
    whole = keras.Model([*sources([*outputs, *inner]), *replaced.values()], [*outputs, *inner])
    new_outputs = _again(whole, _calls(whole, inner, list(replaced.values())))
    return Part([replaced.get(id(x), x) for x in inputs], new_outputs[: len(outputs)])


def _calls(model, tensors, replacements):
    """(number of a call, position in what it gives) -> what to put in the place of each tensor.

    The tensors are the last outputs of the model.
    """
    results = []
    again = _again(model, {}, results)[-len(tensors) :]
    places = {id(x): (i, j) for i, flat in enumerate(results) for j, x in enumerate(flat)}
    return {places[id(x)]: new for x, new in zip(again, replacements, strict=True)}


def _again(model, replaced, results=None):
    """The outputs of a model whose calls were made anew, but for some results of them."""
    numbers = itertools.count()

    def call(operation, *args, **kwargs):
        result = operation(*args, **kwargs)
        i = next(numbers)
        flat = [replaced.get((i, j), x) for j, x in enumerate(keras.tree.flatten(result))]
        if results is not None:
            results.append(flat)
        return keras.tree.pack_sequence_as(result, flat)

    return keras.models.clone_model(
        model,
        input_tensors=model.inputs,
        clone_function=lambda operation: operation,
        call_function=call,
    ).outputs
