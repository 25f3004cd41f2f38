"""Arguments of a recorded K call as plain data, so that a saved model can hold them.

    {"input": 0}                        the first tensor that the layer is called with
    {"op": "getitem", "args": [...]}    an expression made of inputs: a size
    {"array": [[1.0]], "dtype": "..."}  a constant, or a variable: saved with the value it has then
    {"tuple": [...]}, {"slice": [start, stop, step]}, {"ellipsis": true}, {"phase": true}

Numbers, strings, None and lists stand for themselves. In memory arrays, variables and functions do,
too; `plain` makes data of the former and refuses the latter.
"""

import numpy as np

from kswitch import foreign
from kswitch.graph.random import Seed
from kswitch.graph.tensor import Tensor

# Of loops and choices: their arguments are graphs, or parts of a result.
NO_EXPRESSIONS = frozenset(("scan", "cond", "phase_select", "item"))


def stand_ins(K, args) -> list:
    """The placeholders that stand for KerasTensors in args, in order.

    Raises:
        TypeError: a placeholder of K itself is among what args are computed from.
    """
    found: dict = {}
    tensors = [x for x in foreign.flat(args) if isinstance(x, Tensor)]
    for leaf in foreign.leaves(K, tensors):
        if type(leaf) is not K.Placeholder or leaf.default is not None:
            continue
        if "keras_tensor" not in vars(leaf):
            raise TypeError(
                f"a KerasTensor and {leaf!r} meet in one call: a Keras model and a graph of "
                "K.placeholder are fed separately. Make that a keras.Input, too."
            )
        found[id(leaf)] = leaf
    return list(found.values())


def encode(K, value, inputs):
    """An argument, or a tuple of them, as data; see above."""
    if isinstance(value, Tensor):
        return _encode_tensor(K, value, inputs)
    if type(value) is tuple:
        return {"tuple": [encode(K, x, inputs) for x in value]}
    if type(value) is list:
        return [encode(K, x, inputs) for x in value]
    if type(value) is slice:
        return {"slice": [encode(K, x, inputs) for x in (value.start, value.stop, value.step)]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if type(value) is Seed:
        return value.seed
    return value.item() if isinstance(value, np.generic) else value


def _encode_tensor(K, x, inputs):
    for i, each in enumerate(inputs):
        if x is each:
            return {"input": i}
    if type(x) is K.Placeholder:
        return {"phase": True}
    if x.op is not None and x.op.name == "constant_" and isinstance(x.args[0], np.ndarray):
        return x.args[0]
    if x.op is None or not foreign.depends_on_feed(K, x):
        return x
    if x.op.name in NO_EXPRESSIONS:
        raise TypeError(
            f"{x!r} cannot be an argument beside a KerasTensor: it comes from a loop or choice."
        )
    return {"op": x.op.name, "args": [encode(K, each, inputs) for each in x.args]}


def decode(K, data, inputs):
    """The argument that `encode` or a saved model gave as data, with tensors for its inputs."""
    if type(data) is list:
        return [decode(K, x, inputs) for x in data]
    if type(data) is not dict:
        return data
    if "input" in data:
        return inputs[data["input"]]
    if "tuple" in data:
        return tuple([decode(K, x, inputs) for x in data["tuple"]])
    if "slice" in data:
        return slice(*[decode(K, x, inputs) for x in data["slice"]])
    if "array" in data:
        return np.array(data["array"], data["dtype"]).reshape(data["shape"])
    if "ellipsis" in data:
        return Ellipsis
    if "phase" in data:
        return K.phase_placeholder()
    return getattr(K, data["op"])(*[decode(K, x, inputs) for x in data["args"]])


def plain(data):
    """What `encode` gave, fit for JSON.

    Raises:
        TypeError: there is a function in it, or something else that is no data.
    """
    if type(data) is list:
        return [plain(x) for x in data]
    if type(data) is dict:
        return {key: plain(x) for key, x in data.items()}
    if isinstance(data, Tensor):
        data = vars(type(data))["K"].eval(data)
    if isinstance(data, np.ndarray):
        return {"array": data.ravel().tolist(), "dtype": data.dtype.name, "shape": list(data.shape)}
    if data is None or type(data) in (bool, int, float, str):
        return data
    if isinstance(data, type):
        return np.dtype(data).name
    raise TypeError(f"{data!r}")
