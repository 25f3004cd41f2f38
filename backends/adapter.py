"""Makes an adapter of a module that brings kernels for an engine of its author's own.

The module says `KSWITCH_ADAPTER = True`; what it leaves out comes from `kswitch.backends.defaults`.
The module itself is not changed.
"""

from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType
from typing import NoReturn

# Without these no tensor can be made or looked at; everything else has a default or raises in use.
HOOKS = {
    "is_native": "is_native(x)",
    "asarray": "asarray(x, dtype)",
    "to_numpy": "to_numpy(x)",
}
# Kernels that the defaults are made of: an engine that has these has all of K.
KERNELS = (
    "cast",
    "where",
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "round",
    "pow",
    "sum",
    "prod",
    "max",
    "argmax",
    "reshape",
    "permute_dimensions",
    "concatenate",
    "gather",
    "matmul",
)


def is_adapter(module: ModuleType) -> bool:
    """Whether a module says that it brings kernels, and no functions of K."""
    return bool(vars(module).get("KSWITCH_ADAPTER"))


def missing_hooks(module: ModuleType) -> list[str]:
    """The required hooks that a module lacks, as they are called."""
    return [call for name, call in HOOKS.items() if not callable(vars(module).get(name))]


def missing_kernels(module: ModuleType) -> list[str]:
    """The kernels without default that a module neither brings nor declares unsupported."""
    return [name for name in KERNELS if name not in vars(module) and name not in _declared(module)]


def complete(name: str, module: ModuleType) -> ModuleType:
    """An adapter with what the module defines, and the defaults of all that it leaves out.

    What the module declares UNSUPPORTED gets no default, and raises in use.

    Args:
        name: that of the backend, for errors.
    """
    from kswitch.backends import defaults

    adapter = ModuleType(module.__name__, module.__doc__)
    declared = _declared(module)
    for kernel in KERNELS:
        setattr(adapter, kernel, absent(name, kernel, declared.get(kernel)))
    for kernel, default in vars(defaults).items():
        if kernel in declared:
            setattr(adapter, kernel, absent(name, kernel, declared[kernel]))
        elif isinstance(default, FunctionType):
            if default.__code__.co_varnames[:1] == ("A",):
                setattr(adapter, kernel, MethodType(default, adapter))
        elif kernel.isupper():
            setattr(adapter, kernel, default)
    vars(adapter).update(vars(module))
    return adapter


def absent(backend: str, name: str, reason: str | None) -> Callable[..., NoReturn]:
    """A function in the place of a kernel that there is not: it raises NotImplementedError."""

    def unsupported(*args: object, **kwargs: object) -> NoReturn:
        why = reason or "its adapter has no such kernel"
        raise NotImplementedError(f"backend {backend!r} has no op {name}: {why}.")

    unsupported.__name__ = unsupported.__qualname__ = name
    return unsupported


def _declared(module: ModuleType) -> dict[str, str]:
    return vars(module).get("UNSUPPORTED", {})
