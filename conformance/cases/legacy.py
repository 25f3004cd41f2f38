"""Names of functions and keywords of Keras 1 and of TensorFlow's own backend."""

import numpy as np
from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises, program
from kswitch.conformance.cases.convolution import transposed

BOX, CUBE = floats(2, 5, 6, 2), floats(1, 3, 4, 4, 2)
KERNEL, DEEP = floats(3, 2, 2, 3, seed=1), floats(2, 2, 2, 2, 1, seed=1)
FLAT, UPSIDE = floats(2, 4, 3, 2), floats(3, 2, 3, 2, seed=1)
DEEP_FLAT, DEEP_UPSIDE = floats(1, 3, 4, 2, 2), floats(2, 3, 2, 1, 2, seed=1)
FORMATS = {"tf": "channels_last", "th": "channels_first"}


def old(op, arguments, want, id, **kwargs):
    """A case of which only the spelling is of interest."""
    return Case(op, arguments, want, kwargs, id=f"keras1-{id}", batch=(), grad=False, native=False)


def turned(x, ordering):
    return x if ordering == "tf" else np.moveaxis(x, -1, 1).copy()


CASES = []
for ordering, data_format in FORMATS.items():
    options = {"data_format": data_format}

    def convolution(x, kernel, border_mode, form=data_format, **others):
        return oracle.convolution(x, kernel, padding=border_mode, data_format=form)

    def pooling(x, size, strides, border_mode, form=data_format, **others):
        mode = others.get("pool_mode", "max")
        return oracle.pooling(x, size, strides, border_mode, mode, data_format=form)

    def sides(x, padding, form=data_format, **others):
        pairs = [p if isinstance(p, tuple) else (p, p) for p in padding]
        around = [(0, 0), *pairs, (0, 0)] if form == "channels_last" else [(0, 0), (0, 0), *pairs]
        return oracle.padded(x, around)

    CASES += [
        old("conv2d", (turned(BOX, ordering), KERNEL), convolution, ordering, border_mode="same",
            dim_ordering=ordering, image_shape=None, filter_shape=None),
        old("conv3d", (turned(CUBE, ordering), DEEP), convolution, ordering, border_mode="valid",
            dim_ordering=ordering, volume_shape=None, filter_shape=None),
        old("pool2d", (turned(BOX, ordering), (2, 2), (2, 2)), pooling, ordering,
            border_mode="same", dim_ordering=ordering, pool_mode="avg"),
        old("pool3d", (turned(CUBE, ordering), (2, 2, 2), (1, 1, 1)), pooling, ordering,
            border_mode="valid", dim_ordering=ordering),
        old("spatial_2d_padding", (turned(BOX, ordering), (1, 2)), sides, ordering,
            dim_ordering=ordering),
        old("spatial_3d_padding", (turned(CUBE, ordering), (1, 2, 1)), sides, ordering,
            dim_ordering=ordering),
        old("bias_add", (turned(BOX, ordering), floats(2)),
            lambda x, b, form=data_format, **o: oracle.bias_add(x, b, form), ordering,
            dim_ordering=ordering),
        Case("resize_images", (turned(BOX, ordering), 2, 3, ordering), id=f"keras1-{ordering}",
             want=lambda x, a, b, o: oracle.resize(x, a, b, data_format=FORMATS[o]), batch=(),
             grad=False),
        Case("resize_volumes", (turned(CUBE, ordering), 2, 1, 2, ordering), id=f"keras1-{ordering}",
             want=lambda x, a, b, c, o: oracle.resize(x, a, b, c, data_format=FORMATS[o]), batch=(),
             grad=False),
        Case("deconv2d", (turned(FLAT, ordering), UPSIDE), id=f"{ordering}",
             want=lambda x, k, form=data_format: transposed(
                 x, k, (2, 4, 3, 3) if form == "channels_last" else (2, 3, 4, 3), padding="same",
                 data_format=form),
             build=lambda K, x, k, o=ordering: K.deconv2d(
                 x, k, (None, 4, 3, 3) if o == "tf" else (None, 3, 4, 3), border_mode="same",
                 dim_ordering=o, image_shape=None, filter_shape=None)),
    ]  # fmt: skip
