"""Batch normalisation and biases."""

from kswitch.declare import composite


@composite
def bias_add(K, x, bias, data_format=None):
    """Adds a bias to the channels.

    Args:
        x: (batch, ..., channels), or (batch, channels, ...) with "channels_first".
        bias: (channels,), or one entry for each element but the batch: rank of x less one, written
            channels last. With "channels_first" such a bias is reshaped to (channels, ...), not
            transposed, as in Keras 2.
        data_format: "channels_last", "channels_first", or None for image_data_format().

    Raises:
        ValueError: data_format is neither, or bias has another rank.
    """
    data_format = K.normalize_data_format(data_format)
    shape = tuple(-1 if n is None else n for n in K.int_shape(bias))
    rank = K.ndim(x)
    if len(shape) not in (1, rank - 1):
        raise ValueError(
            f"bias_add(): Unexpected bias dimensions {len(shape)}, expect to be 1 or {rank - 1} "
            "dimensions."
        )
    if rank <= 2 or data_format == "channels_last":
        return x + bias if len(shape) == 1 else x + K.reshape(bias, (1, *shape))
    if len(shape) == 1:
        return x + K.reshape(bias, (1, shape[0], *(1,) * (rank - 2)))
    return x + K.reshape(bias, (1, shape[-1], *shape[:-1]))


@composite
def normalize_batch_in_training(K, x, gamma, beta, reduction_axes, epsilon=1e-3):
    """Normalises x with its own mean and variance over some axes.

    Args:
        x: tensor.
        gamma, beta: scale and offset, of the shape of the remaining axes; None for 1 and 0.
        reduction_axes: the axes that are averaged over.
        epsilon: added to the variance.

    Returns:
        (normalised x, mean, variance); the last two without the reduced axes.
    """
    rank = K.ndim(x)
    axes = sorted({int(a) % rank for a in reduction_axes})
    mean = K.mean(x, axes, True)
    centred = x - mean
    variance = K.mean(K.square(centred), axes, True)
    scale = 1.0 / K.sqrt(variance + epsilon)
    shape = K.int_shape(mean)
    if gamma is not None:
        scale = scale * _align(K, gamma, shape)
    result = centred * scale
    if beta is not None:
        result = result + _align(K, beta, shape)
    return result, _drop(K, mean, axes), _drop(K, variance, axes)


def _drop(K, x, axes):
    for axis in reversed(axes):
        x = K.squeeze(x, axis)
    return x


def _align(K, parameter, shape):
    """A parameter as a tensor that broadcasts against x: `shape` has size 1 in the reduced axes."""
    if len(K.int_shape(parameter)) == len(shape):
        return parameter
    return K.reshape(parameter, [-1 if n is None else n for n in shape])


@composite
def batch_normalization(K, x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """gamma * (x - mean) / sqrt(var + epsilon) + beta.

    Args:
        x: tensor.
        mean, var: statistics, 1D along `axis` or of a shape that broadcasts against x.
        beta, gamma: offset and scale, likewise; None for 0 and 1.
        axis: the axis of the features.
        epsilon: added to the variance.
    """
    rank = K.ndim(x)
    shape = [1] * rank
    shape[axis] = -1

    def align(parameter):
        if len(K.int_shape(parameter)) != 1 or rank == 1 or axis in (-1, rank - 1):
            return parameter
        return K.reshape(parameter, shape)

    scale = 1.0 / K.sqrt(align(var) + epsilon)
    if gamma is not None:
        scale = scale * align(gamma)
    result = (x - align(mean)) * scale
    return result if beta is None else result + align(beta)
