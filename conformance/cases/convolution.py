"""Convolutions: strides, padding, dilation, in both data formats."""

from kswitch.conformance import oracle
from kswitch.conformance.arrays import floats
from kswitch.conformance.case import Case, Raises

FORMATS = ("channels_last", "channels_first")


def image(*shape, data_format="channels_last"):
    """Numbers of a shape that is given channels last."""
    return floats(
        *(shape if data_format == "channels_last" else (shape[0], shape[-1], *shape[1:-1]))
    )


def spread(op, want, shape, others, options, grads=()):
    """Cases of an op in both data formats.

    Args:
        op: its name.
        want: its oracle.
        shape: shape of x, channels last.
        others: the arguments after x.
        options: name -> keyword arguments.
        grads: names of those that are differentiated twice.
    """
    return [
        Case(op, (image(*shape, data_format=data_format), *others), want,
             {**chosen, "data_format": data_format}, id=f"{name}-{data_format}",
             grad=2 if name in grads else True)
        for name, chosen in options.items()
        for data_format in FORMATS
    ]  # fmt: skip


def table(rank):
    """Options of a convolution with that many spatial axes: name -> keyword arguments."""

    def many(*values):
        return values[0] if rank == 1 else (values * 2)[:rank]

    return {
        "valid": {},
        "same": {"padding": "same"},
        "valid-strides": {"strides": many(2, 1), "padding": "valid"},
        "same-strides": {"strides": many(2, 3), "padding": "same"},
        "valid-dilation": {"dilation_rate": many(2, 1)},
        "same-dilation": {"dilation_rate": many(2, 2), "padding": "same"},
    }


K1 = floats(3, 2, 3, seed=1)
K2 = floats(3, 2, 2, 3, seed=1)
K3 = floats(2, 3, 2, 1, 2, seed=1)
CASES = [
    *spread("conv1d", oracle.convolution, (2, 7, 2), (K1,), table(1), ("valid", "same-strides")),
    *spread("conv1d", oracle.convolution, (2, 7, 2), (floats(4, 2, 3),),
            {"same-even": {"padding": "same"}}),
    *spread("conv2d", oracle.convolution, (2, 5, 6, 2), (K2,), table(2), ("valid", "same-strides")),
    *spread("conv3d", oracle.convolution, (1, 4, 5, 4, 1), (K3,), table(3), ("valid",)),
    *(
        Case("conv1d", (floats(2, 7, 2), K1), oracle.convolution, {"padding": "causal", **options},
             id=f"causal{name}")
        for name, options in (
            ("", {}), ("-strides", {"strides": 2}), ("-dilation", {"dilation_rate": 2}))
    ),
    Case("conv1d", (floats(2, 7, 2), K1, 2, "same"), oracle.convolution, id="positional"),
    Case("conv1d", (floats(2, 7, 2), K1), oracle.convolution,
         {"strides": (2,), "dilation_rate": (1,)}, id="tuples"),
    Case("conv2d", (floats(2, 5, 6, 2), K2, (1, 2), "same"), oracle.convolution, id="positional"),
    Case("conv2d", (floats(2, 5, 6, 2), K2), oracle.convolution, {"strides": 2}, id="int-strides"),
    Case("conv2d", (floats(2, 5, 6, 2), floats(1, 1, 2, 4)), oracle.convolution, id="pointwise"),
    Case("conv2d", (floats(2, 5, 6, 1), floats(5, 6, 1, 2)), oracle.convolution, id="whole"),
    Case("conv2d", (floats(2, 5, 6, 1), floats(2, 2, 1, 1)), oracle.convolution,
         {"strides": (3, 4), "padding": "same"}, id="strides-over-window"),
    Case("conv2d", (floats(2, 5, 6, 1), floats(2, 4, 1, 1)), oracle.convolution,
         {"padding": "same"},
         id="same-even"),
    Case("conv2d", (floats(2, 5, 6, 2), floats(3, 3, 2, 3)), oracle.convolution,
         static=(None, 3, 4, 3)),
    Case("conv1d", (floats(2, 7, 2), K1), oracle.convolution, static=(None, 5, 3)),
    Case("conv3d", (floats(1, 4, 5, 4, 1), K3), oracle.convolution, static=(None, 3, 3, 3, 2)),
]  # fmt: skip

