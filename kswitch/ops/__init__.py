"""The specification: signature, documentation and static rule of every function of K; no engine.

The modules are imported for their declarations, in the order in which `dir(K)` should make sense.
"""

from kswitch.ops import (  # noqa: F401
    activations,
    control,
    convolution,
    creation,
    elementwise,
    execution,
    inspection,
    linear,
    losses,
    normalization,
    pooling,
    random,
    reductions,
    shapes,
    state,
)

ALIASES = {"get_uids": "get_uid"}
