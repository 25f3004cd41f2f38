"""Biases and batch normalisation."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats, positive
from kswitch.conformance.case import Case, Raises

FORMATS = ("channels_last", "channels_first")
IMAGES = {3: (2, 4, 3), 4: (2, 4, 5, 3), 5: (2, 4, 3, 2, 3)}


def arranged(shape, data_format):
    return shape if data_format == "channels_last" else (shape[0], shape[-1], *shape[1:-1])


CASES = [
    Case("bias_add", (floats(2, 3), floats(3, seed=1)), oracle.bias_add, grad=2, static=(None, 3)),
    *(
        Case("bias_add", (floats(2, 3), floats(3, seed=1)), oracle.bias_add,
             {"data_format": data_format}, id=f"matrix-{data_format}")
        for data_format in FORMATS
    ),
    *(
        Case("bias_add", (floats(*arranged(shape, data_format)), floats(3, seed=1)),
             oracle.bias_add,
             {"data_format": data_format}, id=f"rank{rank}-{data_format}")
        for rank, shape in IMAGES.items()
        for data_format in FORMATS
    ),
    *(
        Case("bias_add", (floats(*arranged(shape, data_format)), floats(*shape[1:], seed=1)),
             oracle.bias_add, {"data_format": data_format}, id=f"full-rank{rank}-{data_format}")
        for rank, shape in IMAGES.items()
        for data_format in FORMATS
    ),
    Raises("bias_add", (floats(2, 4, 5, 3), floats(5, 3)), ValueError,
           "Unexpected bias dimensions 2, expect to be 1 or 3", native=True),
    Raises("bias_add", (floats(2, 3), floats(3)), ValueError, "data_format must be",
           {"data_format": "channels_middle"}, id="data-format", native=True),
]  # fmt: skip

# Normalisation: the axes that are averaged over, and what remains

AXES = {
    "matrix": ((5, 3), [0]),
    "image": ((2, 3, 4, 2), [0, 1, 2]),
    "image-axis1": ((2, 3, 4, 2), [0, 2, 3]),
    "negative": ((4, 3, 2), [0, -2]),
    "all-axes": ((2, 3, 2), [0, 1, 2]),
    "volume": ((2, 2, 3, 2, 2), [0, 1, 2, 3]),
}
for name, (shape, axes) in AXES.items():
    rank = len(shape)
    rest = [n for i, n in enumerate(shape) if i not in [a % rank for a in axes]]
    gamma, beta = positive(*rest, seed=1), floats(*rest, seed=2)
    CASES.append(
        Case("normalize_batch_in_training", (floats(*shape), gamma, beta, axes),
             oracle.normalize_batch_in_training, id=name, grad=2 if name == "matrix" else True)
    )  # fmt: skip
X, GAMMA, BETA = floats(5, 3), positive(3, seed=1), floats(3, seed=2)
for name, gamma, beta in (
    ("no-gamma", None, BETA),
    ("no-beta", GAMMA, None),
    ("plain", None, None),
):
    CASES.append(
        Case("normalize_batch_in_training", (X, gamma, beta, [0]),
             oracle.normalize_batch_in_training,
             id=name)
    )  # fmt: skip
CASES += [
    Case("normalize_batch_in_training", (X, GAMMA, BETA, (0,)), oracle.normalize_batch_in_training,
         {"epsilon": 0.1}, id="epsilon"),
    Case("normalize_batch_in_training", (np.full((4, 2), 3.0, "float32"), None, None, [0]),
         (np.zeros((4, 2)), np.full(2, 3.0), np.zeros(2)), id="constant", grad=False),
]  # fmt: skip

# With given statistics

for name, shape, axis in (
    ("matrix", (2, 3), -1),
    ("image", (2, 3, 4, 2), -1),
    ("image-axis1", (2, 3, 4, 2), 1),
    ("image-axis2", (2, 3, 4, 2), 2),
    ("image-axis3", (2, 3, 4, 2), 3),
    ("volume-axis1", (2, 3, 2, 2, 2), 1),
    ("sequence", (2, 4, 3), 2),
):
    n = shape[axis]
    statistics = [floats(n, seed=1), positive(n, seed=2), floats(n, seed=3), positive(n, seed=4)]
    CASES.append(
        Case("batch_normalization", (floats(*shape), *statistics), oracle.batch_normalization,
             {"axis": axis}, id=name, grad=2 if name == "matrix" else True)
    )  # fmt: skip
MEAN, VAR = floats(3, seed=1), positive(3, seed=2)
CASES += [
    Case("batch_normalization", (X, MEAN, VAR, None, GAMMA), oracle.batch_normalization,
         id="no-beta"),
    Case("batch_normalization", (X, MEAN, VAR, BETA, None), oracle.batch_normalization,
         id="no-gamma"),
    Case("batch_normalization", (X, MEAN, VAR, None, None), oracle.batch_normalization, id="plain"),
    Case("batch_normalization", (X, MEAN, VAR, BETA, GAMMA), oracle.batch_normalization,
         {"epsilon": 0.1}, id="epsilon"),
    Case("batch_normalization",
         (floats(2, 3, 4), *(positive(1, 3, 1, seed=i) for i in range(1, 5))),
         oracle.batch_normalization, id="broadcastable"),
]  # fmt: skip
