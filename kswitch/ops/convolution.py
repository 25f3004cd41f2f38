"""Convolutions: K's public functions are composites over one convolution of any rank.

A "convolution" here is what deep learning calls so: a correlation, the kernel is not flipped.
"""

import numbers

from kswitch.declare import Operand, Plain, Shape, Spec, composite, gradient, op
from kswitch.ops.rules import known, one_of


def spatial(shape, data_format) -> tuple:
    """The spatial sizes of a (batch, ...) shape."""
    return shape[2:] if data_format == "channels_first" else shape[1:-1]


def channels(shape, data_format):
    return shape[1] if data_format == "channels_first" else shape[-1]


def arranged(batch, sizes, features, data_format) -> tuple:
    """A shape from its parts."""
    if data_format == "channels_first":
        return (batch, features, *sizes)
    return (batch, *sizes, features)


def window_count(size, window, stride, padding, dilation=1):
    """How many windows fit along an axis, None if its size is unknown."""
    if size is None:
        return None
    if padding == "same":
        return -(-size // stride)
    return max((size - dilation * (window - 1) - 1) // stride + 1, 0)


def window_counts(name, shape, window, strides, padding, data_format, dilation=None) -> list:
    """How many windows fit along each spatial axis of a (batch, ...) shape.

    Raises:
        ValueError: no window fits along an axis that is not empty.
    """
    sizes = spatial(shape, data_format)
    dilation = dilation or (1,) * len(sizes)
    counts = [
        window_count(n, k, s, padding, d)
        for n, k, s, d in zip(sizes, window, strides, dilation, strict=True)
    ]
    if any(count == 0 != n for count, n in zip(counts, sizes, strict=True)):
        raise ValueError(
            f"{name} of {tuple(shape)} ({data_format}) with windows of {tuple(window)} has no "
            "output: the window is larger than x."
        )
    return counts


def convolved(shape, kernel, strides, padding, data_format, dilation_rate, groups=1) -> tuple:
    """The shape of the convolution of a tensor with a kernel of these shapes.

    Raises:
        ValueError: the kernel does not fit the tensor.
    """
    rank = len(shape) - 2
    if rank not in (1, 2, 3) or len(kernel) != rank + 2:
        raise ValueError(
            f"a convolution needs x with one to three spatial axes and a kernel of the same "
            f"rank, got the shapes {shape} and {kernel}."
        )
    *window, depth, filters = kernel
    features = channels(shape, data_format)
    if None not in (features, depth) and features != depth * groups:
        raise ValueError(
            f"a convolution of {tuple(shape)} ({data_format}) with a kernel of {tuple(kernel)}: "
            f"the kernel is for {depth * groups} channels, x has {features}."
        )
    options = (strides, padding, data_format, dilation_rate)
    counts = window_counts("a convolution", shape, window, *options)
    return arranged(shape[0], counts, filters, data_format)


def pooled(shape, pool_size, strides, padding, data_format) -> tuple:
    """The shape of what is pooled from a tensor of that shape.

    Raises:
        ValueError: a window is larger than the tensor.
    """
    counts = window_counts("pooling", shape, pool_size, strides, padding, data_format)
    return arranged(shape[0], counts, channels(shape, data_format), data_format)


@op(public=False)
def convolution(
    x: Operand,
    kernel: Operand,
    strides: Plain,
    padding: Plain,
    data_format: Plain,
    dilation_rate: Plain,
    groups: Plain = 1,
) -> Spec:
    """Convolution over 1, 2 or 3 spatial axes.

    Args:
        x: (batch, *sizes, channels), or channels second.
        kernel: (*window, channels / groups, filters).
        strides, dilation_rate: a tuple of ints, one for each spatial axis.
        padding: "valid" or "same"; the odd row of padding goes after.
        data_format: "channels_last" or "channels_first".
        groups: number of groups of channels, each of which sees its own filters.
    """
    options = (strides, padding, data_format, dilation_rate, groups)
    return Spec(convolved(x.shape, kernel.shape, *options), x.dtype)


@gradient(convolution, "x")
def _(K, g, y, x, kernel, strides, padding, data_format, dilation_rate, groups):
    shape = K.dynamic_shape(x)
    return K.convolution_input(
        g, kernel, shape, strides, padding, data_format, dilation_rate, groups
    )


@gradient(convolution, "kernel")
def _(K, g, y, x, kernel, strides, padding, data_format, dilation_rate, groups):
    shape = kernel.shape
    return K.convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups)


@op(public=False)
def convolution_input(
    g: Operand,
    kernel: Operand,
    shape: Shape,
    strides: Plain,
    padding: Plain,
    data_format: Plain,
    dilation_rate: Plain,
    groups: Plain = 1,
) -> Spec:
    """The gradient of a convolution by x, given that by its result; also the transposed
    convolution.

    Args:
        g: of the shape of the convolution's result.
        shape: the whole shape of x; see `convolution` for the rest.
    """
    sizes = [known(n) for n in shape]
    if len(sizes) != len(g.shape):
        raise ValueError(f"a transposed convolution of {g.shape} cannot have the shape {shape}.")
    counts = [
        window_count(n, k, s, padding, d)
        for n, k, s, d in zip(
            spatial(sizes, data_format), kernel.shape, strides, dilation_rate, strict=False
        )
    ]
    features, filters = kernel.shape[-2] and kernel.shape[-2] * groups, kernel.shape[-1]
    wanted = (sizes[0], *counts, filters, features)
    given = (*g.shape[:1], *spatial(g.shape, data_format), channels(g.shape, data_format))
    for a, b in zip(wanted, (*given, channels(sizes, data_format)), strict=True):
        if None not in (a, b) and a != b:
            raise ValueError(
                f"a transposed convolution of {g.shape} ({data_format}) with a kernel of "
                f"{kernel.shape} and padding {padding!r} cannot have the shape {tuple(shape)}."
            )
    return Spec(sizes, g.dtype)


@gradient(convolution_input, "g")
def _(K, h, y, g, kernel, shape, strides, padding, data_format, dilation_rate, groups):
    return K.convolution(h, kernel, strides, padding, data_format, dilation_rate, groups)


@gradient(convolution_input, "kernel")
def _(K, h, y, g, kernel, shape, strides, padding, data_format, dilation_rate, groups):
    size = kernel.shape
    return K.convolution_kernel(g, h, size, strides, padding, data_format, dilation_rate, groups)


@op(public=False)
def convolution_kernel(
    g: Operand,
    x: Operand,
    shape: Plain,
    strides: Plain,
    padding: Plain,
    data_format: Plain,
    dilation_rate: Plain,
    groups: Plain = 1,
) -> Spec:
    """The gradient of a convolution by its kernel, which has the given shape; see `convolution`."""
    return Spec(shape, g.dtype)


@gradient(convolution_kernel, "g")
def _(K, h, y, g, x, shape, strides, padding, data_format, dilation_rate, groups):
    return K.convolution(x, h, strides, padding, data_format, dilation_rate, groups)


@gradient(convolution_kernel, "x")
def _(K, h, y, g, x, shape, strides, padding, data_format, dilation_rate, groups):
    size = K.dynamic_shape(x)
    return K.convolution_input(g, h, size, strides, padding, data_format, dilation_rate, groups)


@composite(public=False)
def dynamic_shape(K, x):
    """The sizes of x: ints where they are known, else scalar tensors."""
    return [K.shape(x)[i] if n is None else n for i, n in enumerate(K.int_shape(x))]


def per_axis(name, what, value, rank) -> tuple:
    """An option as one int for each spatial axis."""
    if isinstance(value, numbers.Integral):
        return (int(value),) * rank
    values = tuple(int(v) for v in value)
    if len(values) != rank:
        raise ValueError(f"{name}(): {what} must be {rank} ints, got {value!r}.")
    return values


def _convolve(K, name, rank, x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    data_format = K.normalize_data_format(data_format)
    one_of(name, "padding", padding, "valid", "same")
    strides = per_axis(name, "strides", strides, rank)
    dilation_rate = per_axis(name, "dilation_rate", dilation_rate, rank)
    return K.convolution(x, kernel, strides, padding, data_format, dilation_rate, groups)


@composite
def conv1d(K, x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """1D convolution; the kernel is not flipped.

    Args:
        x: (batch, steps, channels), or (batch, channels, steps) with "channels_first".
        kernel: (window, channels, filters) in both data formats.
        strides: steps from one output to the next.
        padding: "valid", "same", or "causal": an output sees no later step (channels_last only).
        data_format: "channels_last", "channels_first", or None for image_data_format().
        dilation_rate: steps from one kernel tap to the next.

    Returns:
        (batch, new_steps, filters), or (batch, filters, new_steps).

    Raises:
        ValueError: padding or data_format is none of these, or the channels differ.
    """
    one_of("conv1d", "padding", padding, "valid", "same", "causal")
    data_format = K.normalize_data_format(data_format)
    if padding == "causal":
        if data_format == "channels_first":
            raise ValueError("conv1d(): padding 'causal' needs data_format 'channels_last'.")
        rate = per_axis("conv1d", "dilation_rate", dilation_rate, 1)[0]
        x = K.temporal_padding(x, (rate * (K.int_shape(kernel)[0] - 1), 0))
        padding = "valid"
    return _convolve(K, "conv1d", 1, x, kernel, strides, padding, data_format, dilation_rate)


@composite
def conv2d(K, x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """2D convolution; the kernel is not flipped.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        kernel: (kernel_rows, kernel_cols, channels, filters) in both data formats.
        strides: pixels from one output to the next.
        padding: "valid", or "same": ceil(size / stride) outputs, the odd pixel of padding goes
            after.
        data_format: "channels_last", "channels_first", or None for image_data_format().
        dilation_rate: pixels from one kernel tap to the next.

    Returns:
        (batch, new_rows, new_cols, filters), or channels second, of x's dtype.

    Raises:
        ValueError: padding or data_format is none of these, or the channels differ.
    """
    return _convolve(K, "conv2d", 2, x, kernel, strides, padding, data_format, dilation_rate)


@composite
def conv3d(
    K, x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """3D convolution, as K.conv2d with one more spatial axis.

    Args:
        x: (batch, depth, rows, cols, channels), or channels second with "channels_first".
        kernel: (kernel_depth, kernel_rows, kernel_cols, channels, filters).
    """
    return _convolve(K, "conv3d", 3, x, kernel, strides, padding, data_format, dilation_rate)


def _transposed(
    K, name, rank, x, kernel, output_shape, strides, padding, data_format, dilation_rate
):
    data_format = K.normalize_data_format(data_format)
    one_of(name, "padding", padding, "valid", "same")
    if type(output_shape) in K.SYMBOLIC or hasattr(output_shape, "dtype"):
        output_shape = [output_shape[i] for i in range(K.int_shape(output_shape)[0])]
    shape = list(output_shape)
    if shape[0] is None or (isinstance(shape[0], numbers.Integral) and shape[0] == -1):
        shape[0] = K.dynamic_shape(x)[0]
    strides = per_axis(name, "strides", strides, rank)
    dilation_rate = per_axis(name, "dilation_rate", dilation_rate, rank)
    return K.convolution_input(x, kernel, shape, strides, padding, data_format, dilation_rate)


@composite
def conv2d_transpose(
    K,
    x,
    kernel,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """2D transposed convolution: the gradient of K.conv2d by its input.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        kernel: (kernel_rows, kernel_cols, filters, channels).
        output_shape: shape of the result, batch included; the batch may be None. Ints, scalar
            tensors or one integer tensor.
        strides, padding, data_format, dilation_rate: as in the K.conv2d that is transposed.

    Returns:
        A tensor of output_shape.
    """
    return _transposed(
        K,
        "conv2d_transpose",
        2,
        x,
        kernel,
        output_shape,
        strides,
        padding,
        data_format,
        dilation_rate,
    )


@composite
def conv3d_transpose(
    K, x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None
):
    """3D transposed convolution; see K.conv2d_transpose."""
    return _transposed(
        K, "conv3d_transpose", 3, x, kernel, output_shape, strides, padding, data_format, (1, 1, 1)
    )


def _depthwise(K, name, rank, x, kernel, strides, padding, data_format, dilation_rate):
    shape = K.int_shape(kernel)
    grouped = K.reshape(kernel, (*shape[:-2], 1, shape[-2] * shape[-1]))
    return _convolve(
        K, name, rank, x, grouped, strides, padding, data_format, dilation_rate, shape[-2]
    )


@composite
def depthwise_conv2d(
    K, x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """2D convolution of each channel with filters of its own.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        depthwise_kernel: (kernel_rows, kernel_cols, channels, multiplier).
        strides, padding, data_format, dilation_rate: as in K.conv2d.

    Returns:
        channels * multiplier channels; output c * multiplier + m is channel c with filter m.
    """
    return _depthwise(
        K,
        "depthwise_conv2d",
        2,
        x,
        depthwise_kernel,
        strides,
        padding,
        data_format,
        dilation_rate,
    )


@composite
def separable_conv1d(
    K,
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """1D depthwise convolution, then a mix of the channels.

    Args:
        x: (batch, steps, channels), or (batch, channels, steps) with "channels_first".
        depthwise_kernel: (window, channels, multiplier).
        pointwise_kernel: (1, channels * multiplier, filters).
        strides, padding, data_format, dilation_rate: as in K.conv1d.
    """
    options = (strides, padding, data_format, dilation_rate)
    x = _depthwise(K, "separable_conv1d", 1, x, depthwise_kernel, *options)
    return K.conv1d(x, pointwise_kernel, 1, "valid", data_format)


@composite
def separable_conv2d(
    K,
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """2D depthwise convolution, then a mix of the channels.

    Args:
        x: (batch, rows, cols, channels), or (batch, channels, rows, cols) with "channels_first".
        depthwise_kernel: (kernel_rows, kernel_cols, channels, multiplier).
        pointwise_kernel: (1, 1, channels * multiplier, filters).
        strides, padding, data_format, dilation_rate: as in K.conv2d.
    """
    options = (strides, padding, data_format, dilation_rate)
    x = _depthwise(K, "separable_conv2d", 2, x, depthwise_kernel, *options)
    return K.conv2d(x, pointwise_kernel, (1, 1), "valid", data_format)


# Convolutions whose kernel differs from place to place


@composite
def local_conv1d(K, inputs, kernel, kernel_size, strides, data_format=None):
    """1D convolution with a kernel of its own at each output.

    Args:
        inputs: (batch, steps, channels), or (batch, channels, steps) with "channels_first".
        kernel: (output_length, window * channels, filters).
        kernel_size: (window,).
        strides: (steps from one output to the next,).
        data_format: "channels_last", "channels_first", or None for image_data_format().

    Returns:
        (batch, output_length, filters), or (batch, filters, output_length).
    """
    first = K.normalize_data_format(data_format) == "channels_first"
    if first:
        inputs = K.permute_dimensions(inputs, (0, 2, 1))
    window, step = (
        per_axis("local_conv1d", w, v, 1)[0]
        for w, v in (("kernel_size", kernel_size), ("strides", strides))
    )
    count, features, _ = K.int_shape(kernel)
    patches = [
        K.reshape(inputs[:, i * step : i * step + window, :], (-1, features)) for i in range(count)
    ]
    result = K.matmul(K.stack(patches, 0), kernel)  # (output_length, batch, filters)
    return K.permute_dimensions(result, (1, 2, 0) if first else (1, 0, 2))


@composite
def local_conv2d(K, inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """2D convolution with a kernel of its own at each output.

    Args:
        inputs: (batch, rows, cols, channels), or (batch, channels, rows, cols) with
            "channels_first".
        kernel: (new_rows * new_cols, window, filters), where a window is (kernel_rows, kernel_cols,
            channels) flattened, or (channels, kernel_rows, kernel_cols) with "channels_first".
        kernel_size: (kernel_rows, kernel_cols).
        strides: (rows, cols) from one output to the next.
        output_shape: (new_rows, new_cols).
        data_format: "channels_last", "channels_first", or None for image_data_format().

    Returns:
        (batch, new_rows, new_cols, filters), or channels second.
    """
    first = K.normalize_data_format(data_format) == "channels_first"
    (height, width), (down, right) = kernel_size, strides
    _, features, filters = K.int_shape(kernel)
    rows, cols = output_shape
    patches = []
    for i in range(rows):
        for j in range(cols):
            y = slice(i * down, i * down + height)
            z = slice(j * right, j * right + width)
            patch = inputs[:, :, y, z] if first else inputs[:, y, z, :]
            patches.append(K.reshape(patch, (-1, features)))
    result = K.matmul(K.stack(patches, 0), kernel)  # (rows * cols, batch, filters)
    result = K.reshape(result, (rows, cols, -1, filters))
    return K.permute_dimensions(result, (2, 3, 0, 1) if first else (2, 0, 1, 3))
