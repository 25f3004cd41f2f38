"""Calls of what works on windows and batches: convolutions, pooling, biases, normalisation."""

from kswitch.conformance.arrays import floats, positive
from kswitch.conformance.case import Case

CALLS = []
FORMATS = ("channels_last", "channels_first")


def image(shape, data_format):
    """Numbers of a shape that is given channels last."""
    return floats(*arranged(shape, data_format))


def arranged(shape, data_format):
    if data_format == "channels_last":
        return tuple(shape)
    return (shape[0], shape[-1]) + tuple(shape[1:-1])


def calls(op, shape, args, options, batch=(0,)):
    """A call for each options and data format; args come after x."""
    for name, kwargs in options.items():
        for data_format in FORMATS:
            CALLS.append(
                Case(
                    op,
                    (image(shape, data_format),) + tuple(args),
                    None,
                    dict(kwargs, data_format=data_format),
                    id=name + "-" + data_format,
                    batch=batch,
                    grad=False,
                )
            )


# Convolutions

calls(
    "conv1d",
    (2, 7, 2),
    [floats(3, 2, 3, seed=1)],
    {
        "valid": {},
        "same": {"padding": "same"},
        "valid-strides": {"strides": 2},
        "same-strides": {"strides": 3, "padding": "same"},
        "valid-dilation": {"dilation_rate": 2},
        "same-dilation": {"dilation_rate": 2, "padding": "same"},
    },
)
for name, kwargs in (("", {}), ("-strides", {"strides": 2}), ("-dilation", {"dilation_rate": 2})):
    CALLS.append(
        Case(
            "conv1d",
            (floats(2, 7, 2), floats(3, 2, 3, seed=1)),
            None,
            dict(kwargs, padding="causal"),
            id="causal" + name,
            grad=False,
        )
    )
TWO = {
    "valid": {},
    "same": {"padding": "same"},
    "valid-strides": {"strides": (2, 1)},
    "same-strides": {"strides": (2, 3), "padding": "same"},
    "valid-dilation": {"dilation_rate": (2, 1)},
    "same-dilation": {"dilation_rate": (2, 2), "padding": "same"},
}
calls("conv2d", (2, 5, 6, 2), [floats(3, 2, 2, 3, seed=1)], TWO)
calls(
    "conv2d",
    (2, 5, 6, 1),
    [floats(2, 4, 1, 2, seed=1)],
    {
        "even-same": {"padding": "same"},
        "even-same-strides": {"padding": "same", "strides": (3, 2)},
    },
)
calls(
    "conv3d",
    (1, 4, 5, 4, 2),
    [floats(2, 3, 2, 2, 2, seed=1)],
    {
        "valid": {},
        "same": {"padding": "same"},
        "valid-strides": {"strides": (2, 1, 2)},
        "same-strides": {"strides": (2, 3, 1), "padding": "same"},
    },
)
calls(
    "separable_conv1d",
    (2, 7, 2),
    [floats(3, 2, 2, seed=1), floats(1, 4, 3, seed=2)],
    {
        "valid": {},
        "same": {"padding": "same"},
        "valid-strides": {"strides": 2},
        "same-strides": {"strides": 2, "padding": "same"},
        "valid-dilation": {"dilation_rate": 2},
        "same-dilation": {"dilation_rate": 2, "padding": "same"},
    },
)
SQUARE = {
    "valid": {},
    "same": {"padding": "same"},
    "valid-strides": {"strides": (2, 2)},
    "same-strides": {"strides": (2, 2), "padding": "same"},
    "valid-dilation": {"dilation_rate": (2, 2)},
    "same-dilation": {"dilation_rate": (2, 2), "padding": "same"},
}
calls(
    "separable_conv2d",
    (2, 5, 6, 2),
    [floats(3, 2, 2, 2, seed=1), floats(1, 1, 4, 3, seed=2)],
    SQUARE,
)
calls("depthwise_conv2d", (1, 5, 6, 2), [floats(3, 2, 2, 2, seed=1)], SQUARE)

# Transposed: output sizes, channels last and without the batch


def transposes(op, shape, kernel, table):
    for name, (sizes, kwargs) in table.items():
        for data_format in FORMATS:
            output = arranged((shape[0],) + sizes, data_format)
            CALLS.append(
                Case(
                    op,
                    (image(shape, data_format), kernel, output),
                    None,
                    dict(kwargs, data_format=data_format),
                    id=name + "-" + data_format,
                    batch=(),
                    grad=False,
                )
            )


transposes(
    "conv2d_transpose",
    (1, 4, 3, 2),
    floats(3, 2, 3, 2, seed=1),
    {
        "valid": ((6, 4, 3), {}),
        "same": ((4, 3, 3), {"padding": "same"}),
        "valid-strides": ((9, 6, 3), {"strides": (2, 2)}),
        "valid-strides-odd": ((10, 7, 3), {"strides": (2, 2)}),
        "same-strides": ((8, 6, 3), {"strides": (2, 2), "padding": "same"}),
        "same-strides-odd": ((7, 5, 3), {"strides": (2, 2), "padding": "same"}),
        "uneven-strides": ((9, 8, 3), {"strides": (2, 3)}),
        "same-dilation": ((4, 3, 3), {"dilation_rate": (2, 2), "padding": "same"}),
        "valid-dilation": ((8, 5, 3), {"dilation_rate": (2, 2)}),
    },
)
transposes(
    "conv3d_transpose",
    (1, 3, 2, 3, 1),
    floats(2, 3, 2, 2, 1, seed=1),
    {
        "valid": ((4, 4, 4, 2), {}),
        "same": ((3, 2, 3, 2), {"padding": "same"}),
        "valid-strides": ((6, 5, 6, 2), {"strides": (2, 2, 2)}),
        "same-strides": ((6, 4, 6, 2), {"strides": (2, 2, 2), "padding": "same"}),
    },
)

