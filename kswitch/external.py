"""K of a module that somebody else wrote.

Its functions are bound as they are: such modules may order their options otherwise, so a call goes
through exactly as the caller wrote it.
"""

from __future__ import annotations

from types import ModuleType

from kswitch import config


def bind(name: str, module: ModuleType) -> ModuleType:
    """The K namespace of an external module.

    It holds all public names of the module, the same objects, but for the names of
    `config.FUNCTIONS` and `backend`, which are ours: floatx and its like are one for all backends.

    Args:
        name: the module's path, as the user gave it.
        module: the imported module, already validated.

    Returns:
        A module object whose `__all__` lists all its public names; what the module lacks raises
        AttributeError when it is used.
    """

    def backend() -> str:
        """The name of this backend: the path of its module."""
        return name

    def missing(attribute: str) -> object:
        raise AttributeError(_missing(name, attribute), name=attribute, obj=namespace)

    public = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    public |= {function.__name__: function for function in config.FUNCTIONS}
    public["backend"] = backend
    namespace = ModuleType(name, module.__doc__)
    vars(namespace).update(public, __all__=sorted(public), __getattr__=missing, _BACKEND=name)
    return namespace


def _missing(name: str, attribute: str) -> str:
    if not attribute.startswith("_") and _is_op(attribute):
        return f"backend {name!r} has no op {attribute}"
    return f"module {name!r} has no attribute {attribute!r}"


def _is_op(name: str) -> bool:
    from kswitch import declare, ops  # heavy, and only needed for the error

    op = declare.OPS.get(ops.ALIASES.get(name, name))
    return op is not None and op.public
