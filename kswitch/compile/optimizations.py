"""The optimisations of programs, each with a switch.

KSWITCH_WITHOUT=fused,hoisting in the environment leaves some out, so that a wrong result can be
traced to one of them. They are read once.

    in_place   results are written over operands that die, variables are changed where they are
    lists      what a loop keeps for its reverse stays a list of slices
    hoisting   products of slices are computed before a loop, sums over its steps after it
    fused      the updates of optimizers are one call of the engine each
    scalars    numbers in these calls that depend on scalars only are computed by Python
"""

from __future__ import annotations

import os

NAMES = ("in_place", "lists", "hoisting", "fused", "scalars")


def _chosen() -> frozenset[str]:
    without = [name.strip() for name in os.environ.get("KSWITCH_WITHOUT", "").split(",")]
    unknown = sorted(set(without) - {*NAMES, ""})
    if unknown:
        raise ValueError(
            f"KSWITCH_WITHOUT={os.environ['KSWITCH_WITHOUT']}: unknown {', '.join(unknown)}; "
            f"expected some of {', '.join(NAMES)}."
        )
    return frozenset(NAMES) - set(without)


ENABLED = _chosen()