# Transposed


def transposed(x, kernel, output_shape, data_format=None, **options):
    if data_format == "channels_first":
        output_shape = (output_shape[0], *output_shape[2:], output_shape[1])
    return oracle.convolution_transpose(x, kernel, output_shape, data_format=data_format, **options)


def transposes(op, shape, kernel, options):
    """Cases with output shapes (channels last, without the batch)."""
    found = []
    for name, (sizes, chosen) in options.items():
        for data_format in FORMATS:
            output = sizes if data_format == "channels_last" else (sizes[-1], *sizes[:-1])
            found.append(
                Case(op, (image(*shape, data_format=data_format), kernel, (None, *output)),
                     transposed,
                     {**chosen, "data_format": data_format}, id=f"{name}-{data_format}",
                     grad=2 if name == "valid" else True, static=(None, *output))
            )  # fmt: skip
    return found


T2 = floats(3, 2, 3, 2, seed=1)
T3 = floats(2, 3, 2, 2, 1, seed=1)
CASES += transposes("conv2d_transpose", (2, 4, 3, 2), T2, {
    "valid": ((6, 4, 3), {}),
    "same": ((4, 3, 3), {"padding": "same"}),
    "valid-strides": ((9, 6, 3), {"strides": (2, 2)}),
    "valid-strides-odd": ((10, 7, 3), {"strides": (2, 2)}),
    "same-strides": ((8, 6, 3), {"strides": (2, 2), "padding": "same"}),
    "same-strides-odd": ((7, 5, 3), {"strides": (2, 2), "padding": "same"}),
    "same-dilation": ((4, 3, 3), {"dilation_rate": (2, 2), "padding": "same"}),
})  # fmt: skip
CASES += transposes("conv3d_transpose", (1, 3, 2, 3, 1), T3, {
    "valid": ((4, 4, 4, 2), {}),
    "same": ((3, 2, 3, 2), {"padding": "same"}),
    "valid-strides": ((6, 5, 6, 2), {"strides": (2, 2, 2)}),
    "same-strides": ((6, 4, 6, 2), {"strides": (2, 2, 2), "padding": "same"}),
})  # fmt: skip
CASES += [
    Case("conv2d_transpose", (floats(2, 4, 3, 2), T2, (2, 6, 4, 3)), transposed, id="known-batch",
         batch=()),
    Case("conv2d_transpose", (floats(2, 4, 3, 2), T2), lambda x, k: transposed(x, k, (2, 6, 4, 3)),
         build=lambda K, x, k: K.conv2d_transpose(x, k, (K.shape(x)[0], 6, 4, 3)), id="size-tensor",
         static=(None, 6, 4, 3)),
    Case("conv2d_transpose", (floats(2, 4, 3, 2), T2), lambda x, k: transposed(x, k, (2, 6, 4, 3)),
         build=lambda K, x, k: K.conv2d_transpose(x, k, K.stack([K.shape(x)[0], 6, 4, 3])),
         id="shape-tensor", native=False),
]  # fmt: skip

# By channel

