"""A K call on KerasTensors as a layer: its shape comes from K's rules, its value from a program.

The call is recorded once on placeholders that stand in for the KerasTensors. What was recorded
gives the shape and dtype of the result, and the straight-line program that runs in the place of the
layer, on whichever engine Keras 3 has; so does the call that a saved model holds.
"""

import keras

import kswitch
from kswitch import foreign
from kswitch.compile.source import Writer
from kswitch.graph import dtypes
from kswitch.keras3 import arguments
from kswitch.keras3.sizes import Size


def symbolic(K, name, args):
    """The KerasTensors that stand for a call of the function `name` of K on KerasTensors.

    Of sizes that are all known it is a constant of K.
    """
    if any(map(K.is_engines, foreign.flat(args))):
        raise TypeError(
            f"{name}() got a KerasTensor together with a tensor that has a value: hand in the "
            "latter as a NumPy array. A function given to K.rnn or K.map_fn cannot use "
            "KerasTensors from outside: hand them in as `constants`, or among the elements."
        )
    given = [x for x in foreign.flat(args) if foreign.is_keras_tensor(x)]
    args = _replaced(args, lambda x: stand_in(K, x) if foreign.is_keras_tensor(x) else x)
    inputs = arguments.stand_ins(K, args)
    if not inputs:  # sizes that are known
        return getattr(K, name)(*args)
    layer = Call(
        function=name,
        arguments=arguments.encode(K, args, inputs),
        inputs=[(x.shape, x.dtype) for x in inputs],
        name=f"k_{name}_{keras.backend.get_uid(f'k_{name}')}",
    )
    tensors = [x.keras_tensor for x in inputs]
    size = None
    if name in ("shape", "size") or all(type(x) is Size for x in given):
        size = getattr(K, name)(*args)
        if type(size) in K.SYMBOLIC and size.ndim < 2 and dtypes.is_integer(size.dtype):
            layer.kind = Size
    result = layer(tensors if len(tensors) > 1 else tensors[0])
    if layer.kind is Size:
        result.kswitch_stand_in = size
    return result


def stand_in(K, x):
    """The placeholder that stands for a KerasTensor, the same one each time; for a size, what it is
    computed by.
    """
    found = getattr(x, "kswitch_stand_in", None)
    if found is None or found.K is not K:
        found = K.Placeholder(tuple(x.shape), keras.backend.standardize_dtype(x.dtype), x.name)
        found.keras_tensor = x
        x.kswitch_stand_in = found
    return found


def _replaced(value, function):
    if type(value) in (list, tuple):
        return type(value)([_replaced(each, function) for each in value])
    return function(value)


class Recording:
    """A call recorded on fresh placeholders.

    Attributes:
        inputs: the placeholders.
        result: what the function of K returns: a tensor, or several.
        arguments: as they were encoded.
    """

    def __init__(self, K, function, encoded, signature):
        self.K = K
        self.arguments = encoded
        self.inputs = [K.Placeholder(shape, dtype, "input") for shape, dtype in signature]
        args = arguments.decode(K, encoded, self.inputs)
        if function in ("in_train_phase", "in_test_phase") and args[2:] in ((), (None,)):
            args = (*args[:2], K.phase_placeholder())
        result = getattr(K, function)(*args)
        self.result = keras.tree.map_structure(
            lambda x: x if type(x) in K.SYMBOLIC else K.record.constant(x), result
        )

    def program(self, phase):
        outputs = keras.tree.flatten(self.result)
        return Writer(self.K, phase, without=("in_place",)).write(self.inputs, outputs, [])


@keras.saving.register_keras_serializable("kswitch")
class Call(keras.layers.Layer):
    """A layer that is one call of a function of K.

    Args:
        function: its name.
        arguments: its arguments, as `kswitch.keras3.arguments` encodes them.
        inputs: (shape, dtype) of each tensor that the layer is called with.
    """

    kind = keras.KerasTensor  # of the result

    def __init__(self, function, arguments, inputs, **options):
        super().__init__(autocast=False, **options)
        self.function = function
        self.signature = tuple([(tuple(shape), dtype) for shape, dtype in inputs])
        self.built = True
        # One object of ours, as Keras wraps lists and dicts; written now, while no engine traces.
        self.recording = Recording(self.K, function, arguments, self.signature)
        self.programs = tuple([self.recording.program(phase) for phase in (0, 1)])

    @property
    def K(self):
        return kswitch.load_backend(keras.config.backend())._functions

    def call(self, inputs, training=None):
        K = self.K
        feeds = keras.tree.flatten(inputs)
        feeds = [
            x if K.adapter.native_dtype(x) == dtype else K.adapter.cast(x, dtype)
            for x, (_, dtype) in zip(feeds, self.signature, strict=True)
        ]
        phase = K.phase_value() if training is None else int(bool(training))
        outputs = K.adapter.inline(self.programs[phase], feeds)
        return keras.tree.pack_sequence_as(self.recording.result, list(outputs))

    def compute_mask(self, inputs, previous_mask):
        return None  # as of any operation in keras.ops

    def compute_output_spec(self, inputs, training=None):
        inputs = keras.tree.flatten(inputs)
        signature = tuple(
            [(tuple(x.shape), keras.backend.standardize_dtype(x.dtype)) for x in inputs]
        )
        recording = self.recording
        if signature != self.signature:
            recording = Recording(self.K, self.function, recording.arguments, signature)
        return keras.tree.map_structure(
            lambda x: self.kind(tuple(x.shape), x.dtype), recording.result
        )

    def get_config(self):
        config = super().get_config()
        config.pop("autocast", None)
        try:
            encoded = arguments.plain(self.recording.arguments)
        except TypeError as error:
            raise TypeError(
                f"the layer {self.name!r} cannot be saved: K.{self.function} was given {error}. "
                "Make the call inside a keras.layers.Layer of your own instead."
            ) from None
        inputs = [[list(shape), dtype] for shape, dtype in self.signature]
        # The .h5 format takes a bare name for a function of Keras if that has one.
        function = f"K.{self.function}"
        return {**config, "function": function, "arguments": encoded, "inputs": inputs}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "function": config["function"].removeprefix("K.")})
