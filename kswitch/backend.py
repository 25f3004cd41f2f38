"""K for the configured backend: `from kswitch import backend as K`.

Importing this module loads the backend and puts its functions here, so that `K.dot` is a plain
attribute of a module. The choice holds for the life of the process: to reload this module changes
nothing, and `kswitch.load_backend()` gives other backends beside it.
"""

# ruff: noqa: F403
# The modules below also hold helpers, of which some share a name:
# mypy: disable-error-code="assignment"

# All names of ours begin with an underscore: the others are K.
import typing as _typing
from types import ModuleType as _ModuleType

if _typing.TYPE_CHECKING:
    from kswitch.config import (  # noqa: F401
        cast_to_floatx,
        eager,
        epsilon,
        floatx,
        image_data_format,
        image_dim_ordering,
        normalize_data_format,
        set_epsilon,
        set_floatx,
        set_image_data_format,
        set_image_dim_ordering,
        symbolic,
    )
    from kswitch.ops.activations import *
    from kswitch.ops.control import *
    from kswitch.ops.convolution import *
    from kswitch.ops.creation import *
    from kswitch.ops.ctc import *
    from kswitch.ops.elementwise import *
    from kswitch.ops.execution import *
    from kswitch.ops.inspection import *
    from kswitch.ops.linear import *
    from kswitch.ops.losses import *
    from kswitch.ops.normalization import *
    from kswitch.ops.padding import *
    from kswitch.ops.pooling import *
    from kswitch.ops.random import *
    from kswitch.ops.reductions import *
    from kswitch.ops.shapes import *
    from kswitch.ops.sparse import *
    from kswitch.ops.state import *

    _BACKEND: str

    def backend() -> str: ...


def _load() -> _ModuleType:
    """Loads the configured backend and says so."""
    import sys

    from kswitch import registry

    name, _, source = registry.resolve()
    namespace = registry.load(name, source)
    print(f"Using {registry.display(name)} backend.", file=sys.stderr)
    return namespace


if "_BACKEND" not in globals():
    _namespace = _load()
    globals().update({name: vars(_namespace)[name] for name in _namespace.__all__})
    globals().update(__all__=list(_namespace.__all__), _BACKEND=_namespace._BACKEND)


def __getattr__(name: str) -> _typing.Any:
    """What is not here; the namespace has the words for that."""
    return getattr(_namespace, name)
