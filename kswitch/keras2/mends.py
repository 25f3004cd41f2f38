"""What Keras 2 relies on and today's Python, NumPy, h5py and PyYAML no longer have.

Each mend says which versions need it. All but those of h5py only add names. They hold for the
whole process, which runs Keras 2.
"""

import collections
import collections.abc
import functools
import importlib
import inspect
from collections import namedtuple
from typing import Any

import numpy as np

_done: set[str] = set()


def apply(version: tuple[int, ...]) -> None:
    """Mends all that a version of Keras needs mended; a second call does nothing."""
    if "all" in _done:
        return
    _done.add("all")
    from kswitch.keras2 import gates, hooks, layers

    collection_names()
    numpy_names()
    h5py_strings()
    h5py_files()
    hooks.after_import(
        "keras.callbacks.callbacks" if version >= (2, 3) else "keras.callbacks", exact_means
    )
    if version < (2, 3):
        argument_spec()
        yaml_loader()
        hooks.after_import("keras.utils.io_utils", empty_attributes)
        hooks.after_import("keras.utils.layer_utils", layers.kernel_flips)
        hooks.after_import("keras.engine.saving", layers.kernel_flips)
    hooks.after_import("keras.layers.core", layers.lambda_shapes)
    hooks.after_import("keras.layers.wrappers", layers.time_distributed_phase)
    if version >= (2, 3):
        hooks.after_import("keras.utils.metrics_utils", gates.top_k_filter)
        hooks.after_import("keras.metrics", gates.top_k_metrics)
        hooks.after_import("keras.metrics", gates.mean_iou)


def collection_names() -> None:
    """Keras 2.2 and 2.3 on Python 3.10 and later: collections.Iterable and its like are gone."""
    for name in ("Iterable", "Mapping", "Sequence", "Container"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))


def numpy_names() -> None:
    """Keras 2.2, 2.3 and keras_preprocessing 1.1 on NumPy 2: names that had a better one all along.

    `np.int` is asked for by Keras's reference backend only, and gone since NumPy 1.24.
    """
    names = {"Inf": np.inf, "string_": np.bytes_, "unicode_": np.str_, "int": int}
    for name, value in names.items():
        if name not in vars(np):
            setattr(np, name, value)


def exact_means(callbacks: Any) -> None:
    """Keras 2.2 and 2.3 on NumPy 2: the mean of losses over an epoch is summed in float64.

    A np.float32 times an int was a np.float64 before; programs write it as JSON too.
    """
    logger = callbacks.BaseLogger
    record = logger.on_batch_end

    @functools.wraps(record)
    def on_batch_end(self, batch, logs=None):
        exact = {
            name: np.float64(value) if isinstance(value, np.float32) else value
            for name, value in (logs or {}).items()
            if name not in self.stateful_metrics
        }
        record(self, batch, {**(logs or {}), **exact})

    logger.on_batch_end = on_batch_end


class _Text(str):
    """A string attribute of an HDF5 file, which h5py before 3 gave as bytes."""

    __slots__ = ()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return str(self)


def h5py_strings() -> None:
    """Keras 2.2 and 2.3 on h5py 3: attributes come as str, and Keras decodes them.

    A text gets a `decode`; an array of texts becomes one of bytes.
    """
    h5py: Any = importlib.import_module("h5py")
    read = h5py.AttributeManager.__getitem__

    @functools.wraps(read)
    def read_text(self, name):
        value = read(self, name)
        if isinstance(value, str):
            return _Text(value)
        if isinstance(value, np.ndarray) and value.dtype == object:
            if all(isinstance(each, str) for each in value.flat):
                return np.char.encode(value.astype(str), "utf-8")
        return value

    h5py.AttributeManager.__getitem__ = read_text


def h5py_files() -> None:
    """Keras 2.3 on h5py 3: a file was opened for reading and writing, and had its id as `fid`.

    Keras itself asks for a mode, but for one file that it keeps in memory; programs of its time
    rely on the old default too.
    """
    h5py: Any = importlib.import_module("h5py")
    init = h5py.File.__init__

    @functools.wraps(init)
    def open_file(self, name, mode="a", *args, **kwargs):
        init(self, name, mode, *args, **kwargs)

    h5py.File.__init__ = open_file
    h5py.File.fid = property(lambda self: self.id)


def empty_attributes(io_utils: Any) -> None:
    """Keras 2.2 on NumPy 2.2 and later: an empty array, read from a file, has no truth value."""
    read = io_utils.h5dict.__getitem__

    @functools.wraps(read)
    def read_list(self, name):
        value = read(self, name)
        is_attribute = not isinstance(self.data, dict) and name in self.data.attrs
        return [] if is_attribute and isinstance(value, np.ndarray) and not value.size else value

    io_utils.h5dict.__getitem__ = read_list


ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def argument_spec() -> None:
    """Keras 2.2 on Python 3.11 and later: inspect.getargspec is gone."""
    if hasattr(inspect, "getargspec"):
        return

    def getargspec(function):
        return ArgSpec(*inspect.getfullargspec(function)[:4])

    vars(inspect)["getargspec"] = getargspec
    vars(inspect)["ArgSpec"] = ArgSpec


def yaml_loader() -> None:
    """Keras 2.2 on PyYAML 6: yaml.load needs a loader. It gets one that runs no code."""
    yaml: Any = importlib.import_module("yaml")
    load = yaml.load

    @functools.wraps(load)
    def load_safely(stream, Loader=yaml.FullLoader):
        return load(stream, Loader)

    yaml.load = load_safely
