"""Convolution and pooling in JAX: XLA's own windowed operations, and their transposes.

The backward kernels are `jax.linear_transpose` of the forward ones: XLA then gets the same
instructions as from jax.grad. A maximum is not linear, so for that it is jax.vjp.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
KERNEL = {1: "WIO", 2: "HWIO", 3: "DHWIO"}


def convolution(x, kernel, strides, padding, data_format, dilation_rate, groups=1):
    rank = len(strides)
    order = (FIRST if data_format == "channels_first" else LAST)[rank]
    result = lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper(),
        rhs_dilation=dilation_rate,
        dimension_numbers=(order, KERNEL[rank], order),
        feature_group_count=groups,
    )
    return _checked(result, x, kernel.shape[:-2])


def _checked(result, x, window):
    """The result, unless no window fits into x."""
    if result.size == 0 != x.size:
        raise ValueError(f"windows of {window} are larger than x, which has the shape {x.shape}.")
    return result


def convolution_input(g, kernel, shape, strides, padding, data_format, dilation_rate, groups=1):
    def forward(x):
        return convolution(x, kernel, strides, padding, data_format, dilation_rate, groups)

    return jax.linear_transpose(forward, jax.ShapeDtypeStruct(shape, g.dtype))(g)[0]


def convolution_kernel(g, x, shape, strides, padding, data_format, dilation_rate, groups=1):
    def forward(kernel):
        return convolution(x, kernel, strides, padding, data_format, dilation_rate, groups)

    return jax.linear_transpose(forward, jax.ShapeDtypeStruct(shape, g.dtype))(g)[0]


# Pooling


def _arranged(sizes, data_format):
    """Entries for the spatial axes as entries for all axes, 1 for batch and channels."""
    return (1, 1, *sizes) if data_format == "channels_first" else (1, *sizes, 1)


def _lowest(dtype):
    return np.array(-np.inf if jnp.issubdtype(dtype, jnp.floating) else np.iinfo(dtype).min, dtype)


def _reduce(x, pool_size, strides, padding, data_format, start, function):
    window = _arranged(pool_size, data_format)
    return lax.reduce_window(
        x, start, function, window, _arranged(strides, data_format), padding.upper()
    )


def _maximum(x, pool_size, strides, padding, data_format):
    start = _lowest(x.dtype)
    return _reduce(x, pool_size, strides, padding, data_format, start, lax.max)


def _mean(x, pool_size, strides, padding, data_format):
    dtype = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jnp.float32
    zero = np.zeros((), dtype)
    total = _reduce(x.astype(dtype), pool_size, strides, padding, data_format, zero, lax.add)
    sizes = x.shape[2:] if data_format == "channels_first" else x.shape[1:-1]
    shares = _shares(sizes, pool_size, strides, padding, data_format, dtype)
    return (total / shares).astype(x.dtype)


def _shares(sizes, pool_size, strides, padding, data_format, dtype):
    """How many entries of each window are no padding."""
    if padding == "valid":
        return math.prod(pool_size)
    pads = lax.padtype_to_pads(sizes, pool_size, strides, "SAME")
    shares = np.ones(())
    for n, k, s, (before, _) in zip(sizes, pool_size, strides, pads, strict=True):
        begin = np.arange(-(-n // s)) * s - before
        shares = shares[..., None] * (np.minimum(begin + k, n) - np.maximum(begin, 0))
    return shares.reshape(_arranged(shares.shape, data_format)).astype(dtype)


def pooling(x, pool_size, strides, padding, data_format, mode):
    pool = _maximum if mode == "max" else _mean
    return _checked(pool(x, pool_size, strides, padding, data_format), x, pool_size)


def pooling_gradient(g, x, y, pool_size, strides, padding, data_format, mode):
    def forward(x):
        return pooling(x, pool_size, strides, padding, data_format, mode)

    if mode == "max":
        return jax.vjp(forward, x)[1](g)[0]
    return jax.linear_transpose(forward, jax.ShapeDtypeStruct(x.shape, g.dtype))(g)[0]


def pooling_choice(h, x, pool_size, strides, padding, data_format):
    """Tap by tap: where maxima are equal, jax.jvp does not always choose the first one."""
    window = _arranged(pool_size, data_format)
    strides = _arranged(strides, data_format)
    pads = lax.padtype_to_pads(x.shape, window, strides, padding.upper())
    margins = [(before, after, 0) for before, after in pads]
    x = lax.pad(x, _lowest(x.dtype), margins)
    h = lax.pad(h, np.zeros((), h.dtype), margins)
    ends = [n - k + 1 for n, k in zip(x.shape, window, strict=True)]

    def at(array, tap):
        return lax.slice(array, tap, [t + n for t, n in zip(tap, ends, strict=True)], strides)

    first, *taps = np.ndindex(*window)
    best, chosen = at(x, first), at(h, first)
    for tap in taps:
        value = at(x, tap)
        chosen = jnp.where(value > best, at(h, tap), chosen)
        best = jnp.maximum(value, best)
    return chosen
