"""The specification: signature, documentation and static rule of every function of K; no engine.

The modules are imported for their declarations, in the order in which `dir(K)` should make sense.
"""

from kswitch.ops import (  # noqa: F401
    activations,
    control,
    convolution,
    creation,
    ctc,
    elementwise,
    execution,
    inspection,
    linear,
    losses,
    normalization,
    padding,
    pooling,
    random,
    reductions,
    shapes,
    sparse,
    state,
)

ALIASES = {"get_uids": "get_uid", "deconv2d": "conv2d_transpose"}
