"""Which backend, and where it comes from: names, their origin, and what is wrong with them.

A backend is chosen by KERAS_BACKEND, else by keras.json, else it is the first engine that is
installed. A name is built in, or registered by another distribution (see `kswitch.registered`), or
the path of a module. Every error says where the name came from and what to do.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import NamedTuple

from kswitch import config, external, registered
from kswitch.backends import adapter


class Engine(NamedTuple):
    """A tensor library with an adapter of ours.

    Attributes:
        display: its name as people write it.
        import_name: what is imported, and looked for to know whether it is installed.
        adapter: the module that makes it a backend.
        hint: the command that installs it.
    """

    display: str
    import_name: str
    adapter: str
    hint: str


# In the order in which the default backend is looked for.
ENGINES: Mapping[str, Engine] = {
    "tensorflow": Engine(
        "TensorFlow",
        "tensorflow",
        "kswitch.backends.tensorflow_backend",
        "pip install 'kswitch[tensorflow]'",
    ),
    "torch": Engine(
        "PyTorch", "torch", "kswitch.backends.torch_backend", "pip install 'kswitch[torch]'"
    ),
    "jax": Engine("JAX", "jax", "kswitch.backends.jax_backend", "pip install 'kswitch[jax]'"),
    "numpy": Engine("NumPy", "numpy", "kswitch.backends.numpy_backend", "pip install numpy"),
}

ALIASES = {"pytorch": "torch"}
DEAD = {"theano": "Theano", "cntk": "CNTK"}
# Names that nobody else can have.
OWN = frozenset([*ENGINES, *ALIASES, *DEAD])
REQUIRED = ("placeholder", "variable", "function")

DEFAULT = "the default: the first installed of tensorflow, torch, jax, else numpy"

_loaded: dict[str, ModuleType] = {}


class Choice(NamedTuple):
    """The backend that K is.

    Attributes:
        name: a key of ENGINES, a registered name, or the dotted path of a module.
        origin: where the name came from: KERAS_BACKEND, the path of keras.json, or the default.
        source: the name as it was given there; errors begin with it.
    """

    name: str
    origin: str
    source: str


def resolve() -> Choice:
    """The configured backend; nothing is imported for it.

    Raises:
        OSError, ValueError: keras.json is bad, see `config.load()`, also where KERAS_BACKEND wins.
    """
    file = config.load()
    given = os.environ.get("KERAS_BACKEND", "").strip()
    if given:
        return Choice(canonical(given), "KERAS_BACKEND", f"KERAS_BACKEND={given}")
    if file.backend is not None:
        source = f"backend {file.backend!r} in {file.path}"
        return Choice(canonical(file.backend), file.path, source)
    name = default()
    return Choice(name, DEFAULT, f"backend {name!r} ({DEFAULT})")


def canonical(name: str) -> str:
    """The one spelling of a name: " Torch " and "PyTorch" are "torch"; a module's path stays."""
    name = name.strip()
    built_in = ALIASES.get(name.lower(), name.lower())
    return built_in if built_in in ENGINES else name


def default() -> str:
    """The first engine that is installed; NumPy always is."""
    for name, engine in ENGINES.items():
        if installed(engine.import_name):
            return name
    return "numpy"


def installed(package: str) -> bool:
    """Whether a top-level package can be found, without importing it.

    A bare folder of that name is no package: a project may well keep its files in ./torch.
    """
    if package in sys.modules:
        return sys.modules[package] is not None
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def display(name: str) -> str:
    """How a backend is called in "Using ... backend."."""
    return ENGINES[name].display if name in ENGINES else name


def load(name: str, source: str | None = None) -> ModuleType:
    """The K namespace of a backend; the same object for the same name.

    Args:
        name: a key of ENGINES or a registered name in any case, or the path of an importable
            module.
        source: the words that gave the name; errors begin with them.

    Raises:
        ImportError: the engine is not installed, or an import fails.
        TypeError: name is not a string.
        ValueError: there is no such backend, or it lacks a required function.
    """
    if not isinstance(name, str):
        raise TypeError(f"load_backend(): name must be a string, got {name!r}.")
    source = source or f"load_backend({name!r})"
    name = canonical(name)
    if name in _loaded:
        return _loaded[name]
    found = registration(name, source)
    if found is None:
        return _loaded.setdefault(name, _bind(name, name, source))
    if found.name not in _loaded:
        source += f" ({found.distribution} registers it as {found.path})"
        _loaded.setdefault(found.name, _bind(found.name, found.path, source))
    return _loaded[found.name]


def load_symbolic(name: str, source: str) -> ModuleType:
    """K of an engine, recording every call; it stays the K of that name. See `dispatch.bind`.

    Args:
        name: a key of ENGINES; source: the words that gave it.

    Raises:
        ImportError: the engine is not installed, or its import fails.
    """
    if name not in _loaded:
        _loaded[name] = _bind_engine(name, source, symbolic_only=True)
    return _loaded[name]


def loaded(name: str) -> ModuleType | None:
    """The K namespace of a backend, if it was loaded before."""
    return _loaded.get(name)


def registration(name: str, source: str) -> registered.Registration | None:
    """The registered backend of a canonical name; None if it is built in, a path, or unknown.

    Raises:
        ValueError: distributions have registered names that clash.
    """
    if name in ENGINES or "." in name:
        return None
    try:
        return registered.backends(OWN).get(name.lower())
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def known(name: str, source: str) -> str:
    """The one spelling of a name that can be a backend's; nothing is imported to find out.

    A dotted path is taken on trust: whether there is such a module shows when it is loaded.

    Raises:
        ValueError: it is neither built in nor registered, and no module of that name is installed.
    """
    name = canonical(name)
    if name.lower() in DEAD:
        raise _dead(name, source)
    if name in ENGINES or ("." in name and "" not in name.split(".")):
        return name
    found = registration(name, source)
    if found is not None:
        return found.name
    if not name.isidentifier() or not installed(name):
        raise _unknown(source, name)
    return name


