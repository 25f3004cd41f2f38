"""Drawn calls of convolutions and pooling."""

from drawn.calls import arrays, calls_of, case, dtypes, sizes
from hypothesis import strategies as st

FORMATS = st.sampled_from(["channels_last", "channels_first", None])


@st.composite
def images(draw, rank, features, least=2):
    """The shape of a batch, its data format, and its spatial sizes."""
    batch = draw(sizes())
    size = st.integers(least, 6 - rank) | st.sampled_from([2, 3, 3, 0 if least > 1 else 1])
    space = tuple(draw(st.lists(size, min_size=rank, max_size=rank)))
    form = draw(FORMATS)
    if form == "channels_first":
        return (batch, features, *space), form, space
    return (batch, *space, features), form, space


def tuples(rank, low, high):
    return st.tuples(*[st.integers(low, high)] * rank)


@st.composite
def places(draw, rank, form, causal=False):
    """strides, padding, data_format and dilation_rate, as keywords."""
    options = {}
    if form is not None:
        options["data_format"] = form
    if draw(st.booleans()):
        choices = ["valid", "same", *(["causal"] if causal and form != "channels_first" else [])]
        options["padding"] = draw(st.sampled_from(choices))
    which = draw(st.sampled_from(["neither", "strides", "dilation"]))
    value = draw(tuples(rank, 1, 3 if which == "strides" else 2))
    value = value[0] if rank == 1 and draw(st.booleans()) else value
    if which != "neither":
        options["strides" if which == "strides" else "dilation_rate"] = value
    return options


CONVOLUTIONS = {"conv1d": 1, "conv2d": 2, "conv3d": 3}


@calls_of(*CONVOLUTIONS)
def convolutions(draw, op):
    rank = CONVOLUTIONS[op]
    depth, filters = draw(sizes(1)), draw(sizes(1))
    shape, form, _ = draw(images(rank, depth))
    window = draw(tuples(rank, 1, 3))
    name = draw(dtypes())
    if draw(st.integers(0, 9)) == 9:
        depth += 1
    kernel = draw(arrays((*window, depth, filters), name))
    options = draw(places(rank, form, causal=rank == 1))
    return case(op, draw(arrays(shape, name)), kernel, batch=(0,), **options)


@calls_of("depthwise_conv2d", "separable_conv1d", "separable_conv2d")
def by_channel(draw, op):
    rank = 1 if op.endswith("1d") else 2
    depth, multiplier = draw(sizes(1)), draw(st.integers(1, 2))
    shape, form, _ = draw(images(rank, depth))
    name = draw(dtypes())
    window = draw(tuples(rank, 1, 3))
    kernels = [draw(arrays((*window, depth, multiplier), name))]
    if op.startswith("separable"):
        point = (1,) * rank + (depth * multiplier, draw(sizes(1)))
        kernels.append(draw(arrays(point, name)))
    options = draw(places(rank, form))
    return case(op, draw(arrays(shape, name)), *kernels, batch=(0,), **options)


@calls_of("conv2d_transpose", "conv3d_transpose")
def transposed(draw, op):
    """The output's size is one that the convolution would bring back to the input's."""
    rank = 2 if op.startswith("conv2d") else 3
    filters, depth = draw(sizes(1)), draw(sizes(1))
    shape, form, space = draw(images(rank, depth, least=1))
    window = draw(tuples(rank, 1, 3))
    options = {} if form is None else {"data_format": form}
    strides = dilation = (1,) * rank
    which = draw(st.sampled_from(["neither", "strides", "dilation" if rank == 2 else "strides"]))
    if which == "strides":
        options["strides"] = strides = draw(tuples(rank, 1, 3))
    elif which == "dilation":
        options["dilation_rate"] = dilation = draw(tuples(rank, 1, 2))
    padding = "valid"
    if draw(st.booleans()):
        options["padding"] = padding = draw(st.sampled_from(["valid", "same"]))
    sizes_ = []
    for n, k, s, d in zip(space, window, strides, dilation, strict=True):
        extra = draw(st.integers(0, s - 1))
        sizes_.append(n * s - extra if padding == "same" else (n - 1) * s + d * (k - 1) + 1 + extra)
    output = (
        (shape[0], filters, *sizes_) if form == "channels_first" else (shape[0], *sizes_, filters)
    )
    if draw(st.booleans()):
        output = (None, *output[1:])
    name = draw(dtypes())
    kernel = draw(arrays((*window, filters, depth), name))
    return case(op, draw(arrays(shape, name)), kernel, output, batch=(0,), **options)


@calls_of("local_conv1d", "local_conv2d")
def local(draw, op):
    rank = 1 if op.endswith("1d") else 2
    depth, filters = draw(sizes(1)), draw(sizes(1))
    shape, form, space = draw(images(rank, depth, least=1))
    window = tuple(draw(st.integers(1, min(n, 3))) for n in space)
    strides = draw(tuples(rank, 1, 2))
    counts = [(n - k) // s + 1 for n, k, s in zip(space, window, strides, strict=True)]
    total = features = 1
    for n, k in zip(counts, window, strict=True):
        total, features = total * n, features * k
    name = draw(dtypes())
    kernel = draw(arrays((total, features * depth, filters), name))
    more = () if rank == 1 else (tuple(counts),)
    options = {} if form is None else {"data_format": form}
    return case(op, draw(arrays(shape, name)), kernel, window, strides, *more, batch=(), **options)


@calls_of("pool2d", "pool3d")
def pooling(draw, op):
    rank = 2 if op == "pool2d" else 3
    shape, form, _ = draw(images(rank, draw(sizes(1))))
    options = {} if form is None else {"data_format": form}
    if draw(st.booleans()):
        options["strides"] = draw(tuples(rank, 1, 3))
    if draw(st.booleans()):
        options["padding"] = draw(st.sampled_from(["valid", "same"]))
    options["pool_mode"] = draw(st.sampled_from(["max", "avg"]))
    window = draw(tuples(rank, 1, 3))
    return case(op, draw(arrays(shape, draw(dtypes()))), window, batch=(0,), **options)
