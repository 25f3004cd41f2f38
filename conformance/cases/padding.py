"""Padding, repeating, resizing."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises

X = floats(2, 3, 4)
CASES = []

# Padding

BOX = floats(2, 3, 4, 2)
CUBE = floats(2, 2, 3, 2, 2)
for data_format in ("channels_last", "channels_first"):
    first = data_format == "channels_first"

    def around(x, padding=((1, 1),) * 2, data_format=None):
        sides = [(0, 0), (0, 0), *padding] if data_format == "channels_first" else [
            (0, 0), *padding, (0, 0)]  # fmt: skip
        return oracle.padded(x, sides)

    options = {"data_format": data_format}
    CASES += [
        Case("spatial_2d_padding", (BOX, ((1, 2), (0, 3))), around, options, id=data_format,
             grad=2),
        Case("spatial_2d_padding", (BOX,), around, options, id=f"default-{data_format}"),
        Case("spatial_2d_padding", (BOX, (2, 1)),
             lambda x, p, data_format: around(x, ((2, 2), (1, 1)), data_format), options,
             id=f"pair-{data_format}"),
        Case("spatial_3d_padding", (CUBE, ((1, 2), (0, 3), (1, 0))), around, options,
             id=data_format),
        Case("spatial_3d_padding", (CUBE,),
             lambda x, data_format: around(x, ((1, 1),) * 3, data_format), options,
             id=f"default-{data_format}"),
    ]  # fmt: skip
CASES += [
    Case("temporal_padding", (X,), lambda x: oracle.padded(x, [(0, 0), (1, 1), (0, 0)])),
    Case("temporal_padding", (X, (2, 0)), lambda x, p: oracle.padded(x, [(0, 0), p, (0, 0)]),
         id="before"),
    Case("temporal_padding", (X, 2), lambda x, p: oracle.padded(x, [(0, 0), (2, 2), (0, 0)]),
         id="int"),
    Raises("spatial_2d_padding", (BOX, ((1, 1), (1, 1)), "last"), ValueError, "data_format must be",
           native=True),
    Raises("spatial_3d_padding", (CUBE,), ValueError, "data_format must be",
           {"data_format": "channels_middle"}, native=True),
    Raises("spatial_2d_padding", (BOX, ((1, 1),)), ValueError, "padding must be 2 pairs of ints",
           id="one-pair", native=True),
]  # fmt: skip

# Repeating

CASES += [
    Case("repeat_elements", (X, 2, 1), np.repeat, static=(None, 6, 4), grad=2),
    Case("repeat_elements", (X, 3, 0), np.repeat, id="batch", static=(None, 3, 4)),
    Case("repeat_elements", (X, 2, -1), np.repeat, id="last"),
    Case("repeat_elements", (X, 1, 1), np.repeat, id="once"),
    Raises("repeat_elements", (X, 2, 3), ValueError, "axis 3 is out of range"),
    Case("repeat", (floats(2, 3), 4), lambda x, n: np.stack([x] * n, 1), static=(None, 4, 3)),
    Raises("repeat", (X, 2), ValueError, r"repeat\(\): x must have rank 2", native=True),
    Case("tile", (X, (1, 2, 3)), np.tile, static=(None, 6, 12), grad=2),
    Case("tile", (X, [2, 1, 1]), np.tile, id="batch"),
    Case("tile", (X, 2), np.tile, id="int"),
    Case("tile", (X, (3, 2)), np.tile, id="short"),
    Case("tile", (floats(3), (2,)), np.tile, id="vector"),
    Case("tile", (X, floats(5, 3)), lambda x, y: np.tile(x, (1, len(y), 1)), id="by-size",
         inner=(0,),
         build=lambda K, x, y: K.tile(x, [1, K.shape(y)[0], 1]), batch=(0, 1),
         static=(None, None, 4)),
    Case("tile", (floats(1, 3), floats(5, 2)), lambda x, y: np.tile(x, (len(y), 1)), id="by-stack",
         build=lambda K, x, y: K.tile(x, K.stack([K.shape(y)[0], 1])), batch=(1,), inner=(0,),
         static=(None, 3)),
    Raises("tile", (floats(3), (1, 2)), ValueError, r"tile\(\): n has 2 entries"),
]  # fmt: skip

# Larger images

for data_format in ("channels_last", "channels_first"):
    CASES += [
        Case("resize_images", (BOX, 2, 3, data_format),
             lambda x, a, b, form: oracle.resize(x, a, b, data_format=form), id=data_format),
        Case("resize_images", (BOX, 3, 2, data_format, "bilinear"),
             lambda x, a, b, form, mode: oracle.resize(
                 x, a, b, data_format=form, interpolation=mode),
             id=f"bilinear-{data_format}"),
        Case("resize_images", (BOX, 1, 2, data_format),
             lambda x, a, b, form: oracle.resize(x, a, b, data_format=form),
             id=f"one-axis-{data_format}"),
        Case("resize_volumes", (CUBE, 2, 1, 3, data_format),
             lambda x, a, b, c, form: oracle.resize(x, a, b, c, data_format=form), id=data_format),
    ]  # fmt: skip
CASES += [
    Raises("resize_images", (BOX, 2, 2, "last"), ValueError, "data_format must be", native=True),
    Raises("resize_images", (BOX, 2, 2, "channels_last", "cubic"), ValueError,
           "interpolation must be",
           id="interpolation", native=True),
    Raises("resize_volumes", (CUBE, 2, 2, 2, "last"), ValueError, "data_format must be",
           native=True),
]  # fmt: skip