def path(name: str) -> str:
    """The module that a backend's functions come from."""
    if name in ENGINES:
        return ENGINES[name].adapter
    found = registration(name, f"backend {name!r}")
    return found.path if found else name


def missing_entries(module: ModuleType) -> list[str]:
    """The functions without which a module is no backend and that this one does not define.

    Only `module.__dict__` counts, as in Keras: a module's `__getattr__` is not asked.
    """
    return [name for name in REQUIRED if not callable(vars(module).get(name))]


def _bind(name: str, path: str, source: str) -> ModuleType:
    if name in ENGINES:
        return _bind_engine(name, source)
    if name.lower() in DEAD:
        raise _dead(name, source)
    module = _import_module(name, path, source)
    if adapter.is_adapter(module):
        return _bind_adapter(name, module, source)
    _validate(module, source)
    return external.bind(name, module)


def needs(name: str, source: str) -> str:
    """That the engine of a built-in backend is not installed, and how to do that."""
    return f"{source} needs {ENGINES[name].import_name}: {ENGINES[name].hint}."


def _bind_adapter(name: str, module: ModuleType, source: str) -> ModuleType:
    missing = adapter.missing_hooks(module)
    if missing:
        raise _invalid(
            f"{source}: Invalid adapter. Missing required hooks: {', '.join(missing)}. "
            f"{_where(module)} says KSWITCH_ADAPTER = True and must define them; "
            "kswitch.backends says what they do."
        )
    from kswitch import dispatch

    return dispatch.bind(name, adapter.complete(name, module))


def _bind_engine(name: str, source: str, symbolic_only: bool = False) -> ModuleType:
    engine = ENGINES[name]
    try:
        with _keras3_aligned(name):
            importlib.import_module(engine.import_name)
    except ModuleNotFoundError as error:
        if error.name == engine.import_name:
            raise ImportError(needs(name, source)) from error
        raise _broken(engine, source, error) from error
    except Exception as error:  # an engine that is half installed fails in many ways
        raise _broken(engine, source, error) from error
    from kswitch import dispatch

    return dispatch.bind(name, importlib.import_module(engine.adapter), symbolic_only)


@contextlib.contextmanager
def _keras3_aligned(name: str) -> Iterator[None]:
    """Lets TensorFlow be imported whatever KERAS_BACKEND says.

    TensorFlow 2.21 imports Keras 3, which reads that variable too, imports the engine that it
    names, and fails where it is a dotted module.
    """
    before = os.environ.get("KERAS_BACKEND")
    if name != "tensorflow":
        yield
        return
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        yield
    finally:
        if before is None:
            del os.environ["KERAS_BACKEND"]
        else:
            os.environ["KERAS_BACKEND"] = before


def _broken(engine: Engine, source: str, error: Exception) -> ImportError:
    return ImportError(
        f"{source}: {engine.import_name} is installed but cannot be imported, {_cause(error)}. "
        f"Install it anew ({engine.hint}), or choose another backend."
    )


def _import_module(name: str, path: str, source: str) -> ModuleType:
    if "" in path.split("."):
        raise _unknown(source)
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise _failed(path, source, error) from error
        if "." not in path and path == name:
            raise _unknown(source, name) from error
        raise ImportError(
            f"{source}: there is no module {error.name}. Is its folder on sys.path, or is it "
            "misspelt? Add the folder to PYTHONPATH, or install the package."
        ) from error
    except Exception as error:  # whatever a user's module raises, the cause is shown
        raise _failed(path, source, error) from error


def _failed(name: str, source: str, error: Exception) -> ImportError:
    return ImportError(
        f"{source}: {name} was found but failed while it was imported, {_cause(error)}. Mend the "
        "module, or install what it needs."
    )


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).rstrip('.')}"


def _dead(name: str, source: str) -> ValueError:
    return ValueError(
        f"{source}: {DEAD[name.lower()]} is no longer developed and has no backend here. "
        f"Use {_listed(ENGINES)}."
    )


def _unknown(source: str, name: str = "") -> ValueError:
    import difflib

    names = [*ENGINES, *(registered.backends(OWN) if name else ())]
    close = difflib.get_close_matches(name.lower(), [*names, *ALIASES], n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return ValueError(
        f"{source} is no backend.{guess} Use {_listed(names)}, or the path of a module of your "
        "own, such as 'my_package.my_module'."
    )


def _listed(names: Iterable[str]) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} or {last}"


def _validate(module: ModuleType, source: str) -> None:
    missing = missing_entries(module)
    if not missing:
        return
    entries = ", ".join(
        f"{entry} (it is not callable)" if entry in vars(module) else entry for entry in missing
    )
    raise _invalid(
        f"{source}: Invalid backend. Missing required entries: {entries}. {_where(module)} "
        "must define the functions placeholder, variable and function, or say KSWITCH_ADAPTER = "
        "True if it brings kernels instead."
    )


def _where(module: ModuleType) -> str:
    return f"The module {module.__name__} ({getattr(module, '__file__', None)})"


def _invalid(text: str) -> ValueError:
    import logging  # as long to load as the rest of this module

    logging.getLogger("kswitch").error(text)
    return ValueError(text)