CASES += [
    Case("deconv2d", (FLAT, UPSIDE, (None, 6, 4, 3)), transposed, id="new-keywords"),
    old("expand_dims", (floats(2, 3),), lambda x, dim: np.expand_dims(x, dim), "dim", dim=1),
    old("temporal_padding", (floats(2, 3, 2), 2),
        lambda x, n: oracle.padded(x, [(0, 0), (n, n), (0, 0)]), "int"),
    Case("resize_images", (), oracle.resize(BOX, 2, 3), id="keras1-X", dtype="float32",
         build=lambda K: K.resize_images(X=K.variable(BOX), height_factor=2, width_factor=3,
                                         dim_ordering="tf")),
    old("conv3d", (CUBE, DEEP), lambda x, k, border_mode: oracle.convolution(x, k, padding="same"),
        "same", border_mode="same"),
    old("pool3d", (CUBE, (2, 2, 2)), lambda x, size, border_mode: oracle.pooling(
        x, size, padding="same"), "same", border_mode="same"),
    *(
        old("resize_volumes", (turned(CUBE, ordering), 2, 1, 2),
            lambda x, a, b, c, dim_ordering: oracle.resize(
                x, a, b, c, data_format=FORMATS[dim_ordering]),
            f"{ordering}-keyword", dim_ordering=ordering)
        for ordering in FORMATS
    ),
    *(
        old("conv2d_transpose", (turned(FLAT, ordering), UPSIDE, (None, *size)),
            lambda x, k, shape, border_mode, dim_ordering: transposed(
                x, k, (2, *shape[1:]), padding="same", data_format=FORMATS[dim_ordering]),
            ordering, border_mode="same", dim_ordering=ordering)
        for ordering, size in (("tf", (4, 3, 3)), ("th", (3, 4, 3)))
    ),
    *(
        old("conv3d_transpose", (turned(DEEP_FLAT, ordering), DEEP_UPSIDE, (None, *size)),
            lambda x, k, shape, border_mode, dim_ordering: transposed(
                x, k, (1, *shape[1:]), padding="same", data_format=FORMATS[dim_ordering]),
            ordering, border_mode="same", dim_ordering=ordering)
        for ordering, size in (("tf", (3, 4, 2, 1)), ("th", (1, 3, 4, 2)))
    ),
    Case("pattern_broadcast", (floats(2, 1, 3), (False, True, False)), lambda x, pattern: x,
         grad=2),
    Raises("pattern_broadcast", (floats(2, 3), (True, False)), ValueError, "does not fit the shape",
           native=True),
    Raises("pattern_broadcast", (floats(2, 3), (False,)), ValueError, "does not fit the shape",
           id="rank", native=True),
    Raises("get_graph", (), RuntimeError, "there is no global graph"),
]  # fmt: skip


@program("is_symbolic", CASES)
def of_tensors_only(K):
    x, before = K.placeholder((2, 3)), BOX.copy()
    assert all(K.is_symbolic(t) for t in (x, K.variable(1.0), x + 1.0, K.constant(2.0)))
    assert not any(K.is_symbolic(t) for t in (BOX, 1.5, None, [x]))
    np.testing.assert_array_equal(BOX, before)


@program("v1_variable_initialization", CASES)
def does_nothing(K):
    x = K.variable(3.0)
    assert K.v1_variable_initialization() is None
    assert K.get_value(x) == 3


@program("dropout", CASES)
def keras1_seed_came_third(K):
    x = K.variable(np.ones((4, 30)))
    a, b = (K.eval(K.dropout(x, 0.5, 7)) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert set(np.unique(a)) == {0, 2}