# By place

CALLS += [  # TensorFlow's takes channels last only
    Case(
        "local_conv1d",
        (floats(2, 5, 2), floats(4, 4, 3, seed=1), (2,), (1,)),
        None,
        id="plain",
        grad=False,
    ),
    Case(
        "local_conv1d",
        (floats(2, 8, 2), floats(4, 4, 3, seed=1), (2,), (2,)),
        None,
        id="strides",
        grad=False,
    ),
]
calls(
    "local_conv2d", (2, 3, 4, 2), [floats(6, 8, 2, seed=1), (2, 2), (1, 1), (2, 3)], {"plain": {}}
)
calls(
    "local_conv2d", (2, 5, 4, 2), [floats(6, 8, 2, seed=1), (2, 2), (2, 1), (2, 3)], {"strides": {}}
)

# Pooling

for mode in ("max", "avg"):
    calls(
        "pool2d",
        (2, 5, 6, 2),
        [(2, 3)],
        {
            mode + "-valid": {"pool_mode": mode},
            mode + "-same": {"pool_mode": mode, "padding": "same"},
            mode + "-valid-strides": {"pool_mode": mode, "strides": (2, 3)},
            mode + "-same-strides": {"pool_mode": mode, "strides": (2, 2), "padding": "same"},
        },
    )
    calls(
        "pool3d",
        (1, 4, 5, 4, 2),
        [(2, 3, 2)],
        {
            mode + "-valid": {"pool_mode": mode},
            mode + "-same": {"pool_mode": mode, "padding": "same"},
            mode + "-valid-strides": {"pool_mode": mode, "strides": (2, 1, 2)},
            mode + "-same-strides": {"pool_mode": mode, "strides": (3, 2, 2), "padding": "same"},
        },
    )

# Biases

for sizes in ((), (3,), (3, 2), (2, 3, 2)):
    shape = (2,) + sizes + (4,)
    calls("bias_add", shape, [floats(4, seed=1)], {f"rank{len(shape)}": {}})
    if sizes:
        bias = floats(*(sizes + (4,)), seed=1)
        calls("bias_add", shape, [bias], {f"rank{len(shape)}-full": {}})

# Normalisation


def normalization(op, id, *args, **kwargs):
    batch = kwargs.pop("batch", (0,))
    CALLS.append(Case(op, args, None, kwargs, id=id, batch=batch, grad=False))


PLANE, SPACE = floats(4, 3), floats(2, 3, 4, 2)
GAMMA, BETA = positive(3, seed=1), floats(3, seed=2)
TRAIN, USE = "normalize_batch_in_training", "batch_normalization"
normalization(TRAIN, "plain", PLANE, GAMMA, BETA, [0])
normalization(TRAIN, "epsilon", PLANE, GAMMA, BETA, [0], epsilon=0.1)
normalization(TRAIN, "no-gamma", PLANE, None, BETA, [0])
normalization(TRAIN, "no-beta", PLANE, GAMMA, None, [0])
normalization(TRAIN, "neither", PLANE, None, None, [0])
normalization(TRAIN, "axis3", SPACE, positive(2, seed=1), floats(2, seed=2), [0, 1, 2])
normalization(TRAIN, "axis1", SPACE, GAMMA, BETA, [0, 2, 3])
normalization(TRAIN, "axis2", SPACE, positive(4, seed=1), floats(4, seed=2), [0, 1, 3])
normalization(TRAIN, "axis1-rank3", floats(4, 3, 2), GAMMA, BETA, [0, 2])
for axis in (-1, 3):
    four = floats(2, seed=1), positive(2, seed=2), floats(2, seed=3), positive(2, seed=4)
    normalization(USE, f"axis{axis}", SPACE, *four, axis=axis)
for axis, shape in ((1, (1, 3, 1, 1)), (2, (1, 1, 4, 1))):
    four = (
        floats(*shape, seed=1),
        positive(*shape, seed=2),
        floats(*shape, seed=3),
        positive(*shape, seed=4),
    )
    normalization(USE, f"axis{axis}-broadcastable", SPACE, *four, axis=axis)
MEAN, VARIANCE = floats(3, seed=1), positive(3, seed=2)
normalization(USE, "plain", PLANE, MEAN, VARIANCE, BETA, GAMMA)
normalization(USE, "epsilon", PLANE, MEAN, VARIANCE, BETA, GAMMA, epsilon=0.1)
normalization(USE, "no-gamma", PLANE, MEAN, VARIANCE, BETA, None)
normalization(USE, "no-beta", PLANE, MEAN, VARIANCE, None, GAMMA)
normalization(USE, "neither", PLANE, MEAN, VARIANCE, None, None)
normalization(
    USE,
    "broadcastable",
    floats(2, 3, 4),
    floats(1, 3, 1, seed=1),
    positive(1, 3, 1, seed=2),
    floats(1, 3, 1, seed=3),
    positive(1, 3, 1, seed=4),
    axis=1,
)