D1 = floats(3, 2, 2, seed=1)
D2 = floats(3, 2, 2, 2, seed=1)
CASES += [
    *spread("depthwise_conv2d", oracle.depthwise, (2, 5, 6, 2), (D2,), {
        "valid": {},
        "same": {"padding": "same"},
        "valid-strides": {"strides": (2, 2)},
        "same-strides": {"strides": (2, 2), "padding": "same"},
        "valid-dilation": {"dilation_rate": (2, 2)},
    }, ("valid",)),
    Case("depthwise_conv2d", (floats(2, 4, 5, 3), floats(2, 2, 3, 1)), oracle.depthwise,
         id="one-filter", static=(None, 3, 4, 3)),
    *spread("separable_conv1d", oracle.separable, (2, 7, 2), (D1, floats(1, 4, 3, seed=2)), {
        "valid": {},
        "same": {"padding": "same"},
        "same-strides": {"strides": 2, "padding": "same"},
        "valid-dilation": {"dilation_rate": 2},
    }, grads=("same-strides",)),
    Case("separable_conv1d", (floats(2, 7, 2), D1, floats(1, 4, 3, seed=2)), oracle.separable,
         {"strides": (2,), "dilation_rate": (1,)}, id="tuples"),
    *spread("separable_conv2d", oracle.separable, (2, 5, 6, 2), (D2, floats(1, 1, 4, 3, seed=2)), {
        "valid": {},
        "same": {"padding": "same"},
        "same-strides": {"strides": (2, 2), "padding": "same"},
        "valid-dilation": {"dilation_rate": (2, 2)},
    }, grads=("valid-dilation",)),
]  # fmt: skip

# By place

L1 = floats(4, 4, 3, seed=1)
L2 = floats(6, 8, 2, seed=1)
for data_format in FORMATS:
    options = {"data_format": data_format}
    CASES += [
        Case("local_conv1d", (image(2, 5, 2, data_format=data_format), L1, (2,), (1,)),
             oracle.local1d,
             options, id=data_format, grad=2),
        Case("local_conv1d", (image(2, 8, 2, data_format=data_format), L1, (2,), (2,)),
             oracle.local1d,
             options, id=f"strides-{data_format}"),
        Case("local_conv2d",
             (image(2, 3, 4, 2, data_format=data_format), L2, (2, 2), (1, 1), (2, 3)),
             oracle.local2d, options, id=data_format, grad=2),
        Case("local_conv2d",
             (image(2, 5, 4, 2, data_format=data_format), L2, (2, 2), (2, 1), (2, 3)),
             oracle.local2d, options, id=f"strides-{data_format}"),
    ]  # fmt: skip

# Mistakes

for op, arguments in {
    "conv1d": (floats(2, 7, 2), K1),
    "conv2d": (floats(2, 5, 6, 2), K2),
    "conv3d": (floats(1, 4, 5, 4, 1), K3),
    "conv2d_transpose": (floats(2, 4, 3, 2), T2, (2, 6, 4, 3)),
    "conv3d_transpose": (floats(1, 3, 2, 3, 1), T3, (1, 4, 4, 4, 2)),
    "depthwise_conv2d": (floats(2, 5, 6, 2), D2),
    "separable_conv1d": (floats(2, 7, 2), D1, floats(1, 4, 3)),
    "separable_conv2d": (floats(2, 5, 6, 2), D2, floats(1, 1, 4, 3)),
    "local_conv1d": (floats(2, 5, 2), L1, (2,), (1,)),
    "local_conv2d": (floats(2, 3, 4, 2), L2, (2, 2), (1, 1), (2, 3)),
}.items():
    CASES.append(
        Raises(op, arguments, ValueError, "data_format must be", {"data_format": "channels_middle"},
               id="data-format", native=True)
    )  # fmt: skip
    if not op.startswith("local"):
        CASES.append(
            Raises(op, arguments, ValueError, rf"{op}\(\): padding must be", {"padding": "full"},
                   id="padding", native=True)
        )  # fmt: skip
CASES += [
    Raises("conv1d", (floats(2, 2, 7), K1), ValueError,
           "'causal' needs data_format 'channels_last'",
           {"padding": "causal", "data_format": "channels_first"}, id="causal", native=True),
    Raises("conv2d", (floats(2, 5, 6, 3), K2), ValueError, "the kernel is for 2 channels, x has 3",
           id="channels"),
    Raises("conv2d", (floats(2, 5, 6), K2), ValueError, "a kernel of the same rank", id="rank"),
    Raises("conv2d", (floats(2, 2, 1, 2), K2), ValueError, "the window is larger than x",
           id="window"),
    Raises("conv2d", (floats(2, 5, 6, 2), K2, (1, 2, 3)), ValueError,
           r"conv2d\(\): strides must be 2 ints", id="strides", native=True),
]  # fmt: skip
