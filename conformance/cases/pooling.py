"""Pooling: maxima and means of windows, in both data formats."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.cases.convolution import spread

WINDOWS = {
    "pool2d": (
        (2, 5, 6, 2),
        {
            "2x2": {"pool_size": (2, 2), "strides": (2, 2)},
            "2x2-same": {"pool_size": (2, 2), "strides": (2, 2), "padding": "same"},
            "overlapping": {"pool_size": (3, 2)},
            "overlapping-same": {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"},
            "wide-same": {"pool_size": (4, 3), "strides": (3, 2), "padding": "same"},
            "strides-over-window": {"pool_size": (1, 2), "strides": (2, 3)},
            "whole": {"pool_size": (5, 6)},
        },
    ),
    "pool3d": (
        (1, 4, 5, 3, 2),
        {
            "2x2x2": {"pool_size": (2, 2, 2), "strides": (2, 2, 2)},
            "same": {"pool_size": (2, 2, 2), "strides": (2, 2, 2), "padding": "same"},
            "overlapping-same": {"pool_size": (3, 2, 2), "padding": "same"},
            "overlapping": {"pool_size": (3, 2, 1), "strides": (1, 2, 1)},
        },
    ),
}
CASES = []
for op, (shape, windows) in WINDOWS.items():
    for mode in ("max", "avg"):
        options = {f"{mode}-{k}": {**v, "pool_mode": mode} for k, v in windows.items()}
        CASES += spread(op, oracle.pooling, shape, (), options, grads=("max-2x2", "avg-2x2"))
BOX, CUBE = floats(2, 5, 6, 2), floats(1, 4, 5, 3, 2)
CASES += [
    Case("pool2d", (BOX, (2, 2)), oracle.pooling, static=(None, 4, 5, 2)),
    Case("pool2d", (BOX, (2, 2), (1, 2), "same"), oracle.pooling, id="positional"),
    *(
        # the gradient by the result differs with x, so that it has a second derivative of its own
        Case(
            "pool2d",
            (BOX,),
            lambda x, mode=mode: oracle.pooling(x, (2, 2), pool_mode=mode) ** 2,
            id=f"{mode}-squared",
            grad=2,
            build=lambda K, x, mode=mode: K.square(K.pool2d(x, (2, 2), pool_mode=mode)),
        )
        for mode in ("max", "avg")
    ),
    Case("pool2d", (-np.abs(BOX), (2, 2), (2, 2), "same"), oracle.pooling, id="max-below-0"),
    Case("pool3d", (CUBE, (2, 2, 2)), oracle.pooling, static=(None, 3, 4, 2, 2), grad=2),
]
for op, x, window in (("pool2d", BOX, (2, 2)), ("pool3d", CUBE, (2, 2, 2))):
    CASES += [
        Raises(op, (x, window), ValueError, rf"{op}\(\): padding must be", {"padding": "twice"},
               id="padding", native=True),
        Raises(op, (x, window), ValueError, rf"{op}\(\): pool_mode must be",
               {"pool_mode": "median"},
               id="mode", native=True),
        Raises(op, (x, window), ValueError, "data_format must be", {"data_format": "last"},
               id="data-format", native=True),
        Raises(op, (floats(2, 3), window), ValueError, rf"{op}\(\): x must have rank", id="rank",
               native=True),
    ]  # fmt: skip


@program("pool2d", CASES)
def of_equal_maxima_the_first_gets_the_gradient(K):
    x = K.variable(np.array([[1.0, 1], [1, 0]]).reshape(1, 2, 2, 1))
    g = K.gradients(K.sum(K.pool2d(x, (2, 2))), [x])[0]
    np.testing.assert_allclose(K.eval(g).ravel(), [1, 0, 0, 0])
