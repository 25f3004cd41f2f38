"""What K meets but did not make: Keras 3's tensors and variables, and other engines' tensors.

Keras 3 is never imported from here. Once the program has imported it, `discover` makes its types
known; that happens when a backend is bound, when a composite is first called after `import keras`,
and when a kernel refuses what it got. A `keras.Variable` counts as its value. A call that gets a
`KerasTensor` becomes a layer, see `kswitch.keras3`.
"""

import sys

MODULES = sys.modules
TYPES: set = set()  # keras.KerasTensor and keras.Variable, and kswitch.keras3.sizes.Size
ENGINES = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow"}


def discover() -> bool:
    """Makes the types of Keras 3 known if it was imported meanwhile; whether they are news."""
    keras = MODULES.get("keras")
    if TYPES or keras is None or "KerasTensor" not in vars(keras):
        return False  # without that name it is Keras 2, or Keras 3 while it is being imported
    found = [vars(keras).get(name) for name in ("KerasTensor", "Variable", "Layer")]
    if None in found:
        return False
    know(*found[:2])
    return True


def know(*types) -> None:
    """Makes types of Keras 3 known."""
    from kswitch import dispatch

    TYPES.update(types)
    dispatch.ODD.update(types)


def is_keras_tensor(x) -> bool:
    """Whether x is a KerasTensor."""
    return type(x) in TYPES and hasattr(x, "record_history")


def is_variable(x) -> bool:
    """Whether x is a keras.Variable."""
    return type(x) in TYPES and not hasattr(x, "record_history")


def among(values) -> bool:
    """Whether one of the values, or of those in a list among them, is of Keras 3."""
    for x in values:
        if type(x) in TYPES or (type(x) in (list, tuple, dict) and among(_parts(x))):
            return True
    return False


def _parts(x):
    return x.values() if type(x) is dict else x


def flat(values):
    """The values, and in the place of lists what is in them."""
    for x in values:
        if type(x) in (list, tuple, dict):
            yield from flat(_parts(x))
        else:
            yield x


def unwrapped(K, x):
    """x with the value of each keras.Variable in its place, also in lists.

    Raises:
        TypeError: Keras 3 runs on another engine.
    """
    if type(x) in (list, tuple):
        return type(x)([unwrapped(K, each) for each in x])
    if not is_variable(x):
        return x
    require_same_engine(K, x)
    return x.value


def call(K, name, args, kwargs, native):
    """A call of the function `name` of K that has something of Keras 3 among its arguments.

    Args:
        native: the function to call where they are values in the end.
    """
    from kswitch.keras3 import calls

    return calls.call(K, name, args, kwargs, native)


def config(x) -> dict:
    """A symbolic tensor that needs no feed as data with its value, for a saved model.

    Raises:
        ValueError: it depends on a placeholder.
    """
    from kswitch.keras3 import arguments

    return arguments.plain(x)


def from_config(K, data):
    """The constant that `config` gave as data."""
    from kswitch.keras3 import arguments

    array = arguments.decode(K, data, ())
    return K.constant(array, array.dtype.name)


def training():
    """0 or 1 while a layer of Keras 3 is called with a `training`, else None."""
    if "keras" not in MODULES or not (TYPES or discover()):
        return None
    from kswitch.keras3 import phase

    return phase.training()


def require_same_engine(K, x) -> None:
    """Raises TypeError if x, which is of Keras 3, is not of K's engine."""
    theirs = MODULES["keras"].config.backend()
    if theirs != K.name:
        raise TypeError(
            f"{_described(x)} is of Keras 3, which runs on {theirs!r}, but this K is {K.name!r}. "
            f"Both read KERAS_BACKEND and keras.json: set KERAS_BACKEND={theirs} (or {K.name}) "
            "before either is imported, or write "
            f"K = kswitch.load_backend({theirs!r})."
        )


def refuse(K, x) -> None:
    """Raises TypeError if x is a tensor of an engine that is not K's; anything else passes."""
    if type(x) in TYPES:
        require_same_engine(K, x)
        raise TypeError(
            f"{_described(x)} is of Keras 3 and cannot take part in a call that is recorded: give "
            "K the tensors of the engine inside a layer, or KerasTensors and no placeholders of K."
        )
    engine = ENGINES.get(type(x).__module__.partition(".")[0])
    if engine is None or engine == K.name or not hasattr(x, "dtype"):
        return
    if engine == "tensorflow" and K.adapter.is_native(x):
        return
    why = ""
    if discover() or TYPES:
        theirs = MODULES["keras"].config.backend()
        if theirs != K.name:
            why = f" Keras 3 runs on {theirs!r}: K must, too."
    raise TypeError(
        f"{_described(x)} is a tensor of {engine!r}, but this K is {K.name!r}.{why} "
        f"Set KERAS_BACKEND={engine} before anything is imported, or write "
        f"K = kswitch.load_backend({engine!r}); a NumPy array of it is taken by every K."
    )


def _described(x) -> str:
    shape = getattr(x, "shape", None)
    return f"a {type(x).__module__.partition('.')[0]} {type(x).__name__} of shape {shape}"


def inline(K, x):
    """The native value of a symbolic tensor that needs no feed, in the middle of native code.

    The engine may differentiate by the variables in it and trace it. Random numbers are new ones,
    also at each run of a program that is traced once.

    Returns:
        A native tensor; None if x depends on a placeholder. The learning phase is a Python int.
    """
    if type(x) is K.Placeholder and x.default is not None:
        return K.phase_value()
    if type(x) is K.Variable:
        return K.adapter.inline_value(x)
    if depends_on_feed(K, x):
        return None
    from kswitch.compile.source import Writer

    program = Writer(K, K.phase_value(), without=("in_place",)).write([], [x], [])
    return K.adapter.inline(program, [])[0]


def depends_on_feed(K, x) -> bool:
    """Whether a symbolic tensor depends on a placeholder without a default."""
    if x.op is None:
        return type(x) is K.Placeholder and x.default is None
    return any(type(leaf) is K.Placeholder and leaf.default is None for leaf in leaves(K, [x]))


def leaves(K, tensors) -> list:
    """The placeholders and variables that symbolic tensors depend on, in a stable order."""
    from kswitch.graph.walk import inputs, postorder

    return [x for x in postorder(tensors, inputs, ()) if x.op is None and not x.inputs]


def boundary(K, x, who):
    """The value of a symbolic tensor that the engine's own functions got.

    Raises:
        TypeError: it has none before it is fed.
    """
    value = inline(K, x)
    if value is None:
        raise TypeError(
            f"{who} got {x!r}, which has no value before its placeholders are fed: use the "
            "functions of K on it, and K.function to feed them."
        )
    return value
